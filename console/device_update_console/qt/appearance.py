"""How the program looks where the system does not decide: style, font, and the colours that the palette lacks."""

from __future__ import annotations

import sys
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

_FONTS = ("Segoe UI", "Open Sans", "Selawik", "Noto Sans", "Liberation Sans", "DejaVu Sans Condensed", "DejaVu Sans")
"""Fonts of about the width for which Windows' lists and dialogs are laid out, the fittest first."""
_POINTS = 9


def dress(application: QApplication) -> None:
    """Give the application Fusion and a fitting font; on Windows and macOS nothing, their own style is right.

    Light and dark are followed: Fusion takes its palette from the system's colour scheme, also while the program runs.
    """
    if sys.platform in {"win32", "darwin"}:
        return
    application.setStyle("Fusion")
    present = set(QFontDatabase.families())
    family = next((name for name in _FONTS if name in present), None)
    if family is not None:
        application.setFont(QFont(family, _POINTS))


def is_dark(palette: QPalette) -> bool:
    """Whether text is light on dark ground."""
    return palette.color(QPalette.ColorRole.Window).lightness() < 128


def quiet_text(palette: QPalette) -> QColor:
    """For what is less important than the text beside it; the contrast is still above 4.5 : 1."""
    return QColor("#a9b4be") if is_dark(palette) else QColor("#566573")


def wrong_text(palette: QPalette) -> QColor:
    """For the sentence about what is wrong with a field; the contrast is above 4.5 : 1."""
    return QColor("#ff8f85") if is_dark(palette) else QColor("#b3261e")


def link_colour(palette: QPalette) -> QColor:
    """For links: Fusion's blue is glaring on white and too dark on black; the contrast is above 4.5 : 1."""
    return QColor("#6db3f2") if is_dark(palette) else QColor("#0b62b8")


def link_to(title: str) -> str:
    """A link as markup; the widget that shows it knows where it leads."""
    colour = link_colour(QGuiApplication.palette()).name()
    return f'<a href="#" style="color:{colour};text-decoration:none">{escape(title)}</a>'


def heading_ground(palette: QPalette) -> QColor:
    """The band behind a heading of the actions pane."""
    return QColor("#34414e") if is_dark(palette) else QColor("#dbe5ef")


def banner_ground(palette: QPalette) -> QColor:
    """The ground of a sentence about a failure."""
    return QColor("#4a2a27") if is_dark(palette) else QColor("#fdecea")


def notice_ground(palette: QPalette) -> QColor:
    """The ground of a sentence that warns."""
    return QColor("#493a1c") if is_dark(palette) else QColor("#fff4dc")


def painted(palette: QPalette, ground: QColor) -> QPalette:
    """The palette with another ground; whoever has it follows all other colours when they change."""
    changed = QPalette(palette)
    changed.setResolveMask(0)
    changed.setColor(QPalette.ColorRole.Window, ground)
    return changed


ALIGN_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
ALIGN_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
