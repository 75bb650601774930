"""One connection to a listener or to what stands before it, under the doctor's own control, and what came back on it.

NTLM and Negotiate sign in a connection, so whoever examines them has to say which connection a request goes over.
Certificates are judged by checks of their own; here every certificate will do, so that more than the first fault is
found. Nothing secret is sent before `require_trust` (in `certificate_checks`) let it be sent.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final

from device_update_contract.checks import CheckRequest
from device_update_contract.device_messages.answers import CheckAnswer, ErrorAnswer, MalformedAnswer, parse_check_answer
from device_update_contract.device_messages.requests import render_check_request
from device_update_contract.refusals import Refusal
from device_update_service.configuration.addresses import Address, Networks, is_among
from device_update_service.doctor.case import Case, Place

SECONDS: Final = 3.0
AGENT: Final = "device-update-service-doctor"
_MOST_BYTES: Final = 1024 * 1024
_MARKS: Final = ("via", "forwarded", "x-cache", "age", "x-forwarded-for", "x-forwarded-by")
CHECK_BODY: Final = render_check_request(
    CheckRequest("Doctor", "Doctor", "Doctor", "Doctor", "Doctor", user_id="device-update-service doctor")
)
"""A check of a device class that cannot exist, without MAC and serial: no device is registered, one line is logged."""


class Unreachable(Refusal):
    """Nothing answered, or what answered does not speak as it should."""

    code = "unreachable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> tuple[str, ...]:
        """The values of a header."""
        return tuple(value for header, value in self.headers if header.lower() == name.lower())

    @property
    def marks(self) -> str | None:
        """Headers by which a proxy or cache shows itself."""
        found = [f"{header}: {value}" for header, value in self.headers if header.lower() in _MARKS]
        return ", ".join(found)[:200] or None

    @property
    def message(self) -> CheckAnswer | ErrorAnswer | None:
        """The answer as a device reads it; None when it is no answer of this service."""
        try:
            return parse_check_answer(self.body)
        except MalformedAnswer:
            return None


class Connection:
    """A connection that is never opened again behind one's back."""

    def __init__(self, connected: socket.socket, place: Place) -> None:
        self._place = place
        self._socket = connected
        self._http = http.client.HTTPConnection(place.host, place.port, timeout=SECONDS)
        self._http.auto_open = 0
        self._http.sock = connected

    @property
    def certificate(self) -> bytes | None:
        """The certificate that the other end showed (DER); None without TLS."""
        if not isinstance(self._socket, ssl.SSLSocket):
            return None
        return self._socket.getpeercert(binary_form=True)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request and its answer.

        Raises:
            Unreachable: the connection was closed, or what came is no HTTP.
        """
        named = {"Host": self._place.authority, "User-Agent": AGENT, **(headers or {})}
        try:
            self._http.request(method, self._place.path + path, body, named)
            response = self._http.getresponse()
            content = response.read(_MOST_BYTES)
        except (OSError, http.client.HTTPException) as error:
            where = f"{self._place.scheme}://{self._place.authority}"
            raise Unreachable(f"{where} broke off a request: {_cause(error)}.") from error
        return Answer(response.status, tuple(response.getheaders()), content)

    def check(self, route: str, headers: Mapping[str, str] | None = None) -> Answer:
        """A device's check."""
        return self.ask("POST", route, CHECK_BODY, {"Content-Type": "text/xml; charset=utf-8", **(headers or {})})

    def close(self) -> None:
        """End it."""
        self._http.close()
        self._socket.close()


@contextmanager
def connected(
    case: Case, place: Place, *, proxy_protocol: Networks = (), tls: ssl.SSLContext | None = None
) -> Iterator[Connection]:
    """A connection of its own; ``proxy_protocol`` are the addresses from which the listener expects a PROXY header.

    ``tls`` is for those who want to see a certificate refused.

    Raises:
        Unreachable: with what stands in the way. NameUnknown. ssl.SSLCertVerificationError: only with ``tls``.
    """
    plain = _connect(case, place)
    try:
        if is_among(plain.getsockname()[0], proxy_protocol):
            plain.sendall(b"PROXY UNKNOWN\r\n")
        connection = Connection(_with_tls(plain, place, tls) if place.scheme == "https" else plain, place)
    except BaseException:
        plain.close()
        raise
    try:
        yield connection
    finally:
        connection.close()


def connected_inside(case: Case, place: Place) -> AbstractContextManager[Connection]:
    """A connection to the internal listener or to what stands before it.

    A PROXY header is sent only to the listener itself, where it expects one from this host: a proxy sends its own.
    """
    listener = case.configuration.listeners.internal
    is_direct = listener is not None and _is_own(case, place, listener.address)
    return connected(case, place, proxy_protocol=listener.proxy_protocol if listener and is_direct else ())


def connected_outside(
    case: Case, place: Place, tls: ssl.SSLContext | None = None
) -> AbstractContextManager[Connection]:
    """The same for the external listener."""
    listener = case.external
    is_direct = listener is not None and _is_own(case, place, listener.address)
    return connected(case, place, proxy_protocol=listener.proxy_protocol if listener and is_direct else (), tls=tls)


def _is_own(case: Case, place: Place, address: Address) -> bool:
    """Whether a place is where the listener itself listens."""
    if place.port != address.port:
        return False
    found = case.addresses(place.host)
    if address.is_wildcard:
        return all(is_this_host(each) for each in found)
    return set(found) <= set(case.addresses(address.host))


def is_this_host(address: str) -> bool:
    """Whether a socket here can have the address."""
    plain = address.partition("%")[0]
    family = socket.AF_INET6 if ":" in plain else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((plain, 0))
    except OSError as error:
        return error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL}
    return True


def _connect(case: Case, place: Place) -> socket.socket:
    failure: OSError | None = None
    for address in case.addresses(place.host):
        try:
            return socket.create_connection((address, place.port), SECONDS)
        except OSError as error:
            failure = error
    raise Unreachable(f"Nothing answers at {place.host} port {place.port}: {_cause(failure)}.") from failure


def _with_tls(plain: socket.socket, place: Place, tls: ssl.SSLContext | None) -> ssl.SSLSocket:
    context = tls or _trusting_all()
    try:
        return context.wrap_socket(plain, server_hostname=place.host)
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        raise Unreachable(f"{place.host} port {place.port} does not speak TLS: {_cause(error)}.") from error


def _trusting_all() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # judged by checks of its own
    return context


def _cause(error: BaseException | None) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "the TLS handshake failed").lower().replace("_", " ")
    if isinstance(error, http.client.NotConnected):
        return "it closes the connection after each answer"
    if isinstance(error, TimeoutError):
        return f"no answer within {SECONDS:g} seconds"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__
