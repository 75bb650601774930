"""The one way in which a failure is shown in the window: a sentence above the list, what can be done, and details.

A refusal is the service's own sentence. What nobody foresaw is shown with details that can be copied.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from device_update_console.core.failures import NotAuthenticated, ServiceUnreachable, Surprise
from device_update_console.core.help.versions import versions
from device_update_console.core.texts.language import text
from device_update_console.core.texts.problem_texts import sentence_of
from device_update_console.qt.widgets.announcing import announce
from device_update_console.qt.widgets.appearance import banner_ground
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.widgets.painted_frame import PaintedFrame
from device_update_contract.refusals import Refusal


def details_of(failure: BaseException) -> str | None:
    """What a report of the failure needs; None for a refusal, whose sentence says it all."""
    if isinstance(failure, Refusal) and not isinstance(failure, Surprise):
        return None
    lines = traceback.format_exception(failure.__cause__ if isinstance(failure, Surprise) else failure)
    return "\n".join((*versions(), "", "".join(lines)))


class FailureBanner(PaintedFrame):
    """Hidden until there is something to say; a newer failure takes the place of an older one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(banner_ground, parent)
        self._topic = ""
        self._lasting = False
        self._again: Callable[[], None] | None = None
        self._details: str | None = None
        self.setAccessibleName(text("Failure"))
        picture = QLabel()
        picture.setPixmap(icon("failure").pixmap(16, 16))
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.try_again = QPushButton(text("&Try Again"))
        self.copy_details = QPushButton(text("&Copy Details"))
        self.close_button = QToolButton()
        self.close_button.setText("\N{MULTIPLICATION SIGN}")
        self.close_button.setAutoRaise(True)
        self.close_button.setToolTip(text("Close"))
        self.close_button.setAccessibleName(text("Close this message"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 4, 4)
        layout.setSpacing(8)
        layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.text, 1)
        for button in (self.try_again, self.copy_details, self.close_button):
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.try_again.clicked.connect(self._try_again)
        self.copy_details.clicked.connect(self._copy_details)
        self.close_button.clicked.connect(self.hide)
        self.hide()

    def show_failure(
        self,
        failure: BaseException,
        again: Callable[[], None] | None = None,
        *,
        topic: str = "",
        sentence: str = "",
        button: str = "",
        lasting: bool = False,
    ) -> None:
        """Say what failed, or the sentence about it; with ``again`` there is a button for that.

        What fails because there is no connection says nothing new where that is said already, and lastingly.
        """
        if self._lasting and topic != self._topic and isinstance(failure, ServiceUnreachable | NotAuthenticated):
            return
        self.say(
            sentence or sentence_of(failure),
            again,
            details=details_of(failure),
            topic=topic,
            button=button,
            lasting=lasting,
        )

    def say(
        self,
        sentence: str,
        again: Callable[[], None] | None = None,
        *,
        details: str | None = None,
        topic: str = "",
        button: str = "",
        lasting: bool = False,
    ) -> None:
        """Say a sentence that is no exception's; ``topic`` is what `settle` knows it by.

        ``button`` is what is written on the one for ``again``, if that is not Try Again. ``lasting``: it is why other
        things fail, until it is settled.
        """
        goes_on = lasting and self._lasting and topic == self._topic  # with the time of the next attempt, say
        is_news = self.isHidden() or (sentence != self.text.text() and not goes_on)
        self._lasting = lasting
        self._again, self._details, self._topic = again, details, topic
        self.text.setText(sentence)
        self.try_again.setText(button or text("&Try Again"))
        self.try_again.setVisible(again is not None)
        self.copy_details.setVisible(details is not None)
        self.show()
        if is_news:
            announce(self, sentence, urgent=True)

    def settle(self, topic: str) -> None:
        """What was said about this is so no longer; what was said about anything else stays."""
        if self._topic == topic:
            self.hide()

    def _try_again(self) -> None:
        again = self._again
        self.hide()
        if again is not None:
            again()

    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText(self._details or self.text.text())

    # Qt's interface

    def hide(self) -> None:
        """Override QWidget::hide: what was said lasts no longer."""
        self._lasting = False
        super().hide()
