"""The address of a service as a person types it, judged while they type."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from device_update_console.core.connections.addresses import InvalidAddress, ServerAddress, parse_server_address
from device_update_console.core.texts.language import text

USUAL_PORT = 8444
"""The administration listener's, unless the service was told otherwise (contract section 6)."""

LONGEST = 300

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class TypedAddress:
    """What is made of what was typed: the address, or why there is none; both are absent while nothing was typed."""

    address: ServerAddress | None = None
    problem: str = ""

    @property
    def remark(self) -> str:
        """What a person reads below the field."""
        if self.address is not None:
            return text("Connects to {origin}", origin=self.address.origin)
        return self.problem


def typed_address(typed: str, present: Collection[str] = ()) -> TypedAddress:
    """Read an address leniently: ``updates.contoso.com`` means https and the usual port, this machine means http.

    ``present`` are the origins of the servers that the console has already.
    """
    given = typed.strip()
    if not given:
        return TypedAddress()
    try:
        address = parse_server_address(_completed(given))
    except InvalidAddress as refusal:
        return TypedAddress(problem=refusal.sentence)
    if not address.private:
        return TypedAddress(
            problem=text("Over http your password could be read on its way: only https, or this machine, will do.")
        )
    if address.origin in present:
        return TypedAddress(problem=text("{origin} is in this console already.", origin=address.origin))
    return TypedAddress(address)


def _completed(given: str) -> str:
    """What was typed, with what people leave out."""
    if _SCHEME.match(given):
        return given
    try:
        port = urlsplit(f"//{given}").port
    except ValueError:
        return given
    bare = given.rstrip("/")
    with_port = bare if port is not None else f"{bare}:{USUAL_PORT}"
    try:
        here = parse_server_address(f"http://{with_port}").private
    except InvalidAddress:
        return f"https://{with_port}"
    return f"{'http' if here else 'https'}://{with_port}"
