"""The overview of one server: what needs attention, how far its devices are, and how often they ask.

It follows the server's events, but reads anew every few seconds at most: with a million devices something changes all
the time. What is shown is changed in place; nothing is built again, so nothing flickers and nothing scrolls away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from device_update_console.core.connections.connection_states import NeedsSignIn, SignedOut
from device_update_console.core.connections.connection_texts import nothing_known_text
from device_update_console.core.overview_and_reports.overview import (
    EVENTS,
    Overview,
    about_server,
    compliance_text,
    fetch_overview,
    figures,
)
from device_update_console.core.overview_and_reports.overview_attention import attention_lines
from device_update_console.core.overview_and_reports.overview_charts import (
    Bar,
    Bars,
    Hours,
    bars_by_model,
    bars_by_version,
    checks_by_hour,
)
from device_update_console.core.texts.language import text
from device_update_console.qt.background import Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.overview_and_reports.attention_list import AttentionList
from device_update_console.qt.overview_and_reports.chart_library import ChartLibrary
from device_update_console.qt.overview_and_reports.chart_panel import ChartPanel, Legend
from device_update_console.qt.overview_and_reports.figure_row import FigureRow
from device_update_console.qt.widgets.appearance import quiet_text
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.widgets.painted_label import PaintedLabel
from device_update_console.qt.window.scope_pane import state_icon
from device_update_contract.administration.events import Event

PAUSE_MS = 3_000
"""After an event; what happens meanwhile is read with it."""
_ROUND_MS = 60_000
"""Also without an event: hours begin, and what was refused has none."""
_PICTURE = QSize(32, 32)
_BREATH_MS = 20
_TWO_COLUMNS = 760
"""Pixels from which on two charts stand beside each other."""


class OverviewPane(QScrollArea):
    """One server at a time; ``link_opened`` carries a `Link`, ``failed`` a failure and ``read`` that there is none."""

    link_opened = Signal(object)
    failed = Signal(object)
    read = Signal()

    def __init__(self, charts: ChartLibrary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._charts = charts
        self._charts_wanted = False
        self._session: ServerSession | None = None
        self._job: Job | None = None
        self._follows = True
        self.overview: Overview | None = None
        """What is shown."""
        self.by_model: ChartPanel[Bars] = ChartPanel(self._bar_chart)
        self.by_version: ChartPanel[Bars] = ChartPanel(self._bar_chart)
        self.by_hour: ChartPanel[Hours] = ChartPanel(_hours_chart)
        self.attention = AttentionList()
        self.attention.link_opened.connect(self.link_opened)
        self._pause = self._timer(PAUSE_MS, self._read_what_happened)
        self._round = self._timer(_ROUND_MS, self.refresh)
        self._build()

    @property
    def is_drawn(self) -> bool:
        """Whether everything is shown, charts too."""
        return self.overview is not None and all(panel.is_settled for panel in self._panels())

    def show_session(self, session: ServerSession) -> None:
        """Show a server, and follow it."""
        if session is not self._session:
            self._stop()
            self._session, self.overview = session, None
            self._known.hide()
        self.session_changed(session)

    def session_changed(self, session: ServerSession) -> None:
        """The state of a server, or its name, is another now."""
        if session is not self._session:
            return
        self._title.setText(session.title)
        picture = icon(state_icon(session.state)).pixmap(_PICTURE, self.devicePixelRatioF())
        self._picture.setPixmap(picture)
        if session.last_connected is None:
            self.overview = None
            self._known.hide()
            self._about.setText("")
            self._say(nothing_known_text(session.state))
            self.sign_in.setVisible(isinstance(session.state, NeedsSignIn | SignedOut))
        elif self.overview is None:
            self._say(nothing_known_text(session.state))
            self.sign_in.hide()
            self.refresh()

    def event_came(self, session: ServerSession, event: Event) -> None:
        """Something happened on a server: read anew in a moment, if it matters here."""
        matters = event.tells_of(*EVENTS)
        if matters and self._follows and session is self._session and self.isVisible() and not self._pause.isActive():
            self._pause.start()

    def follow(self, *, on: bool) -> None:
        """Read anew when something happens, or no longer; what was missed meanwhile is read at once."""
        self._follows = on
        self._pause.stop()
        self._round.stop()
        if on:
            self.refresh()

    def refresh(self) -> None:
        """Read anew; a reading that is under way is enough."""
        session = self._session
        if session is None or session.last_connected is None or self._is_reading() or not self.isVisible():
            return
        self._job = session.run(fetch_overview, self._fetched, self._not_fetched)

    # What happens

    def _is_reading(self) -> bool:
        return self._job is not None and not self._job.finished

    def _read_what_happened(self) -> None:
        """Read anew; a reading that is under way may have begun before it happened, and is followed by another."""
        if self._is_reading():
            self._pause.start()
        else:
            self.refresh()

    def _ask_who_it_is(self) -> None:
        if self._session is not None:
            self._session.sign_in()

    def _say(self, sentence: str) -> None:
        self._waiting.setText(sentence)
        self._waiting.show()

    def _fetched(self, overview: Overview) -> None:
        self.overview = overview
        session = self._session
        if session is None:
            return
        self._waiting.hide()
        self._title.setText(session.title)
        self._about.setText(about_server(overview.server, datetime.now(UTC)))
        self._figures.show_figures(figures(overview))
        self.attention.show_lines(attention_lines(overview))
        self._compliance.setText(compliance_text(overview.summary))
        by_model, by_version = bars_by_model(overview.summary), bars_by_version(overview.summary)
        self._legend.show_standings(by_model.standings())
        nothing = "" if by_model.bars else text("Charts come with the first devices.")
        self.by_model.show_figures(by_model, nothing)
        self.by_version.show_figures(by_version, nothing)
        by_hour = checks_by_hour(overview.summary)
        asked = any(checks for _, checks in by_hour.hours)
        self.by_hour.show_figures(by_hour, "" if asked else text("No device has asked in the last two days."))
        self._known.show()
        self._wait_for_next_round()
        self._want_charts()
        self.read.emit()

    def _not_fetched(self, failure: Exception) -> None:
        self._wait_for_next_round()
        self.failed.emit(failure)

    def _wait_for_next_round(self) -> None:
        if self._follows:
            self._round.start()

    def _want_charts(self) -> None:
        """Load what draws when there is something to draw."""
        if not self._charts_wanted:
            self._charts_wanted = True
            self._charts.when_loaded(self._draw_next, self._show_tables)

    def _draw_next(self) -> None:
        """One chart at a time, and between them the window paints and reads the keyboard."""
        waiting = [panel for panel in self._panels() if not panel.is_settled]
        if waiting:
            waiting[0].library_loaded()
            QTimer.singleShot(_BREATH_MS, self, self._draw_next)

    def _show_tables(self) -> None:
        for panel in self._panels():
            panel.library_missing()

    def _panels(self) -> tuple[ChartPanel[Bars], ChartPanel[Bars], ChartPanel[Hours]]:
        return self.by_model, self.by_version, self.by_hour

    def _bar_chart(self) -> tuple[QWidget, Callable[[Bars], None]]:
        from device_update_console.qt.overview_and_reports.charts import BarChart

        chart = BarChart()
        chart.bar_chosen.connect(self._chosen)
        return chart, chart.show_bars

    def _chosen(self, bar: Bar) -> None:
        if bar.link is not None:
            self.link_opened.emit(bar.link)

    def _stop(self) -> None:
        self._pause.stop()
        self._round.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None

    # How it is built

    def _timer(self, milliseconds: int, call: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(call)
        return timer

    def _build(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(text("Overview"))
        page = QWidget()
        page.setObjectName("page")
        page.setAutoFillBackground(True)
        page.setBackgroundRole(QPalette.ColorRole.Base)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(16, 12, 16, 16)
        layout.setSpacing(10)
        layout.addLayout(self._heading())
        self._waiting = PaintedLabel("", quiet_text)
        layout.addWidget(self._waiting)
        self.sign_in = QPushButton(text("&Sign In..."))
        self.sign_in.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.sign_in.clicked.connect(self._ask_who_it_is)
        self.sign_in.hide()
        layout.addWidget(self.sign_in)
        self._known = QWidget()
        self._known.hide()
        layout.addWidget(self._known)
        layout.addStretch(1)
        known = QVBoxLayout(self._known)
        known.setContentsMargins(0, 0, 0, 0)
        known.setSpacing(10)
        self._figures = FigureRow()
        self._figures.link_opened.connect(self.link_opened)
        self._compliance = QLabel()
        self._compliance.setTextFormat(Qt.TextFormat.PlainText)
        self._compliance.setWordWrap(True)
        self._legend = Legend()
        self._side_by_side = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._side_by_side.setSpacing(24)
        self._side_by_side.addWidget(self.by_model, 1)
        self._side_by_side.addWidget(self.by_version, 1)
        known.addWidget(self._figures)
        known.addWidget(_heading_label(text("Needs attention")))
        known.addWidget(self.attention)
        known.addWidget(_heading_label(text("Devices")))
        known.addWidget(self._compliance)
        known.addWidget(self._legend)
        known.addLayout(self._side_by_side)
        known.addWidget(self.by_hour)
        self.setWidget(page)

    def _heading(self) -> QHBoxLayout:
        self._picture = QLabel()
        self._title = QLabel()
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        self._title.setFont(font)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._about = PaintedLabel("", quiet_text)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._about)
        heading = QHBoxLayout()
        heading.setSpacing(10)
        heading.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        heading.addLayout(words, 1)
        return heading

    # Qt's interface

    def showEvent(self, event: QShowEvent) -> None:
        """Override QWidget::showEvent: what is shown again is read again."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Override QWidget::hideEvent: nobody looks."""
        super().hideEvent(event)
        self._stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: charts stand beside each other where there is room."""
        super().resizeEvent(event)
        wide = self.viewport().width() >= _TWO_COLUMNS
        self._side_by_side.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)


def _heading_label(title: str) -> QLabel:
    label = QLabel(title)
    label.setContentsMargins(0, 8, 0, 0)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


def _hours_chart() -> tuple[QWidget, Callable[[Hours], None]]:
    from device_update_console.qt.overview_and_reports.charts import HoursChart

    chart = HoursChart()
    return chart, chart.show_hours
