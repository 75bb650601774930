"""Asking whether a certificate that no authority vouches for is the service's own; No unless somebody says Yes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from device_update_console.core.connections.certificate_questions import CertificateQuestion, spaced
from device_update_console.core.texts.language import text
from device_update_console.qt.widgets.appearance import banner_ground, painted
from device_update_console.qt.widgets.fitted_dialog import FittedDialog
from device_update_console.qt.widgets.icons import icon


class CertificateDialog(FittedDialog):
    """Accepted means trusted."""

    def __init__(self, question: CertificateQuestion, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.question = question
        self.setWindowTitle(text("Certificate"))
        self.setWindowIcon(icon("warning"))
        self.setMinimumWidth(460)
        picture = QLabel()
        picture.setPixmap(icon("warning").pixmap(32, 32))
        layout = QGridLayout(self)
        layout.setColumnStretch(1, 1)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(10)
        layout.addWidget(picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(8)
        layout.addLayout(texts, 0, 1)
        texts.addWidget(_sentence(question.sentence, bold=True))
        shown = question.server.pin or ""
        if question.earlier is not None:
            texts.addWidget(_fingerprint(text("Accepted before:"), question.earlier))
            texts.addWidget(_fingerprint(text("Shown now:"), shown, alarming=True))
        else:
            texts.addWidget(_fingerprint(text("Its SHA-256 fingerprint:"), shown))
        texts.addWidget(_sentence(question.advice))
        self.buttons = QDialogButtonBox()
        self.trust = self.buttons.addButton(text("&Trust This Certificate"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.trust.setAutoDefault(False)
        self.cancel = self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.cancel.setDefault(True)
        self.cancel.setFocus()
        layout.setRowStretch(1, 1)
        layout.addWidget(self.buttons, 2, 0, 1, 2)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)


def _sentence(sentence: str, *, bold: bool = False) -> QLabel:
    label = QLabel(sentence)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if bold:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    return label


def _fingerprint(title: str, fingerprint: str, *, alarming: bool = False) -> QFrame:
    """Digits of one width, which can be selected and copied."""
    box = QFrame()
    box.setFrameShape(QFrame.Shape.StyledPanel)
    if alarming:
        application = QGuiApplication.palette()
        box.setAutoFillBackground(True)
        box.setPalette(painted(application, banner_ground(application)))
    digits = QLabel(spaced(fingerprint))
    digits.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    digits.setTextFormat(Qt.TextFormat.PlainText)
    digits.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    digits.setAccessibleName(f"{title} {digits.text()}")
    layout = QVBoxLayout(box)
    layout.setContentsMargins(8, 6, 8, 6)
    layout.setSpacing(2)
    layout.addWidget(_sentence(title))
    layout.addWidget(digits)
    return box
