"""The program's own pictures by name, each drawn from its SVG file at whatever size a place needs."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QPixmap

FOLDER = Path(str(files("device_update_resources"))) / "icons"


@cache
def blank() -> QIcon:
    """A picture with nothing in it: texts beside it stand in line with those that have one."""
    nothing = QPixmap(16, 16)
    nothing.fill(Qt.GlobalColor.transparent)
    return QIcon(nothing)


@cache
def icon(name: str) -> QIcon:
    """The picture of this name.

    Raises:
        FileNotFoundError: there is no such picture; every name is this program's own.
    """
    path = FOLDER / f"{name}.svg"
    if not path.is_file():
        raise FileNotFoundError(path)
    found = QIcon(str(path))
    # Otherwise styles lay the colour of the selection over the picture, and nothing of it can be made out any more.
    found.addFile(str(path), mode=QIcon.Mode.Selected)
    return found
