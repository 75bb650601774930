"""A list within a dialog, paged by the server like the lists of the window: rows, and a banner for what fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from device_update_console.core.lists.definition import Column, ListDefinition
from device_update_console.core.lists.row_changes import ListState
from device_update_console.core.lists.source import ListSource
from device_update_console.core.texts.language import text
from device_update_console.qt.background import Background
from device_update_console.qt.lists.live_list import LiveList
from device_update_console.qt.lists.row_view import RowView
from device_update_console.qt.widgets.failure_banner import FailureBanner

_BESIDE_TITLE = 16
_BESIDE_CELL = 6
_NARROWEST = 80
"""Pixels of the column that takes what is left."""


class SmallList(QWidget):
    """Some columns of a list; it is empty until `start`, and shows nothing new after `close_list`."""

    def __init__(
        self,
        background: Background,
        definition: ListDefinition[Any],
        name: str,
        *,
        columns: Sequence[Column[Any]] = (),
        stretched: str,
        widest: int = 10_000,
    ) -> None:
        """``columns`` are all unless they are given; the one whose key is ``stretched`` takes what the others leave."""
        super().__init__()
        self.definition = definition
        self.columns = tuple(columns or definition.columns)
        self.banner = FailureBanner()
        self.view = RowView()
        self.view.setFrameShape(QFrame.Shape.StyledPanel)
        self.view.setAccessibleName(name)
        self.view.horizontalHeader().setSortIndicatorShown(False)
        self.view.horizontalHeader().setSectionsClickable(False)
        self.live: LiveList[Any] = LiveList(background, self.columns, lambda _: None)
        self.live.model.setParent(self)
        self.view.setModel(self.live.model)
        self._stretched = self.columns.index(definition.column(stretched))
        self._widest = widest
        self._nothing = definition.nothing
        self._closed = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.banner)
        layout.addWidget(self.view, 1)
        self._looking = QTimer(self)
        self._looking.setSingleShot(True)
        self._looking.setInterval(0)
        self._looking.timeout.connect(self._look)
        self.live.model.status_changed.connect(self._status)
        self.live.model.modelReset.connect(self._looking.start)
        self.live.model.rowsInserted.connect(self._looking.start)
        self.live.model.rows_known.connect(lambda *_: self._fit())
        self.view.verticalScrollBar().valueChanged.connect(self._look_soon)
        self.view.viewport_resized.connect(self._looking.start)

    def start(self, source: Callable[[], ListSource[Any]], nothing: str = "") -> None:
        """Show a list from its beginning, or ``nothing`` instead of the list's own sentence when it is empty."""
        self._nothing = nothing or self.definition.nothing
        self.live.start(source)

    def refresh(self) -> None:
        """Read it anew."""
        if not self._closed:
            self.live.refresh()

    def retry(self) -> None:
        """Read what could not be read."""
        if not self._closed:
            self.live.retry()

    def close_list(self) -> None:
        """Stop what is on its way."""
        self._closed = True
        self.live.close()

    def selected_items(self, most: int) -> list[Any]:
        """The selected items that are known, but at most so many."""
        rows = (self.live.model.row(number) for number in self.view.selected_rows(most))
        return [row.item for row in rows if row is not None]

    def _look_soon(self) -> None:
        """Once for all that moves now; `QTimer.start` itself would take a scroll bar's value for milliseconds."""
        self._looking.start()

    def _look(self) -> None:
        if self._closed or self.live.model.rowCount() == 0:
            return
        last = self.view.rowAt(self.view.viewport().height() - 1)
        self.live.show(max(self.view.rowAt(0), 0), last if last >= 0 else self.live.model.rowCount() - 1)

    def _status(self) -> None:
        status = self.live.model.status
        said = {ListState.LOADING: text("Loading..."), ListState.EMPTY: text(self._nothing)}
        self.view.say(said.get(status.state, ""))
        if status.failure is not None:
            self.banner.show_failure(status.failure, again=self.live.retry)
        elif status.state is not ListState.LOADING:
            self.banner.hide()

    def _fit(self) -> None:
        """Columns as wide as they need."""
        header, metrics = self.view.horizontalHeader(), self.view.fontMetrics()
        others = [section for section in range(len(self.columns)) if section != self._stretched]
        for section in others:
            title = metrics.horizontalAdvance(text(self.columns[section].title)) + _BESIDE_TITLE
            needed = max(title, self.view.sizeHintForColumn(section) + _BESIDE_CELL)
            header.resizeSection(section, min(needed, self._widest))
        taken = sum(header.sectionSize(section) for section in others)
        header.resizeSection(self._stretched, max(_NARROWEST, self.view.viewport().width() - taken))
