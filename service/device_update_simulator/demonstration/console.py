"""The desktop console on the demonstration's service: a window where there is a screen, else pictures of it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from device_update_simulator.demonstration.programs import Background, run_program
from device_update_simulator.demonstration.stage import ACCOUNT, Stage

CONSOLE: Final = "device-update-console"
LANGUAGE: Final = "DEVICE_UPDATE_LANGUAGE"
"""Of the console; without it pictures are English."""
_PICTURES_SECONDS: Final = 300
_SCREEN: Final = {"name": "screen", "x": 0, "y": 0, "width": 1920, "height": 1080}
_USUAL_DOTS: Final = {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}


def has_screen(environment: Mapping[str, str]) -> bool:
    """Whether a window can be opened here."""
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def open_window(stage: Stage) -> None:
    """Open the console, signed in; closing its window ends nothing else."""
    stage.accompany(
        Background(
            CONSOLE, "--server", stage.admin_url, log=stage.folder / "console.log", end_with=signal.SIGTERM,
            environment=_signed_in(stage) | {name: os.environ[name] for name in (LANGUAGE,) if name in os.environ},
        )
    )  # fmt: skip
    stage.step(f"The console is open, signed in as {ACCOUNT}: what is done in it is done to this service.")


def take_pictures(stage: Stage, folder: Path) -> None:
    """Save a picture of every node and dialog of the console, without a screen."""
    screens = stage.folder / "screens.json"  # without it Qt's has 800 x 800 pixels, and windows are no larger
    screens.write_text(json.dumps({"screens": [_SCREEN | _USUAL_DOTS]}))
    run_program(
        CONSOLE, "--server", stage.admin_url, "--language", os.environ.get(LANGUAGE, "en"),
        "--screenshots", str(folder),
        say=stage.detail, seconds=_PICTURES_SECONDS,
        environment=_signed_in(stage) | {"QT_QPA_PLATFORM": f"offscreen:configfile={screens}"},
    )  # fmt: skip
    pictures = len(list(folder.glob("*.png")))
    stage.step(f"The console went through its nodes and dialogs without a screen: {pictures} pictures are in {folder}.")


def _signed_in(stage: Stage) -> dict[str, str]:
    """The administrator's credentials, and a place of its own for what the console remembers."""
    return {
        "DEVICE_UPDATE_ACCOUNT": ACCOUNT,
        "DEVICE_UPDATE_PASSWORD": stage.password,
        "XDG_CONFIG_HOME": str(stage.folder / "console"),
        "HOME": os.environ.get("HOME", str(stage.folder)),
    }
