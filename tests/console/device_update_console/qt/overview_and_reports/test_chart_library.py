"""What draws charts is loaded once, beside the window; without it the figures are there as tables."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from device_update_console.core.overview_and_reports.overview_charts import Hours
from device_update_console.qt.background import Background
from device_update_console.qt.overview_and_reports.chart_library import ChartLibrary
from device_update_console.qt.overview_and_reports.chart_panel import ChartPanel

_MS = 10_000


@pytest.fixture
def background() -> Iterator[Background]:
    failures: list[Exception] = []
    background = Background(failures.append)
    yield background
    background.end()
    assert failures == []


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A library that notes in which thread it was loaded."""
    (tmp_path / "drawing_for_tests.py").write_text("import threading\nTHREAD = threading.get_ident()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "drawing_for_tests"
    sys.modules.pop("drawing_for_tests", None)


def test_the_library_is_loaded_beside_the_window_and_everybody_who_waits_is_told(
    qtbot: QtBot, background: Background, library: str
) -> None:
    charts = ChartLibrary(background, library)
    told: list[str] = []
    for name in ("first", "second"):
        charts.when_loaded(lambda name=name: told.append(name), lambda: told.append("missing"))  # type: ignore[misc]
    assert told == []
    qtbot.waitUntil(lambda: told == ["first", "second"], timeout=_MS)
    assert threading.get_ident() != sys.modules[library].THREAD
    charts.when_loaded(lambda: told.append("at once"), lambda: told.append("missing"))
    assert told[-1] == "at once"


def test_without_the_library_there_is_the_table(qtbot: QtBot, background: Background) -> None:
    def draw() -> tuple[QWidget, object]:
        raise AssertionError("nothing can be drawn")

    panel: ChartPanel[Hours] = ChartPanel(draw)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show()
    panel.show_figures(Hours("Checks per hour", ()))
    ChartLibrary(background, "no_such_library_anywhere").when_loaded(panel.library_loaded, panel.library_missing)
    assert any(label.text() == "Loading..." and label.isVisible() for label in panel.findChildren(QLabel))
    qtbot.waitUntil(panel.table.isVisible, timeout=_MS)
    assert not panel.as_table.isVisible()
    assert panel.is_settled
