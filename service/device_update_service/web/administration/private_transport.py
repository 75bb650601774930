"""Whether nobody can read along: passwords and session tokens travel only so (contract section 5)."""

from __future__ import annotations

import ipaddress

from aiohttp import web

from device_update_contract.refusals import Refusal
from device_update_service.web.listening.connections import ToldAddress

_FORWARDING = ("Forwarded", "Via")


class InsecureTransport(Refusal):
    """A password or token was, or would be, sent over a connection that others can read."""

    code = "insecure-transport"

    def __init__(self) -> None:
        super().__init__(
            "Passwords and sessions are accepted over TLS only, or from this host without a proxy in between."
        )


def require_private_transport(request: web.Request) -> None:
    """Refuse a request that came neither over TLS nor from this host itself.

    On loopback both ends count, and a PROXY header, or one that a proxy adds to the request, shows that the other end
    is not the caller: then it does not matter what address it tells.

    Raises:
        InsecureTransport.
    """
    transport = request.transport
    if transport is None:
        raise InsecureTransport
    if transport.get_extra_info("sslcontext") is not None:
        return
    ends = (transport.get_extra_info("peername"), transport.get_extra_info("sockname"))
    if not all(_is_loopback(end) for end in ends) or _is_forwarded(request):
        raise InsecureTransport


def caller_address(request: web.Request) -> str:
    """The address that the connection came from; empty when it is gone already."""
    end = None if request.transport is None else request.transport.get_extra_info("peername")
    return str(end[0]) if isinstance(end, tuple) else ""


def _is_forwarded(request: web.Request) -> bool:
    return any(name in request.headers for name in _FORWARDING) or any(
        name.lower().startswith("x-forwarded-") for name in request.headers
    )


def _is_loopback(end: object) -> bool:
    if not isinstance(end, tuple) or isinstance(end, ToldAddress):
        return False  # behind a TCP proxy nobody knows how the bytes came to it
    try:
        address = ipaddress.ip_address(str(end[0]).partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback
