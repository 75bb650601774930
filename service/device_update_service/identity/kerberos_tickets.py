"""Kerberos on the server: a ticket for the service, checked with the keys of its keytab through MIT's GSSAPI.

The keytab is this source's own and not the process's (``KRB5_KTNAME``). MIT keeps what it has seen in a file, so that
a ticket sent a second time is refused, also after a restart. ``gssapi`` comes with the extra ``kerberos``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from device_update_contract.refusals import Refusal
from device_update_contract.sign_ins import SignInCause
from device_update_service.configuration.account_sources import KerberosSource
from device_update_service.identity.channel_bindings import ChannelBindings
from device_update_service.identity.claims import Claim, HandshakeRefused, VerifiedUser
from device_update_service.identity.spnego_tokens import KerberosToken, is_kerberos

if TYPE_CHECKING:
    from gssapi import SecurityContext
    from gssapi.raw import GSSError, Name

_KERBEROS: Final = "1.2.840.113554.1.2.2"
_SERVICE: Final = "http"
_CHANNEL_BOUND: Final = 0x800
"""GSS_C_CHANNEL_BOUND_FLAG, since MIT krb5 1.19: both sides gave bindings, and they were the same."""


class KerberosNotUsable(Refusal):
    """Kerberos is configured and cannot be used."""

    code = "kerberos-not-usable"


class TicketSession:
    """Signs and checks the list of mechanisms with the ticket's session key."""

    def __init__(self, context: SecurityContext) -> None:
        self._context = context

    def signature(self, message: bytes) -> bytes:
        """The service's signature."""
        return bytes(self._context.get_signature(message))

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this is the client's signature."""
        from gssapi.raw import GSSError

        try:
            self._context.verify_signature(message, signature)
        except GSSError:
            return False
        return True


class KerberosTickets:
    """Checks tickets; safe to use from several threads."""

    def __init__(
        self, source: KerberosSource, group_names: Callable[[str, str], tuple[str, ...]] | None = None
    ) -> None:
        try:
            from gssapi import OID, raw
        except ImportError as error:
            raise KerberosNotUsable(
                "Kerberos is configured but cannot be used, because the extra `kerberos` is not installed"
                f" ({error}). Install device-update-service[kerberos], or remove kerberos from accounts.source."
            ) from error
        self._group_names = group_names
        self._realms = frozenset(realm.upper() for realm in source.realms)
        try:
            self._credentials = raw.acquire_cred_from(
                {b"keytab": b"FILE:" + os.fsencode(source.keytab), b"rcache": b"dfl:"},
                mechs=[OID.from_int_seq(_KERBEROS)],
                usage="accept",
            ).creds
        except raw.GSSError as error:
            raise KerberosNotUsable(
                f"The Kerberos keytab {source.keytab} cannot be used: {_reason(error)}.",
                parameters={"keytab": str(source.keytab)},
            ) from error

    def verify(self, token: KerberosToken, bindings: ChannelBindings) -> VerifiedUser:
        """The user of a ticket; blocks, because keytab and seen tickets are files.

        `gssapi.raw` is used and not its `SecurityContext`, whose `step` returns instead of raising when a refusal has
        a token for the client.
        """
        from gssapi import SecurityContext, raw

        if not is_kerberos(token.raw):
            raise HandshakeRefused(SignInCause.TICKET_REFUSED)
        data = bindings.application_data
        try:
            result = raw.accept_sec_context(
                token.raw,
                self._credentials,
                channel_bindings=None if data is None else raw.ChannelBindings(application_data=data),
            )
        except raw.exceptions.BadChannelBindingsError as error:
            raise HandshakeRefused(SignInCause.CHANNEL_BINDING) from error
        except raw.GSSError as error:
            raise HandshakeRefused(SignInCause.TICKET_REFUSED, detail=_reason(error)) from error
        if result.more_steps:  # DCE's third leg: HTTP knows none
            raise HandshakeRefused(SignInCause.TICKET_REFUSED)
        service = raw.inquire_context(result.context, target_name=True).target_name
        claim = self._user(_displayed(result.initiator_name), _displayed(service))
        bindings.check_compared(claim, is_bound=bool(int(result.flags) & _CHANNEL_BOUND))
        realm = claim.domain or ""
        return VerifiedUser(
            user=claim.user,
            domain=realm,
            source="kerberos",
            groups=self._group_names(claim.user, realm) if self._group_names else (),
            session=TicketSession(SecurityContext(base=result.context)),
            token=result.token or None,
        )

    def _user(self, client: str, service: str) -> Claim:
        """The user named in a ticket: one plain name in a realm that is let in, in a ticket for HTTP.

        Services and machines' instances (``host/x``) are no users, and a ticket for another service with keys in the
        same keytab was not meant for here.
        """
        name, _, realm = client.rpartition("@")
        claim = Claim(user=name, domain=realm or None)
        is_user = name.isprintable() and not set(name) & set("/\\@") and name != ""
        is_for_here = service.replace("@", "/").partition("/")[0].lower() == _SERVICE
        if not (is_user and is_for_here and realm.upper() in self._realms):
            detail = f"A ticket of {client!r} for {service!r} is not let in"
            raise HandshakeRefused(SignInCause.TICKET_REFUSED, claim if is_user else None, detail=detail)
        return claim


def _displayed(name: Name | None) -> str:
    """A name as MIT writes it; what is no UTF-8 comes out with backslashes, and so is no user."""
    from gssapi import raw

    displayed = b"" if name is None else raw.display_name(name, name_type=False).name
    return displayed.rstrip(b"\0").decode(errors="backslashreplace")


def _reason(error: GSSError) -> str:
    """What MIT says, in one line."""
    return " ".join(str(error).split()).rstrip(".")
