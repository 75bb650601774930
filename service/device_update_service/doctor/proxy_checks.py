"""Whether what stands before the external listener keeps each client's connection to that client.

NTLM and Negotiate sign in a connection. A proxy that sends the requests of several clients over one connection to the
service hands the first client's identity to the others: then anybody outside is served. It is proved here with clients
of our own, all through the published address: some sign in, or begin to, and stay; others ask without credentials.
"""

from __future__ import annotations

from contextlib import ExitStack

from device_update_contract.image_paths import EXTERNAL_CHECK_ROUTE
from device_update_service.doctor.case import Case, Credentials, Place, published
from device_update_service.doctor.certificate_checks import require_trust
from device_update_service.doctor.connections import Connection, connected_outside
from device_update_service.doctor.findings import Finding, NotLookedAt, ok, wrong
from device_update_service.doctor.sign_in import begin_sign_in, sign_in
from device_update_service.doctor.sign_in_checks import credentials_of, external_place, first_scheme

_SIGNED_IN = 2
_STRANGERS = 4
"""Requests without credentials at each stage: a proxy takes any of its idle connections, often the one used last."""


def private_connections(case: Case) -> Finding:
    """Whether strangers stay strangers while others are signed in, and after they left."""
    name, place, credentials = "external-proxy", external_place(case), credentials_of(case)
    url = published(case, "external")
    with connected_outside(case, place) as probe:
        require_trust(case, probe, place)
    with ExitStack() as staying:
        signed_in = _signed_in(case, place, credentials, staying)
        if not _strangers_are_refused(case, place):
            return _shared(name, url)
        if not all(connection.check(EXTERNAL_CHECK_ROUTE).status == 200 for connection in signed_in):
            return wrong(
                name,
                f"A client that had signed in at {url} was a stranger again at its next request: a proxy in between "
                "does not keep a client's connection, so that devices have to sign in again and again, or fail.",
            )
        beginning = staying.enter_context(connected_outside(case, place))
        begin_sign_in(beginning, EXTERNAL_CHECK_ROUTE, place.host, first_scheme(case), credentials)
        if not _strangers_are_refused(case, place):
            return _shared(name, url)
    if not _strangers_are_refused(case, place):
        return _shared(name, url)
    return ok(
        name,
        f"Proved private: while clients were signed in at {url} and after they left, {3 * _STRANGERS} requests of "
        "others over connections of their own were refused. This justifies to list the address of an HTTP proxy that "
        "stands in between in connection_private; prove it again after every change of that proxy.",
    )


def _shared(name: str, url: str) -> Finding:
    return wrong(
        name,
        f"Not private: a client that never signed in was served at {url} with the identity of another one. A proxy in "
        "between shares connections, so that anybody outside gets in while somebody is signed in. Take it away now: "
        "use a TCP proxy with the PROXY protocol, or HAProxy, or switch off its reuse of connections (nginx: no "
        "keepalive in upstream). Until then list its address in http_proxies: then nobody is signed in through it.",
    )


def _signed_in(case: Case, place: Place, credentials: Credentials, staying: ExitStack) -> list[Connection]:
    """Clients that have signed in and stay.

    Raises:
        NotLookedAt: they are refused.
    """
    clients: list[Connection] = []
    for _ in range(_SIGNED_IN):
        connection = staying.enter_context(connected_outside(case, place))
        answer = sign_in(connection, EXTERNAL_CHECK_ROUTE, place.host, first_scheme(case), credentials)
        if answer.status != 200:
            raise NotLookedAt(
                "Whether a proxy shares connections between clients is not known: the account cannot sign in there."
            )
        clients.append(connection)
    return clients


def _strangers_are_refused(case: Case, place: Place) -> bool:
    with ExitStack() as together:
        strangers = [together.enter_context(connected_outside(case, place)) for _ in range(_STRANGERS)]
        return all(stranger.check(EXTERNAL_CHECK_ROUTE).status == 401 for stranger in strangers)
