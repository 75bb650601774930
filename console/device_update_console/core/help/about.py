"""What Help > About tells: the program, what it runs on, where it keeps things, and the servers it talks to."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from device_update_console.core.help.versions import own_version
from device_update_console.core.texts.language import text

LICENCE = "Apache License 2.0"


@dataclass(frozen=True, slots=True)
class KnownService:
    """A server of the tree; no version before somebody signed in to it."""

    title: str
    origin: str
    version: str | None


def about_facts(toolkit: str, settings: Path, services: Iterable[KnownService]) -> list[tuple[str, str]]:
    """Names and values, in the order in which they are shown; ``toolkit`` names the window's library."""
    system = platform.platform(terse=True)
    facts = [
        (text("Version"), own_version()),
        (text("Licence"), LICENCE),
        (text("Runs on"), ", ".join((f"Python\N{NO-BREAK SPACE}{platform.python_version()}", toolkit, system))),
        (text("Settings"), str(settings)),
    ]
    for service in services:
        version = text("not connected") if service.version is None else service.version
        facts.append((text("Server"), f"{service.title}: {version} ({service.origin})"))
    return facts
