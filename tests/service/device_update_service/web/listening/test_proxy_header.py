"""PROXY headers: what is one, how long it is, and whom it tells."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_service.web.listening.proxy_header import (
    MOST_BYTES,
    NoProxyHeader,
    ProxyHeader,
    parse_proxy_header,
)

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
ports = st.integers(0, 0xFFFF)
v4 = st.ip_addresses(v=4)
v6 = st.ip_addresses(v=6)
ends = st.one_of(st.tuples(v4, v4), st.tuples(v6, v6))


def line(source: object, target: object, port: int, target_port: int) -> bytes:
    family = "TCP4" if isinstance(source, IPv4Address) else "TCP6"
    return f"PROXY {family} {source} {target} {port} {target_port}\r\n".encode()


def binary(family: int, body: bytes, *, command: int = 0x21) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


def packed(
    source: IPv4Address | IPv6Address,
    target: IPv4Address | IPv6Address,
    port: int,
    target_port: int,
    more: bytes = b"",
) -> bytes:
    family = 0x11 if isinstance(source, IPv4Address) else 0x21
    return binary(family, source.packed + target.packed + struct.pack("!HH", port, target_port) + more)


def told(source: IPv4Address | IPv6Address, port: int) -> tuple[IPv4Address | IPv6Address, int]:
    mapped = source.ipv4_mapped if isinstance(source, IPv6Address) else None
    return mapped or source, port


def assert_read(header: bytes, rest: bytes, caller: object) -> None:
    """Read at whatever byte it is split, and with whatever follows."""
    assert parse_proxy_header(header + rest) == ProxyHeader(len(header), caller)  # type: ignore[arg-type]
    assert [parse_proxy_header(header[:end]) for end in range(len(header))] == [None] * len(header)


@given(ends, ports, ports, st.binary(max_size=40))
def test_a_line_tells_the_client_and_takes_none_of_what_follows(
    pair: tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address], port: int, target_port: int, rest: bytes
) -> None:
    assert_read(line(*pair, port, target_port), rest, told(pair[0], port))


@given(ends, ports, ports, st.binary(max_size=60), st.binary(max_size=40))
def test_a_binary_header_tells_the_client_and_its_additions_are_skipped(
    pair: tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address],
    port: int,
    target_port: int,
    more: bytes,
    rest: bytes,
) -> None:
    assert_read(packed(*pair, port, target_port, more), rest, told(pair[0], port))


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=120).map(lambda data: b"PROXY " + data),
                 st.binary(max_size=80).map(lambda data: b"PROXY TCP4 " + data + b"\r\n"),
                 st.binary(max_size=60).map(lambda data: SIGNATURE + data)))  # fmt: skip
def test_whatever_bytes_come_they_are_a_header_or_none_or_not_yet_one(data: bytes) -> None:
    try:
        header = parse_proxy_header(data)
    except NoProxyHeader:
        return  # any other exception fails the test
    assert len(data) < MOST_BYTES if header is None else 8 <= header.length <= len(data)


@given(st.binary(min_size=1, max_size=300))
def test_bytes_that_are_refused_stay_refused_whatever_follows(data: bytes) -> None:
    try:
        parse_proxy_header(data)
    except NoProxyHeader:
        with pytest.raises(NoProxyHeader):
            parse_proxy_header(data + b"\r\n")


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY UNKNOWN\r\n",
        b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n",
        b"PROXY UNKNOWN \xff\xfe whatever\r\n",
        binary(0x00, b""),
        binary(0x00, b"\x01\x00\x01x"),
        binary(0x31, bytes(216)),
        binary(0x00, b"", command=0x20),
        packed(ip_address("192.0.2.1"), ip_address("192.0.2.2"), 1, 2).replace(b"\x21\x11", b"\x20\x11", 1),
    ],
)
def test_a_proxy_that_speaks_for_itself_or_cannot_say_tells_nobody(header: bytes) -> None:
    assert_read(header, b"GET / HTTP/1.1\r\n", None)


def test_a_client_with_ipv4_behind_a_proxy_with_ipv6_is_told_with_ipv4() -> None:
    header = line(IPv6Address("::ffff:192.0.2.7"), IPv6Address("::ffff:192.0.2.1"), 5, 443)
    assert_read(header, b"", (IPv4Address("192.0.2.7"), 5))


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY \r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n",
        b"PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 ::1 ::1 1 2\r\n",
        b"PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 nowhere 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 0000000002\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 \u0661 2\r\n".encode(),
        b"PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY UNKNOWN" + b" " * 93 + b"\r\n",
        b"PROXY TCP4 192.0.2.1\n" + b"x" * 90,
        SIGNATURE + b"\x11\x11\x00\x0c" + bytes(12),
        SIGNATURE + b"\x22\x11\x00\x0c" + bytes(12),
        binary(0x11, bytes(11)),
        binary(0x21, bytes(35)),
        binary(0x12, bytes(12)),
        binary(0x41, bytes(12)),
        SIGNATURE + b"\x21\x00\x10\x01",
    ],
)
def test_what_is_no_header_is_refused(data: bytes) -> None:
    with pytest.raises(NoProxyHeader):
        parse_proxy_header(data)


def test_the_longest_headers_are_read() -> None:
    assert_read(b"PROXY UNKNOWN" + b" " * 92 + b"\r\n", b"x" * 50, None)
    header = packed(ip_address("192.0.2.1"), ip_address("192.0.2.2"), 1, 2, bytes(4096 - 12))
    assert len(header) == MOST_BYTES
    assert parse_proxy_header(header + b"x") == ProxyHeader(MOST_BYTES, (IPv4Address("192.0.2.1"), 1))
