"""Where a request comes from, and whether a proxy may share its connection (contract section 3.1).

NTLM and Negotiate sign in a connection. An HTTP proxy that uses one connection to the service for several clients would
hand one client's identity to the next, so a request that came through one is not signed in, unless its address is
configured as one that keeps connections apart.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple

from aiohttp import web

from device_update_service.configuration.addresses import Networks, is_among
from device_update_service.configuration.listeners import SecureListener
from device_update_service.web.listening.connections import socket_peer


class Caller(NamedTuple):
    """The other end of a request; ``through_shared_proxy``: its connection may be somebody else's a moment later.

    ``through_private_proxy``: the proxy keeps it for one client, once it has seen a 401 on it.
    """

    address: str
    through_shared_proxy: bool
    through_private_proxy: bool = False


class Callers:
    """Tells who calls a listener."""

    def __init__(self, listener: SecureListener) -> None:
        self._private: Networks = listener.connection_private
        self._shared: Networks = listener.http_proxies

    def identify(self, request: web.BaseRequest) -> Caller:
        """The caller; behind a proxy that keeps connections apart, the last address that it saw."""
        told = request.remote or ""
        if self._private or self._shared:
            transport = request.transport
            peer = told if transport is None else socket_peer(transport)
            if is_among(peer, self._private):
                return Caller(_last_forwarded(request) or told, through_shared_proxy=False, through_private_proxy=True)
            if is_among(peer, self._shared):
                return Caller(told, through_shared_proxy=True)
        return Caller(told, is_forwarded(request))


def is_forwarded(request: web.BaseRequest) -> bool:
    """Whether an HTTP proxy has left its mark: ``Via``, ``Forwarded``, or any ``X-Forwarded-`` header."""
    for name in request.headers:
        first = name[0]
        if first in "vVfFxX":
            lowered = name.lower()
            if lowered in {"via", "forwarded"} or lowered.startswith("x-forwarded-"):
                return True
    return False


def _last_forwarded(request: web.BaseRequest) -> str | None:
    """What the nearest proxy added to ``X-Forwarded-For``; what stands before it anybody can write."""
    lines = request.headers.getall("X-Forwarded-For", ())
    if not lines:
        return None
    text = lines[-1].rpartition(",")[2].strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])  # a zone may be any text, and is the proxy's own
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
