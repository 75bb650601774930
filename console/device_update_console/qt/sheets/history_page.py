"""A tab with a list of its own: what was done with something, or happened to it, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.lists.definition import ListDefinition
from device_update_console.core.lists.source import ListSource
from device_update_console.core.lists.table_text import tab_separated
from device_update_console.core.texts.language import text
from device_update_console.qt.background import Background
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.lists.small_list import SmallList
from device_update_console.qt.sheets.sheet_pages import SheetPage
from device_update_console.qt.widgets.copyable_text import CopyableText
from device_update_contract.administration.events import Event

_MOST_COPIED = 10_000
_DETAIL_LINES = 2


class HistoryPage(SheetPage):
    """The list is asked for when the tab is first shown; below it stands the whole of the selected entry.

    New entries come in while nothing is selected and the newest are in view; otherwise at F5, so that nothing moves
    under the pointer.
    """

    selection_changed = Signal()

    def __init__(
        self,
        title: str,
        session: ServerSession,
        background: Background,
        definition: ListDefinition[Any],
        path: Mapping[str, str],
        detail: str,
    ) -> None:
        """``path`` is what the endpoint needs, ``detail`` the key of the column that is shown in full below."""
        super().__init__(title)
        self._session = session
        self._path = dict(path)
        self._detail = definition.column(detail)
        self._begun = False
        self.list = SmallList(background, definition, title, stretched=detail)
        self.whole = CopyableText("", text(self._detail.title), lines=_DETAIL_LINES)
        self.below = QHBoxLayout()
        layout = QVBoxLayout(self)
        layout.setSpacing(6)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.whole)
        layout.addLayout(self.below)
        self.list.view.selection_settled.connect(self._selected)
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence(QKeySequence.StandardKey.Refresh), self, self.list.refresh, context=within)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.list.view, self._copy, context=within)
        session.event_came.connect(self._event_came)
        session.state_changed.connect(self._state_changed)

    def selected_entry(self) -> Any | None:
        """The one selected entry."""
        entries = self.list.selected_items(2)
        return entries[0] if len(entries) == 1 else None

    # The interface of a page

    def come_up(self) -> None:
        """Override SheetPage.come_up."""
        if not self._begun:
            self._begun = True
            self.list.start(self._source)

    def leave(self) -> None:
        """Override SheetPage.leave."""
        self.list.close_list()

    def _source(self) -> ListSource[Any]:
        definition = self.list.definition
        return ListSource(
            self._session.connection(),
            definition.endpoint,
            definition.item,
            definition.query(),
            item_id=definition.item_id,
            path=self._path,
        )

    # What happens

    def _event_came(self, event: Event) -> None:
        if self._begun and event.tells_of(*self.list.definition.events):
            view = self.list.view
            if not view.selected_count() and view.verticalScrollBar().value() == 0:
                self.list.refresh()

    def _state_changed(self) -> None:
        """What could not be read is read once the server is there again."""
        if isinstance(self._session.state, Connected):
            self.list.retry()

    def _selected(self) -> None:
        entry = self.selected_entry()
        self.whole.say("" if entry is None else self._detail.text(entry))
        self.selection_changed.emit()

    def _copy(self) -> None:
        items = self.list.selected_items(_MOST_COPIED)
        QGuiApplication.clipboard().setText(tab_separated(self.list.columns, items))
