"""The middle: title, filter bar, list and details of the node that is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from device_update_console.core.details import details_of
from device_update_console.core.filter_text import InvalidFilter
from device_update_console.core.fitting_items import still_fits
from device_update_console.core.language import text
from device_update_console.core.list_definition import Column, ListDefinition
from device_update_console.core.list_source import Caller, ListSource
from device_update_console.core.row_changes import ListState, Row
from device_update_console.qt.background import Background
from device_update_console.qt.details_pane import DetailsPane
from device_update_console.qt.failure_banner import FailureBanner
from device_update_console.qt.filter_bar import FilterBar
from device_update_console.qt.live_list import LiveList
from device_update_console.qt.row_view import RowView
from device_update_contract.administration.base import PageQuery
from device_update_contract.administration.endpoints import (
    LIST_DEVICES,
    LIST_PACKAGES,
    LIST_RULES,
    LIST_TEST_DEVICES,
    SHOW_DEVICE,
    SHOW_PACKAGE,
    SHOW_RULE,
    SHOW_TEST_DEVICE,
    Endpoint,
)

MOST_SELECTED = 10_000
"""So many items one request may name."""

_SHOW: Mapping[Endpoint, Endpoint] = {
    LIST_RULES: SHOW_RULE,
    LIST_PACKAGES: SHOW_PACKAGE,
    LIST_TEST_DEVICES: SHOW_TEST_DEVICE,
    LIST_DEVICES: SHOW_DEVICE,
}
"""What gives one item of a list, so that a change is shown where it stands."""

_ROWS, _FILTER = "rows", "filter"
"""What the banner's sentence is about."""


