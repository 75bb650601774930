"""Asking for account and password of one service; it does not sign in, it hands over what was typed.

It stays open while the service is asked, so that a wrong password is corrected where it was typed. The password is
kept nowhere, and is wiped from its field when the dialog goes.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QWidget,
)

from device_update_console.core.language import text
from device_update_console.qt.icons import icon
from device_update_http_authentication.identities import Credentials


class SignInDialog(QDialog):
    """``given`` carries `Credentials`; `refused` shows why they did not do, and lets the person try again."""

    given = Signal(object)

    def __init__(self, origin: str, account: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Sign In"))
        self.setWindowIcon(icon("sign-in"))
        self.setMinimumWidth(400)
        picture = QLabel()
        picture.setPixmap(icon("sign-in").pixmap(32, 32))
        self.purpose = QLabel(text("Sign in to the Device Update Service at\n{origin}", origin=origin))
        self.purpose.setTextFormat(Qt.TextFormat.PlainText)
        self.account = QLineEdit(account)
        self.account.setMaxLength(256)
        self.account.setPlaceholderText(text("name, or DOMAIN\\name"))
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setMaxLength(256)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAccessibleName(text("Why signing in failed"))
        self.failure = QWidget()
        self.failure.hide()
        self.waiting = QProgressBar()
        self.waiting.setRange(0, 0)
        self.waiting.setTextVisible(False)
        self.waiting.setFixedHeight(6)
        self.buttons = QDialogButtonBox()
        self.sign_in = self.buttons.addButton(text("&Sign In"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._arrange(picture)
        self.buttons.accepted.connect(self._hand_over)
        self.buttons.rejected.connect(self.reject)
        for field in (self.account, self.password):
            field.textChanged.connect(self._offer)
        self._wait(waiting=False)
        (self.password if account else self.account).setFocus()

    def refused(self, sentence: str) -> None:
        """Say why it did not do; the password is typed anew, as everywhere."""
        self._wait(waiting=False)
        self.message.setText(sentence)
        self.failure.show()
        self.password.clear()
        self.password.setFocus()
        self.adjustSize()

    def _arrange(self, picture: QLabel) -> None:
        layout = QGridLayout(self)
        layout.setColumnStretch(2, 1)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(8)
        layout.addWidget(picture, 0, 0, 3, 1, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.purpose, 0, 1, 1, 2)
        for row, (title, field) in enumerate(
            ((text("&Account:"), self.account), (text("&Password:"), self.password)), start=1
        ):
            label = QLabel(title)
            label.setBuddy(field)
            layout.addWidget(label, row, 1)
            layout.addWidget(field, row, 2)
        line = QHBoxLayout(self.failure)
        line.setContentsMargins(0, 0, 0, 0)
        sign = QLabel()
        sign.setPixmap(icon("failure").pixmap(16, 16))
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.message, 1)
        layout.addWidget(self.failure, 3, 1, 1, 2)
        layout.addWidget(self.waiting, 4, 1, 1, 2)
        layout.addWidget(self.buttons, 5, 0, 1, 3)

    def _offer(self) -> None:
        self.sign_in.setEnabled(bool(self.account.text().strip() and self.password.text()))

    def _hand_over(self) -> None:
        self._wait(waiting=True)
        self.given.emit(Credentials(self.account.text().strip(), self.password.text()))

    def _wait(self, *, waiting: bool) -> None:
        # The bar keeps its place, so that nothing moves when it comes and goes.
        policy = self.waiting.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.waiting.setSizePolicy(policy)
        self.waiting.setVisible(waiting)
        for field in (self.account, self.password):
            field.setEnabled(not waiting)
        if waiting:
            self.sign_in.setEnabled(False)
            self.failure.hide()
        else:
            self._offer()

    # Qt's interface

    def done(self, result: int) -> None:
        """Override QDialog::done: no password stays in a field."""
        self.password.clear()
        super().done(result)
