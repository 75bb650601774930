"""How the program looks where the system does not decide: style, font, and the colours that the palette lacks."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

_FONTS = ("Segoe UI", "Open Sans", "Selawik", "Noto Sans", "Liberation Sans", "DejaVu Sans Condensed", "DejaVu Sans")
"""Fonts of about the width for which Windows' lists and dialogs are laid out, the fittest first."""
_POINTS = 9
_PALE_SELECTION, SELECTION = QColor("#308cc6"), QColor("#2376b0")
"""Fusion's ground of what is selected, on which its white text has a contrast of 3.7 : 1, and one that gives it 4.9."""


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
    if application.palette().color(QPalette.ColorRole.Highlight) == _PALE_SELECTION:
        selection = QPalette()  # of this one colour; the others go on following the system
        selection.setResolveMask(0)
        selection.setColor(QPalette.ColorRole.Highlight, SELECTION)
        application.setPalette(selection)


def is_dark(palette: QPalette) -> bool:
    """Whether text is light on dark ground."""
    return palette.color(QPalette.ColorRole.Window).lightness() < 128


@dataclass(frozen=True, slots=True)
class Shades:
    """The colours that a palette lacks; a text in one of them has a contrast of at least 4.5 : 1 to its ground."""

    quiet_text: QColor
    wrong_text: QColor
    link: QColor
    heading_ground: QColor
    banner_ground: QColor
    notice_ground: QColor


def shades(palette: QPalette, *, high_contrast: bool) -> Shades:
    """Those that go with a palette; whoever needs high contrast gets the palette's own, which the system chose."""
    if high_contrast:
        said, ground = palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window)
        link = palette.color(QPalette.ColorRole.Link)
        return Shades(said, said, link, ground, ground, ground)
    if is_dark(palette):
        return Shades(*(QColor(each) for each in ("#a9b4be", "#ff8f85", "#6db3f2", "#34414e", "#4a2a27", "#493a1c")))
    return Shades(*(QColor(each) for each in ("#566573", "#b3261e", "#0b62b8", "#dbe5ef", "#fdecea", "#fff4dc")))


def needs_high_contrast() -> bool:
    """Whether the system was told so; Qt says it from 6.10 on."""
    accessibility = getattr(QGuiApplication.styleHints(), "accessibility", None)
    if accessibility is None:
        return False
    return bool(accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast)


def quiet_text(palette: QPalette) -> QColor:
    """For what is less important than the text beside it."""
    return shades(palette, high_contrast=needs_high_contrast()).quiet_text


def wrong_text(palette: QPalette) -> QColor:
    """For the sentence about what is wrong with a field."""
    return shades(palette, high_contrast=needs_high_contrast()).wrong_text


def link_colour(palette: QPalette) -> QColor:
    """For links: Fusion's blue is glaring on white."""
    return shades(palette, high_contrast=needs_high_contrast()).link


def link_to(title: str, name: str = "#") -> str:
    """A link as markup; the widget that shows it knows where it leads, where there are several by their names."""
    colour = link_colour(QGuiApplication.palette()).name()
    return f'<a href="{escape(name)}" style="color:{colour};text-decoration:none">{escape(title)}</a>'


def heading_ground(palette: QPalette) -> QColor:
    """The band behind a heading of the actions pane."""
    return shades(palette, high_contrast=needs_high_contrast()).heading_ground


def banner_ground(palette: QPalette) -> QColor:
    """The ground of a sentence about a failure."""
    return shades(palette, high_contrast=needs_high_contrast()).banner_ground


def notice_ground(palette: QPalette) -> QColor:
    """The ground of a sentence that warns."""
    return shades(palette, high_contrast=needs_high_contrast()).notice_ground


def painted(palette: QPalette, ground: QColor) -> QPalette:
    """The palette with another ground; whoever has it follows all other colours when they change."""
    changed = QPalette(palette)
    changed.setResolveMask(0)
    changed.setColor(QPalette.ColorRole.Window, ground)
    return changed


ALIGN_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
ALIGN_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
