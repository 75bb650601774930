"""Asking for account and password of one service; it does not sign in, it hands over what was typed.

It stays open while the service is asked, so that a wrong password is corrected where it was typed. The password is
kept nowhere, and is wiped from its field when the dialog goes.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from device_update_console.core.connections.console_access import FoundAccess
from device_update_console.core.texts.language import text
from device_update_console.qt.widgets.failure_line import FailureLine
from device_update_console.qt.widgets.fitted_dialog import FittedDialog
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.widgets.waiting_bar import WaitingBar
from device_update_http_authentication.identities import Credentials


class SignInDialog(FittedDialog):
    """``given`` carries `Credentials` and whether to remember them; `refused` shows why they did not do."""

    given = Signal(object, bool)

    def __init__(
        self, origin: str, account: str = "", found: FoundAccess | None = None, parent: QWidget | None = None
    ) -> None:
        """``found`` says whether a password is kept, and whether there is a keyring to keep one."""
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
        found = found or FoundAccess()
        self.remember = QCheckBox(text("&Remember my password on this computer"))
        self.remember.setToolTip(text("It is kept in the system's keyring, and nowhere else."))
        self.remember.setChecked(found.password_is_kept)
        self.remember.setEnabled(not found.keyring_remark)
        self.keyring_remark = QLabel(found.keyring_remark)
        self.keyring_remark.setWordWrap(True)
        self.keyring_remark.setTextFormat(Qt.TextFormat.PlainText)
        self.keyring_remark.setVisible(bool(found.keyring_remark))
        self.failure = FailureLine(text("Why signing in failed"))
        self.waiting = WaitingBar()
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

    @property
    def is_waiting(self) -> bool:
        """Whether what was typed is being tried."""
        return not self.waiting.isHidden()

    def refused(self, sentence: str) -> None:
        """Say why it did not do; the password is typed anew, as everywhere."""
        self._wait(waiting=False)
        self.failure.say(sentence)
        self.password.clear()
        self.password.setFocus()
        self.fit()

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
        layout.addWidget(self.remember, 3, 2)
        layout.addWidget(self.keyring_remark, 4, 2)
        layout.addWidget(self.failure, 5, 1, 1, 2)
        layout.addWidget(self.waiting, 6, 1, 1, 2)
        layout.setRowStretch(7, 1)
        layout.addWidget(self.buttons, 8, 0, 1, 3)

    def _offer(self) -> None:
        self.sign_in.setEnabled(bool(self.account.text().strip() and self.password.text()))

    def _hand_over(self) -> None:
        self._wait(waiting=True)
        credentials = Credentials(self.account.text().strip(), self.password.text())
        self.given.emit(credentials, self.remember.isChecked())

    def _wait(self, *, waiting: bool) -> None:
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
