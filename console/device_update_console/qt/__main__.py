"""Starts the window without being advertised: ``python -m device_update_console.qt --server URL``."""

from __future__ import annotations

import os
import sys

from device_update_console.qt.application import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], dict(os.environ)))
