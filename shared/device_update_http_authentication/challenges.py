"""What a server offers in ``WWW-Authenticate``, and what of it this client can do."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from device_update_http_authentication.identities import Identity, SignedInUser

_MOST_CHARACTERS = 64 * 1024


class Scheme(StrEnum):
    """A scheme that authenticates a connection rather than a request."""

    NEGOTIATE = "Negotiate"
    NTLM = "NTLM"


@dataclass(frozen=True, slots=True)
class Offers:
    """The schemes of an answer, in lower case, and the token that came with each, if one did."""

    tokens: dict[str, bytes | None]

    def scheme_for(self, identity: Identity) -> Scheme | None:
        """The scheme to sign in with, or None when there is none.

        A password is used in NTLM, plain where that is offered, since Negotiate only wraps it. A ticket needs
        Negotiate.
        """
        if not isinstance(identity, SignedInUser) and "ntlm" in self.tokens:
            return Scheme.NTLM
        return Scheme.NEGOTIATE if "negotiate" in self.tokens else None


def read_offers(values: Iterable[str]) -> Offers:
    """Read all ``WWW-Authenticate`` lines of one answer.

    Several schemes in one line are told apart as far as this client's own go: their token, if any, ends at a comma.
    What is no base64, or too long to be a token, counts as none.
    """
    tokens: dict[str, bytes | None] = {}
    for value in values:
        for part in value.split(","):
            name, _, rest = part.strip().partition(" ")
            if name and "=" not in name:
                tokens.setdefault(name.lower(), _token(rest.strip()))
    return Offers(tokens)


def _token(text: str) -> bytes | None:
    if not text or len(text) > _MOST_CHARACTERS:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def authorization(scheme: Scheme, token: bytes) -> str:
    """The ``Authorization`` header that carries a token."""
    return f"{scheme} {base64.b64encode(token).decode('ascii')}"