class ListPane(QWidget):
    """One list at a time; `open_list` replaces it, `close_list` leaves the pane empty."""

    selection_changed = Signal()
    activated = Signal()
    counts_changed = Signal()

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._caller: Callable[[], Caller] | None = None
        self._sort = ""
        self._fitted = False
        self.definition: ListDefinition[Any] | None = None
        self.live: LiveList[Any] | None = None
        self.filter_bar = FilterBar()
        self.banner = FailureBanner()
        self.view = RowView()
        self.view.setAccessibleName(text("List"))
        self.details = DetailsPane()
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.addWidget(self.view)
        self.splitter.addWidget(self.details)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget, stretch in ((self.filter_bar, 0), (self.banner, 0), (self.splitter, 1)):
            layout.addWidget(widget, stretch)
        self._looking = QTimer(self)
        self._looking.setSingleShot(True)
        self._looking.setInterval(0)
        self._looking.timeout.connect(self._look)
        self.filter_bar.changed.connect(self._begin)
        self.view.selection_settled.connect(self._selected)
        self.view.activated.connect(self.activated)
        self.view.verticalScrollBar().valueChanged.connect(self._looking.start)
        self.view.viewport_resized.connect(self._looking.start)
        self.view.horizontalHeader().sortIndicatorChanged.connect(self._sorted)

    def open_list(
        self,
        definition: ListDefinition[Any],
        caller: Callable[[], Caller],
        item_icon: Callable[[Any], QIcon | None],
        filters: Mapping[str, str],
    ) -> None:
        """Show a list; ``caller`` is called in the loop."""
        self.close_list()
        self.definition, self._caller, self._sort = definition, caller, definition.default_sort
        self.live = LiveList(self._background, definition.columns, item_icon)
        self.filter_bar.offer(definition.filters, filters)
        model = self.live.model
        self.view.setModel(model)
        model.status_changed.connect(self._status)
        model.rows_known.connect(self._known)
        model.modelReset.connect(self._looking.start)
        model.rowsInserted.connect(self._looking.start)
        self._lay_out_columns()
        self._begin()

    def close_list(self) -> None:
        """Show nothing, and stop what was on its way."""
        self.banner.hide()
        if self.live is not None:
            live, self.live = self.live, None
            live.close()
            self.view.setModel(None)
            live.model.deleteLater()

    def selected_items(self) -> list[Any]:
        """The selected items that are known."""
        if self.live is None:
            return []
        rows = (self.live.model.row(number) for number in self.view.selected_rows(MOST_SELECTED))
        return [row.item for row in rows if row is not None]

    def current_row(self) -> Row[Any] | None:
        """The one row whose details are shown."""
        ranges = self.view.selected_row_ranges()
        if self.live is None or len(ranges) != 1 or ranges[0][0] != ranges[0][1]:
            return None
        return self.live.model.row(ranges[0][0])

    def refresh(self) -> None:
        """Read the list anew."""
        if self.live is not None:
            self.live.refresh()

    def count_text(self) -> str:
        """How many rows there are, and how many are selected."""
        if self.live is None or self.definition is None:
            return ""
        status = self.live.model.status
        if status.state is ListState.LOADING:
            return text("Loading...")
        if status.state is ListState.FAILED:
            return ""
        counted = self.definition.count_text(status.count)
        there_are = counted if status.counted else text("at least {items}", items=counted)
        selected = self.view.selected_count()
        return text("{items}, {number:,} selected", items=there_are, number=selected) if selected else there_are

    # What happens

    def _begin(self) -> None:
        definition, caller, live = self.definition, self._caller, self.live
        if definition is None or caller is None or live is None:
            return
        self.banner.settle(_FILTER)
        try:
            query = definition.query(self.filter_bar.values(), sort=self._sort)
        except InvalidFilter as refusal:
            self.banner.show_failure(refusal, topic=_FILTER)
            return
        matches = still_fits(definition, self.filter_bar.values())
        live.start(lambda: _source(definition, caller(), query, matches))

    def _sorted(self, section: int, order: Qt.SortOrder) -> None:
        if self.definition is None or not 0 <= section < len(self.definition.columns):
            return
        field = self.definition.columns[section].sort
        if field is None:
            self._show_sort()
            return
        sort = field if order is Qt.SortOrder.AscendingOrder else f"-{field}"
        if sort != self._sort:
            self._sort = sort
            self._begin()

    def _show_sort(self) -> None:
        """Put the arrow at the column that the list is sorted by."""
        definition, header = self.definition, self.view.horizontalHeader()
        if definition is None:
            return
        field = self._sort.removeprefix("-")
        section = next((n for n, column in enumerate(definition.columns) if column.sort == field), -1)
        order = Qt.SortOrder.DescendingOrder if self._sort.startswith("-") else Qt.SortOrder.AscendingOrder
        header.blockSignals(True)  # noqa: FBT003 -- Qt's parameter
        header.setSortIndicator(section, order)
        header.blockSignals(False)  # noqa: FBT003 -- Qt's parameter
        header.viewport().update()

    def _lay_out_columns(self) -> None:
        """Columns as wide as is expected, until rows come."""
        definition, header = self.definition, self.view.horizontalHeader()
        if definition is None:
            return
        self._fitted = False
        for section, column in enumerate(definition.columns):
            header.resizeSection(section, max(*self._widths(section, column)))
            header.setSectionHidden(section, not column.shown)
        self._show_sort()

    def _fit_columns(self) -> None:
        """Columns as wide as the first rows need, but no wider than is expected of them."""
        definition, header = self.definition, self.view.horizontalHeader()
        if definition is None or self._fitted:
            return
        self._fitted = True
        for section, column in enumerate(definition.columns):
            title, expected = self._widths(section, column)
            needed = self.view.sizeHintForColumn(section) + 6
            header.resizeSection(section, max(title, min(needed, expected)))

    def _widths(self, section: int, column: Column[Any]) -> tuple[int, int]:
        """In pixels, what a column's title needs, and what is expected of its texts."""
        metrics = self.view.fontMetrics()
        character = metrics.horizontalAdvance("0123456789-ABCDEF:") / 18  # most columns hold numbers and addresses
        icon_width = 20 if section == 0 else 0
        title = metrics.horizontalAdvance(text(column.title)) + 24  # the arrow of the sorted column, and a little air
        return title, int((column.width_hint + 2) * character) + icon_width

    def _look(self) -> None:
        if self.live is None or self.live.model.rowCount() == 0:
            return
        first = max(self.view.rowAt(0), 0)
        last = self.view.rowAt(self.view.viewport().height() - 1)
        self.live.show(first, last if last >= 0 else self.live.model.rowCount() - 1)

    def _status(self) -> None:
        if self.live is None or self.definition is None:
            return
        status = self.live.model.status
        filtered = bool(self.filter_bar.values())
        empty = self.definition.nothing_found if filtered else text(self.definition.nothing)
        messages = {ListState.LOADING: text("Loading..."), ListState.EMPTY: empty}
        self.view.say(messages.get(status.state, ""))
        if status.failure is not None:
            self.banner.show_failure(status.failure, again=self.live.retry, topic=_ROWS)
        elif status.state is not ListState.LOADING:
            self.banner.settle(_ROWS)
        self._selected()

    def _known(self, first: int, last: int) -> None:
        self._fit_columns()
        if any(first <= end and begin <= last for begin, end in self.view.selected_row_ranges()):
            self._selected()

    def _selected(self) -> None:
        row = self.current_row()
        if row is not None:
            details = details_of(row.item)
            self.details.show_item(details.heading, details.rows)
        elif self.definition is not None:
            selected = self.view.selected_count()
            chosen = self.definition.count_text(selected)
            self.details.say(
                text("{items} selected.", items=chosen) if selected else text("Select an item to see more of it.")
            )
        self.selection_changed.emit()
        self.counts_changed.emit()


def _source(
    definition: ListDefinition[Any], caller: Caller, query: PageQuery, matches: Callable[[Any], bool]
) -> ListSource[Any]:
    show = _SHOW.get(definition.endpoint)
    return ListSource(
        caller, definition.endpoint, definition.item, query, item_id=definition.item_id, show=show, matches=matches
    )
