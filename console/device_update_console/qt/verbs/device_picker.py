"""Finding a known device while typing: any part of MAC address, serial number, user, label or address."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from device_update_console.core.lists.device_lists import DEVICES
from device_update_console.core.lists.source import ListSource
from device_update_console.core.texts.language import text
from device_update_console.qt.background import Background
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.lists.row_view import RowView
from device_update_console.qt.lists.small_list import SmallList
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
        columns = [DEVICES.column(key) for key in _COLUMNS]
        self.list = SmallList(
            background, DEVICES, text("Known devices"), columns=columns, stretched=_COLUMNS[-1], widest=_WIDEST
        )
        self.list.view.setSelectionMode(RowView.SelectionMode.SingleSelection)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._find)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.list.view.selection_settled.connect(self._selected)
        self._find()

    def close_list(self) -> None:
        """Find no more."""
        self._typing.stop()
        self.list.close_list()

    def _find(self) -> None:
        sought = self.search.text().strip()
        query = DEVICES.query({"search": sought} if sought else {})
        self.list.start(
            lambda: ListSource(
                self._session.connection(), DEVICES.endpoint, Device, query, item_id=lambda device: device.id
            ),
            DEVICES.nothing_found if sought else "",
        )

    def _selected(self) -> None:
        for device in self.list.selected_items(1):
            self.picked.emit(device)
