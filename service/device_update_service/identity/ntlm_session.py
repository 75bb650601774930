"""The keys of an NTLM session, and the signatures that SPNEGO makes with them (MS-NLMP 3.4).

Nothing else is signed or sealed: HTTP authentication ends with the handshake.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from typing import Final

from device_update_contract.sign_ins import SignInCause
from device_update_service.identity.claims import HandshakeRefused
from device_update_service.identity.ntlm_messages import Authenticate, Flag

_CLIENT_TO_SERVER: Final = b"client-to-server"
_SERVER_TO_CLIENT: Final = b"server-to-client"
_NO_INTEGRITY: Final = b"\x01" + bytes(15)
"""The signature where integrity was not agreed on, as Windows makes it."""


def session_key(authenticate: Authenticate, session_base_key: bytes) -> bytes:
    """The key of the session: the base key, or a random one that the client sent encrypted with it."""
    flags = authenticate.flags
    if not (flags & Flag.KEY_EXCHANGE and flags & (Flag.SIGN | Flag.SEAL)):
        return session_base_key
    if len(authenticate.encrypted_session_key) != 16:
        raise HandshakeRefused(SignInCause.MALFORMED_TOKEN, authenticate.claim)
    return _rc4(session_base_key, authenticate.encrypted_session_key)


class NtlmSession:
    """Signs and checks the one message of each direction that SPNEGO has: the list of mechanisms."""

    def __init__(self, flags: int, key: bytes) -> None:
        self._flags = flags
        self._key = key

    def signature(self, message: bytes) -> bytes:
        """The service's signature."""
        return self._sign(_SERVER_TO_CLIENT, message)

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this is the client's signature; never without extended session security, which NTLMv2 goes with."""
        has_security = self._flags & Flag.EXTENDED_SESSION_SECURITY or not self._flags & Flag.SIGN
        return bool(has_security) and hmac.compare_digest(self._sign(_CLIENT_TO_SERVER, message), signature)

    def _sign(self, direction: bytes, message: bytes) -> bytes:
        if not self._flags & Flag.SIGN:
            return _NO_INTEGRITY
        sequence = struct.pack("<I", 0)
        signing_key = _md5(self._key + b"session key to %s signing key magic constant\0" % direction)
        checksum = hmac.digest(signing_key, sequence + message, "md5")[:8]
        if self._flags & Flag.KEY_EXCHANGE:
            sealing_key = _md5(self._weakened() + b"session key to %s sealing key magic constant\0" % direction)
            checksum = _rc4(sealing_key, checksum)
        return b"\x01\0\0\0" + checksum + sequence

    def _weakened(self) -> bytes:
        if self._flags & Flag.KEY_128:
            return self._key
        return self._key[:7] if self._flags & Flag.KEY_56 else self._key[:5]


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
    from cryptography.hazmat.primitives.ciphers import Cipher

    return Cipher(ARC4(key), mode=None).encryptor().update(data)
