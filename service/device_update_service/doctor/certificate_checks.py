"""Certificates: whether what is configured is right, and whether what devices are shown is what they accept."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from device_update_service.configuration.listeners import TlsVersion
from device_update_service.doctor.case import Case, NameUnknown, Place, place_of, published
from device_update_service.doctor.connections import Connection, Unreachable, connected_outside
from device_update_service.doctor.findings import Finding, NotLookedAt, not_checked, ok, warning, wrong
from device_update_service.identity.certificates import Certificate, read_certificate
from device_update_service.usecases.certificate_health import ListenerName, TlsInUse, expiry_fault, version_fault


@dataclass(frozen=True, slots=True)
class _Tls:
    """A listener's TLS, as configured."""

    file: Path
    key: Path
    minimum: TlsVersion


def _tls(case: Case, listener: ListenerName) -> _Tls:
    """A listener's TLS.

    Raises:
        NotLookedAt: it has none.
    """
    listeners = case.configuration.listeners
    found = listeners.external if listener == "external" else listeners.admin
    if found is None or found.tls_certificate is None or found.tls_key is None:
        raise NotLookedAt(f"The {listener} listener is off or has no TLS.")
    return _Tls(found.tls_certificate, found.tls_key, found.tls_minimum)


def certificate_days(case: Case, listener: ListenerName) -> Finding:
    """Whether a listener's certificate can be read and is valid for a while."""
    name = f"{listener}-certificate"
    own = _tls(case, listener)
    certificate = read_certificate(own.file)
    fault = expiry_fault(TlsInUse(listener, certificate, own.minimum), case.clock())
    if fault is not None:
        return (wrong if fault.status == "failing" else warning)(name, fault.sentence)
    return ok(name, f"The certificate of the {listener} listener is valid until {certificate.not_after:%Y-%m-%d}.")


def certificate_key(case: Case, listener: ListenerName) -> Finding:
    """Whether its key is one that clients accept, and belongs to it."""
    name = f"{listener}-certificate-key"
    own = _tls(case, listener)
    certificate = read_certificate(own.file)
    if certificate.key_is_weak:
        return wrong(
            name,
            f"The key of the certificate is {certificate.key}, which clients of today refuse: get a certificate with "
            "RSA of 2048 bits or more, or EC P-256.",
        )
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(own.file, own.key, password="")
    except PermissionError:
        return not_checked(name, f"The key {own.key} cannot be read by you: run doctor as root or the service's user.")
    except OSError as error:
        return wrong(
            name,
            f"The certificate {own.file} and the key {own.key} cannot be used together: {_why_unusable(error)}. The "
            "service will not start with them.",
        )
    return ok(name, f"The key is {certificate.key} and belongs to the certificate.")


def _why_unusable(error: OSError) -> str:
    if not isinstance(error, ssl.SSLError):
        return str(error.strerror)
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key belongs to another certificate"
    return error.reason or "one of the two is not what it should be, as PEM"


def tls_version(case: Case, listener: ListenerName) -> Finding:
    """Whether a listener allows versions of TLS that are broken."""
    name = f"{listener}-tls-version"
    own = _tls(case, listener)
    fault = version_fault(TlsInUse(listener, read_certificate(own.file), own.minimum))
    if fault is not None:
        return warning(name, fault.sentence)
    return ok(name, f"The {listener} listener speaks TLS {own.minimum} and later only.")


def external_names(case: Case) -> Finding:
    """Whether the certificate names the host that devices outside are told."""
    name = "external-certificate-names"
    own, place = _tls(case, "external"), place_of(published(case, "external"))
    certificate, host = read_certificate(own.file), place.host
    listed = ", ".join(certificate.names) or "no name at all"
    if not certificate.covers(host) and not _is_replaced_on_the_way(case, certificate, place):
        return wrong(
            name,
            f"Devices outside are told {host}, and the certificate is for {listed}: they refuse to talk. Get a "
            f"certificate with {host} among its names, or correct external_url.",
        )
    return ok(name, f"The certificate that devices outside see is for {host}, as they are told (it names {listed}).")


