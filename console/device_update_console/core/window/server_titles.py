"""What servers are called in the tree: as a person named them, else by their pool, told apart where that is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.texts.language import text

LONGEST = 64


@dataclass(frozen=True, slots=True)
class NamedServer:
    """A server with what may be its name: a person's, and that of its pool once it is known."""

    address: ServerAddress
    given: str | None = None
    pool: str | None = None

    @property
    def title(self) -> str:
        """Its name, were it alone."""
        return self.given or self.pool or self.address.host


def distinct_titles(servers: Iterable[NamedServer]) -> dict[str, str]:
    """The titles by origin; two of one name have their addresses behind it."""
    named = tuple(servers)
    times = Counter(server.title.casefold() for server in named)
    return {server.address.origin: _title(server, alone=times[server.title.casefold()] == 1) for server in named}


def title_problem(title: str) -> str:
    """Why a text is no name for a server; empty when it is one, or empty itself: then it has no name of its own."""
    if len(title) > LONGEST:
        return text("A name has at most {count} characters.", count=LONGEST)
    if any(not character.isprintable() for character in title):
        return text("A name is one line of visible characters.")
    return ""


def _title(server: NamedServer, *, alone: bool) -> str:
    if alone:
        return server.title
    return f"{server.title} ({server.address.origin.partition('://')[2]})"
