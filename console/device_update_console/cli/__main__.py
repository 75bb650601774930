"""The entry point of `device-update`: it imports only the standard library until it knows that the rest is there."""

from __future__ import annotations

import importlib.util
import sys

_NEEDED = ("click", "aiohttp", "spnego", "cryptography")


def main() -> int:
    """Run the command and give its exit code; 2 with a sentence where the extra `cli` is not installed."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"device-update needs the extra 'cli', which is not installed: {', '.join(missing)} is missing.\n"
        )
        return 2
    from device_update_console.cli.program import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
