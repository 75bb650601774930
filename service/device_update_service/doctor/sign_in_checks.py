"""Devices outside: nobody gets in without signing in, and whoever may, can (contract section 3.1)."""

from __future__ import annotations

import secrets

from device_update_contract.device_messages.answers import CheckAnswer, ErrorAnswer
from device_update_contract.image_paths import EXTERNAL_CHECK_ROUTE, EXTERNAL_CHECK_ROUTES
from device_update_contract.refusals import Refusal
from device_update_contract.sign_ins import SignInCause, sign_in_sentence
from device_update_service.configuration.listeners import Scheme
from device_update_service.doctor.case import Case, Credentials, Place, own_url, place_of, published
from device_update_service.doctor.certificate_checks import require_trust
from device_update_service.doctor.connections import Answer, Unreachable, connected_outside
from device_update_service.doctor.findings import Finding, NotLookedAt, not_checked, ok, warning, wrong
from device_update_service.doctor.sign_in import NAMES, sign_in


def external_place(case: Case) -> Place:
    """What devices outside are told, in parts.

    Raises:
        NotLookedAt: there is nothing of the kind.
    """
    return place_of(published(case, "external"))


def credentials_of(case: Case) -> Credentials:
    """The account to try with.

    Raises:
        NotLookedAt: none was given.
    """
    if case.credentials is None:
        raise NotLookedAt("Signing in was not tried: give an account with --account and --password-stdin.")
    return case.credentials


def external_check(case: Case) -> Finding:
    """Whether the published external address leads to a Device Update Service at all."""
    name, place, url = "external-check", external_place(case), case.published_url("external")
    try:
        answer = _anonymous(case, place)
    except Unreachable as unreachable:
        return wrong(
            name,
            f"Devices outside are told {url} and get no answer: {unreachable.sentence} Correct external_url, the "
            "firewall or the proxy in between. (Asked from this host; from outside it may be different.)",
        )
    if answer.message is None:
        return wrong(
            name,
            f"A check at {url} got status {answer.status} and no answer of this service: something else answers there, "
            "or the proxy in between signs in by itself or turns POST requests away. It has to pass all through.",
        )
    by = "" if answer.marks is None else f" It came through a proxy or cache ({answer.marks})."
    return ok(name, f"This service answers at {url}.{by}")


def anonymous_refused(case: Case) -> Finding:
    """Whether nobody outside gets anything without an account: the service's one promise."""
    name, place, url = "external-anonymous", external_place(case), published(case, "external")
    answers = [_anonymous(case, place, route) for route in EXTERNAL_CHECK_ROUTES]
    if any(isinstance(answer.message, CheckAnswer) for answer in answers):
        return wrong(
            name,
            f"Anybody outside is served without an account at {url}: it leads to the internal listener, or a proxy "
            "signs in for everybody. Take it off the network until external_url or the proxy is corrected.",
        )
    answer, *_ = answers
    if answer.status != 401:
        return wrong(
            name,
            f"Requests without an account are not asked to sign in at {url} (status {answer.status}): it does not lead "
            "to the external listener. Correct external_url, or what the proxy in between passes through.",
        )
    message = answer.message
    if not isinstance(message, ErrorAnswer) or message.code != "anonymous-access-not-supported":
        return warning(
            name, "Requests without an account are refused, but not in this service's words: a proxy does it."
        )
    return ok(name, "Requests without an account are refused.")


def schemes_offered(case: Case) -> Finding:
    """Whether devices are asked to sign in as configured."""
    name, place, schemes = "external-schemes", external_place(case), configured_schemes(case)
    offered = {value.partition(" ")[0].lower() for value in _anonymous(case, place).all("WWW-Authenticate")}
    expected = {NAMES[scheme].lower() for scheme in schemes}
    listed = " and ".join(NAMES[scheme] for scheme in schemes)
    if missing := expected - offered:
        return wrong(
            name,
            f"Devices are not offered {' and '.join(sorted(missing))}, though {listed} is configured: a proxy in "
            "between takes it out of the answers, or signs in by itself. It has to pass WWW-Authenticate through.",
        )
    if more := offered - expected:
        return warning(
            name, f"Devices are offered {', '.join(sorted(more))} besides {listed}: a proxy in between adds it."
        )
    return ok(name, f"Devices are offered {listed}, as configured.")


