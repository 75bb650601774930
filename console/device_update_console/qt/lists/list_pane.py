"""The middle: title, filter bar, list and details of the node that is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from device_update_console.core.failures import RefusedByService
from device_update_console.core.filters.filter_text import InvalidFilter
from device_update_console.core.filters.fitting_items import still_fits
from device_update_console.core.filters.whole_list import whole_list_filter
from device_update_console.core.lists.definition import ListDefinition
from device_update_console.core.lists.row_changes import ListState, Row
from device_update_console.core.lists.source import Caller, source_of
from device_update_console.core.sheets.details import details_of
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.offered_verbs import Selection
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.core.window.remembered import Remembered, RememberedList
from device_update_console.qt.background import Background
from device_update_console.qt.filters.filter_bar import FilterBar
from device_update_console.qt.lists.details_pane import DetailsPane
from device_update_console.qt.lists.list_columns import ListColumns
from device_update_console.qt.lists.live_list import LiveList
from device_update_console.qt.lists.row_names import RowNames
from device_update_console.qt.lists.row_view import RowView
from device_update_console.qt.lists.selected_rows import SelectedRows
from device_update_console.qt.lists.told_band import ToldBand
from device_update_console.qt.widgets.announcing import announce
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.widgets.name_editor import NameEdit
from device_update_contract.administration.base import PageQuery
from device_update_contract.administration.endpoints import LIST_DEVICES

_ROWS, _FILTER, SELECTION = "rows", "filter", "selection"
"""What the banner's sentence is about."""

_KEEP_MS = 1000
"""So long after the last change of columns, sort or filter it is remembered."""


