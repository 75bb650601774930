"""The sockets of accepted connections: who is at the other end, as told and in fact, and how many are open."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from ipaddress import IPv6Address
from typing import Any, Final

_SUBNET_BITS: Final = 64
"""One customer of an IPv6 network has at least so many bits of addresses for himself (RFC 6177)."""


class ToldAddress(tuple[Any, ...]):  # noqa: SLOT001 - a tuple's subclass has no slots but empty ones
    """A peer name as `socket.socket.getpeername` gives it, but told by a proxy; ``socket_peer`` is the proxy's own."""

    socket_peer: str


def told_address(host: str, port: int, socket_peer: str) -> ToldAddress:
    """The peer name of a proxy's client."""
    told = ToldAddress((host, port, 0, 0) if ":" in host else (host, port))
    told.socket_peer = socket_peer
    return told


def socket_peer(transport: asyncio.BaseTransport) -> str:
    """The address at the other end of a connection's socket: the proxy's where one told another; empty if unknown."""
    peer = transport.get_extra_info("peername")
    if isinstance(peer, ToldAddress):
        return peer.socket_peer
    return str(peer[0]) if isinstance(peer, tuple) else ""


class AcceptedSocket(socket.socket):
    """An accepted connection; asyncio asks it for the peer's name, and closes it when the connection is over.

    The name is what ``accept`` gave or a proxy told, also when the peer is gone already.
    """

    __slots__ = ("counted_as", "counted_by", "peer")

    def __init__(self, family: int, descriptor: int, peer: tuple[Any, ...]) -> None:
        super().__init__(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, descriptor)
        self.peer = peer
        self.counted_by: OpenConnections | None = None
        self.counted_as: str | None = None
        """The address, or part of a network, that this connection counts for."""

    def getpeername(self) -> tuple[Any, ...]:
        """The address and port of the client."""
        return self.peer

    def close(self) -> None:
        """Close it, and count it off, once."""
        super().close()
        if self.counted_by is not None:
            self.counted_by.count_off(self)
            self.counted_by = None


class ListeningSocket(socket.socket):
    """A listening socket whose connections are made `AcceptedSocket` from the start, instead of twice."""

    __slots__ = ("_family",)

    def __init__(self, descriptor: int) -> None:
        super().__init__(fileno=descriptor)
        self._family = int(self.family)

    def accept(self) -> tuple[AcceptedSocket, tuple[Any, ...]]:
        """Take a connection."""
        # What the standard library's own `accept` is made of, and its type declarations do not know.
        descriptor, peer = self._accept()  # type: ignore[attr-defined]
        return AcceptedSocket(self._family, descriptor, peer), peer


class OpenConnections:
    """The connections of one listener, counted: so many at all, and so many from one address (IPv6: one /64)."""

    def __init__(self, most: int, most_of_an_address: int) -> None:
        self._most = most
        self._most_of_an_address = most_of_an_address
        self._of_address: Counter[str] = Counter()
        self.total = 0

    def count(self, connection: AcceptedSocket) -> bool:
        """Count a new connection until it is closed; False, and not counted, when there are too many."""
        if self.total >= self._most:
            return False
        self.total += 1
        connection.counted_by = self
        return True

    def count_address(self, connection: AcceptedSocket) -> bool:
        """Count a connection for its address; False, and not counted, when that has too many."""
        key = _counted_as(str(connection.peer[0]))
        if self._of_address[key] >= self._most_of_an_address:
            return False
        self._of_address[key] += 1
        connection.counted_as = key
        return True

    def count_off(self, connection: AcceptedSocket) -> None:
        """Forget a connection that was counted."""
        self.total -= 1
        key = connection.counted_as
        if key is not None:
            self._of_address[key] -= 1
            if not self._of_address[key]:
                del self._of_address[key]


def _counted_as(host: str) -> str:
    if ":" not in host:
        return host
    address = IPv6Address(host.partition("%")[0])
    return str(address.ipv4_mapped or int(address) >> _SUBNET_BITS)
