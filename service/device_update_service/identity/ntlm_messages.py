"""The three messages of NTLM on the wire (MS-NLMP 2.2.1): two are read, one is written. Nothing is verified here.

Reading is total: any bytes whatever give a message or `HandshakeRefused`, in microseconds.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntFlag
from typing import Final

from device_update_contract.sign_ins import SignInCause
from device_update_service.identity.claims import Claim, HandshakeRefused

SIGNATURE: Final = b"NTLMSSP\0"
MIC_BYTES: Final = 16

_NEGOTIATE, _CHALLENGE, _AUTHENTICATE = 1, 2, 3
_LONGEST_NAME = 256
_FIELD = struct.Struct("<HxxI")  # length, allocated length (of no meaning), offset
_UINT32 = struct.Struct("<I")
_AV_PAIR = struct.Struct("<HH")
_VERSION = bytes((10, 0, 0, 0, 0, 0, 0, 15))  # Windows 10's, NTLMSSP_REVISION_W2K3


class Flag(IntFlag):
    """What the two sides agree on (MS-NLMP 2.2.2.5); only what is used here."""

    UNICODE = 0x1
    OEM = 0x2
    REQUEST_TARGET = 0x4
    SIGN = 0x10
    SEAL = 0x20
    NTLM = 0x200
    ALWAYS_SIGN = 0x8000
    TARGET_TYPE_SERVER = 0x20000
    EXTENDED_SESSION_SECURITY = 0x80000
    TARGET_INFO = 0x800000
    VERSION = 0x2000000
    KEY_128 = 0x20000000
    KEY_EXCHANGE = 0x40000000
    KEY_56 = 0x80000000


_AGREEABLE = int(
    Flag.UNICODE
    | Flag.OEM
    | Flag.SIGN
    | Flag.SEAL
    | Flag.EXTENDED_SESSION_SECURITY
    | Flag.VERSION
    | Flag.KEY_128
    | Flag.KEY_EXCHANGE
    | Flag.KEY_56
)
_ALWAYS = int(Flag.REQUEST_TARGET | Flag.NTLM | Flag.ALWAYS_SIGN | Flag.TARGET_TYPE_SERVER | Flag.TARGET_INFO)


class AvId(IntFlag):
    """Kinds of attributes in a target information (MS-NLMP 2.2.2.1); only what is used here."""

    END = 0
    COMPUTER_NAME = 1
    DOMAIN_NAME = 2
    DNS_COMPUTER_NAME = 3
    FLAGS = 6
    TIMESTAMP = 7
    CHANNEL_BINDINGS = 10


@dataclass(frozen=True, slots=True)
class Negotiate:
    """The first message: what the client can do. The names in it tell nothing."""

    raw: bytes
    flags: int


@dataclass(frozen=True, slots=True)
class Authenticate:
    """The third message: who the client claims to be and its answer to the challenge.

    ``mic_offset`` is where its integrity code is, when there is room for one.
    """

    raw: bytes
    flags: int
    claim: Claim
    lm_response: bytes
    nt_response: bytes
    encrypted_session_key: bytes
    mic_offset: int | None


def _malformed() -> HandshakeRefused:
    return HandshakeRefused(SignInCause.MALFORMED_TOKEN)


def read_message(token: bytes) -> Negotiate | Authenticate:
    """Read a message of a client: the first or the third."""
    if len(token) < 16 or not token.startswith(SIGNATURE):
        raise _malformed()
    kind: int = _UINT32.unpack_from(token, 8)[0]
    if kind == _NEGOTIATE:
        return Negotiate(raw=token, flags=_UINT32.unpack_from(token, 12)[0])
    if kind == _AUTHENTICATE:
        return _authenticate(token)
    raise _malformed()


def agreed_flags(negotiate: Negotiate) -> int:
    """What the service agrees to of what the client can do."""
    flags = negotiate.flags & _AGREEABLE
    if flags & Flag.UNICODE:
        flags &= ~int(Flag.OEM)
    elif not flags & Flag.OEM:
        raise _malformed()
    return flags | _ALWAYS


def write_challenge(*, flags: int, server_name: str, server_challenge: bytes, filetime: int) -> bytes:
    """The second message. ``filetime`` is the clock in 100 ns since 1601: given it, clients send an integrity code.

    The service stands alone, so its NetBIOS domain is its own name (at most 15 characters), as with Windows.
    """
    computer = server_name.partition(".")[0].upper()[:15]
    target_name = computer.encode("utf-16-le" if flags & Flag.UNICODE else "ascii", "replace")
    attributes = (
        (AvId.DOMAIN_NAME, computer.encode("utf-16-le")),
        (AvId.COMPUTER_NAME, computer.encode("utf-16-le")),
        (AvId.DNS_COMPUTER_NAME, server_name.encode("utf-16-le")),
        (AvId.TIMESTAMP, struct.pack("<Q", filetime)),
        (AvId.END, b""),
    )
    target_info = b"".join(_AV_PAIR.pack(kind, len(value)) + value for kind, value in attributes)
    header = struct.pack(
        "<8sIHHII8s8xHHI8s",
        SIGNATURE,
        _CHALLENGE,
        len(target_name),
        len(target_name),
        56,
        flags,
        server_challenge,
        len(target_info),
        len(target_info),
        56 + len(target_name),
        _VERSION if flags & Flag.VERSION else b"",
    )
    return header + target_name + target_info


def _authenticate(token: bytes) -> Authenticate:
    if len(token) < 64:
        raise _malformed()
    flags: int = _UINT32.unpack_from(token, 60)[0]
    fields = [_FIELD.unpack_from(token, at) for at in range(12, 60, 8)]
    if any(length and (offset < 64 or offset + length > len(token)) for length, offset in fields):
        raise _malformed()
    lm_response, nt_response, domain, user, _, session_key = (
        token[offset : offset + length] for length, offset in fields
    )
    payload = min((offset for length, offset in fields if length), default=64)
    return Authenticate(
        raw=token,
        flags=flags,
        claim=Claim(user=_name(user, flags), domain=_name(domain, flags) or None),
        lm_response=lm_response,
        nt_response=nt_response,
        encrypted_session_key=session_key,
        mic_offset=_mic_offset(payload),
    )


def _name(encoded: bytes, flags: int) -> str:
    """A name as the client wrote it. Another code page than ASCII cannot be told, and is refused as malformed."""
    try:
        name = encoded.decode("utf-16-le" if flags & Flag.UNICODE else "ascii")
    except UnicodeDecodeError:
        raise _malformed() from None
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise _malformed()
    return name


def _mic_offset(payload: int) -> int | None:
    """Behind the 64 bytes of the header comes a version, which some clients leave out, and then the code."""
    if payload >= 72 + MIC_BYTES:
        return 72
    return 64 if payload >= 64 + MIC_BYTES else None


def read_attributes(target_info: bytes) -> dict[int, bytes]:
    """The attributes (AV_PAIRs) of a target information up to its end; of several of one kind the first counts."""
    attributes: dict[int, bytes] = {}
    at = 0
    while at + _AV_PAIR.size <= len(target_info):
        kind, length = _AV_PAIR.unpack_from(target_info, at)
        at += _AV_PAIR.size
        if kind == AvId.END:
            return attributes
        if at + length > len(target_info):
            raise _malformed()
        attributes.setdefault(kind, target_info[at : at + length])
        at += length
    return attributes
