"""What needs attention: a picture, a sentence and a link in each line; lines that stay are not built again."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from device_update_console.core.overview_and_reports.overview_attention import Attention
from device_update_console.qt.widgets.appearance import link_to
from device_update_console.qt.widgets.icons import icon

_ICON = QSize(16, 16)


class AttentionList(QWidget):
    """``link_opened`` carries the `Link` of a line."""

    link_opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[_Line] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(3)

    def show_lines(self, lines: Sequence[Attention]) -> None:
        """Show these, in this order."""
        while len(self._lines) < len(lines):
            line = _Line()
            line.link_opened.connect(self.link_opened)
            self._layout.addWidget(line)
            self._lines.append(line)
        for place, line in enumerate(self._lines):
            line.setVisible(place < len(lines))
            if place < len(lines):
                line.show_attention(lines[place])

    def texts(self) -> list[str]:
        """What is shown, line by line."""
        return [line.said for line in self._lines if not line.isHidden()]

    def open_line(self, number: int) -> None:
        """Follow the link of a line."""
        self._lines[number].follow()


class _Line(QWidget):
    link_opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._attention: Attention | None = None
        self._picture = QLabel()
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
            | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self._text.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._text.linkActivated.connect(self.follow)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)

    @property
    def said(self) -> str:
        """The line's sentence, and what its link is called."""
        if self._attention is None:
            return ""
        return f"{self._attention.sentence} {self._attention.action}".strip()

    def show_attention(self, attention: Attention) -> None:
        if attention != self._attention:
            self._attention = attention
            self._picture.setPixmap(icon(attention.icon).pixmap(_ICON, self.devicePixelRatioF()))
            self._text.setAccessibleName(self.said)
            self._render()

    def follow(self) -> None:
        if self._attention is not None and self._attention.link is not None:
            self.link_opened.emit(self._attention.link)

    def _render(self) -> None:
        if self._attention is not None:
            link = link_to(self._attention.action) if self._attention.link is not None else ""
            self._text.setText(f"{escape(self._attention.sentence)}&nbsp; {link}")

    # Qt's interface

    def changeEvent(self, event: QEvent) -> None:
        """Override QWidget::changeEvent: follow a change between light and dark."""
        if event.type() == QEvent.Type.PaletteChange:
            self._render()
        super().changeEvent(event)
