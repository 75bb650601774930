"""What is painted in colours of the program's own follows a change between light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from device_update_console.core.overview_and_reports.overview_attention import Attention
from device_update_console.core.overview_and_reports.overview_charts import Standing
from device_update_console.core.window.node_links import HelpLink
from device_update_console.qt.lists.details_pane import DetailsPane
from device_update_console.qt.overview_and_reports.attention_list import AttentionList
from device_update_console.qt.overview_and_reports.chart_panel import Legend
from device_update_console.qt.widgets.appearance import quiet_text
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.widgets.painted_label import PaintedLabel
from device_update_console.qt.window.actions_pane import ActionGroup, ActionsPane


@pytest.fixture(autouse=True)
def colours() -> Iterator[None]:
    """The program's colours are as before, whatever a test did to them."""
    before = QApplication.palette()
    yield
    QApplication.setPalette(before)


def _actions() -> tuple[QWidget, Callable[[], object]]:
    pane = ActionsPane()
    pane.show_groups([ActionGroup("Devices", [])])
    heading = pane.findChild(QLabel)
    assert heading is not None
    return pane, lambda: heading.palette().color(QPalette.ColorRole.Window).name()


def _banner() -> tuple[QWidget, Callable[[], object]]:
    banner = FailureBanner()
    banner.say("It failed.")
    return banner, lambda: banner.palette().color(QPalette.ColorRole.Window).name()


def _details() -> tuple[QWidget, Callable[[], object]]:
    details = DetailsPane()
    details.show_item("CX700", [("Label", "Lobby")])
    return details, details.toHtml


def _label() -> tuple[QWidget, Callable[[], object]]:
    label = PaintedLabel("quiet", quiet_text)
    return label, lambda: label.palette().color(QPalette.ColorRole.WindowText).name()


def _attention() -> tuple[QWidget, Callable[[], object]]:
    lines = AttentionList()
    lines.show_lines([Attention("warning", "Little is free.", "What to do", HelpLink("health", "disk"))])
    return lines, lambda: [label.text() for label in lines.findChildren(QLabel)]


def _legend() -> tuple[QWidget, Callable[[], object]]:
    legend = Legend()
    legend.show_standings(Standing)
    return legend, legend.text


@pytest.mark.parametrize("make", [_actions, _banner, _details, _label, _attention, _legend])
def test_colours_follow_a_change_between_light_and_dark(
    qtbot: QtBot, make: Callable[[], tuple[QWidget, Callable[[], object]]]
) -> None:
    QApplication.setPalette(QPalette(QColor("#f0f0f0")))
    widget, painted = make()
    qtbot.addWidget(widget)
    widget.show()
    light = painted()
    QApplication.setPalette(QPalette(QColor("#303030")))
    qtbot.waitUntil(lambda: painted() != light, timeout=5_000)
    dark = painted()
    QApplication.setPalette(QPalette(QColor("#f0f0f0")))
    qtbot.waitUntil(lambda: painted() != dark, timeout=5_000)
    assert painted() == light
