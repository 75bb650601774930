"""Which program this is and what it runs on, as whoever gets a report of a failure needs to know it."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "device-update-service"

_LIBRARIES = ("PySide6-Essentials", "aiohttp", "pydantic", "keyring")


def own_version() -> str:
    """The version of this program."""
    return _version(DISTRIBUTION)


def versions() -> list[str]:
    """Names and versions, a line each; in English, as they are read by whoever repairs it."""
    libraries = [f"{name} {_version(name)}" for name in _LIBRARIES]
    return [
        f"{DISTRIBUTION} {own_version()}",
        f"Python {platform.python_version()}, {platform.platform()}",
        ", ".join(libraries),
    ]


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "(not installed)"
