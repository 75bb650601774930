"""Export List writes what is seen, and says so; what is stopped leaves nothing."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.lists.export_dialog import ExportDialog

_MS = 60_000

OpenConsole = Callable[..., Console]


def asked(qtbot: QtBot, console: Console, path: Path) -> ExportDialog:
    console.window.commands.actions[Verb.EXPORT_LIST].trigger()
    dialog = console.window.lists.exporting.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible, timeout=_MS)
    assert dialog.path_field.text().endswith(".csv")
    dialog.path_field.setText(str(path))
    return dialog


def test_the_whole_filtered_list_goes_into_the_file_in_the_columns_that_are_shown(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess, tmp_path: Path
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    pane, path = console.window.list_pane, tmp_path / "devices.csv"
    everything = pane.view.model().rowCount()
    pane.filter_bar.put({"search": "model:CX600"})
    qtbot.waitUntil(lambda: console.listed() and pane.view.model().rowCount() < everything, timeout=_MS)
    count, titles = pane.view.model().rowCount(), [column.title for column in pane.columns.shown()]
    dialog = asked(qtbot, console, path)
    assert f"{count:,}" in dialog.all_rows.text()
    assert not dialog.selected_rows.isEnabled()
    dialog.export.click()
    qtbot.waitUntil(path.exists, timeout=_MS)
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert rows[0] == titles
    assert len(rows) - 1 == count > 5_000
    assert {row[titles.index("Model")] for row in rows[1:]} == {"CX600"}
    qtbot.waitUntil(lambda: str(path) in console.window.statusBar().currentMessage(), timeout=_MS)
    assert console.failures == []


def test_selected_items_are_exported_as_json(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess, tmp_path: Path
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    pane = console.window.list_pane
    pane.view.selectRow(4)
    qtbot.waitUntil(lambda: not pane.view.is_settling, timeout=_MS)
    dialog = asked(qtbot, console, tmp_path / "devices.csv")
    dialog.selected_rows.setChecked(True)
    dialog.json.setChecked(True)
    assert dialog.path == tmp_path / "devices.json"
    assert not dialog.shown_columns.isEnabled()
    dialog.export.click()
    qtbot.waitUntil((tmp_path / "devices.json").exists, timeout=_MS)
    assert [each["id"] for each in json.loads((tmp_path / "devices.json").read_text())] == [pane.selected_items()[0].id]


def test_a_place_that_cannot_be_written_is_told_before_and_after(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path
) -> None:
    console = open_console(shared_service).connected()
    console.open(NodeKind.ACCOUNTS)
    folder = tmp_path / "exports"
    dialog = asked(qtbot, console, folder / "accounts.csv")
    assert not dialog.export.isEnabled()
    assert dialog.advice.text() == "There is no such folder."
    folder.mkdir()
    dialog.path_field.setText(str(folder / "list.csv"))
    assert dialog.export.isEnabled()
    folder.rmdir()
    dialog.export.click()
    qtbot.waitUntil(console.window.banner.isVisible, timeout=_MS)
    assert "cannot be written" in console.window.banner.text.text()
