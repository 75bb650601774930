"""Find Device: at all connected servers at once, while one types; Enter opens the device in its list."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.filters.device_finding import FoundDevices, find_devices
from device_update_console.core.lists.device_lists import DEVICES
from device_update_console.core.texts.language import counted_text, text
from device_update_console.core.texts.problem_texts import sentence_of
from device_update_console.core.window.server_titles import distinct_titles
from device_update_console.qt.background import Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.widgets.announcing import announce
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.widgets.icons import icon
from device_update_contract.administration.devices import Device

TYPING_MS = 150

_COLUMNS = ("mac", "serial", "model", "user", "label", "address", "status")
_LONGEST = 300
_PLACE = int(Qt.ItemDataRole.UserRole)
_KEYS_OF_THE_LIST = {Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp}
_MOST_WIDE = 190


class FindDeviceDialog(QDialog):
    """``found`` carries the `ServerSession` and the `Device` that was chosen, and what was typed."""

    found = Signal(object, object, str)

    def __init__(
        self,
        sessions: Callable[[], Iterable[ServerSession]],
        sought_before: Iterable[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._sessions = sessions
        self._asked: list[ServerSession] = []
        self._jobs: list[Job] = []
        self._answers: dict[str, FoundDevices] = {}
        self._failures: dict[str, str] = {}
        self._found: list[tuple[ServerSession, Device]] = []
        self._opens = False
        """Whether the first device is to be opened as soon as all servers have answered."""
        self.setWindowTitle(text("Find Device"))
        self.setWindowIcon(icon("find"))
        self.sought = QComboBox()
        self.sought.setEditable(True)
        self.sought.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.sought.setCompleter(None)  # type: ignore[arg-type]  # Qt: no completion
        self.sought.addItems(list(sought_before))
        self.sought.setCurrentIndex(-1)
        self.sought.setAccessibleName(text("Find"))
        entry = self.sought.lineEdit()
        if entry is not None:
            entry.setMaxLength(_LONGEST)
            entry.setPlaceholderText(text("MAC address, serial number, user, label or address"))
            entry.setClearButtonEnabled(True)
        self.sought.installEventFilter(self)  # it has the keyboard, not the line in it
        self.devices = QTreeWidget()
        self.devices.setRootIsDecorated(False)
        self.devices.setUniformRowHeights(True)
        self.devices.setAllColumnsShowFocus(True)
        self.devices.setAccessibleName(text("Found devices"))
        titles = [text(DEVICES.column(key).title) for key in _COLUMNS]
        self.devices.setHeaderLabels([*titles, text("Server")])
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Close)
        self.open_button = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        self._lay_out()
        self.open_button.setDefault(True)
        self.open_button.setEnabled(False)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self._find)
        self.sought.editTextChanged.connect(lambda _: self._typed())
        self.devices.itemDoubleClicked.connect(lambda *_: self._open())
        self.open_button.clicked.connect(self._open_when_found)
        self.buttons.rejected.connect(self.reject)
        resize_within_screen(self, 900, 420)
        self._show()

    def _lay_out(self) -> None:
        label = QLabel(text("&Find:"))
        label.setBuddy(self.sought)
        layout = QGridLayout(self)
        layout.addWidget(label, 0, 0)
        layout.addWidget(self.sought, 0, 1)
        layout.addWidget(self.devices, 1, 0, 1, 2)
        layout.addWidget(self.said, 2, 0, 1, 2)
        layout.addWidget(self.buttons, 3, 0, 1, 2)
        layout.setColumnStretch(1, 1)
        layout.setRowStretch(1, 1)

    # Asking

    def _typed(self) -> None:
        self._opens = False
        self._typing.start()
        self._offer()

    def _find(self) -> None:
        """Ask every connected server; what was asked before counts no more, and is shown until there is an answer."""
        self._stop()
        self._answers, self._failures = {}, {}
        typed = self.sought.currentText().strip()
        self._asked = list(self._sessions()) if typed else []
        for session in self._asked:
            if isinstance(session.state, Connected):
                self._jobs.append(session.run(_finder(typed), self._taker(session), self._failer(session)))
            else:
                self._failures[session.address.origin] = text("It is not connected.")
        if self._waits:
            self.said.setText("\n".join(self._sentences()))
        else:
            self._show()

    def find_anew(self) -> None:
        """There are other servers than when they were asked."""
        if self._asked:
            self._find()

    @property
    def has_answered(self) -> bool:
        """Whether what was typed has been looked for, at every server."""
        return bool(self._asked) and not self._waits

    @property
    def _waits(self) -> bool:
        return len(self._answers) + len(self._failures) < len(self._asked)

    def _taker(self, session: ServerSession) -> Callable[[FoundDevices], None]:
        def take(found: FoundDevices) -> None:
            self._answers[session.address.origin] = found
            self._show()

        return take

    def _failer(self, session: ServerSession) -> Callable[[Exception], None]:
        def fail(failure: Exception) -> None:
            self._failures[session.address.origin] = sentence_of(failure)
            self._show()

        return fail

    def _stop(self) -> None:
        for job in self._jobs:
            job.cancel()
        self._jobs = []

    # Showing

    def _show(self) -> None:
        """What was found so far, server by server in the order of the tree; the first one is selected at first."""
        chosen = self._chosen() if len(self._answers) > 1 else None
        self._found = [
            (session, device)
            for session in self._asked
            for device in self._answers.get(session.address.origin, FoundDevices()).devices
        ]
        titles = self._titles()
        self.devices.clear()
        for place, (session, device) in enumerate(self._found):
            texts = [DEVICES.column(key).text(device) for key in _COLUMNS]
            item = QTreeWidgetItem([*texts, titles[session.address.origin]])
            item.setIcon(0, icon("devices"))
            item.setData(0, _PLACE, place)
            self.devices.addTopLevelItem(item)
            if place == 0 or (session, device) == chosen:
                self.devices.setCurrentItem(item)
        self.devices.setColumnHidden(len(_COLUMNS), len(self._asked) < 2)
        for column in range(len(_COLUMNS)):
            self.devices.resizeColumnToContents(column)
            self.devices.setColumnWidth(column, min(self.devices.columnWidth(column), _MOST_WIDE))
        self.said.setText("\n".join(self._sentences()))
        if not self._waits:
            announce(self, self.said.text())
        self._offer()
        if self._opens and not self._waits:
            self._open()

    def _offer(self) -> None:
        """What was found can be opened, and what may still be."""
        may_be = bool(self._found) or self._waits or self._typing.isActive()
        self.open_button.setEnabled(bool(self.sought.currentText().strip()) and may_be)

    def _sentences(self) -> list[str]:
        if not self._asked:
            return [text("Type any part of a MAC address, serial number, user or address, or a whole label.")]
        said = []
        if self._waits:
            said.append(text("Searching..."))
        elif self._found:
            said.append(counted_text("{count} device found.", "{count} devices found.", len(self._found)))
        elif self._answers:
            said.append(text("No device was found."))
        for origin, title in self._titles().items():
            if origin in self._failures:
                said.append(f"{title}: {self._failures[origin]}")
            elif origin in self._answers and self._answers[origin].more:
                said.append(text("{server} has more; type more of it.", server=title))
            elif origin in self._answers:
                before = f"{title}: " if len(self._asked) > 1 else ""
                said += [f"{before}{sentence}" for sentence in self._answers[origin].instead]
        return said

    def _titles(self) -> dict[str, str]:
        return dict(distinct_titles(session.naming for session in self._asked))

    def _chosen(self) -> tuple[ServerSession, Device] | None:
        item = self.devices.currentItem()
        place = None if item is None else int(item.data(0, _PLACE))
        return self._found[place] if place is not None and place < len(self._found) else None

    def _announce_chosen(self) -> None:
        item = self.devices.currentItem()
        if item is not None:
            shown = (column for column in range(item.columnCount()) if not self.devices.isColumnHidden(column))
            announce(self, ", ".join(filter(None, map(item.text, shown))))

    def _open_when_found(self) -> None:
        """Open what is selected, once it is what was typed that was found."""
        self._opens = True
        if self._typing.isActive():
            self._typing.stop()
            self._find()
        elif not self._waits:
            self._open()

    def _open(self) -> None:
        self._opens = False
        chosen = self._chosen()
        if chosen is not None:
            self._stop()
            self.accept()
            self.found.emit(*chosen, self.sought.currentText().strip())

    # Qt's interface

    def done(self, result: int) -> None:
        """Override QDialog::done: nothing is sought any more."""
        self._typing.stop()
        self._stop()
        super().done(result)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: arrows go through what was found, without leaving the field."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            plain = event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}
            if plain and event.key() in _KEYS_OF_THE_LIST:
                self.devices.keyPressEvent(event)
                self._announce_chosen()  # a screen reader follows the keyboard, which stays in the field
                return True
        return super().eventFilter(watched, event)


def _finder(typed: str) -> Callable[[ServerConnection], Coroutine[Any, Any, FoundDevices]]:
    return lambda connection: find_devices(connection, typed)
