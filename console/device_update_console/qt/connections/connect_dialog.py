"""Connect to Server: an address, judged while it is typed, and perhaps an account.

It stays open while the service is looked for, so that an address is corrected where it was typed.
"""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialogButtonBox, QGridLayout, QLabel, QLineEdit, QWidget

from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.connections.connect_form import LONGEST, TypedAddress, typed_address
from device_update_console.core.texts.language import text
from device_update_console.qt.widgets.appearance import quiet_text, wrong_text
from device_update_console.qt.widgets.failure_line import FailureLine
from device_update_console.qt.widgets.fitted_dialog import FittedDialog
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.widgets.painted_label import PaintedLabel
from device_update_console.qt.widgets.waiting_bar import WaitingBar


class ConnectDialog(FittedDialog):
    """``wanted`` comes with Connect; `refused` shows why nothing came of it, and ``anyway`` may then be said."""

    wanted = Signal()
    anyway = Signal()

    def __init__(self, present: Collection[str], parent: QWidget | None = None) -> None:
        """``present`` are the origins of the servers that are in the console already."""
        super().__init__(parent)
        self._present = present
        self._typed = TypedAddress()
        self.setWindowTitle(text("Connect to Server"))
        self.setWindowIcon(icon("connect"))
        self.setMinimumWidth(460)
        self.typed = QLineEdit()
        self.typed.setMaxLength(LONGEST)
        self.typed.setPlaceholderText("updates.contoso.com:8444")
        self.remark = PaintedLabel("", quiet_text)
        self.remark.setWordWrap(True)
        self.remark.setAccessibleDescription(text("What is made of the address"))
        self.account = QLineEdit()
        self.account.setMaxLength(256)
        self.account.setPlaceholderText(text("optional; asked for when it is needed"))
        self.failure = FailureLine(text("Why connecting failed"))
        self.waiting = WaitingBar()
        self.buttons = QDialogButtonBox()
        self.connect_button = self.buttons.addButton(text("&Connect"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.add_anyway = self.buttons.addButton(text("Add Any&way"), QDialogButtonBox.ButtonRole.ActionRole)
        self.add_anyway.setToolTip(text("Put it into the tree: it is connected to when it can be reached."))
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._arrange()
        self.typed.textChanged.connect(self._judge)
        self.buttons.accepted.connect(self._connect)
        self.buttons.rejected.connect(self.reject)
        self.add_anyway.clicked.connect(self.anyway)
        self._judge()
        self.typed.setFocus()

    @property
    def address(self) -> ServerAddress | None:
        """What was typed, as an address."""
        return self._typed.address

    def refused(self, sentence: str, *, may_be_added: bool) -> None:
        """Say why nothing came of it, and let the person try again; nothing is said for an empty sentence."""
        self._wait(waiting=False)
        self.failure.say(sentence)
        self.add_anyway.setVisible(may_be_added)
        self.typed.setFocus()
        self.typed.selectAll()
        self.fit()

    def _arrange(self) -> None:
        picture = QLabel()
        picture.setPixmap(icon("connect").pixmap(32, 32))
        purpose = QLabel(text("Add a Device Update Service to this console."))
        layout = QGridLayout(self)
        layout.setColumnStretch(2, 1)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(6)
        layout.addWidget(picture, 0, 0, 3, 1, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(purpose, 0, 1, 1, 2)
        for row, (title, field) in ((1, (text("&Address:"), self.typed)), (3, (text("Acc&ount:"), self.account))):
            label = QLabel(title)
            label.setBuddy(field)
            layout.addWidget(label, row, 1)
            layout.addWidget(field, row, 2)
        layout.addWidget(self.remark, 2, 2)
        layout.addWidget(self.failure, 4, 1, 1, 2)
        layout.addWidget(self.waiting, 5, 1, 1, 2)
        layout.setRowStretch(6, 1)
        layout.addWidget(self.buttons, 7, 0, 1, 3)

    def _judge(self) -> None:
        self._typed = typed_address(self.typed.text(), self._present)
        self.remark.setText(self._typed.remark or " ")  # its line stays, so that nothing moves
        self.remark.take_colour(wrong_text if self._typed.problem else quiet_text)
        self.failure.hide()
        self.add_anyway.hide()
        self._wait(waiting=False)
        self.fit()

    def _connect(self) -> None:
        self.failure.hide()
        self.add_anyway.hide()
        self._wait(waiting=True)
        self.wanted.emit()

    def _wait(self, *, waiting: bool) -> None:
        self.waiting.setVisible(waiting)
        for field in (self.typed, self.account):
            field.setEnabled(not waiting)
        self.connect_button.setEnabled(self._typed.address is not None and not waiting)
