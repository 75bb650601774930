"""The question before something is taken away or given to many; No unless somebody says Yes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QDialogButtonBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from device_update_console.core.verbs.confirmations import Question, first_lines
from device_update_console.qt.widgets.announcing import announce
from device_update_console.qt.widgets.appearance import banner_ground, notice_ground
from device_update_console.qt.widgets.fitted_dialog import FittedDialog
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.widgets.painted_frame import PaintedFrame


class ConfirmationDialog(FittedDialog):
    """``confirmed`` comes after Yes, when the dialog has gone; what is to be done is the caller's to do then."""

    confirmed = Signal()
    help_topic = ""
    """The page of the help that F1 opens; who asks says it."""

    def __init__(
        self, question: Question, icon_name: str, parent: QWidget | None = None, *, middle: QWidget | None = None
    ) -> None:
        """``middle`` stands between what happens and what speaks against it."""
        super().__init__(parent)
        self.question = question
        self._news: QFrame | None = None
        self.setWindowTitle(question.title)
        self.setWindowIcon(icon(icon_name))
        picture = QLabel()
        picture.setPixmap(icon(icon_name).pixmap(32, 32))
        layout = QGridLayout(self)
        layout.setColumnStretch(1, 1)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(8)
        layout.addWidget(picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        self.texts = QVBoxLayout()
        self.texts.setSpacing(6)
        layout.addLayout(self.texts, 0, 1)
        self._say(question, middle)
        self.buttons = QDialogButtonBox()
        layout.addWidget(self.buttons, 1, 0, 1, 2)
        self._offer(may_be_done=question.may_be_done)
        self.setMinimumWidth(420)

    def _say(self, question: Question, middle: QWidget | None) -> None:
        self.texts.addWidget(_sentence(question.question, bold=True))
        for effect in question.effects:
            self.texts.addWidget(_sentence(effect))
        if question.lines:
            self.texts.addWidget(_sentence("\n".join(first_lines(question.lines))))
        if middle is not None:
            self.texts.addWidget(middle)
        if question.warnings:
            self.texts.addWidget(_box("warning", question.warnings, notice_ground))
        if question.refused:
            self.texts.addWidget(_box("failure", question.refused, banner_ground))

    def warn(self, sentence: str) -> None:
        """Say what came up while the question is open, in the place of what was said so before."""
        if self._news is not None:
            self.texts.removeWidget(self._news)
            self._news.deleteLater()
            self._news = None
        if sentence:
            self._news = _box("warning", (sentence,), notice_ground)
            self.texts.addWidget(self._news)
            self._news.show()  # at once, so that it counts
            self.no.setFocus()
            announce(self, sentence, urgent=True)
        self.fit()

    def _offer(self, *, may_be_done: bool) -> None:
        kinds = QDialogButtonBox.StandardButton
        self.buttons.rejected.connect(self.reject)
        if not may_be_done:
            self.buttons.addButton(kinds.Close).setDefault(True)
            return
        self.yes = self.buttons.addButton(kinds.Yes)
        self.no = self.buttons.addButton(kinds.No)
        self.yes.setAutoDefault(False)
        self.no.setDefault(True)
        self.no.setFocus()
        self.yes.clicked.connect(self._confirm)

    def _confirm(self) -> None:
        self.accept()
        self.confirmed.emit()


def _sentence(text: str, *, bold: bool = False) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if bold:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    return label


def _box(icon_name: str, lines: tuple[str, ...], ground: Callable[[QPalette], QColor]) -> QFrame:
    box = PaintedFrame(ground)
    layout = QHBoxLayout(box)
    layout.setContentsMargins(8, 6, 8, 6)
    picture = QLabel()
    picture.setPixmap(icon(icon_name).pixmap(16, 16))
    layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
    layout.addWidget(_sentence("\n".join(first_lines(lines))), 1)
    return box
