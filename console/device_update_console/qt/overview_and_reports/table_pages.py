"""A table on paper: sentences, then rows of cells under headings that every page repeats, and the page's number.

Painted row by row, so that a long table takes as long for a row as a short one, and can be stopped after each. Qt's own
documents lay out a table as a whole: half a minute for some thousands of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPagedPaintDevice, QPainter, QPen, QTextOption

from device_update_console.core.lists.definition import Align, Column
from device_update_console.core.texts.language import text

_POINTS = 8.0
_HEADING_POINTS = 14.0
_LINE = QColor("#888888")
_TITLE_GROUND = QColor("#e6e6e6")
_MEASURED_ROWS = 500
"""Columns are as wide as the first rows need; what is longer further down is broken into lines."""


class TablePages:
    """One table on one device, painted once, in whatever thread."""

    def __init__(
        self, device: QPagedPaintDevice, columns: Sequence[Column[Any]], rows: Sequence[Sequence[str]]
    ) -> None:
        self._device = device
        self._columns = columns
        self._rows = rows
        self._titles = [text(column.title) for column in columns]
        self._font = QFont()
        self._font.setPointSizeF(_POINTS)
        self._bold = QFont(self._font)
        self._bold.setBold(True)
        self._heading = QFont(self._bold)
        self._heading.setPointSizeF(_HEADING_POINTS)
        self._metrics = QFontMetricsF(self._font, device)
        self._line = self._metrics.lineSpacing()
        self._air = self._line / 4
        self._page = 1
        self._y = 0.0

    def paint(self, heading: str, sentences: Sequence[str], goes_on: Callable[[int], bool]) -> None:
        """Paint all of it; ``goes_on`` is told after each row how many are painted, and says whether to go on."""
        painter = QPainter(self._device)
        try:
            self._width, self._height = float(self._device.width()), float(self._device.height())
            self._widths = self._fitting_widths()
            self._places = [0.0, *accumulate(self._widths)]
            self._paint_sentence(painter, heading, self._heading)
            for sentence in sentences:
                self._paint_sentence(painter, sentence, self._font)
            self._paint_titles(painter)
            for count, row in enumerate(self._rows, 1):
                height = self._height_of(painter, row)
                if self._y + height > self._height - 2 * self._line:
                    self._turn(painter)
                    height = min(height, self._height - 2 * self._line - self._y)
                self._paint_row(painter, row, height)
                if not goes_on(count):
                    return
            self._paint_number(painter)
        finally:
            painter.end()

    def _fitting_widths(self) -> list[float]:
        """What the first rows need; where that is too much, the widest columns give way first."""
        bold = QFontMetricsF(self._bold, self._device)
        needed = [bold.horizontalAdvance(title) for title in self._titles]
        for row in self._rows[:_MEASURED_ROWS]:
            needed = [
                max(width, self._metrics.horizontalAdvance(cell)) for width, cell in zip(needed, row, strict=True)
            ]
        widths = [width + 2 * self._air + 2 for width in needed]
        widest = _level(widths, self._width)
        return [min(width, widest) for width in widths]

    def _paint_sentence(self, painter: QPainter, sentence: str, font: QFont) -> None:
        painter.setFont(font)
        option = QTextOption()
        place = QRectF(0, self._y, self._width, self._height)
        height = painter.boundingRect(place, sentence, option).height()
        painter.drawText(place, sentence, option)
        self._y += height + self._air

    def _paint_titles(self, painter: QPainter) -> None:
        painter.setFont(self._bold)
        self._y += self._air
        height = self._height_of(painter, self._titles)
        painter.fillRect(QRectF(0, self._y, self._places[-1], height), _TITLE_GROUND)
        self._paint_row(painter, self._titles, height)
        painter.setFont(self._font)

    def _turn(self, painter: QPainter) -> None:
        self._paint_number(painter)
        self._device.newPage()
        self._page += 1
        self._y = 0.0
        self._paint_titles(painter)

    def _paint_number(self, painter: QPainter) -> None:
        place = QRectF(0, self._height - self._line, self._width, self._line)
        painter.drawText(place, text("Page {number:,}", number=self._page), QTextOption(Qt.AlignmentFlag.AlignRight))

    def _height_of(self, painter: QPainter, row: Sequence[str]) -> float:
        """So high that the cell with the most lines has room."""
        metrics = QFontMetricsF(painter.font(), self._device)
        height = self._line
        for cell, width in zip(row, self._widths, strict=True):
            inner = width - 2 * self._air
            if metrics.horizontalAdvance(cell) > inner:
                room = QRectF(0, 0, inner, self._height)
                height = max(height, painter.boundingRect(room, cell, _option(Align.LEFT)).height())
        return height + self._air

    def _paint_row(self, painter: QPainter, row: Sequence[str], height: float) -> None:
        for cell, column, x, width in zip(row, self._columns, self._places, self._widths, strict=False):
            place = QRectF(x + self._air, self._y + self._air / 2, width - 2 * self._air, height - self._air / 2)
            painter.drawText(place, cell, _option(column.align))
        painter.setPen(QPen(_LINE, 0))
        below = self._y + height
        painter.drawLine(0, round(below), round(self._places[-1]), round(below))
        painter.setPen(Qt.GlobalColor.black)
        self._y = below


def _option(align: Align) -> QTextOption:
    option = QTextOption(Qt.AlignmentFlag.AlignRight if align is Align.RIGHT else Qt.AlignmentFlag.AlignLeft)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    return option


def _level(widths: Sequence[float], room: float) -> float:
    """How wide a column may be so that all have room together: what the narrow ones leave is shared by the others."""
    left = room
    narrow_first = sorted(widths)
    for number, width in enumerate(narrow_first):
        share = left / (len(narrow_first) - number)
        if width > share:
            return share
        left -= width
    return max(narrow_first, default=room)
