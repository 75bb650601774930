"""Ctrl+C in the window's list: selected rows, the whole list where it is selected whole, or one device for a ticket."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.lists.copying import TooManyToCopy, refuse_too_many, text_of_all, text_of_items
from device_update_console.core.lists.table_text import tab_separated
from device_update_console.core.sheets.details import device_summary
from device_update_console.core.slices import SLICE
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.lists.list_pane import SELECTION, ListPane
from device_update_console.qt.verbs.long_work import Progress, run_with_progress
from device_update_console.qt.window.workplace import Workplace

_COPY = QKeySequence.StandardKey.Copy


class Copying(QObject):
    """Of one window."""

    def __init__(self, place: Workplace, pane: ListPane) -> None:
        super().__init__(pane)
        self._place = place
        self._pane = pane
        self._copies = 0
        """How often something was copied: what takes longer does not take the place of what was copied after it."""
        pane.view.installEventFilter(self)

    def handlers(self) -> Mapping[Verb, Callable[[ServerSession], object]]:
        """What each verb does."""
        return {Verb.COPY_ROWS: self._copy_rows, Verb.COPY_SUMMARY: self._copy_summary}

    def _copy_rows(self, session: ServerSession) -> None:
        """A list that is selected whole is read; many rows become text elsewhere, so that the window stays quick."""
        pane = self._pane
        selection, columns, definition, live = pane.selection(), pane.columns.shown(), pane.definition, pane.live
        if definition is None or live is None:
            return
        if selection.all_matching is None:
            items = selection.items
            if len(items) <= SLICE:
                self._put(tab_separated(columns, items))
            else:
                counted = definition.count_text(len(items))
                self._put_later(session, counted, lambda _, progress: text_of_items(columns, items, progress))
            return
        try:
            refuse_too_many(selection.all_matching)
        except TooManyToCopy as refusal:
            pane.banner.show_failure(refusal)
            return
        query = definition.query(live.filters, sort=pane.columns.sort or None)
        self._put_later(
            session,
            definition.count_text(selection.all_matching),
            lambda connection, progress: text_of_all(connection, definition, query, columns, progress),
        )

    def _put_later(
        self,
        session: ServerSession,
        counted: str,
        work: Callable[[ServerConnection, Progress], Coroutine[Any, Any, str]],
    ) -> None:
        self._copies += 1
        copy = self._copies

        def put(copied: str) -> None:
            if copy == self._copies:
                QGuiApplication.clipboard().setText(copied)

        run_with_progress(self._place, session, text("Copying {items}...", items=counted), work, put)

    def _put(self, copied: str) -> None:
        self._copies += 1
        QGuiApplication.clipboard().setText(copied)

    def _copy_summary(self, _session: ServerSession) -> None:
        items = self._pane.selected_items()
        if len(items) == 1:
            self._put("\n".join(device_summary(items[0])))

    # Qt's interface

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: where the verb cannot be used Qt would copy one cell without a word."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.matches(_COPY):
            selection = self._pane.selection()
            if selection.unread:
                self._pane.banner.say(selection.unread_text, topic=SELECTION)
            return True
        return super().eventFilter(watched, event)
