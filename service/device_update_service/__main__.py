"""The ``device-update-service`` command; what it needs beyond the standard library is looked for first."""

from __future__ import annotations

import importlib.util
import os
import sys

_NEEDED = ("aiohttp", "click", "libarchive", "peewee", "structlog")


def main() -> None:
    """Run the command line; a missing extra is said in a sentence (exit code 2)."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"The service is not installed ({', '.join(missing)} missing): "
            "install device-update-service with the extra 'service'.\n"
        )
        sys.exit(2)
    os.umask(0o077)  # what it makes is for its own user only, also in a data folder that others may enter
    from device_update_service.commands import command_line

    command_line.command_line(prog_name="device-update-service")


if __name__ == "__main__":
    main()
