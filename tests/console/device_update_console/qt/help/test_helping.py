"""F1 in the real window: the page for what is open or selected; links, back and forward, search; no network ever."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import check
from tests.support.service_process import ServiceProcess

import device_update_console.qt
from device_update_console.core.help.pages import help_page
from device_update_console.core.help.topics import DIALOG_TOPICS, link_of
from device_update_console.core.window.node_links import HelpLink
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.help.help_window import HelpWindow
from device_update_console.qt.sheets.saving_dialog import SavingDialog
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_contract.checks import CheckRequest
from device_update_contract.identifiers import MacAddress

_MS = 60_000

OpenConsole = Callable[..., Console]

FOLDER = Path(device_update_console.qt.__file__).parent


@pytest.fixture
def help_window(qtbot: QtBot) -> HelpWindow:
    window = HelpWindow()
    qtbot.addWidget(window)
    return window


def _activate(qtbot: QtBot, window: QWidget) -> None:
    """Keys go to this window; others that have just been shown may still ask for them."""

    def is_active() -> bool:
        window.activateWindow()
        return QApplication.activeWindow() is window

    qtbot.waitUntil(is_active, timeout=_MS)


def _dialogs() -> set[type[QDialog]]:
    """Every dialog of the program."""
    found = pkgutil.walk_packages([str(FOLDER)], "device_update_console.qt.")
    modules = [importlib.import_module(module.name) for module in found]
    return {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, QDialog) and kind.__module__ == module.__name__
    }


def test_every_dialog_has_its_page() -> None:
    """A dialog that saves, or asks before a verb, is told its topic where it is made; a frame of others is none."""
    told = (SavingDialog, ConfirmationDialog)
    frames = {base for kind in _dialogs() for base in kind.__mro__[1:]}
    without = {kind.__name__ for kind in _dialogs() - frames if not issubclass(kind, told)} - set(DIALOG_TOPICS)
    assert without == set()
    assert set(DIALOG_TOPICS) - {kind.__name__ for kind in _dialogs()} == set()


def test_every_topic_that_a_dialog_is_told_is_a_page() -> None:
    topics = {
        keyword.value.value
        for path in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "help_topic" and isinstance(keyword.value, ast.Constant)
    }
    assert topics != set()
    for topic in topics:
        link = link_of(str(topic))
        assert not link.place or link.place in help_page(link.page).places, topic


def test_f1_in_the_window_opens_the_page_of_the_node_and_of_a_devices_status(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    request = CheckRequest("UCPhone", "Polycom", "CX-HELP", "A", "ENU", MacAddress("00-04-F2-0F-00-01"))
    assert check(shared_service, request).status == 200
    console = open_console(shared_service).connected()
    console.open(NodeKind.DEVICES)
    qtbot.keyClick(console.window, Qt.Key.Key_F1)
    window = console.windows.helping.window
    assert window is not None
    assert window.isVisible()
    assert window.browser.link == HelpLink("devices")
    console.filter(search="00-04-F2-0F-00-01")
    console.select_all()
    _activate(qtbot, console.window)
    qtbot.keyClick(console.window, Qt.Key.Key_F1)
    assert window.browser.link == HelpLink("device-statuses", "no-rule")
    console.close()
    assert console.windows.helping.window is None


def test_f1_in_a_dialog_opens_the_page_of_the_dialog_or_of_the_one_that_it_stands_before(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    sheet = SavingDialog.__new__(SavingDialog)
    QDialog.__init__(sheet, console.window)
    sheet.help_topic = "approving#reject"
    inner = QDialog(sheet)
    for dialog in (sheet, inner):
        dialog.show()
        _activate(qtbot, dialog)
        qtbot.keyClick(dialog, Qt.Key.Key_F1)
        window = console.windows.helping.window
        assert window is not None
        assert window.browser.link == HelpLink("approving", "reject")
        window.browser.open(HelpLink("devices"))
    assert console.failures == []


def test_links_lead_to_other_pages_and_back_and_forward_to_those_that_were_read(help_window: HelpWindow) -> None:
    help_window.open(HelpLink("updates"))
    help_window.browser.anchorClicked.emit(QUrl("rolling-back.md#remove"))
    assert help_window.browser.link == HelpLink("rolling-back", "remove")
    assert help_window.windowTitle().startswith("Rolling back and removing")
    help_window.browser.back()
    assert help_window.browser.link == HelpLink("updates")
    assert not help_window.browser.can_go_back
    help_window.browser.forward()
    assert help_window.browser.link == HelpLink("rolling-back", "remove")


def test_a_place_is_scrolled_to(help_window: HelpWindow) -> None:
    help_window.open(HelpLink("device-statuses", "nothing-approved"))
    browser = help_window.browser
    value = browser.verticalScrollBar().value()
    assert value > 0
    assert browser.find("(nothing-approved)")
    assert browser.verticalScrollBar().value() == value


@pytest.mark.parametrize("address", ["https://example.com/", "file:///etc/passwd", "mailto:somebody@example.com"])
def test_nothing_but_pages_is_ever_opened_or_loaded(help_window: HelpWindow, address: str) -> None:
    help_window.open(HelpLink("updates"))
    help_window.browser.anchorClicked.emit(QUrl(address))
    assert help_window.browser.link == HelpLink("updates")
    assert help_window.browser.loadResource(2, QUrl(address)) is None


def test_a_search_lists_pages_and_the_first_escape_ends_it(qtbot: QtBot, help_window: HelpWindow) -> None:
    help_window.open(HelpLink("updates"))
    _activate(qtbot, help_window)
    qtbot.keyClicks(help_window.search, "manifest")
    assert help_window.results.isVisible()
    help_window.results.setCurrentRow(0)
    assert help_window.browser.link == HelpLink("uploading")
    qtbot.keyClicks(help_window.search, " zebra")
    assert help_window.results.item(0).text() == "No page has all these words."
    qtbot.keyClick(help_window, Qt.Key.Key_Escape)
    assert help_window.contents.isVisible()
    qtbot.keyClick(help_window, Qt.Key.Key_Escape)
    assert not help_window.isVisible()
