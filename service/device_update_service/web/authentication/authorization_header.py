"""The ``Authorization`` header of Negotiate and NTLM (RFC 4559), read in microseconds whatever is in it."""

from __future__ import annotations

import base64
import binascii
from typing import Final, NamedTuple

from device_update_service.configuration.listeners import Scheme
from device_update_service.identity.handshakes import MOST_TOKEN_BYTES

MAX_BASE64: Final = (MOST_TOKEN_BYTES + 2) // 3 * 4
MAX_FIELD_BYTES: Final = MAX_BASE64 + 64
"""Of the header's value, with the name of the scheme."""

_SCHEMES: Final[dict[str, Scheme]] = {"negotiate": "negotiate", "ntlm": "ntlm"}
_NTLM_FIRST: Final = b"NTLMSSP\0\x01"
_GSS_FIRST: Final = b"\x60"


class SchemeToken(NamedTuple):
    """A token and the scheme that it came with."""

    scheme: Scheme
    token: bytes

    @property
    def is_first(self) -> bool:
        """Whether it begins a sign-in: an NTLM message of type 1, or the initial token of a GSS mechanism."""
        return self.token.startswith((_NTLM_FIRST, _GSS_FIRST))


def scheme_of(value: str) -> Scheme | None:
    """The scheme of a header, offered or not; None for any but Negotiate and NTLM."""
    return _SCHEMES.get(value[:10].partition(" ")[0].lower())


def read_token(value: str) -> SchemeToken | None:
    """The token of a header; None for other schemes, no token, one that is too long, and what is not base64."""
    name, _, encoded = value.partition(" ")
    scheme = _SCHEMES.get(name.lower()) if len(name) <= 10 else None
    encoded = encoded.strip()
    if scheme is None or not 0 < len(encoded) <= MAX_BASE64:
        return None
    try:
        token = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return SchemeToken(scheme, token) if token else None
