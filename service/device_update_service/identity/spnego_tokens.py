"""Tokens of SPNEGO on the wire (RFC 4178): what a client negotiates is read, what the service answers is written.

Reading is total: any bytes whatever give a token or `HandshakeRefused`. The client's list of mechanisms is kept as it
was sent, since that is what a mechListMIC covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from device_update_contract.sign_ins import SignInCause
from device_update_service.identity.claims import HandshakeRefused

SPNEGO: Final = bytes.fromhex("2b0601050502")  # 1.3.6.1.5.5.2
NTLM: Final = bytes.fromhex("2b06010401823702020a")  # 1.3.6.1.4.1.311.2.2.10
KERBEROS: Final = bytes.fromhex("2a864886f712010202")  # 1.2.840.113554.1.2.2
MICROSOFT_KERBEROS: Final = bytes.fromhex("2a864882f712010202")  # 1.2.840.48018.1.2.2, a slip of old that stayed

_INITIAL_CONTEXT_TOKEN, _OBJECT_IDENTIFIER, _OCTET_STRING, _ENUMERATED, _SEQUENCE = 0x60, 0x06, 0x04, 0x0A, 0x30
_MOST_MECHANISMS = 32


class NegotiationState(IntEnum):
    """``negState``: how far a negotiation is."""

    ACCEPT_COMPLETED = 0
    ACCEPT_INCOMPLETE = 1
    REJECT = 2
    REQUEST_MIC = 3


@dataclass(frozen=True, slots=True)
class NegotiationOffer:
    """The client's first token (NegTokenInit): its mechanisms by preference, and perhaps a token of the first."""

    mechanisms: tuple[bytes, ...]
    mechanism_list: bytes
    token: bytes | None
    mic: bytes | None


@dataclass(frozen=True, slots=True)
class NegotiationReply:
    """A later token of the client (NegTokenResp)."""

    state: int | None
    mechanism: bytes | None
    token: bytes | None
    mic: bytes | None


@dataclass(frozen=True, slots=True)
class KerberosToken:
    """A token of Kerberos, or of what came in its place: what it is, Kerberos itself finds out."""

    raw: bytes


def read_negotiation(token: bytes) -> NegotiationOffer | NegotiationReply | KerberosToken:
    """Read a token of the scheme Negotiate that is no bare NTLM message."""
    tag, content, rest = _element(token)
    if rest:
        raise _malformed()
    if tag == _context(1):
        return _reply(content)
    if tag != _INITIAL_CONTEXT_TOKEN:
        raise _malformed()
    kind, mechanism, inner = _element(content)
    if kind != _OBJECT_IDENTIFIER:
        raise _malformed()
    if mechanism in {KERBEROS, MICROSOFT_KERBEROS}:
        return KerberosToken(token)
    tag, content, rest = _element(inner)
    if mechanism != SPNEGO or tag != _context(0) or rest:
        raise _malformed()
    return _offer(content)


def is_kerberos(token: bytes) -> bool:
    """Whether a mechanism's token says that it is one of Kerberos."""
    return isinstance(read_negotiation(token), KerberosToken)


def write_reply(
    state: NegotiationState, *, mechanism: bytes | None = None, token: bytes | None = None, mic: bytes | None = None
) -> bytes:
    """The service's token (NegTokenResp)."""
    parts = [_written(_context(0), _written(_ENUMERATED, bytes((state,))))]
    for number, tag, value in ((1, _OBJECT_IDENTIFIER, mechanism), (2, _OCTET_STRING, token), (3, _OCTET_STRING, mic)):
        if value is not None:
            parts.append(_written(_context(number), _written(tag, value)))
    return _written(_context(1), _written(_SEQUENCE, b"".join(parts)))


def write_offer(mechanism: bytes, token: bytes) -> bytes:
    """A client's first token with one mechanism, for trying out the service's own side."""
    mechanisms = _written(_context(0), _written(_SEQUENCE, _written(_OBJECT_IDENTIFIER, mechanism)))
    inner = mechanisms + _written(_context(2), _written(_OCTET_STRING, token))
    offer = _written(_context(0), _written(_SEQUENCE, inner))
    return _written(_INITIAL_CONTEXT_TOKEN, _written(_OBJECT_IDENTIFIER, SPNEGO) + offer)


def _offer(content: bytes) -> NegotiationOffer:
    fields = _fields(content)
    mechanism_list = fields.get(0, b"")
    tag, listed, rest = _element(mechanism_list)
    mechanisms: list[bytes] = []
    while listed and len(mechanisms) < _MOST_MECHANISMS:
        kind, mechanism, listed = _element(listed)
        if kind != _OBJECT_IDENTIFIER:
            raise _malformed()
        mechanisms.append(mechanism)
    if tag != _SEQUENCE or rest or listed or not mechanisms:
        raise _malformed()
    has_hints = fields.get(3, b"")[:1] == bytes((_SEQUENCE,))  # NegTokenInit2 of Windows, whose MIC is the next field
    return NegotiationOffer(
        mechanisms=tuple(mechanisms),
        mechanism_list=mechanism_list,
        token=_octets(fields, 2),
        mic=_octets(fields, 4 if has_hints else 3),
    )


def _reply(content: bytes) -> NegotiationReply:
    fields = _fields(content)
    state = _value(fields, 0, _ENUMERATED)
    if state is not None and len(state) != 1:
        raise _malformed()
    token, mic = _octets(fields, 2), _octets(fields, 3)
    return NegotiationReply(
        state=None if state is None else state[0],
        mechanism=_value(fields, 1, _OBJECT_IDENTIFIER),
        token=token,
        mic=None if mic == token else mic,  # old clients send the token a second time in the MIC's place
    )


def _fields(content: bytes) -> dict[int, bytes]:
    """The numbered fields of a SEQUENCE, each in its own explicit tag."""
    tag, rest, behind = _element(content)
    if tag != _SEQUENCE or behind:
        raise _malformed()
    fields: dict[int, bytes] = {}
    while rest:
        tag, value, rest = _element(rest)
        number = tag - _context(0)
        if not 0 <= number <= 4 or number in fields:
            raise _malformed()
        fields[number] = value
    return fields


def _octets(fields: dict[int, bytes], number: int) -> bytes | None:
    return _value(fields, number, _OCTET_STRING) or None


def _value(fields: dict[int, bytes], number: int, tag: int) -> bytes | None:
    if number not in fields:
        return None
    found, value, rest = _element(fields[number])
    if found != tag or rest:
        raise _malformed()
    return value


def _element(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag (one byte, as all of SPNEGO's), content and what follows, of definite length."""
    if len(data) < 2:
        raise _malformed()
    length, at = data[1], 2
    if length & 0x80:
        at += length & 0x7F
        if not 3 <= at <= 6 or at > len(data):
            raise _malformed()
        length = int.from_bytes(data[2:at], "big")
    if at + length > len(data):
        raise _malformed()
    return data[0], data[at : at + length], data[at + length :]


def _written(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _context(number: int) -> int:
    return 0xA0 | number


def _malformed() -> HandshakeRefused:
    return HandshakeRefused(SignInCause.MALFORMED_TOKEN)
