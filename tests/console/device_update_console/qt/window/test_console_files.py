"""Save Console As and Open over real windows, and Help > About."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.remembered import RememberedColumn, RememberedList
from device_update_console.core.window.scope_tree import NodeKind, SavedFilter
from device_update_console.qt.help.about_dialog import AboutDialog

OpenConsole = Callable[..., Console]

_MS = 60_000

COLUMNS = RememberedList(columns=(RememberedColumn(key="name", width=222), RememberedColumn(key="role", shown=False)))
SILENT = SavedFilter("Silent", (("status", "silent"),))


def saved(console: Console, qtbot: QtBot, file: Path) -> None:
    """File > Save Console As."""
    console.window.commands.actions[Verb.SAVE_CONSOLE_AS].trigger()
    dialog = console.window.console_files.choosing
    assert dialog is not None
    dialog.selectFile(str(file))
    dialog.fileSelected.emit(str(file))
    dialog.reject()
    qtbot.waitUntil(file.exists, timeout=_MS)


def opened(console: Console, file: Path) -> None:
    """File > Open."""
    console.window.commands.actions[Verb.OPEN_CONSOLE].trigger()
    dialog = console.window.console_files.choosing
    assert dialog is not None
    dialog.fileSelected.emit(str(file))
    dialog.reject()


def test_a_console_that_was_saved_is_opened_elsewhere_after_a_question(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path
) -> None:
    console = open_console(shared_service).connected()
    console.servers.remembered.keep_list_layout("list_accounts", COLUMNS)
    console.servers.remembered.keep_filter(SILENT)
    console.servers.rename(console.session, "Headquarters")
    file = tmp_path / "mailed.duc"
    saved(console, qtbot, file)
    assert json.loads(file.read_text())["servers"] == [{"address": shared_service.admin, "title": "Headquarters"}]
    console.close()
    (tmp_path / "settings" / "console.json").unlink()

    other = open_console(None)
    opened(other, file)
    asking = other.window.console_files.asking
    qtbot.waitUntil(lambda: asking.dialog is not None, timeout=_MS)
    assert asking.dialog is not None
    assert asking.dialog.no.isDefault()
    assert f"Server Headquarters: {shared_service.admin}" in asking.dialog.question.lines
    other.press(asking.dialog.yes)
    assert [session.title for session in other.servers] == ["Headquarters"]
    assert other.servers.remembered.filters() == [SILENT]
    assert other.servers.remembered.list_layout("list_accounts") == COLUMNS
    assert [each.origin for each in other.servers.remembered.servers()] == [shared_service.admin]
    opened(other, file)
    message = "Everything in mailed.duc is here already."
    qtbot.waitUntil(lambda: other.window.statusBar().currentMessage() == message, timeout=_MS)
    assert other.failures == []


def test_the_open_list_is_shown_as_the_file_says_and_does_not_write_its_own_columns_over_it(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path
) -> None:
    file = tmp_path / "mailed.duc"
    lists = {"list_accounts": COLUMNS.model_dump(mode="json")}
    file.write_text(json.dumps({"format": "device-update-console", "version": 1, "lists": lists}))
    console = open_console(shared_service).connected()
    console.open(NodeKind.ACCOUNTS)
    console.window.list_pane.view.horizontalHeader().resizeSection(0, 99)
    console.window.console_files.open(file)
    asking = console.window.console_files.asking
    qtbot.waitUntil(lambda: asking.dialog is not None, timeout=_MS)
    assert asking.dialog is not None
    console.press(asking.dialog.yes)
    header = console.window.list_pane.view.horizontalHeader()
    qtbot.waitUntil(lambda: header.sectionSize(0) == 222, timeout=_MS)
    assert header.isSectionHidden(1)
    console.close()
    assert open_console(None).servers.remembered.list_layout("list_accounts").columns[0].width == 222


def test_a_file_that_is_no_console_is_refused_in_the_window(
    qtbot: QtBot, open_console: OpenConsole, tmp_path: Path
) -> None:
    file = tmp_path / "letter.duc"
    file.write_text("Dear colleague")
    console = open_console(None)
    console.window.console_files.open(file)
    qtbot.waitUntil(console.window.banner.isVisible, timeout=_MS)
    assert console.window.banner.text.text() == "letter.duc is not a saved console."
    assert list(console.servers) == []


def test_about_tells_versions_and_servers_and_can_be_copied(
    open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    console.window.commands.actions[Verb.ABOUT].trigger()
    dialog = next(each for each in QApplication.topLevelWidgets() if isinstance(each, AboutDialog) and each.isVisible())
    console.press(dialog.copy)
    copied = QGuiApplication.clipboard().text()
    assert "Licence: Apache License 2.0" in copied
    assert shared_service.admin in copied
    assert "not connected" not in copied
    dialog.close()
