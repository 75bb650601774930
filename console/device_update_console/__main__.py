"""The `device-update-console` command (contract section 6).

Only the standard library is imported before it is known that the rest is there.
"""

from __future__ import annotations

import importlib.util
import os
import sys

_NEEDED = ("PySide6", "aiohttp", "spnego", "cryptography", "keyring")


def main() -> int:
    """Open the window; 2 with a sentence where the extra `console` or a library of the system is not installed."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.stderr.write(
            "device-update-console needs the extra 'console', which is not installed: "
            f"{', '.join(missing)} is missing.\n"
        )
        return 2
    try:
        from device_update_console.qt.application import run
    except ImportError as error:
        # Qt's own libraries are there, one of the system's that they need is not.
        sys.stderr.write(f"device-update-console: Qt cannot be loaded on this system: {error}.\n")
        return 2
    return run(sys.argv[1:], dict(os.environ))


if __name__ == "__main__":
    sys.exit(main())
