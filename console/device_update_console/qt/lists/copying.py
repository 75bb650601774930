"""Ctrl+C in the window's list: selected rows, the whole list where it is selected whole, or one device for a ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

from device_update_console.core.lists.copying import TooManyToCopy, refuse_too_many, text_of_all
from device_update_console.core.lists.table_text import tab_separated
from device_update_console.core.sheets.details import device_summary
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.lists.list_pane import SELECTION, ListPane
from device_update_console.qt.verbs.long_work import run_with_progress
from device_update_console.qt.window.workplace import Workplace

_COPY = QKeySequence.StandardKey.Copy


class Copying(QObject):
    """Of one window."""

    def __init__(self, place: Workplace, pane: ListPane) -> None:
        super().__init__(pane)
        self._place = place
        self._pane = pane
        pane.view.installEventFilter(self)

    def handlers(self) -> Mapping[Verb, Callable[[ServerSession], object]]:
        """What each verb does."""
        return {Verb.COPY_ROWS: self._copy_rows, Verb.COPY_SUMMARY: self._copy_summary}

    def _copy_rows(self, session: ServerSession) -> None:
        selection, columns = self._pane.selection(), self._pane.columns.shown()
        if selection.all_matching is None:
            _put(tab_separated(columns, selection.items))
            return
        definition, live = self._pane.definition, self._pane.live
        if definition is None or live is None:
            return
        try:
            refuse_too_many(selection.all_matching)
        except TooManyToCopy as refusal:
            self._pane.banner.show_failure(refusal)
            return
        query = definition.query(live.filters, sort=self._pane.columns.sort or None)
        title = text("Copying {items}...", items=definition.count_text(selection.all_matching))
        run_with_progress(
            self._place,
            session,
            title,
            lambda connection, progress: text_of_all(connection, definition, query, columns, progress),
            _put,
        )

    def _copy_summary(self, _session: ServerSession) -> None:
        items = self._pane.selected_items()
        if len(items) == 1:
            _put("\n".join(device_summary(items[0])))

    # Qt's interface

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: where the verb cannot be used Qt would copy one cell without a word."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.matches(_COPY):
            selection = self._pane.selection()
            if selection.unread:
                self._pane.banner.say(selection.unread_text, topic=SELECTION)
            return True
        return super().eventFilter(watched, event)


def _put(copied: str) -> None:
    QGuiApplication.clipboard().setText(copied)
