"""The charts themselves, drawn by pyqtgraph; import this only where `ChartLibrary` said that it is loaded.

They cannot be dragged or zoomed: they are pictures with tool tips, and a click on a bar lists its devices. What changed
is changed in place, so that nothing flickers.
"""

from __future__ import annotations

import pyqtgraph
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QCursor, QGuiApplication, QPalette, QPen
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from device_update_console.core.overview_and_reports.overview import percent_text
from device_update_console.core.overview_and_reports.overview_charts import Bar, Bars, Hours, Standing, round_steps
from device_update_console.core.texts.language import spoken, text
from device_update_console.qt.overview_and_reports.chart_colours import checks_colour, standing_colour
from device_update_console.qt.widgets.appearance import quiet_text

_BAR_PIXELS = 22
_AXIS_PIXELS = 34
_HOURS_PIXELS = 170
_THICK = 0.62
"""Of the room that a bar has."""
_TICK_HOURS = 6
_EDGE_HOURS = 2


class _Chart(QWidget):
    """What all charts share: one plot without menus and mouse, tool tips, and colours that follow the system."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = pyqtgraph.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0.0)
        self._plot = pyqtgraph.PlotItem(viewBox=self._box, enableMenu=False)
        self._view = pyqtgraph.GraphicsView(useOpenGL=False)
        self._view.setCentralItem(self._plot)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the view gave it one of its own
        self._view.viewport().installEventFilter(self)
        self._plot.hideButtons()
        self._plot.setContentsMargins(0, 4, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        scene = self._view.scene()
        for action in scene.contextMenu:  # the library's own menu, in English
            action.setVisible(False)
            action.deleteLater()
        scene.contextMenu = []
        scene.sigMouseMoved.connect(self._pointed_at)
        scene.sigMouseClicked.connect(self._clicked)
        self._paint()

    @property
    def canvas(self) -> QWidget:
        """What is drawn on, and pointed at."""
        viewport: QWidget = self._view.viewport()
        return viewport

    def _tip_at(self, place: QPointF) -> str:
        """What is told of a place of the plot, in its own units."""
        raise NotImplementedError

    def _open_at(self, place: QPointF) -> None:
        """A person clicked there."""

    def _paint(self) -> None:
        palette = QGuiApplication.palette()
        self._view.setBackground(palette.color(QPalette.ColorRole.Base))
        for name in ("left", "right", "bottom"):
            axis = self._plot.getAxis(name)
            axis.setPen(QPen(_faint(palette)))
            axis.setTickPen(QPen(_faint(palette)))
            axis.setTextPen(palette.color(QPalette.ColorRole.Text))
            axis.setTickFont(QGuiApplication.font())
            axis.setStyle(tickLength=-4, hideOverlappingLabels=40)

    def _pointed_at(self, place: QPointF) -> None:
        if self._box.sceneBoundingRect().contains(place):
            QToolTip.showText(QCursor.pos(), self._tip_at(self._box.mapSceneToView(place)), self)
        else:
            QToolTip.hideText()

    def _clicked(self, event: pyqtgraph.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._open_at(self._box.mapSceneToView(event.scenePos()))

    # Qt's interface

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: the wheel moves the page that the chart is on."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Override QWidget::changeEvent: follow a change between light and dark."""
        if event.type() in {QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange}:
            self._paint()
        super().changeEvent(event)


