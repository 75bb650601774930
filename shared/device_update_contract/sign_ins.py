"""Why a sign-in was refused: told to help desk and in the log, never to the caller (contract section 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class SignInCause(StrEnum):
    """The cause of a refused sign-in."""

    UNKNOWN_ACCOUNT = "unknown-account"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 -- a cause, not a password
    ACCOUNT_DISABLED = "account-disabled"
    ROLE_NOT_ALLOWED = "role-not-allowed"
    LOCKED_OUT = "locked-out"
    DELAYED = "delayed"
    MALFORMED_TOKEN = "malformed-token"  # noqa: S105
    OUT_OF_ORDER = "out-of-order"
    OLD_PROTOCOL = "old-protocol"
    CHANNEL_BINDING = "channel-binding"
    TOO_MANY_UNFINISHED = "too-many-unfinished"
    SHARED_PROXY = "shared-proxy"
    TICKET_REFUSED = "ticket-refused"
    SOURCE_UNAVAILABLE = "source-unavailable"


SIGN_IN_SENTENCES: Mapping[SignInCause, str] = {
    SignInCause.UNKNOWN_ACCOUNT: "There is no account of this name.",
    SignInCause.WRONG_PASSWORD: "Wrong password.",
    SignInCause.ACCOUNT_DISABLED: "The account is disabled.",
    SignInCause.ROLE_NOT_ALLOWED: "The account's role does not allow to sign in here.",
    SignInCause.LOCKED_OUT: "Locked out for a while after too many failed attempts from this address.",
    SignInCause.DELAYED: "Too soon after a failed attempt: it was not looked at.",
    SignInCause.MALFORMED_TOKEN: "What was sent to sign in is damaged or of no known kind.",
    SignInCause.OUT_OF_ORDER: "The last message of a sign-in came on a connection where none had begun;"
    " a proxy in between may share connections.",
    SignInCause.OLD_PROTOCOL: "The device answered with LM or NTLMv1, which are not safe; it has to use NTLMv2.",
    SignInCause.CHANNEL_BINDING: "The sign-in is not bound to this server's certificate: something in between ends"
    " TLS, or the client cannot bind.",
    SignInCause.TOO_MANY_UNFINISHED: "Too many sign-ins from this address were begun and not finished.",
    SignInCause.SHARED_PROXY: "The request came through an HTTP proxy, which may share connections between clients."
    " Use a TCP proxy with the PROXY protocol, or list a proxy that keeps connections apart in connection_private.",
    SignInCause.TICKET_REFUSED: "The Kerberos ticket was refused; compare clocks, keytab and service name.",
    SignInCause.SOURCE_UNAVAILABLE: "The domain could not be asked; the service's log says why.",
}


def sign_in_sentence(cause: SignInCause) -> str:
    """The English sentence of a cause."""
    return SIGN_IN_SENTENCES[cause]
