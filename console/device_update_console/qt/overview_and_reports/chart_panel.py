"""A chart with its title and legend, and the same figures as a table for whoever does not see it or wants to copy them.

Until the library that draws is loaded the place of the chart is kept free; without it there is the table alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from device_update_console.core.overview_and_reports.overview_charts import STANDING_TEXTS, Standing
from device_update_console.core.texts.language import text
from device_update_console.qt.overview_and_reports.chart_colours import standing_colour
from device_update_console.qt.widgets.appearance import ALIGN_LEFT, ALIGN_RIGHT, quiet_text

_MOST_ROWS = 12
"""More are scrolled to."""


class Figures(Protocol):
    """What a chart shows."""

    @property
    def title(self) -> str: ...  # noqa: D102

    def as_text(self) -> str: ...  # noqa: D102

    def table(self) -> tuple[list[str], list[list[str]]]: ...  # noqa: D102


Shown = TypeVar("Shown", bound=Figures)


class ChartPanel(QWidget, Generic[Shown]):
    """``draw`` gives the chart's widget and what shows figures in it; it is called once, when the library is there."""

    def __init__(
        self, draw: Callable[[], tuple[QWidget, Callable[[Shown], None]]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._draw = draw
        self._show_in_chart: Callable[[Shown], None] | None = None
        self.chart: QWidget | None = None
        """What draws, once it is there."""
        self._figures: Shown | None = None
        self._empty = False
        self._title = QLabel()
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self.as_table = QToolButton()
        self.as_table.setText(text("As table"))
        self.as_table.setToolTip(text("Show the same figures as a table"))
        self.as_table.setCheckable(True)
        self.as_table.setAutoRaise(True)
        self.as_table.setEnabled(False)
        self.as_table.toggled.connect(self._arrange)
        self._placeholder = QLabel(text("Loading..."))
        self._placeholder.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._placeholder.setMinimumHeight(120)
        self.table = FiguresTable()
        self._stack = QStackedWidget()
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._stack.addWidget(self._placeholder)
        self._stack.addWidget(self.table)
        header = QHBoxLayout()
        header.addWidget(self._title, 1)
        header.addWidget(self.as_table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(header)
        layout.addWidget(self._stack)
        layout.addStretch(1)

    @property
    def is_settled(self) -> bool:
        """Whether it is known that there is a chart, or that there will be none."""
        return self.chart is not None or self.as_table.isHidden()

    def show_figures(self, figures: Shown, nothing: str = "") -> None:
        """Show these; with ``nothing`` there are none, and this says why."""
        self._figures = figures
        self._title.setText(figures.title)
        self._placeholder.setText(nothing or text("Loading..."))
        self.as_table.setAccessibleName(text("{title}: as table", title=figures.title))
        self.table.setAccessibleName(figures.title)
        if self.chart is not None and self._show_in_chart is not None:
            self._show_in_chart(figures)
            self.chart.setAccessibleName(figures.title)
            self.chart.setAccessibleDescription(figures.as_text())
        self._empty = bool(nothing)
        self._arrange()

    def library_loaded(self) -> None:
        """Draw from now on."""
        self.chart, self._show_in_chart = self._draw()
        self._stack.addWidget(self.chart)
        self._again()

    def library_missing(self) -> None:
        """Show tables only."""
        self.as_table.setChecked(True)
        self.as_table.hide()
        self._again()

    def _again(self) -> None:
        if self._figures is not None:
            self.show_figures(self._figures, self._placeholder.text() if self._empty else "")

    def _arrange(self) -> None:
        """Show the one that is wanted and possible, as high as it needs to be."""
        self.as_table.setEnabled(not self._empty and self._figures is not None)
        if self._empty or self._figures is None:
            shown: QWidget = self._placeholder
        elif self.as_table.isChecked():
            shown = self.table
            self.table.show_table(*self._figures.table())
        else:
            shown = self.chart or self._placeholder
        self._stack.setCurrentWidget(shown)
        self._stack.setFixedHeight(shown.height() if shown is self.chart else max(shown.sizeHint().height(), 120))


class FiguresTable(QTableWidget):
    """A small table to read and copy; names on the left, numbers on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[Sequence[str], Sequence[Sequence[str]]] = ((), ())
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show these; cells that are as before are left alone."""
        if (headings, rows) == self._shown:
            return
        self._shown = (headings, rows)
        self.setColumnCount(len(headings))
        self.setRowCount(len(rows))
        for column, heading in enumerate(headings):
            self._put_heading(column, heading)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                self._put(row, column, cell)

    def sizeHint(self) -> QSize:
        """Override QTableWidget::sizeHint: all rows, if they are few."""
        rows = min(self.rowCount(), _MOST_ROWS) * self.verticalHeader().defaultSectionSize()
        bar = self.horizontalScrollBar().sizeHint().height()
        return QSize(200, self.horizontalHeader().sizeHint().height() + rows + bar)

    def minimumSizeHint(self) -> QSize:
        """Override QTableWidget::minimumSizeHint: it scrolls where it is narrow."""
        return QSize(100, 60)

    def _put_heading(self, column: int, heading: str) -> None:
        item = QTableWidgetItem(heading)
        item.setTextAlignment(ALIGN_RIGHT if column else ALIGN_LEFT)
        self.setHorizontalHeaderItem(column, item)

    def _put(self, row: int, column: int, cell: str) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            item.setTextAlignment(ALIGN_RIGHT if column else ALIGN_LEFT)
            self.setItem(row, column, item)
        if item.text() != cell:
            item.setText(cell)


class Legend(QLabel):
    """Which colour stands for what, in the order of the parts of a bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._standings: list[Standing] = []
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)

    def show_standings(self, standings: Iterable[Standing]) -> None:
        """Explain the colours of these."""
        self._standings = list(standings)
        self._render()

    def _render(self) -> None:
        said = ", ".join(text(STANDING_TEXTS[standing]) for standing in self._standings)
        self.setAccessibleName(f"{text('Legend')}: {said}")
        palette = QGuiApplication.palette()
        quiet = quiet_text(palette).name()
        entries = (
            f'<span style="color:{standing_colour(standing, palette).name()}">\N{BLACK SQUARE}</span>&nbsp;'
            f'<span style="color:{quiet}">{escape(text(STANDING_TEXTS[standing])).replace(" ", "&nbsp;")}</span>'
            for standing in self._standings
        )
        self.setText("&nbsp;&nbsp; ".join(entries))

    # Qt's interface

    def changeEvent(self, event: QEvent) -> None:
        """Override QWidget::changeEvent: follow a change between light and dark."""
        if event.type() == QEvent.Type.PaletteChange:
            self._render()
        super().changeEvent(event)
