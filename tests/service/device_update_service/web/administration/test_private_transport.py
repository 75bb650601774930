from __future__ import annotations

import ssl
from typing import Any
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from device_update_service.web.administration.private_transport import (
    InsecureTransport,
    caller_address,
    require_private_transport,
)
from device_update_service.web.listening.connections import told_address


def request(peer: object, own: object, headers: dict[str, str] | None = None, *, tls: bool = False) -> web.Request:
    ends: dict[str, Any] = {
        "peername": peer,
        "sockname": own,
        "sslcontext": ssl.create_default_context() if tls else None,
    }
    transport = Mock()  # the network's ends, which a test cannot have
    transport.get_extra_info.side_effect = lambda name, default=None: ends.get(name, default)
    return make_mocked_request("GET", "/", headers=headers or {}, transport=transport)


V4, V6, MAPPED = ("127.0.0.1", 5000), ("::1", 5000, 0, 0), ("::ffff:127.0.0.1", 5000, 0, 0)
OUTSIDE, OUTSIDE_V6 = ("192.0.2.7", 5000), ("fe80::1%eth0", 5000, 0, 2)


@pytest.mark.parametrize(("peer", "own"), [(V4, V4), (V6, V6), (MAPPED, MAPPED), (("127.8.0.1", 1), V4)])
def test_both_ends_on_this_host_are_private(peer: object, own: object) -> None:
    require_private_transport(request(peer, own))
    assert caller_address(request(peer, own)) == peer[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("peer", "own"),
    [
        (OUTSIDE, OUTSIDE),
        (V4, OUTSIDE),
        (OUTSIDE, V4),
        (OUTSIDE_V6, V6),
        (None, None),
        ("", ""),
        (V4, None),
        (("x", 1), V4),
    ],
)
def test_anything_else_without_tls_is_not(peer: object, own: object) -> None:
    with pytest.raises(InsecureTransport):
        require_private_transport(request(peer, own))


@pytest.mark.parametrize("told", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_what_a_proxy_header_tells_is_never_this_host(told: str) -> None:
    with pytest.raises(InsecureTransport):
        require_private_transport(request(told_address(told, 5000, "127.0.0.1"), V4))


def test_over_tls_it_does_not_matter_from_where() -> None:
    require_private_transport(request(OUTSIDE, OUTSIDE, tls=True))
    require_private_transport(request(V4, V4, {"Via": "1.1 proxy"}, tls=True))


@pytest.mark.parametrize("header", ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "x-forwarded-anything"])
def test_a_proxy_on_this_host_gives_itself_away(header: str) -> None:
    with pytest.raises(InsecureTransport):
        require_private_transport(request(V4, V4, {header: "x"}))
