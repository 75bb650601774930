"""The program's pictures: each that is named is there, each that is there is named, and each is one of a kind."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QApplication

import device_update_console
from device_update_console.core.overview_and_reports import overview_attention
from device_update_console.core.verbs.offered_verbs import DEFINITIONS
from device_update_console.core.window.scope_tree import NODES
from device_update_console.qt.widgets.icons import FOLDER, icon

FILES = sorted(FOLDER.glob("*.svg"))
EACH = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
SIZES = (16, 32, 48)
"""At 100, 200 and 300 %."""

_MODULES = list(Path(device_update_console.__file__).parent.rglob("*.py"))


def _named() -> set[str]:
    """Every name that is given to a picture: in the tables, and wherever a picture's name is written."""
    tables = {node.icon for node in NODES.values()} | {each.icon for each in DEFINITIONS.values() if each.icon}
    return tables | {
        overview_attention.FAILURE,
        overview_attention.WARNING,
        overview_attention.INFORMATION,
        overview_attention.ALL_WELL,
    }


def _written() -> set[str]:
    """Every text in the sources."""
    return {
        node.value
        for module in _MODULES
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.usefixtures("qapp")
def test_every_picture_of_a_node_or_verb_is_there() -> None:
    assert _named() - {path.stem for path in FILES} == set()


def test_a_name_without_a_picture_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        icon("no-such-picture")


def test_every_picture_is_used() -> None:
    assert {path.stem for path in FILES} - _named() - _written() == set()


@EACH
def test_a_picture_is_drawn_on_a_square_of_sixteen_and_needs_nothing_else(path: Path) -> None:
    drawing = path.read_text(encoding="utf-8")
    assert 'viewBox="0 0 16 16"' in drawing
    assert re.findall(r"<(?:script|image|text|use|style|foreignObject)\b|href=|url\(", drawing) == []


@EACH
@pytest.mark.parametrize("size", SIZES)
def test_a_picture_fills_its_square_at_every_scale(qapp: QApplication, path: Path, size: int) -> None:
    drawn = _drawn(path.stem, size, QIcon.Mode.Normal)
    filled = [(x, y) for x in range(size) for y in range(size) if drawn.pixelColor(x, y).alpha() > 128]
    width = max(x for x, _ in filled) - min(x for x, _ in filled) + 1
    height = max(y for _, y in filled) - min(y for _, y in filled) + 1
    assert max(width, height) >= 0.7 * size


@EACH
def test_a_picture_in_a_selected_row_is_the_same(qapp: QApplication, path: Path) -> None:
    assert _drawn(path.stem, 16, QIcon.Mode.Selected) == _drawn(path.stem, 16, QIcon.Mode.Normal)


def _drawn(name: str, size: int, mode: QIcon.Mode) -> QImage:
    return icon(name).pixmap(QSize(size, size), 1.0, mode).toImage()
