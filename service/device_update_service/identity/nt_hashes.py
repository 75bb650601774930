"""The NT hash of a password: what NTLM needs to know of it, and as good as the password itself (design decision 7).

MD4 comes from pyspnego, because OpenSSL 3 switched it off and `cryptography` has none. Its plain `md4` is used and not
its `ntowfv1`: that one takes a "password" of the form ``32 hex digits:32 hex digits`` for a hash already, so that a
stolen hash would open a session as if it were the password. pyspnego weighs 140 modules and is imported at first use.
"""

from __future__ import annotations

import hmac

NT_HASH_BYTES = 16


def nt_hash(password: str) -> bytes:
    """MD4 over the password in UTF-16LE: 16 bytes, to be kept encrypted and never logged.

    A lone surrogate, which no keyboard gives, is passed on as it is, since it can only fail to match.
    """
    from spnego._ntlm_raw.md4 import md4

    return md4(password.encode("utf-16-le", errors="surrogatepass"))


def hashes_match(given: bytes, stored: bytes) -> bool:
    """Whether two NT hashes are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given, stored)
