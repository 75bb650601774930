"""The headline of an overview: numbers that lead to what they count."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from device_update_console.core.overview_and_reports.overview import Figure
from device_update_console.core.texts.language import text
from device_update_console.qt.widgets.appearance import link_to


class FigureRow(QWidget):
    """``link_opened`` carries the `NodeLink` of a number."""

    link_opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: list[QLabel] = []
        self._shown: list[Figure] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(28)
        self._row.addStretch(1)

    def show_figures(self, shown: list[Figure]) -> None:
        """Show these, in this order."""
        if shown == self._shown:
            return
        self._shown = shown
        while len(self._labels) < len(shown):
            self._add_label(len(self._labels))
        self._render()

    def _render(self) -> None:
        for label, figure in zip(self._labels, self._shown, strict=True):
            number = text("{number:,}", number=figure.number)
            label.setText(f'<span style="font-size:16pt">{escape(number)}</span><br/>{link_to(figure.title)}')
            label.setAccessibleName(f"{figure.title}: {number}")

    def _add_label(self, place: int) -> None:
        label = QLabel()
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        label.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        label.linkActivated.connect(lambda _: self.link_opened.emit(self._shown[place].link))
        self._labels.append(label)
        self._row.insertWidget(self._row.count() - 1, label)

    # Qt's interface

    def changeEvent(self, event: QEvent) -> None:
        """Override QWidget::changeEvent: follow a change between light and dark."""
        if event.type() == QEvent.Type.PaletteChange:
            self._render()
        super().changeEvent(event)
