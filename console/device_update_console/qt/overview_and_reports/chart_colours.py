"""The colours of charts: told apart by eyes of every kind, on light and on dark ground.

They are searched for, not chosen by taste: each pair differs for the three kinds of colour blindness too, and each is
seen on its ground (`tests/console/device_update_console/qt/overview_and_reports/test_chart_colours.py` measures both).
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QColor, QPalette

from device_update_console.core.overview_and_reports.overview_charts import Standing
from device_update_console.qt.widgets.appearance import is_dark

_ON_LIGHT: Mapping[Standing, str] = {
    Standing.UP_TO_DATE: "#36c678",
    Standing.ON_ITS_WAY: "#267fd9",
    Standing.WAITING: "#bd830f",
    Standing.PROBLEM: "#9c1621",
    Standing.SILENT: "#999999",
    Standing.OTHER: "#432659",
}
_ON_DARK: Mapping[Standing, str] = {
    Standing.UP_TO_DATE: "#4ad07e",
    Standing.ON_ITS_WAY: "#1f74d0",
    Standing.WAITING: "#e6b83c",
    Standing.PROBLEM: "#cc4033",
    Standing.SILENT: "#737373",
    Standing.OTHER: "#c8adeb",
}


def standing_colour(standing: Standing, palette: QPalette) -> QColor:
    """The colour of devices that are so far."""
    return QColor((_ON_DARK if is_dark(palette) else _ON_LIGHT)[standing])


def checks_colour(palette: QPalette) -> QColor:
    """The colour of checks."""
    return QColor("#5b9bd5" if is_dark(palette) else "#3a78b5")
