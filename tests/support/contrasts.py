"""How far colours are apart, as WCAG 2 measures it, and palettes to try them with."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

TEXT, PICTURE = 4.5, 3.0
"""The least contrast of a text, and of what has to be seen of a picture, to its ground."""


def contrast(one: QColor, other: QColor) -> float:
    """From 1 for the same colour to 21 for black and white."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    parts = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    )
    red, green, blue = parts
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def palette_of(window: str, base: str, text: str) -> QPalette:
    """A palette with one colour for all texts."""
    palette = QPalette(QColor(window))
    for role, colour in (
        (QPalette.ColorRole.Base, base),
        (QPalette.ColorRole.AlternateBase, window),
        (QPalette.ColorRole.Text, text),
        (QPalette.ColorRole.WindowText, text),
        (QPalette.ColorRole.ButtonText, text),
    ):
        palette.setColor(role, QColor(colour))
    return palette


def light_palette() -> QPalette:
    """Fusion's, about."""
    return palette_of("#efefef", "#ffffff", "#000000")


def dark_palette() -> QPalette:
    """Fusion's, about."""
    return palette_of("#323232", "#242424", "#f0f0f0")
