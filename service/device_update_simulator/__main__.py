"""The entry point of `device-update-simulator`: only the standard library until it knows that the rest is there."""

from __future__ import annotations

import importlib.util
import sys

_NEEDED = ("click", "aiohttp", "spnego", "cryptography")


def main() -> int:
    """Run the command and give its exit code; 2 with a sentence where the extra `simulator` is not installed."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.stderr.write(
            "device-update-simulator needs the extra 'simulator', which is not installed: "
            f"{', '.join(missing)} is missing.\n"
        )
        return 2
    from device_update_simulator.command_line import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
