"""``python -m device_update_simulator.demonstration --folder DIR``: show the main job, then leave it running."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import IO

from device_update_simulator.demonstration.console import has_screen, open_window, take_pictures
from device_update_simulator.demonstration.programs import DidNotHold, program
from device_update_simulator.demonstration.stage import ACCOUNT, DEVICE_ACCOUNT, Stage
from device_update_simulator.demonstration.story import FLEET_DEVICES, tell

_LOCK = "in-use"


def main() -> int:
    """Run the demonstration: 0 only when every step held."""
    parser = argparse.ArgumentParser(prog="run.py", description="Show the main job of the Device Update Service.")
    parser.add_argument("--folder", type=Path, required=True, help="where everything is put; emptied at the start")
    parser.add_argument("--once", action="store_true", help="end the service and the fleet when all was shown")
    parser.add_argument(
        "--screenshots", type=Path, metavar="DIR", help="save a picture of every node and dialog of the console"
    )
    parser.add_argument("--verbose", action="store_true", help="show every request and answer")
    options = parser.parse_args()
    folder: Path = options.folder
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ending is one thing, however it is asked for
    try:
        lock = _lock(folder)
        if lock is None:
            print(f"Another demonstration is running in {folder}; end it first (Ctrl+C).", file=sys.stderr)
            return 1
        with lock:
            _empty(folder)
            return _demonstrate(folder, options)
    except OSError as error:
        print(f"The demonstration cannot use {error.filename or folder}: {error.strerror}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Ended at once.", file=sys.stderr)
    return 1


def _demonstrate(folder: Path, options: argparse.Namespace) -> int:
    shown = False
    with Stage(folder, options.verbose) as stage:
        try:
            tell(stage)
            _show_console(stage, options.screenshots, once=options.once)
            shown = True
            if not options.once:
                _say_where(stage)
                stage.watch()
        except DidNotHold as failure:
            print(f"This did not hold: {failure}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nEnding the fleet and the service.", flush=True)
            return 0 if shown else 1
    print("Every step held; the fleet and the service have ended.")
    return 0


def _show_console(stage: Stage, pictures: Path | None, *, once: bool) -> None:
    """Open a window that stays, or take pictures where none can be opened, none would stay, or they are wanted."""
    if pictures is None and not once and has_screen(os.environ):
        open_window(stage)
    else:
        take_pictures(stage, stage.folder / "screenshots" if pictures is None else pictures)


def _say_where(stage: Stage) -> None:
    command = program("device-update")
    print(f"""
The service and a fleet of {FLEET_DEVICES} simulated devices keep running.
  devices ask at       {stage.internal_url}/RequestHandler/ucdevice.upx
  devices outside at   {stage.external_url}/RequestHandlerExt/ucdevice.upx
  as                   {DEVICE_ACCOUNT}, {stage.device_password} (NTLM or Negotiate)
  administration at    {stage.admin_url}/api/v1 (no password: /metrics and /api/v1/health)
  account, password    {ACCOUNT}, {stage.password}
  data and logs        {stage.folder}
Try in another terminal:
  export DEVICE_UPDATE_URL={stage.admin_url} DEVICE_UPDATE_ACCOUNT={ACCOUNT} DEVICE_UPDATE_PASSWORD={stage.password}
  {command} rules
  {command} approve --state pending --yes
  {command} devices status:downloading
  {command} logs --search 0x8007
  {command} summary
  {command} sign-ins
  {command} audit
Ctrl+C ends both.""", flush=True)  # fmt: skip


def _lock(folder: Path) -> IO[bytes] | None:
    """The folder for this process alone, or None while another has it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / _LOCK).open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name == _LOCK:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


if __name__ == "__main__":
    sys.exit(main())
