"""The desktop console over a million devices: first rows, frames, memory (design section 5).

    .venv/bin/python -m tests.benchmarks.console [--devices 1000000] [--data FOLDER]

The real window, drawn off-screen, in a process of its own against the real service in another. Measures: the list opens
within 1.5 s, no frame over 50 ms while it is scrolled, while it is read anew and during 100 events a second, 250 MB
resident. A frame is the time between two turns of the window's event loop, in which nobody is answered; the processor's
part of it tells what it is on a machine without neighbours. The yardstick is the same scrolling through as many rows
that are made of nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.fleets import fill_devices
from tests.support.service_process import ACCOUNT, PASSWORD, ServiceProcess, add_administrator

_PATIENCE_S = 600.0


def main() -> None:
    """Fill (or take) a data folder, serve it, and measure in a process that holds nothing but the console."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, help="kept and used again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        serve_and_measure(given.data or Path(folder) / "data", given.devices, Path(folder))


def serve_and_measure(data: Path, devices: int, folder: Path) -> None:
    """Start the service, and beside it the console (`console_window`)."""
    if not data.exists():
        add_administrator(data)
        began = time.perf_counter()
        fill_devices(data / "device-update.sqlite", devices, int(time.time() * 1000))
        print(f"filled with {devices:,} devices in {time.perf_counter() - began:.0f} s", flush=True)
    service = ServiceProcess(data, log=folder / "service.log", preloaded=False)
    service.start()
    try:
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "DEVICE_UPDATE_ACCOUNT": ACCOUNT,
            "DEVICE_UPDATE_PASSWORD": PASSWORD,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "XDG_CONFIG_HOME": str(folder),
        }
        command = [sys.executable, "-m", "tests.benchmarks.console_window", service.admin]
        subprocess.run(command, env=environment, check=True, timeout=_PATIENCE_S)
    finally:
        service.end()


if __name__ == "__main__":
    main()
