"""The menus that a right click opens, and Shift+F10 or the Menu key: there, where the keyboard is."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from device_update_console.core.verbs.menus import ITEM_CONTEXT_MENU, NODE_CONTEXT_MENU, Entry
from device_update_console.qt.lists.list_verbs import ListVerbs
from device_update_console.qt.lists.row_view import RowView
from device_update_console.qt.window.commands import Commands
from device_update_console.qt.window.scope_pane import ScopePane


class ContextMenus:
    """Those of one window."""

    def __init__(
        self, window: QWidget, commands: Commands, view: RowView, scope: ScopePane, list_verbs: ListVerbs
    ) -> None:
        self._window = window
        self._commands = commands
        self._view = view
        self._list_verbs = list_verbs
        self._scope = scope
        view.customContextMenuRequested.connect(self._of_items)
        scope.customContextMenuRequested.connect(self._of_node)
        view.horizontalHeader().customContextMenuRequested.connect(self._of_heading)

    def _of_items(self, place: QPoint) -> None:
        on_item = self._view.indexAt(place).isValid()
        entries = ITEM_CONTEXT_MENU if on_item else NODE_CONTEXT_MENU
        self._open(entries, self._view.viewport().mapToGlobal(place))

    def _of_node(self, place: QPoint) -> None:
        self._open(NODE_CONTEXT_MENU, self._scope.viewport().mapToGlobal(place))

    def _of_heading(self, place: QPoint) -> None:
        header = self._view.horizontalHeader()
        self._list_verbs.header_menu(self._commands, place).popup(header.mapToGlobal(place))

    def _open(self, entries: Collection[Entry], place: QPoint) -> None:
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._commands.fill(menu, entries)
        # Windows asks for a menu itself for a key that was taken here already.
        if not menu.isEmpty() and QApplication.activePopupWidget() is None:
            menu.popup(place)