def _is_replaced_on_the_way(case: Case, certificate: Certificate, place: Place) -> bool:
    """Whether a proxy that ends TLS shows a certificate of its own; `external_trust` judges that one."""
    try:
        with connected_outside(case, place) as connection:
            return connection.certificate is not None and _fingerprint(connection) != certificate.fingerprint
    except (Unreachable, NameUnknown):
        return False


def external_trust(case: Case) -> Finding:
    """Whether a careful client accepts what the published address shows: names, chain, days, authority."""
    name = "external-certificate-trust"
    url, own = published(case, "external"), _tls(case, "external")
    place = place_of(url)
    if place.scheme != "https":
        return wrong(name, f"Devices outside are told {url}: without TLS anybody can read and change what they get.")
    certificate = read_certificate(own.file)
    refusal = _refusal(case, place)
    if refusal is None:
        if certificate.chain_length > 1 and not certificate.chain_in_order:
            return warning(
                name,
                f"The certificates in {own.file} are not in order, each followed by its issuer: this host "
                "copes, old phones do not. Put them in order, the listener's own first.",
            )
        return ok(name, f"The certificate at {url} is accepted: its names, its days, its chain, its authority.")
    return _explained(name, url, certificate, refusal)


_SELF_SIGNED, _NO_ISSUER, _NO_FIRST_ISSUER, _WRONG_HOST, _WRONG_ADDRESS = 18, 20, 21, 62, 64
_AUTHORITY_UNKNOWN = 19


def _explained(name: str, url: str, certificate: Certificate, refusal: ssl.SSLCertVerificationError) -> Finding:
    """OpenSSL's codes as what they mean for devices."""
    code = refusal.verify_code
    if code == _SELF_SIGNED:
        return warning(
            name,
            f"The certificate at {url} is self-signed: devices refuse it unless it was installed on them. Good for a "
            "first start and for consoles that pin it; get one of an authority that the devices know.",
        )
    if code in {_NO_ISSUER, _NO_FIRST_ISSUER} and certificate.chain_length == 1:
        return wrong(
            name,
            f"The chain of the certificate at {url} is not complete, or its authority is unknown to this host: devices "
            f"refuse it. Append the authority's intermediate certificates to {certificate.path}.",
        )
    if code in {_NO_ISSUER, _NO_FIRST_ISSUER, _AUTHORITY_UNKNOWN}:
        return warning(
            name,
            f"The authority of the certificate at {url} is unknown to this host: fine if it is your own and installed "
            "on the devices, else they refuse it.",
        )
    if code in {_WRONG_HOST, _WRONG_ADDRESS}:
        return wrong(name, f"The certificate that {url} shows is not for this name: devices outside refuse to talk.")
    return wrong(name, f"A careful client refuses the certificate at {url}: {refusal.verify_message}.")


def _refusal(case: Case, place: Place) -> ssl.SSLCertVerificationError | None:
    """Why a careful client refuses what is shown; None when it is accepted.

    Raises:
        Unreachable. NameUnknown.
    """
    try:
        with connected_outside(case, place, case.trusting()):
            return None
    except ssl.SSLCertVerificationError as refusal:
        return refusal


def require_trust(case: Case, connection: Connection, place: Place) -> None:
    """See that a password may be tried there: it shows our own certificate, or one that a careful client accepts.

    Raises:
        NotLookedAt: it shows another one. Unreachable.
    """
    own = _tls(case, "external")
    if _fingerprint(connection) == read_certificate(own.file).fingerprint:
        return
    if place.scheme != "https" or _refusal(case, place) is not None:
        raise NotLookedAt(
            f"No password was tried at {place.scheme}://{place.authority}: it shows a certificate that is neither this "
            "service's nor one of a trusted authority."
        )


def _fingerprint(connection: Connection) -> str:
    return sha256(connection.certificate or b"").hexdigest()
