"""At 100, 200 and 300 % and with large fonts no text is cut and no picture is blurred."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_SCREEN = {"x": 0, "y": 0, "width": 3840, "height": 2160, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
"""Qt's own offscreen one has 800 x 800 pixels, which are too few for any window at 300 %."""


@pytest.mark.parametrize(("factor", "points"), [(1, 9), (1, 15), (2, 9), (3, 9)])
def test_windows_are_whole_and_sharp(factor: int, points: int, tmp_path: Path) -> None:
    screens = tmp_path / "screens.json"
    screens.write_text(json.dumps({"screens": [{"name": "large", **_SCREEN}]}))
    shown = subprocess.run(
        [sys.executable, "-m", "tests.support.scaled_windows", str(points)],
        env={**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={screens}", "QT_SCALE_FACTOR": str(factor)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    faults = json.loads(shown.stdout)
    assert len(faults) == 10
    assert {name: off for name, off in faults.items() if off} == {}
