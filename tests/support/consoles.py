"""The console's real window, used as a person uses it: nodes, rows, buttons."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QToolButton
from pytestqt.qtbot import QtBot
from tests.support.service_process import ACCOUNT, PASSWORD

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.connections.pinned_services import PinnedServices
from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.lists.row_changes import ListState
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.remembered import Remembered
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.background import Background
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.connections.sign_in_dialog import SignInDialog
from device_update_console.qt.sheets.property_sheet import PropertySheet
from device_update_console.qt.verbs.rule_verb_dialog import RuleVerbDialog
from device_update_console.qt.widgets.name_editor import NameEditor
from device_update_console.qt.window.console_windows import ConsoleWindows
from device_update_console.qt.window.main_window import MainWindow
from device_update_console.qt.window.navigation import ScopeKey

_MS = 60_000
_SEEN = 40
"""Rows that are waited for, of a list that may be long."""


class Console:
    """One window with one server in it, or (without a URL) with the remembered ones.

    ``failures`` are those that no part of the window took; ``settings`` is the folder of what is remembered.
    """

    def __init__(self, qtbot: QtBot, url: str | None, settings: Path) -> None:
        self._qtbot = qtbot
        self.failures: list[Exception] = []
        self.background = Background(self.failures.append)
        self.servers = Servers(
            self.background, Remembered(settings / "console.json"), PinnedServices(settings / "pinned-certificates")
        )
        self.windows = ConsoleWindows(self.background, self.servers)
        if url is None:
            self.servers.show_remembered()
            self.window = self.windows.open()
        else:
            session = self.servers.show(parse_server_address(url), environment=os.environ)
            self.window = self.windows.open(ScopeKey(NodeKind.SERVER, session.address.origin))
        qtbot.addWidget(self.window)

    @property
    def session(self) -> ServerSession:
        """The first server."""
        return next(iter(self.servers))

    @property
    def origin(self) -> str:
        return self.session.address.origin

    def close(self) -> None:
        self.windows.close_all()
        self.servers.close()
        self.background.end()

    def another_window(self) -> MainWindow:
        """Window > New Window from Here."""
        self.window.commands.actions[Verb.NEW_WINDOW].trigger()
        window = self.windows.newest
        self._qtbot.addWidget(window)
        return window

    def connected(self) -> Console:
        """Wait until somebody is signed in."""
        self._qtbot.waitUntil(lambda: isinstance(self.session.state, Connected), timeout=_MS)
        return self

    def question(self, origin: str | None = None) -> SignInDialog:
        """The question who it is, once it is asked."""
        dialogs = self.windows.signing_in.dialogs
        sought = origin or self.origin
        self._qtbot.waitUntil(lambda: sought in dialogs and dialogs[sought].account.isEnabled(), timeout=_MS)
        return dialogs[sought]

    def answer(self, dialog: SignInDialog, account: str, password: str) -> None:
        """Type both, and press Sign In."""
        dialog.account.setText(account)
        dialog.password.setText(password)
        self.press(dialog.sign_in)

    def sign_in(self, account: str = ACCOUNT, password: str = PASSWORD, origin: str | None = None) -> None:
        """Answer the question who it is, and wait until that was right."""
        self.answer(self.question(origin), account, password)
        session = self.servers.find(origin or self.origin)
        assert session is not None
        self._qtbot.waitUntil(lambda: isinstance(session.state, Connected), timeout=_MS)

    def open(self, kind: NodeKind) -> None:
        """Open a node, and wait until its list has come."""
        self.window.open_node(ScopeKey(kind, self.origin))
        self._qtbot.waitUntil(self.listed, timeout=_MS)

    def go_to(self, kind: NodeKind) -> None:
        """Open a node that may have no list, and wait until its list has come if it has one."""
        self.window.open_node(ScopeKey(kind, self.origin))
        if kind in LISTS:
            self._qtbot.waitUntil(self.listed, timeout=_MS)

    def select_first(self) -> None:
        """Select the first row of the list."""
        self.window.list_pane.view.selectRow(0)
        self._qtbot.waitUntil(
            lambda: len(self.window.list_pane.selected_items()) == 1 and not self.window.list_pane.view.is_settling,
            timeout=_MS,
        )

    def filter(self, *, rows: int = 1, **values: str) -> None:
        """Type into the filter bar, and wait for so many rows, which all have the text."""
        bar = self.window.list_pane.filter_bar
        bar.fill(values)
        with self._qtbot.waitSignal(self.window.list_pane.view.model().modelReset, timeout=_MS):
            bar.changed.emit()
        sought = list(values.values())
        self._qtbot.waitUntil(
            lambda: self.listed() and len(self.rows()) == rows and self._all_have(sought), timeout=_MS
        )

    def rows(self) -> list[list[str]]:
        """The texts of all rows, column by column."""
        model = self.window.list_pane.view.model()
        columns, rows = range(model.columnCount()), range(model.rowCount())
        return [[str(model.index(row, column).data() or "") for column in columns] for row in rows]

    def select_all(self) -> None:
        """Ctrl+A."""
        self.window.list_pane.view.selectAll()
        self._qtbot.waitUntil(lambda: not self.window.list_pane.view.is_settling, timeout=_MS)

    def press_key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key in the list, once the window has the keyboard back from its dialogs."""
        self.window.activateWindow()
        self._qtbot.waitUntil(self.window.isActiveWindow, timeout=_MS)
        view = self.window.list_pane.view
        view.setFocus()
        self._qtbot.keyClick(view, key, modifier)

    def renaming(self, verb: Verb) -> NameEditor:
        """Where a name of the tree is edited after a verb."""
        self.window.activateWindow()
        self._qtbot.waitUntil(self.window.isActiveWindow, timeout=_MS)
        self.window.commands.actions[verb].trigger()
        editor = self.window.scope.editor
        assert editor is not None
        return editor

    def renamed(self) -> NameEditor:
        """Where a name of the list is edited."""
        editor = self.window.list_pane.names.editor
        assert editor is not None
        return editor

    def click(self, verb: Verb) -> None:
        """Click a verb in the actions pane."""
        action = self.window.commands.actions[verb]
        button = next(
            each for each in self.window.actions_pane.findChildren(QToolButton) if each.defaultAction() is action
        )
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def asked(self) -> RuleVerbDialog:
        """The question, once it is asked."""
        self._qtbot.waitUntil(lambda: self.window.item_verbs.rules.dialog is not None, timeout=_MS)
        dialog = self.window.item_verbs.rules.dialog
        assert dialog is not None
        return dialog

    def sheet(self, verb: Verb) -> PropertySheet:
        """The property sheet that a verb opens, once it is there."""
        before = self.window.sheets.open_sheets()
        self.window.commands.actions[verb].trigger()
        self._qtbot.waitUntil(lambda: len(self.window.sheets.open_sheets()) > len(before), timeout=_MS)
        return self.window.sheets.open_sheets()[-1]

    def press(self, button: QAbstractButton) -> None:
        """Click a button of a dialog."""
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def offered(self) -> set[Verb]:
        """The verbs that can be used now."""
        return {verb for verb, action in self.window.commands.actions.items() if action.isEnabled()}

    def listed(self) -> bool:
        """Whether the rows that are seen are there."""
        live = self.window.list_pane.live
        if live is None or live.model.status.state is ListState.LOADING:
            return False
        return all(live.model.row(number) is not None for number in range(min(live.model.rowCount(), _SEEN)))

    def _all_have(self, texts: list[str]) -> bool:
        sought = [text.casefold() for text in texts]
        return all(any(text in cell.casefold() for cell in row) for row in self.rows() for text in sought)
