"""At 100 to 300 %, with large fonts and on small screens no text is cut, and no window is larger than the screen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.screens import offscreen

_LARGE = (3840, 2160)
_LAPTOP = (1366, 768)


@pytest.mark.parametrize(
    ("factor", "points", "screen"),
    [(1, 9, _LARGE), (1, 15, _LARGE), (2, 9, _LARGE), (3, 9, _LARGE), (1, 9, (1024, 700)), (1.5, 9, _LAPTOP)],
)
def test_windows_are_whole_and_sharp_and_fit_on_the_screen(
    factor: float, points: int, screen: tuple[int, int], tmp_path: Path
) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "tests.support.scaled_windows", str(points)],
        env={
            **os.environ,
            "QT_QPA_PLATFORM": offscreen(tmp_path / "screens.json", *screen),
            "QT_SCALE_FACTOR": str(factor),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    faults = json.loads(shown.stdout)
    assert len(faults) == 10
    assert {name: off for name, off in faults.items() if off} == {}