class BarChart(_Chart):
    """Horizontal bars, one below the other, each in parts by standing; ``bar_chosen`` carries the `Bar`."""

    bar_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._bars: Bars | None = None
        self._parts: dict[Standing, pyqtgraph.BarGraphItem] = {}
        super().__init__(parent)
        self._plot.showAxis("right")
        self._plot.invertY(True)  # noqa: FBT003 -- the library's parameter

    def show_bars(self, bars: Bars) -> None:
        """Show these instead of those before."""
        if bars == self._bars:
            return
        self._bars = bars
        self.setFixedHeight(_BAR_PIXELS * len(bars.bars) + _AXIS_PIXELS)
        starts = [0.0] * len(bars.bars)
        for standing in Standing:
            widths = [_width(bar, standing, in_percent=bars.in_percent) for bar in bars.bars]
            self._part(standing).setOpts(
                x0=list(starts), width=widths, y=list(range(len(widths))), height=[_THICK] * len(widths)
            )
            starts = [start + width for start, width in zip(starts, widths, strict=True)]
        self._plot.getAxis("left").setTicks([[(place, bar.label) for place, bar in enumerate(bars.bars)]])
        self._plot.getAxis("right").setTicks([[(place, _told(bar, bars)) for place, bar in enumerate(bars.bars)]])
        steps = (
            [0, 25, 50, 75, 100] if bars.in_percent else round_steps(max((round(each) for each in starts), default=0))
        )
        unit = " %" if bars.in_percent else ""
        self._plot.getAxis("bottom").setTicks([[(step, f"{spoken().conventions.whole(step)}{unit}") for step in steps]])
        self._box.setRange(xRange=(0, max(steps[-1], 1)), yRange=(-0.5, len(bars.bars) - 0.5), padding=0)

    def labels(self) -> list[str]:
        """What the bars are called, from the top."""
        return [] if self._bars is None else [bar.label for bar in self._bars.bars]

    def place_of(self, number: int) -> QPoint:
        """The middle of a bar, on the canvas."""
        if self._bars is None:
            raise IndexError(number)
        middle = 50.0 if self._bars.in_percent else self._bars.bars[number].devices / 2
        return QPoint(self._view.mapFromScene(self._box.mapViewToScene(QPointF(middle, number))))

    def _part(self, standing: Standing) -> pyqtgraph.BarGraphItem:
        if standing not in self._parts:
            part = self._parts[standing] = pyqtgraph.BarGraphItem(x0=[], width=[], y=[], height=[])
            self._plot.addItem(part)
            self._paint_part(standing)
        return self._parts[standing]

    def _paint_part(self, standing: Standing) -> None:
        palette = QGuiApplication.palette()
        # A line of the ground around each part keeps neighbours apart for those who see no difference in colour.
        self._parts[standing].setOpts(
            brush=standing_colour(standing, palette), pen=QPen(palette.color(QPalette.ColorRole.Base), 0)
        )

    def _paint(self) -> None:
        super()._paint()
        for name in ("left", "right"):  # words beside the bars, without a line
            axis = self._plot.getAxis(name)
            axis.setPen(QPen(Qt.PenStyle.NoPen))
            axis.setStyle(tickLength=0, tickAlpha=0)
        for standing in self._parts:
            self._paint_part(standing)

    def _bar_at(self, place: QPointF) -> Bar | None:
        number = round(place.y())
        if self._bars is None or not 0 <= number < len(self._bars.bars):
            return None
        return self._bars.bars[number]

    def _tip_at(self, place: QPointF) -> str:
        bar = self._bar_at(place)
        self._view.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor
            if bar is not None and bar.link is not None
            else Qt.CursorShape.ArrowCursor
        )
        return "" if bar is None else bar.as_text()

    def _open_at(self, place: QPointF) -> None:
        bar = self._bar_at(place)
        if bar is not None and bar.link is not None:
            self.bar_chosen.emit(bar)


class HoursChart(_Chart):
    """A column for each hour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._hours: Hours | None = None
        self._columns = pyqtgraph.BarGraphItem(x=[], height=[], width=0.8)
        super().__init__(parent)
        self._plot.addItem(self._columns)
        self.setFixedHeight(_HOURS_PIXELS)

    def show_hours(self, hours: Hours) -> None:
        """Show these instead of those before."""
        if hours == self._hours:
            return
        self._hours = hours
        counts = [checks for _, checks in hours.hours]
        self._columns.setOpts(x=list(range(len(counts))), height=counts, width=0.8)
        steps = round_steps(max(counts, default=0), 3)
        self._plot.getAxis("left").setTicks([[(step, spoken().conventions.whole(step)) for step in steps]])
        self._plot.getAxis("bottom").setTicks([_hour_ticks(hours)])
        self._box.setRange(xRange=(-0.6, len(counts) - 0.4), yRange=(0, max(steps[-1], 1)), padding=0)
        self._paint()

    def _paint(self) -> None:
        super()._paint()
        palette = QGuiApplication.palette()
        whole, begun = checks_colour(palette), checks_colour(palette)
        begun.setAlphaF(0.5)  # the hour that is not over yet
        count = 0 if self._hours is None else len(self._hours.hours)
        brushes = [whole] * (count - 1) + [begun] * min(count, 1)
        self._columns.setOpts(brushes=brushes or None, pen=QPen(Qt.PenStyle.NoPen))

    def _tip_at(self, place: QPointF) -> str:
        number = round(place.x())
        if self._hours is None or not 0 <= number < len(self._hours.hours):
            return ""
        return self._hours.hour_text(number)


def _width(bar: Bar, standing: Standing, *, in_percent: bool) -> float:
    count = bar.counts.get(standing, 0)
    return 100 * count / max(bar.devices, 1) if in_percent else float(count)


def _told(bar: Bar, bars: Bars) -> str:
    """The figure at the end of a bar."""
    devices = spoken().conventions.whole(bar.devices)
    if not bars.in_percent:
        return devices
    percent = percent_text(bar.counts.get(Standing.UP_TO_DATE, 0), bar.devices)
    return text("{percent} of {devices}", percent=percent, devices=devices)


def _hour_ticks(hours: Hours) -> list[tuple[int, str]]:
    """Every sixth hour of the day here; midnight has the date, unless it would stand over the edge."""
    conventions = spoken().conventions
    ticks = []
    for place, (hour, _) in enumerate(hours.hours):
        here = hour.astimezone()
        if here.hour == 0 and _EDGE_HOURS <= place < len(hours.hours) - _EDGE_HOURS:
            ticks.append((place, conventions.day(here)))
        elif here.hour % _TICK_HOURS == 0:
            ticks.append((place, conventions.clock_to_minute(here)))
    return ticks


def _faint(palette: QPalette) -> QColor:
    colour = quiet_text(palette)
    colour.setAlphaF(0.5)
    return colour
