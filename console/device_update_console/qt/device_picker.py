"""Finding a known device while typing: any part of MAC address, serial number, user, label or address."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from device_update_console.core.device_lists import DEVICES
from device_update_console.core.language import text
from device_update_console.core.list_source import ListSource
from device_update_console.core.row_changes import ListState
from device_update_console.qt.background import Background
from device_update_console.qt.failure_banner import FailureBanner
from device_update_console.qt.live_list import LiveList
from device_update_console.qt.row_view import RowView
from device_update_console.qt.server_session import ServerSession
from device_update_contract.administration.devices import Device

_COLUMNS = ("mac", "serial", "model", "user", "label", "location")
_TYPING_MS = 150
_WIDEST = 140
"""Pixels."""


class DevicePicker(QWidget):
    """``picked`` tells the selected device."""

    picked = Signal(object)

    def __init__(self, session: ServerSession, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(text("Find a device"))
        self.search.setPlaceholderText(text("Find: MAC address, serial number, user, label or address"))
        self.banner = FailureBanner()
        self.view = RowView()
        self.view.setFrameShape(QFrame.Shape.StyledPanel)
        self.view.setAccessibleName(text("Known devices"))
        self.view.setSelectionMode(RowView.SelectionMode.SingleSelection)
        self.view.horizontalHeader().setSectionsClickable(False)
        self.view.horizontalHeader().setSortIndicatorShown(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self.search, self.banner, self.view):
            layout.addWidget(widget)
        self._columns = [DEVICES.column(key) for key in _COLUMNS]
        self.live: LiveList[Device] = LiveList(background, self._columns, lambda _: None)
        self.live.model.setParent(self)
        self.view.setModel(self.live.model)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._find)
        self._looking = QTimer(self)
        self._looking.setSingleShot(True)
        self._looking.setInterval(0)
        self._looking.timeout.connect(self._look)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.live.model.status_changed.connect(self._status)
        self.live.model.modelReset.connect(self._looking.start)
        self.live.model.rowsInserted.connect(self._looking.start)
        self.live.model.rows_known.connect(lambda *_: self._fit())
        self.view.verticalScrollBar().valueChanged.connect(self._looking.start)
        self.view.viewport_resized.connect(self._looking.start)
        self.view.selection_settled.connect(self._selected)
        self._find()

    def close_list(self) -> None:
        """Find no more."""
        self._typing.stop()
        self.live.close()

    def _find(self) -> None:
        sought = self.search.text().strip()
        query = DEVICES.query({"search": sought} if sought else {})
        self.live.start(
            lambda: ListSource(
                self._session.connection(), DEVICES.endpoint, Device, query, item_id=lambda device: device.id
            )
        )

    def _look(self) -> None:
        if self.live.model.rowCount():
            last = self.view.rowAt(self.view.viewport().height() - 1)
            self.live.show(max(self.view.rowAt(0), 0), last if last >= 0 else self.live.model.rowCount() - 1)

    def _fit(self) -> None:
        """Columns as wide as they need, within bounds; the last one takes what is left."""
        header = self.view.horizontalHeader()
        header.setStretchLastSection(True)
        for section, column in enumerate(self._columns[:-1]):
            title = self.view.fontMetrics().horizontalAdvance(text(column.title)) + 16
            header.resizeSection(section, min(max(title, self.view.sizeHintForColumn(section) + 6), _WIDEST))

    def _status(self) -> None:
        status = self.live.model.status
        empty = DEVICES.nothing_found if self.search.text().strip() else text(DEVICES.nothing)
        self.view.say({ListState.LOADING: text("Loading..."), ListState.EMPTY: empty}.get(status.state, ""))
        if status.failure is not None:
            self.banner.show_failure(status.failure, again=self.live.retry)
        elif status.state is not ListState.LOADING:
            self.banner.hide()

    def _selected(self) -> None:
        for number in self.view.selected_rows(1):
            row = self.live.model.row(number)
            if row is not None:
                self.picked.emit(row.item)
