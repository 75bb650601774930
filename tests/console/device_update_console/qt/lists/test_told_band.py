"""Above a filtered list stands what changed, above an empty one what is known instead; its links are followed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QCursor
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import check as device_check
from tests.support.sample_rules import check as sample_check
from tests.support.service_process import ServiceProcess

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.lists.told_band import ToldBand

_MS = 60_000
OpenConsole = Callable[..., Console]


@pytest.fixture
def console(open_console: OpenConsole, furnished_service: ServiceProcess) -> Console:
    return open_console(furnished_service).connected()


def type_filter(console: Console, **values: str) -> None:
    bar = console.window.list_pane.filter_bar
    bar.fill(values)
    bar.changed.emit()


def band_with(qtbot: QtBot, console: Console, words: str) -> ToldBand:
    """The band, once it says so."""
    band = console.window.list_pane.band
    qtbot.waitUntil(lambda: band.isVisible() and words in "\n".join(band.texts()), timeout=_MS)
    return band


def test_a_list_without_a_filter_is_told_nothing_of(qtbot: QtBot, console: Console) -> None:
    console.open(NodeKind.DEVICES)
    assert not console.window.list_pane.band.isVisible()
    assert console.window.list_pane.band.texts() == []


def test_above_a_filtered_list_stands_what_changed_and_its_link_narrows_the_list(
    qtbot: QtBot, console: Console
) -> None:
    console.open(NodeKind.DEVICES)
    type_filter(console, model="CX700")
    band = band_with(qtbot, console, "1 installation failed")
    assert band.texts()[0].startswith("In the last 24 hours: ")
    assert len(band.texts()) == 1
    assert "In the last 24 hours" in band.label.accessibleName()
    band.label.linkActivated.emit("0")
    qtbot.waitUntil(lambda: console.listed() and len(console.rows()) == 1, timeout=_MS)
    assert console.window.list_pane.asked() == {"model": "CX700", "status": "install-failed"}
    band_with(qtbot, console, "1 installation failed")


def test_the_band_goes_with_the_filter_and_with_the_list(qtbot: QtBot, console: Console) -> None:
    console.open(NodeKind.DEVICES)
    type_filter(console, model="CX700")
    band = band_with(qtbot, console, "In the last 24 hours")
    type_filter(console, model="")
    qtbot.waitUntil(lambda: not band.isVisible(), timeout=_MS)
    type_filter(console, model="CX700")
    band_with(qtbot, console, "In the last 24 hours")
    console.open(NodeKind.AUDIT_TRAIL)
    assert not band.isVisible()


def test_above_an_empty_list_stands_what_is_known_instead_and_its_link_opens_the_node(
    qtbot: QtBot, console: Console
) -> None:
    console.open(NodeKind.DEVICES)
    type_filter(console, search="00-04-F2-00-00", status="install-loop")
    band = band_with(qtbot, console, "4 devices with 00-04-F2-00-00, but none with Status: Installs again and again.")
    type_filter(console, search="CPE", status="")
    band = band_with(qtbot, console, "No device with CPE ever asked this pool.")
    shown = [link.kind for link in band.links()]
    assert NodeKind.DEPLOYED_UPDATES in shown
    band.label.linkActivated.emit(str(shown.index(NodeKind.DEPLOYED_UPDATES)))
    qtbot.waitUntil(lambda: console.window.node.kind is NodeKind.DEPLOYED_UPDATES and console.listed(), timeout=_MS)
    assert console.window.list_pane.asked() == {"search": "CPE"}
    assert console.rows() != []


@pytest.mark.parametrize(
    ("node", "said"),
    [(NodeKind.DEVICE_LOGS, "Device logs are kept for 10 days"), (NodeKind.UPDATE_LOG, "Checks are kept for 10 days")],
)
def test_an_empty_search_of_logs_says_since_when_they_are_kept(
    qtbot: QtBot, console: Console, node: NodeKind, said: str
) -> None:
    console.open(node)
    type_filter(console, search="zq17")
    band = band_with(qtbot, console, said)
    assert "No device with zq17 ever asked this pool." in band.texts()


def test_f5_asks_anew(qtbot: QtBot, console: Console) -> None:
    console.open(NodeKind.DEVICES)
    type_filter(console, model="CX700")
    band = band_with(qtbot, console, "In the last 24 hours")
    with qtbot.waitSignal(band.told, timeout=_MS):
        console.window.commands.actions[Verb.REFRESH].trigger()
    assert "In the last 24 hours" in band.texts()[0]


def test_what_happens_is_told_above_the_list_too_once_the_pointer_is_not_over_the_list(
    qtbot: QtBot, console: Console, furnished_service: ServiceProcess
) -> None:
    live_updates, view = console.window.lists.live_updates, console.window.list_pane.view
    live_updates.telling.setInterval(50)
    console.open(NodeKind.DEVICES)
    type_filter(console, model="CX700")
    band = band_with(qtbot, console, "new device")
    before = band.texts()
    QCursor.setPos(view.mapToGlobal(view.rect().center()))
    view.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    asked = sample_check("1.0.522.101", mac="00-04-F2-77-00-01", model="CX700")
    with qtbot.waitSignal(live_updates.telling.timeout, timeout=_MS):
        assert device_check(furnished_service, asked).status == 200
    assert live_updates.telling.isActive()
    assert band.texts() == before
    QCursor.setPos(console.window.mapToGlobal(QPoint(1, 1)))
    QCoreApplication.processEvents()
    view.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)  # Qt may have missed that the pointer left
    qtbot.waitUntil(lambda: band.texts() != before, timeout=_MS)
    assert "new device" in band.texts()[0]


def test_find_device_says_what_is_known_instead(qtbot: QtBot, console: Console) -> None:
    qtbot.waitUntil(console.window.commands.actions[Verb.FIND_DEVICE].isEnabled, timeout=_MS)
    console.window.commands.actions[Verb.FIND_DEVICE].trigger()
    dialog = console.window.lists.finding.dialog
    assert dialog is not None
    qtbot.keyClicks(dialog.sought.lineEdit(), "4G2")
    qtbot.waitUntil(lambda: "No device with 4G2 ever asked this pool." in dialog.said.text(), timeout=_MS)
    assert dialog.said.text().splitlines()[:2] == [
        "No device was found.",
        "4G2 is no part of a MAC address: its digits are 0 to 9 and A to F, not G.",
    ]
