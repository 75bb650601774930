"""Through what an action of the audit trail came, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from device_update_console.core.texts.formats import one_line
from device_update_console.core.texts.language import marked, text

_WAYS: Final[Mapping[str, str]] = {
    "administration-api": marked("Administration API"),
    "command line on the host": marked("Command line on the host"),
    "service": marked("The service itself"),
    "device-update-console": marked("Console"),
    "device-update": marked("Command line"),
}
"""The service's own words, and what its console and its command line call themselves."""

_SESSION = "session"


def through_text(through: str) -> str:
    """*Administration API, session 21, Console*; what another client calls itself stays as it is."""
    return ", ".join(_part(part) for part in one_line(through).split(", "))


def _part(part: str) -> str:
    kind, _, number = part.partition(" ")
    if kind == _SESSION and number.isdecimal():
        return text("session {number}", number=number)
    return text(_WAYS[part]) if part in _WAYS else part
