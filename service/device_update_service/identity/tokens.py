"""Session tokens: 256 random bits, of which only the SHA-256 is stored, so that a stolen database opens no session."""

from __future__ import annotations

import hashlib
import secrets

_TOKEN_BYTES = 32
MAX_TOKEN_LENGTH = 128


def new_token() -> str:
    """A token that cannot be guessed; it is shown once."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """What is stored of a token; a plain hash does, because the token is random and not a password."""
    return hashlib.sha256(token.encode("utf-8", errors="surrogateescape")).digest()
