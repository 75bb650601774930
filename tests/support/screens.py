"""Screens that are not there: Qt's offscreen platform has 800 x 800 pixels unless a file says otherwise."""

from __future__ import annotations

import json
from pathlib import Path

_DESK = Path(__file__).with_suffix(".json")


def offscreen(file: Path, width: int, height: int) -> str:
    """The value of ``QT_QPA_PLATFORM`` for one screen of so many pixels, which is written down in the file."""
    screen = {"name": "screen", "x": 0, "y": 0, "width": width, "height": height, "logicalDpi": 96}
    file.write_text(json.dumps({"screens": [{**screen, "logicalBaseDpi": 96, "dpr": 1}]}))
    return f"offscreen:configfile={file}"


DESK = f"offscreen:configfile={_DESK}"
"""A screen as it stands on a desk, for all tests that say nothing else."""