class ListPane(QWidget):
    """One list at a time; `open_list` replaces it, `close_list` leaves the pane empty."""

    selection_changed = Signal()
    activated = Signal()
    counts_changed = Signal()

    def __init__(self, background: Background, remembered: Remembered, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._remembered = remembered
        self._filters_are_kept = True
        self.missed_changes = self._selects_first = False
        self._announced: tuple[ListState, bool] | None = None
        self._caller: Callable[[], Caller] | None = None
        self.definition: ListDefinition[Any] | None = None
        self.live: LiveList[Any] | None = None
        self.filter_bar = FilterBar()
        self.band = ToldBand(background)
        self.banner = FailureBanner()
        self.view = RowView()
        self.view.setAccessibleName(text("List"))
        self.columns = ListColumns(self.view)
        self.names = RowNames(self.view, self.columns)
        self.selected = SelectedRows(self.view)
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
        for widget, stretch in ((self.filter_bar, 0), (self.band, 0), (self.banner, 0), (self.splitter, 1)):
            layout.addWidget(widget, stretch)
        self._looking = QTimer(self)
        self._looking.setSingleShot(True)
        self._looking.setInterval(0)
        self._looking.timeout.connect(self._look)
        self._keeping = QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(_KEEP_MS)
        self._keeping.timeout.connect(self.keep_layout)
        self.filter_bar.changed.connect(self._begin_anew)
        self.view.selection_settled.connect(self._settled)
        self.selected.advanced.connect(self._selected)
        self.selected.failed.connect(self._unread)
        self.view.activated.connect(self.view.settle)
        self.view.activated.connect(self.activated)
        self.view.verticalScrollBar().valueChanged.connect(self._look_soon)
        self.view.viewport_resized.connect(self._looking.start)
        self.columns.arranged.connect(self._keeping.start)
        self.columns.sorted.connect(self._begin_anew)
        self.counts_changed.connect(self._announce)

    def open_list(
        self,
        definition: ListDefinition[Any],
        caller: Callable[[], Caller],
        item_icon: Callable[[Any], QIcon | None],
        filters: Mapping[str, str] | None = None,
    ) -> None:
        """Show a list as it was left; ``caller`` is called in the loop.

        With ``filters`` it shows what these find, and the filter that the list was left with stays remembered.
        """
        self.close_list()
        left = self._remembered.list_layout(definition.remembered_as)
        self.definition, self._caller = definition, caller
        self._filters_are_kept = filters is None
        self.missed_changes = self._selects_first = False
        self.live = LiveList(self._background, definition.columns, item_icon)
        self.filter_bar.offer(definition.filters, left.filters if filters is None else filters)
        # The fields are new, and would come after everything else.
        QWidget.setTabOrder(self.filter_bar.clear_button, self.band.label)
        QWidget.setTabOrder(self.band.label, self.view)
        QWidget.setTabOrder(self.view, self.details)
        model = self.live.model
        self.view.setModel(model)
        self.view.setDragEnabled(definition.endpoint is LIST_DEVICES)
        self.selected.watch(self.live)
        model.status_changed.connect(self._status)
        model.rows_known.connect(self._known)
        model.modelReset.connect(self.view.scrollToTop)
        model.modelReset.connect(self._looking.start)
        model.rowsInserted.connect(self._looking.start)
        self.columns.show(definition, left)
        self._begin()

    def close_list(self) -> None:
        """Show nothing, and stop what was on its way."""
        self.banner.hide()
        self.band.forget()
        self.names.leave()
        if self._keeping.isActive():
            self.keep_layout()
        if self.live is not None:
            live, self.live = self.live, None
            live.close()
            self.selected.watch(None)
            self.view.setModel(None)
            live.model.deleteLater()

    def selected_items(self) -> list[Any]:
        """The selected items that are known."""
        return self.selected.items()

    def selection(self) -> Selection:
        """What is selected, for the verbs: items, or all that match the filter where not all of them were read."""
        if self.live is None:
            return Selection()
        items = self.selected.items()
        unread = self.selected.count - len(items)
        if not unread or not self.selected.is_all:
            return Selection(items, unread=unread)
        model = self.live.model
        return Selection(items, all_matching=model.rowCount(), counted=model.status.counted)

    def targets(self) -> VerbTargets:
        """What a verb is carried out on."""
        selection = self.selection()
        if selection.all_matching is None or self.definition is None or self.live is None:
            return VerbTargets(selection.items)
        matching = whole_list_filter(self.definition, self.live.filters)
        return VerbTargets(matching=matching, expected_count=selection.all_matching)

    def current_row(self) -> Row[Any] | None:
        """The one row whose details are shown."""
        ranges = self.view.selected_row_ranges()
        if self.live is None or len(ranges) != 1 or ranges[0][0] != ranges[0][1]:
            return None
        return self.live.model.row(ranges[0][0])

    def asked(self) -> dict[str, str]:
        """What the filter bar asks for; nothing while it cannot be understood."""
        try:
            return {name: value for name, value in self.filter_bar.values().items() if value}
        except InvalidFilter:
            return {}

    def take_focus(self) -> None:
        """Go to the list: to the first row of what was typed, once that is there, or to where the keyboard was."""
        self.filter_bar.tell_now()
        if self.live is not None and self.live.is_awaited:
            self.select_first()
            return
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.live is not None and self.live.model.rowCount() and not self.view.selected_row_ranges():
            self.view.selectRow(max(self.view.currentIndex().row(), 0))

    def select_first(self) -> None:
        """Go to the list, and select its first row as soon as that is there, unless somebody selects another."""
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.view.clearSelection()
        self._selects_first = True

    def rename(self, item_id: str, edit: NameEdit) -> None:
        """Edit the name of an item where it stands."""
        if self.live is not None:
            self.names.rename(self.live.model, item_id, edit)

    def keep_layout(self) -> None:
        """Remember columns, sort and filter of the list."""
        self._keeping.stop()
        if self.definition is None or self.live is None:
            return
        left = self._remembered.list_layout(self.definition.remembered_as)
        now = RememberedList(
            columns=self.columns.layout(),
            sort=self.columns.chosen,
            grouped=self.columns.grouped_section >= 0,
            filters=self.filter_bar.typed() if self._filters_are_kept else left.filters,
        )
        if now != left:
            self._remembered.keep_list_layout(self.definition.remembered_as, now)

    def refresh(self) -> None:
        """Read the list anew."""
        if self.live is not None:
            self.missed_changes = False
            self.band.ask_anew()
            self.live.refresh()

    def go_on(self) -> None:
        """The server is back: fetch what failed, and say again what is wrong with the filter, if anything is."""
        if self.live is not None and self.definition is not None:
            self.live.retry()
            self._understood(self.definition, self.columns.chosen)

    def tell_anew(self) -> None:
        """Ask once more what stands above the list; what is told stands until the answer."""
        if self.live is not None:
            self.band.ask_anew()
            self._tell(self.live.model.status.state)

    def miss_changes(self) -> None:
        """Something changed that is not shown before the next refresh."""
        if not self.missed_changes:
            self.missed_changes = True
            self.counts_changed.emit()

    def count_text(self) -> str:
        """How many rows there are, and how many are selected."""
        if self.live is None or self.definition is None:
            return ""
        status = self.live.model.status
        if status.state is ListState.LOADING:
            return text("Loading...") if self.live.was_started else ""
        if status.state is ListState.FAILED:
            return ""
        there_are = self.total_text()
        selected = self.selected.count
        said = text("{items}, {number:,} selected", items=there_are, number=selected) if selected else there_are
        if self.selected.is_reading:
            said = text("{selection}, {number:,} of them read...", selection=said, number=self.selected.read_count)
        if status.outdated or self.missed_changes:
            said = f"{said}. {text('The list has changed; Refresh (F5) shows how.')}"
        return said

    def total_text(self) -> str:
        """How many rows there are, or at least are."""
        if self.live is None or self.definition is None:
            return ""
        status = self.live.model.status
        counted = self.definition.count_text(status.count)
        return counted if status.counted else text("at least {items}", items=counted)

    # What happens

    def _begin_anew(self) -> None:
        self._selects_first = False
        self._keeping.start()
        self._begin()

    def _begin(self, *, sorted_so: bool = True) -> None:
        """Read the list; unless ``sorted_so`` in its own order, where the service sorts no other way."""
        definition, caller, live = self.definition, self._caller, self.live
        if definition is None or caller is None or live is None:
            return
        understood = self._understood(definition, self.columns.chosen if sorted_so else None)
        if understood is None:
            return
        filters, query = understood
        matches = still_fits(definition, filters)
        self.columns.show_best_first(so=query.sort is None)
        live.start(lambda: source_of(definition, caller(), query, matches), filters)

    def _understood(
        self, definition: ListDefinition[Any], sort: str | None
    ) -> tuple[Mapping[str, str], PageQuery] | None:
        """What the filter bar asks for, and the query for that; None where it cannot be understood, which is said."""
        self.banner.settle(_FILTER)
        try:
            filters = self.filter_bar.values()
            return filters, definition.query(filters, sort=sort)
        except InvalidFilter as refusal:
            self.banner.show_failure(refusal, topic=_FILTER)
            if self.live is not None and not self.live.was_started:
                self.view.say(refusal.sentence)
            return None

    def _look_soon(self) -> None:
        """Once for all that moves now; `QTimer.start` itself would take a scroll bar's value for milliseconds."""
        self._looking.start()

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
        failure = status.failure
        if isinstance(failure, RefusedByService) and failure.code == "sort-not-available" and self.columns.sort:
            self._begin(sorted_so=False)
            return
        filtered = bool(self.filter_bar.typed())
        empty = self.definition.nothing_found if filtered else text(self.definition.nothing)
        messages = {ListState.LOADING: text("Loading..."), ListState.EMPTY: empty}
        self.view.say(messages.get(status.state, ""))
        if status.state is ListState.READY:
            self.view.setAccessibleDescription(self.total_text())
        if status.failure is not None:
            self.banner.show_failure(status.failure, again=self.live.retry, topic=_ROWS)
        elif status.state is not ListState.LOADING:
            self.banner.settle(_ROWS)
        self._tell(status.state)
        self._selected()

    def _tell(self, state: ListState) -> None:
        """Say above the list what changed for what the filter finds, or what is known instead."""
        if self.definition is None or self._caller is None or self.live is None or state is ListState.LOADING:
            return
        filters = {name: value for name, value in self.live.filters.items() if value}
        if state is ListState.FAILED or not filters:
            self.band.forget()
        else:
            self.band.tell_of(self.definition, self._caller, filters, empty=state is ListState.EMPTY)

    def _known(self, first: int, last: int) -> None:
        self.columns.fit()
        if self._selects_first and first == 0 and self.live is not None and not self.live.is_awaited:
            self._selects_first = False
            if not self.view.selected_row_ranges():
                self.view.selectRow(0)
        if any(first <= end and begin <= last for begin, end in self.view.selected_row_ranges()):
            self._selected()

    def _settled(self) -> None:
        self.banner.settle(SELECTION)
        self.selected.settle()
        self._selected()

    def _unread(self, failure: Exception) -> None:
        self.banner.show_failure(failure, again=self.selected.retry, topic=SELECTION)
        self._selected()

    def _selected(self) -> None:
        row = self.current_row()
        if row is not None:
            details = details_of(row.item)
            self.details.show_item(details.heading, details.rows)
        elif self.definition is not None:
            self.details.say(self._selection_text(self.definition))
        self.selection_changed.emit()
        self.counts_changed.emit()

    def _announce(self) -> None:
        """Say what is there once it was read, and when rows that were selected begin or end to be read."""
        if self.live is None:
            return
        status, before = self.live.model.status, self._announced
        self._announced = (status.state, self.selected.is_reading)
        if self._announced != before and status.state is not ListState.LOADING:
            announce(self.view, self.view.accessibleDescription() if status.count == 0 else self.count_text())

    def _selection_text(self, definition: ListDefinition[Any]) -> str:
        selection = self.selection()
        if not selection.count:
            return text("Select an item to see more of it.")
        said = text("{items} selected.", items=definition.count_text(selection.count))
        return f"{said} {selection.unread_text}" if selection.unread else said
