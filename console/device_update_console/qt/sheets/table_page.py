"""A tab with a short table, and a sentence above it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any, TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.texts.language import text
from device_update_console.qt.connections.repeated_read import RepeatedRead
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.lists.plain_table import PlainTable
from device_update_console.qt.sheets.sheet_pages import SheetPage
from device_update_console.qt.widgets.failure_banner import FailureBanner

Rows: TypeAlias = Sequence[Sequence[str]]


class TablePage(SheetPage):
    """The rows are given, or read from the server when the tab is first shown (`LoadedTablePage`)."""

    def __init__(
        self,
        title: str,
        titles: Sequence[str],
        nothing: str,
        *,
        right: Collection[int] = (),
        stretched: int = 0,
    ) -> None:
        """``nothing`` is the sentence for no rows."""
        super().__init__(title)
        self._nothing = nothing
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.table = PlainTable(titles, title, right=right, stretched=stretched)
        self.banner = FailureBanner()
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        for widget, stretch in ((self.sentence, 0), (self.banner, 0), (self.table, 1)):
            layout.addWidget(widget, stretch)
        self.say("")

    def say(self, sentence: str) -> None:
        """What stands above the table."""
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))

    def show_rows(self, rows: Rows) -> None:
        """Show these rows."""
        self.table.show_rows(rows)
        self.table.say("" if rows else self._nothing)


class LoadedTablePage(TablePage):
    """Reads its rows from the server."""

    def __init__(
        self,
        title: str,
        titles: Sequence[str],
        nothing: str,
        session: ServerSession,
        read: Callable[[ServerConnection], Coroutine[Any, Any, Rows]],
        *,
        stretched: int = 0,
    ) -> None:
        super().__init__(title, titles, nothing, stretched=stretched)
        self._reading = RepeatedRead(session, read, self._came, self._failed)
        self._loaded = False

    def read_again(self) -> None:
        """Read the rows anew, once they were shown."""
        if self._loaded:
            self._reading.again()

    # The interface of a page

    def come_up(self) -> None:
        """Override SheetPage.come_up."""
        if not self._loaded:
            self._loaded = True
            self.table.say(text("Loading..."))
            self.read_again()

    def leave(self) -> None:
        """Override SheetPage.leave."""
        self._reading.stop()

    def _came(self, rows: Rows) -> None:
        self.banner.hide()
        self.show_rows(rows)

    def _failed(self, failure: Exception) -> None:
        self.table.say("")
        self.banner.show_failure(failure, again=self.read_again)
