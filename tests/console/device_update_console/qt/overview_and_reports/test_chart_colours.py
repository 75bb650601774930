"""The colours of charts are told apart by everybody, on light and on dark ground."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from PySide6.QtGui import QColor, QPalette
from tests.support.contrasts import contrast, dark_palette, light_palette

from device_update_console.core.overview_and_reports.overview_charts import Standing
from device_update_console.qt.overview_and_reports.chart_colours import checks_colour, standing_colour

Linear = tuple[float, float, float]

# What eyes of each kind make of linear red, green and blue (Machado, Oliveira and Fernandes 2009, severity 1).
_SEEN_BY = {
    "all cones": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "no red cones": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no green cones": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "no blue cones": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
_APART = 20.0
"""In CIE Lab; 2.3 is just seen beside each other."""
_ON_GROUND = 2.0
"""Contrast of a part of a bar; parts are also told apart by a line, by their order and by words."""

GROUNDS = {"light": light_palette, "dark": dark_palette}


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("eyes", _SEEN_BY)
def test_no_two_parts_of_a_bar_look_alike(ground: str, eyes: str) -> None:
    seen = {standing: _lab(_seen(standing_colour(standing, GROUNDS[ground]()), eyes)) for standing in Standing}
    close = {
        (one.value, other.value, round(math.dist(seen[one], seen[other])))
        for one, other in combinations(Standing, 2)
        if math.dist(seen[one], seen[other]) < _APART
    }
    assert close == set()


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_colour_is_seen_on_its_ground(ground: str) -> None:
    palette = GROUNDS[ground]()
    colours = [*(standing_colour(standing, palette) for standing in Standing), checks_colour(palette)]
    under = palette.color(QPalette.ColorRole.Base)
    assert [colour.name() for colour in colours if contrast(colour, under) < _ON_GROUND] == []


def _linear(colour: QColor) -> Linear:
    red, green, blue = (_of_light(part) for part in (colour.redF(), colour.greenF(), colour.blueF()))
    return red, green, blue


def _of_light(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _seen(colour: QColor, eyes: str) -> Linear:
    light = _linear(colour)
    red, green, blue = (
        min(max(sum(factor * part for factor, part in zip(row, light, strict=True)), 0.0), 1.0)
        for row in _SEEN_BY[eyes]
    )
    return red, green, blue


def _lab(light: Linear) -> Linear:
    red, green, blue = light
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
