"""A tab with a list of its own, paged by the server: what was done with something, or happened to it, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from device_update_console.core.language import text
from device_update_console.core.list_definition import ListDefinition
from device_update_console.core.list_source import ListSource
from device_update_console.core.row_changes import ListState
from device_update_console.core.table_text import tab_separated
from device_update_console.qt.background import Background
from device_update_console.qt.copyable_text import CopyableText
from device_update_console.qt.failure_banner import FailureBanner
from device_update_console.qt.live_list import LiveList
from device_update_console.qt.row_view import RowView
from device_update_console.qt.server_session import ServerSession
from device_update_console.qt.sheet_pages import SheetPage
from device_update_contract.administration.server import Event

_MOST_COPIED = 10_000
_DETAIL_LINES = 2
_NARROWEST = 120
"""Pixels of the column that takes what is left."""


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
        self._background = background
        self._definition = definition
        self._path = dict(path)
        self._detail = definition.column(detail)
        self._live: LiveList[Any] | None = None
        self.banner = FailureBanner()
        self.view = RowView()
        self.view.setFrameShape(QFrame.Shape.StyledPanel)
        self.view.setAccessibleName(title)
        self.view.horizontalHeader().setSortIndicatorShown(False)
        self.view.horizontalHeader().setSectionsClickable(False)
        self.whole = CopyableText("", text(self._detail.title), lines=_DETAIL_LINES)
        self.below = QHBoxLayout()
        layout = QVBoxLayout(self)
        layout.setSpacing(6)
        layout.addWidget(self.banner)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.whole)
        layout.addLayout(self.below)
        self._looking = QTimer(self)
        self._looking.setSingleShot(True)
        self._looking.setInterval(0)
        self._looking.timeout.connect(self._look)
        self.view.verticalScrollBar().valueChanged.connect(self._looking.start)
        self.view.viewport_resized.connect(self._looking.start)
        self.view.selection_settled.connect(self._selected)
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence(QKeySequence.StandardKey.Refresh), self, self.refresh, context=within)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.view, self._copy, context=within)
        session.event_came.connect(self._event_came)

    @property
    def live(self) -> LiveList[Any] | None:
        """The list, once the tab was shown."""
        return self._live

    def selected_entry(self) -> Any | None:
        """The one selected entry."""
        ranges = self.view.selected_row_ranges()
        if self._live is None or len(ranges) != 1 or ranges[0][0] != ranges[0][1]:
            return None
        row = self._live.model.row(ranges[0][0])
        return None if row is None else row.item

    def refresh(self) -> None:
        """Read the list anew."""
        if self._live is not None:
            self._live.refresh()

    # The interface of a page

    def come_up(self) -> None:
        """Override SheetPage.come_up."""
        if self._live is not None:
            return
        self._live = LiveList(self._background, self._definition.columns, lambda _: None)
        model = self._live.model
        model.setParent(self)
        self.view.setModel(model)
        model.status_changed.connect(self._status)
        model.modelReset.connect(self._looking.start)
        model.rowsInserted.connect(self._looking.start)
        model.rows_known.connect(lambda *_: self._fit())
        self._live.start(self._source)

    def leave(self) -> None:
        """Override SheetPage.leave."""
        if self._live is not None:
            live, self._live = self._live, None
            live.close()

    def _source(self) -> ListSource[Any]:
        definition = self._definition
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
        if event.event not in self._definition.events or self._live is None:
            return
        if not self.view.selected_count() and self.view.verticalScrollBar().value() == 0:
            self.refresh()

    def _look(self) -> None:
        if self._live is None or self._live.model.rowCount() == 0:
            return
        first = max(self.view.rowAt(0), 0)
        last = self.view.rowAt(self.view.viewport().height() - 1)
        self._live.show(first, last if last >= 0 else self._live.model.rowCount() - 1)

    def _status(self) -> None:
        if self._live is None:
            return
        status = self._live.model.status
        said = {ListState.LOADING: text("Loading..."), ListState.EMPTY: text(self._definition.nothing)}
        self.view.say(said.get(status.state, ""))
        if status.failure is not None:
            self.banner.show_failure(status.failure, again=self._live.retry)
        elif status.state is not ListState.LOADING:
            self.banner.hide()

    def _fit(self) -> None:
        """Columns as wide as they need, the one that is shown in full below takes what is left."""
        header = self.view.horizontalHeader()
        columns = self._definition.columns
        stretched = columns.index(self._detail)
        for section in range(len(columns)):
            if section != stretched:
                title = self.view.fontMetrics().horizontalAdvance(text(columns[section].title)) + 16
                header.resizeSection(section, max(title, self.view.sizeHintForColumn(section) + 6))
        taken = sum(header.sectionSize(section) for section in range(len(columns)) if section != stretched)
        header.resizeSection(stretched, max(_NARROWEST, self.view.viewport().width() - taken))

    def _selected(self) -> None:
        entry = self.selected_entry()
        self.whole.say("" if entry is None else self._detail.text(entry))
        self.selection_changed.emit()

    def _copy(self) -> None:
        if self._live is not None:
            rows = (self._live.model.row(number) for number in self.view.selected_rows(_MOST_COPIED))
            items = [row.item for row in rows if row is not None]
            QGuiApplication.clipboard().setText(tab_separated(self._definition.columns, items))
