"""Signing in with NTLM or Negotiate over one connection, as a device does it.

The service may not use the console's aiohttp middleware (layer rules), and that one leaves the choice of the connection
to aiohttp, which is just what is examined here.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Literal

from device_update_contract.refusals import Refusal
from device_update_service.configuration.listeners import Scheme
from device_update_service.doctor.case import Credentials
from device_update_service.doctor.connections import Answer, Connection
from device_update_service.identity.certificates import endpoint_binding

_MOST_MESSAGES = 4
NAMES: dict[Scheme, Literal["NTLM", "Negotiate"]] = {"ntlm": "NTLM", "negotiate": "Negotiate"}


class CannotSignIn(Refusal):
    """The handshake could not be brought to its end, for a reason other than being refused."""

    code = "cannot-sign-in"


def sign_in(connection: Connection, route: str, host: str, scheme: Scheme, credentials: Credentials) -> Answer:
    """The answer to a check that signs in: 401 when refused.

    Raises:
        CannotSignIn: what came is no part of a handshake. Unreachable: the connection was closed in the middle.
    """
    from spnego.exceptions import SpnegoError

    context = _context(connection, host, scheme, credentials)
    name = NAMES[scheme]
    try:
        token = context.step()
        for _ in range(_MOST_MESSAGES):
            encoded = base64.b64encode(token or b"").decode()
            answer = connection.check(route, {"Authorization": f"{name} {encoded}"})
            challenge = _token(answer, name)
            if answer.status != 401 or challenge is None:
                return answer
            token = context.step(challenge)
    except (SpnegoError, ValueError) as error:
        raise CannotSignIn(f"What came back to a sign-in with {name} is no part of one.") from error
    raise CannotSignIn(f"A sign-in with {name} came to no end.")


def begin_sign_in(connection: Connection, route: str, host: str, scheme: Scheme, credentials: Credentials) -> Answer:
    """Only the first message of a sign-in."""
    token = _context(connection, host, scheme, credentials).step()
    return connection.check(route, {"Authorization": f"{NAMES[scheme]} {base64.b64encode(token or b'').decode()}"})


def _context(connection: Connection, host: str, scheme: Scheme, credentials: Credentials) -> Any:
    import spnego
    from spnego.channel_bindings import GssChannelBindings

    certificate = connection.certificate
    binding = None if certificate is None else endpoint_binding(certificate)
    return spnego.client(
        credentials.account,
        credentials.password,
        hostname=host,
        service="HTTP",
        protocol=scheme,
        options=spnego.NegotiateOptions.use_ntlm if scheme == "ntlm" else spnego.NegotiateOptions.use_negotiate,
        channel_bindings=None
        if binding is None
        else GssChannelBindings(application_data=b"tls-server-end-point:" + binding),
    )


def _token(answer: Answer, name: str) -> bytes | None:
    for value in answer.all("WWW-Authenticate"):
        scheme, _, text = value.partition(" ")
        if scheme.lower() == name.lower() and text:
            try:
                return base64.b64decode(text.strip(), validate=True)
            except binascii.Error:
                return b""
    return None
