"""The client's messages of one sign-in: NTLMv2 with a password, Kerberos with the signed-in user's ticket.

No I/O of HTTP is here: aiohttp's middleware and the simulator's plain connections both carry these tokens. The library
pyspnego weighs 140 modules and is imported when somebody signs in.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from device_update_contract.refusals import Refusal
from device_update_http_authentication.challenges import Scheme
from device_update_http_authentication.identities import Credentials, Identity, SignedInUser

if TYPE_CHECKING:
    import spnego

_LEVEL_VARIABLE = "LM_COMPAT_LEVEL"
_LEAST_LEVEL = 3
"""From here on a client of pyspnego answers with NTLMv2 only; it is what the library does by itself."""


class SignInFailed(Refusal):
    """A sign-in could not be carried through on this side; the server's own refusal is its status 401."""

    code = "sign-in-failed"


class NoTicket(SignInFailed):
    """The signed-in user has no Kerberos ticket that this server could take."""

    code = "no-ticket"


class Handshake:
    """One sign-in on one connection: send `begin`, then what `answer` gives for each token of the server.

    ``host`` is the server's name as the client knows it (a ticket is for ``HTTP/host``); ``binding`` is the hash of
    `channel_bindings`. With a ticket the methods may block while a domain controller is asked: see `blocks`.
    """

    def __init__(self, scheme: Scheme, identity: Identity, *, host: str, binding: bytes | None) -> None:
        self.blocks = isinstance(identity, SignedInUser)
        """Whether the methods must be called in a thread."""

        self._began = False
        try:
            self._context = _context(scheme, identity, host, binding)
        except SignInFailed:
            raise
        except Exception as error:  # pyspnego, GSSAPI and SSPI raise whatever their platform raises
            raise self._failed() from error

    def begin(self) -> bytes:
        """The first token.

        Raises:
            NoTicket, SignInFailed: there is none.
        """
        return self._step(None) or b""

    def answer(self, token: bytes) -> bytes | None:
        """The next token for the server, or None when there is nothing left to say.

        Raises:
            NoTicket, SignInFailed: the server's token cannot be answered.
        """
        return self._step(token)

    def finish(self, token: bytes | None) -> None:
        """See to what came with the answer that let us in: with a ticket the server proves who it is.

        Raises:
            SignInFailed: it did not.
        """
        if token is not None and not self._context.complete:
            self._step(token)
        if self.blocks and not self._context.complete:
            raise SignInFailed(
                "The server let the ticket in, but did not prove that it is the server the ticket is for."
            )

    def _step(self, token: bytes | None) -> bytes | None:
        try:
            return self._context.step(token)
        except Exception as error:  # as above; a hostile token raises more than SpnegoError
            raise self._failed() from error
        finally:
            self._began = True

    def _failed(self) -> SignInFailed:
        if self.blocks and not self._began:
            return NoTicket("There is no Kerberos ticket for this service; 'kinit' gets one.")
        return SignInFailed("The server's answer to the sign-in cannot be understood.")


def _context(scheme: Scheme, identity: Identity, host: str, binding: bytes | None) -> spnego.ContextProxy:
    import spnego
    from spnego.channel_bindings import GssChannelBindings
    from spnego.exceptions import NegotiateOptions

    bindings = None
    if binding is not None:
        bindings = GssChannelBindings(application_data=b"tls-server-end-point:" + binding)
    if isinstance(identity, SignedInUser):
        return spnego.client(
            hostname=host,
            service="HTTP",
            protocol="negotiate",
            channel_bindings=bindings,
            options=NegotiateOptions.negotiate_kerberos,
        )
    _require_ntlmv2()
    is_plain = scheme is Scheme.NTLM
    return spnego.client(
        _nt_credential(identity),
        hostname=host,
        service="HTTP",
        protocol="ntlm" if is_plain else "negotiate",
        channel_bindings=bindings,
        # Its own NTLM on every platform: the only one that takes the hash.
        options=NegotiateOptions.use_ntlm if is_plain else NegotiateOptions.use_negotiate,
    )


def _nt_credential(credentials: Credentials) -> spnego.NTLMHash:
    """The account with its NT hash, so that pyspnego never sees the password.

    It would take a password of the form ``32 hex digits:32 hex digits`` for hashes, and with Negotiate it would ask a
    domain controller for a ticket with any other.
    """
    import spnego
    from spnego._ntlm_raw.md4 import md4  # OpenSSL 3 has no MD4 any more

    digest = md4(credentials.password.encode("utf-16-le", errors="surrogatepass"))
    return spnego.NTLMHash(credentials.account, nt_hash=digest.hex())


def _require_ntlmv2() -> None:
    """Refuse where the environment makes pyspnego answer with LM or NTLMv1, from which a password can be computed."""
    level = os.environ.get(_LEVEL_VARIABLE)
    if level is not None and not (level.isdecimal() and int(level) >= _LEAST_LEVEL):
        raise SignInFailed(
            f"{_LEVEL_VARIABLE} is set to {level[:20]!r} in the environment, which is less than NTLMv2: "
            "set it to 5 or not at all."
        )
