"""The program's own pictures by name, each drawn from its SVG file at whatever size a place needs."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from PySide6.QtGui import QIcon

FOLDER = Path(str(files("device_update_resources"))) / "icons"


@cache
def icon(name: str) -> QIcon:
    """The picture of this name.

    Raises:
        FileNotFoundError: there is no such picture; every name is this program's own.
    """
    path = FOLDER / f"{name}.svg"
    if not path.is_file():
        raise FileNotFoundError(path)
    return QIcon(str(path))