def sign_in_works(case: Case, scheme: Scheme) -> Finding:
    """Whether the given account signs in through the published address."""
    name, place = f"external-sign-in-{scheme}", external_place(case)
    if scheme not in configured_schemes(case):
        return not_checked(name, f"{NAMES[scheme]} is not among the listener's schemes.")
    credentials = credentials_of(case)
    answer = _tried(case, place, scheme, credentials)
    if isinstance(answer.message, CheckAnswer):
        return ok(name, f"{credentials.account} signs in with {NAMES[scheme]} and is answered.")
    return _refused(name, case, scheme, credentials, answer)


def _refused(name: str, case: Case, scheme: Scheme, credentials: Credentials, answer: Answer) -> Finding:
    """Why: a proxy that shows itself, something else in between, or the account."""
    message = answer.message
    if isinstance(message, ErrorAnswer) and message.sentence == sign_in_sentence(SignInCause.SHARED_PROXY):
        return wrong(
            name,
            f"Nobody outside can sign in with {NAMES[scheme]}: an HTTP proxy in between shows itself, and may share "
            "connections. Best use a TCP proxy with the PROXY protocol; or list its address in connection_private, run "
            "doctor again at once, and leave it there only if connections are proved private.",
        )
    if _works_directly(case, scheme, credentials):
        return wrong(
            name,
            f"{credentials.account} signs in with {NAMES[scheme]} straight at the listener, and not at "
            f"{case.published_url('external')}: a proxy in between mixes connections, takes headers away or ends TLS. "
            "Let it pass TCP through, or keep a connection for each client.",
        )
    return wrong(
        name,
        f"{credentials.account} cannot sign in with {NAMES[scheme]} (status {answer.status}): unknown, a wrong "
        "password, disabled, locked, or its domain does not answer. 'device-update sign-ins' says which.",
    )


def _works_directly(case: Case, scheme: Scheme, credentials: Credentials) -> bool:
    url = None if case.external is None else own_url(case.external.address, "https")
    if url is None:
        return False
    try:
        answer = _tried(case, place_of(url), scheme, credentials)
    except Refusal:
        return False
    return isinstance(answer.message, CheckAnswer)


def wrong_password_refused(case: Case) -> Finding:
    """Whether a wrong password is refused; last, because attempts after it may be delayed."""
    name, place = "external-wrong-password", external_place(case)
    credentials = credentials_of(case)
    invented = Credentials(credentials.account, secrets.token_urlsafe(24))
    answer = _tried(case, place, first_scheme(case), invented)
    if isinstance(answer.message, CheckAnswer):
        return wrong(
            name,
            f"{invented.account} is let in with a wrong password at {published(case, 'external')}: take the external "
            "listener, or the proxy before it, off the network now, and report this.",
        )
    if answer.status != 401:
        return not_checked(
            name, f"A sign-in with a wrong password got status {answer.status}, which is no answer to it."
        )
    return ok(name, f"A wrong password of {invented.account} is refused (it is on the list of refused sign-ins now).")


def configured_schemes(case: Case) -> tuple[Scheme, ...]:
    """How devices may sign in."""
    return () if case.external is None else case.external.schemes


def first_scheme(case: Case) -> Scheme:
    """NTLM where it is offered: Negotiate may ask a domain far away."""
    return "ntlm" if "ntlm" in configured_schemes(case) else "negotiate"


def _anonymous(case: Case, place: Place, route: str = EXTERNAL_CHECK_ROUTE) -> Answer:
    with connected_outside(case, place) as connection:
        return connection.check(route)


def _tried(case: Case, place: Place, scheme: Scheme, credentials: Credentials) -> Answer:
    """The answer to a sign-in over a connection of its own."""
    with connected_outside(case, place) as connection:
        require_trust(case, connection, place)
        return sign_in(connection, EXTERNAL_CHECK_ROUTE, place.host, scheme, credentials)
