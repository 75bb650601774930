"""The `device-update-console` command (contract section 6); it imports only the standard library."""

from __future__ import annotations

import importlib.util
import sys


def main() -> int:
    """Say why no window opens, and return 2: this version brings the command line only."""
    if importlib.util.find_spec("PySide6") is None:
        sentence = (
            "device-update-console needs the extra 'console', which is not installed, "
            "and this version has no desktop console yet: use device-update."
        )
    else:
        sentence = "This version has no desktop console yet: use the command device-update."
    sys.stderr.write(sentence + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
