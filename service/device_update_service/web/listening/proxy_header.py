"""The PROXY header that a TCP proxy sends ahead of a client's own bytes (HAProxy's proxy-protocol.txt, v1 and v2).

Only what the text says is here; who may send one, and reading exactly its bytes, is in `proxied_connections`. What
version 2 adds behind the addresses (TLVs) is skipped: nothing of it is trusted or needed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from device_update_contract.refusals import Refusal

Caller = tuple[IPv4Address | IPv6Address, int]
"""Address and port that a proxy tells of its client."""

_V1_START: Final = b"PROXY "
_V1_MOST: Final = 107
"""The longest line of version 1, with its CR LF."""
_V1_FAMILIES: Final[dict[bytes, type[IPv4Address | IPv6Address]]] = {b"TCP4": IPv4Address, b"TCP6": IPv6Address}
_V2_START: Final = b"\r\n\r\n\0\r\nQUIT\n"
_V2_FIXED: Final = 16
_V2_MOST: Final = 4096
"""The text allows 65,535 bytes behind the first 16; proxies send some hundred at most (a client certificate's name)."""
_LOCAL: Final = 0x20
_PROXY: Final = 0x21
_UNSPECIFIED, _TCP4, _TCP6, _UNIX = 0x00, 0x11, 0x21, 0x31

MOST_BYTES: Final = _V2_FIXED + _V2_MOST
"""No header is longer."""


class NoProxyHeader(Refusal):
    """What a proxy sent first is not a PROXY header."""

    code = "no-proxy-header"


@dataclass(frozen=True, slots=True)
class ProxyHeader:
    """A whole header: how many bytes it has, and whom the proxy speaks for; None when for itself or it cannot say."""

    length: int
    caller: Caller | None


def parse_proxy_header(data: bytes) -> ProxyHeader | None:
    """Read the header at the beginning of ``data``; None while it may still become one, so that all of it is header.

    Raises:
        NoProxyHeader: whatever follows, this is none.
    """
    if data.startswith(_V2_START):
        return _version_2(data)
    if data.startswith(_V1_START):
        return _version_1(data)
    if _V1_START.startswith(data) or _V2_START.startswith(data):
        return None
    raise NoProxyHeader("The connection does not begin with a PROXY header.")


def _version_1(data: bytes) -> ProxyHeader | None:
    end = data.find(b"\r\n", 0, _V1_MOST)
    if end < 0:
        if len(data) >= _V1_MOST:
            raise NoProxyHeader(f"The PROXY line has more than {_V1_MOST} bytes.")
        return None
    return ProxyHeader(end + 2, _line_caller(data[len(_V1_START) : end].split(b" ")))


def _line_caller(words: list[bytes]) -> Caller | None:
    if words[0] == b"UNKNOWN":
        return None  # the receiver ignores the rest of the line
    family = _V1_FAMILIES.get(words[0])
    if family is None or len(words) != 5:
        raise NoProxyHeader("The PROXY line names no TCP4, TCP6 or UNKNOWN connection.")
    source, _ = _address(family, words[1]), _address(family, words[2])
    port, _ = _port(words[3]), _port(words[4])
    return source, port


def _address(family: type[IPv4Address | IPv6Address], word: bytes) -> IPv4Address | IPv6Address:
    try:
        address = family(word.decode("ascii"))
    except ValueError as error:
        raise NoProxyHeader("The PROXY line has an address that is none of its family.") from error
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            raise NoProxyHeader("The PROXY line has an address with a zone.")
        return _plain(address)
    return address


def _port(word: bytes) -> int:
    if not (word.isdigit() and len(word) <= 5 and int(word) <= 0xFFFF) or (word[:1] == b"0" and word != b"0"):
        raise NoProxyHeader("The PROXY line has a port that is none.")
    return int(word)


def _version_2(data: bytes) -> ProxyHeader | None:
    if len(data) < _V2_FIXED:
        return None
    command, family, rest = struct.unpack_from("!BBH", data, len(_V2_START))
    if command not in {_LOCAL, _PROXY}:
        raise NoProxyHeader("The PROXY header is of an unknown version or command.")
    if rest > _V2_MOST:
        raise NoProxyHeader(f"The PROXY header has more than {MOST_BYTES} bytes.")
    length = _V2_FIXED + rest
    if len(data) < length:
        return None
    return ProxyHeader(length, _packed_caller(family, data[_V2_FIXED:length]) if command == _PROXY else None)


def _packed_caller(family: int, addresses: bytes) -> Caller | None:
    if family in {_UNSPECIFIED, _UNIX}:
        return None
    try:
        if family == _TCP4:
            source, _, port, _ = struct.unpack_from("!4s4sHH", addresses)
            return IPv4Address(source), port
        if family == _TCP6:
            source, _, port, _ = struct.unpack_from("!16s16sHH", addresses)
            return _plain(IPv6Address(source)), port
    except struct.error as error:
        raise NoProxyHeader("The PROXY header is too short for its addresses.") from error
    raise NoProxyHeader("The PROXY header is of no stream connection.")


def _plain(address: IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 client that reached the proxy over IPv6 is told under its own address, as everywhere else."""
    return address.ipv4_mapped or address
