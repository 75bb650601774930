"""Channel bindings: whether a sign-in was made for the TLS connection on which it arrives (RFC 5929).

What is compared is the hash of the service's own certificate, which a client mixes into what it proves. A machine in
the middle that ends TLS has another certificate.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass
from typing import Final

from device_update_contract.sign_ins import SignInCause
from device_update_service.configuration.listeners import ChannelBindingPolicy
from device_update_service.identity.claims import Claim, HandshakeRefused

_PREFIX: Final = b"tls-server-end-point:"
_NOT_BOUND: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class ChannelBindings:
    """What a listener demands of bindings, and the ``tls-server-end-point`` hash of a connection (None: it has none).

    ``off`` looks at nothing. ``allow`` takes a client that does not bind (no bindings, or 16 zero bytes), but not one
    that bound itself to something else; where there is no TLS here, that is a TLS that something in between ended.
    ``require`` takes right bindings only.
    """

    policy: ChannelBindingPolicy
    endpoint_binding: bytes | None

    @property
    def application_data(self) -> bytes | None:
        """What both sides bind to, for a mechanism that compares by itself; None when nothing is to be compared.

        Where the connection has no hash, it is something that no client binds to.
        """
        return None if self.policy == "off" else _PREFIX + (self.endpoint_binding or b"")

    def check(self, claim: Claim, hashed: bytes | None) -> None:
        """Refuse NTLM's hash of the client's bindings (None: it sent none) where it does not do."""
        if self.policy == "off":
            return
        if hashed is None or hashed == _NOT_BOUND:
            bound_as_demanded = self.policy == "allow"
        else:
            own = self._hashed()
            bound_as_demanded = own is not None and hmac.compare_digest(hashed, own)
        if not bound_as_demanded:
            raise HandshakeRefused(SignInCause.CHANNEL_BINDING, claim)

    def check_compared(self, claim: Claim, *, is_bound: bool) -> None:
        """Refuse a client that is not bound where it has to be; that wrong bindings are refused, was seen to before."""
        if self.policy == "require" and not (is_bound and self.endpoint_binding is not None):
            raise HandshakeRefused(SignInCause.CHANNEL_BINDING, claim)

    def _hashed(self) -> bytes | None:
        """MD5 of a gss_channel_bindings_struct without addresses."""
        data = self.application_data
        if data is None or self.endpoint_binding is None:
            return None
        return hashlib.md5(bytes(16) + struct.pack("<I", len(data)) + data, usedforsecurity=False).digest()
