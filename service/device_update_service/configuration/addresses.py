"""Addresses and networks as configuration writes them."""

from __future__ import annotations

import re
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_ADDRESS = re.compile(r"(?:\[(?P<ipv6>[^\[\]]+)\]|(?P<host>[^:\[\]\s]+)):(?P<port>[0-9]{1,5})")


class Section(BaseModel):
    """One section of the configuration: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Address(Section):
    """Where a listener listens; port 0 picks a free one."""

    host: str
    port: int = Field(ge=0, le=65535)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``HOST:PORT``; an IPv6 host stands in brackets."""
        found = _ADDRESS.fullmatch(text)
        if found is None or int(found["port"]) > 65535:
            raise ValueError(f"{text[:80]!r} is not HOST:PORT")
        return cls(host=found["ipv6"] or found["host"], port=int(found["port"]))

    @property
    def is_wildcard(self) -> bool:
        """Whether it means every address of the host."""
        number = _as_number(self.host)
        return self.host in {"*", ""} or (number is not None and number.is_unspecified)

    @property
    def is_loopback(self) -> bool:
        """Whether only this host can reach it."""
        number = _as_number(self.host)
        return self.host.lower() == "localhost" or (number is not None and number.is_loopback)


def _as_number(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host means without a look-up, in every spelling that binding accepts (``0``, ``::0``)."""
    try:
        address = ip_address(host)
    except ValueError:
        try:
            return IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _network(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ip_network(value)
    except ValueError as error:
        raise ValueError(f"{value[:80]!r} is not an address or a network such as 10.0.0.0/8") from error


def _listed(value: object) -> object:
    """A list, or in the environment one text with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
"""An address, or a network such as ``10.0.0.0/8``."""

Networks = Annotated[tuple[Network, ...], BeforeValidator(_listed)]
"""Addresses and networks: a list, or one text with commas between them."""

Names = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=256)], ...], BeforeValidator(_listed)]
"""Names: a list, or one text with commas between them."""


def is_among(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """Whether an address is in one of the networks; text that is no address is in none.

    An IPv4 address that came over an IPv6 socket (``::ffff:10.0.0.1``) counts as the IPv4 address.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in network for network in networks)
