"""What is wrong, or soon will be, with the listeners' certificates and TLS versions (`/health`, `/server`, doctor)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from device_update_contract.administration.server import HealthCheck
from device_update_service.configuration.listeners import Listeners, TlsVersion
from device_update_service.identity.certificates import Certificate, CertificateUnusable, read_certificate

_OLD_VERSIONS: tuple[TlsVersion, ...] = ("1.0", "1.1")


@dataclass(frozen=True, slots=True)
class ListenerTls:
    """The TLS of one listener, as configured."""

    listener: Literal["external", "administration"]
    certificate: Path
    key: Path
    minimum: TlsVersion


@dataclass(frozen=True, slots=True)
class TlsFault:
    """Something about a listener's TLS that needs doing: at once when it is failing, soon when it is degraded."""

    status: Literal["degraded", "failing"]
    sentence: str


def listeners_with_tls(listeners: Listeners) -> tuple[ListenerTls, ...]:
    """The listeners that have a certificate, the external one first."""
    found: list[ListenerTls] = []
    names: tuple[Literal["external", "administration"], ...] = ("external", "administration")
    for name, listener in zip(names, (listeners.external, listeners.admin), strict=True):
        if listener is not None and listener.tls_certificate is not None and listener.tls_key is not None:
            found.append(ListenerTls(name, listener.tls_certificate, listener.tls_key, listener.tls_minimum))
    return tuple(found)


def earliest_end(listeners: Iterable[ListenerTls]) -> datetime | None:
    """When the first of the certificates ends; one that cannot be read is left to the health check."""
    ends: list[datetime] = []
    for tls in listeners:
        try:
            ends.append(read_certificate(tls.certificate).not_after)
        except CertificateUnusable:
            continue
    return min(ends, default=None)


def expiry_fault(tls: ListenerTls, certificate: Certificate, now: datetime) -> TlsFault | None:
    """Whether the certificate is over, not yet valid, or in the last third of its lifetime."""
    who = f"The certificate of the {tls.listener} listener ({tls.certificate})"
    meant = "devices outside are" if tls.listener == "external" else "consoles and the command line are"
    if certificate.is_expired(now):
        day = f"{certificate.not_after:%Y-%m-%d}"
        return TlsFault("failing", f"{who} expired on {day}: {meant} turned away until it is renewed.")
    if now < certificate.not_before:
        day = f"{certificate.not_before:%Y-%m-%d}"
        return TlsFault(
            "failing", f"{who} is valid from {day} on only: {meant} turned away; look at this host's clock."
        )
    if certificate.ends_soon(now):
        days = (certificate.not_after - now).days
        return TlsFault("degraded", f"{who} expires on {certificate.not_after:%Y-%m-%d}, in {days} days: renew it.")
    return None


def version_fault(tls: ListenerTls) -> TlsFault | None:
    """Whether the listener speaks a version of TLS that is broken."""
    if tls.minimum not in _OLD_VERSIONS:
        return None
    return TlsFault(
        "degraded",
        f"The {tls.listener} listener allows TLS {tls.minimum}, which somebody in between may be able to read or"
        " change; set its tls_minimum to 1.2 as soon as the last old phone is gone.",
    )


def certificate_check(listeners: Sequence[ListenerTls], now: datetime, not_reloaded: Sequence[str] = ()) -> HealthCheck:
    """All certificates and TLS versions as one health check; ``not_reloaded`` says which new files were not taken."""
    faults = [fault for tls in listeners for fault in _faults(tls, now)]
    faults += [TlsFault("degraded", sentence) for sentence in not_reloaded]
    if faults:
        status: Literal["degraded", "failing"] = (
            "failing" if any(fault.status == "failing" for fault in faults) else "degraded"
        )
        return HealthCheck(name="certificate", status=status, detail=" ".join(fault.sentence for fault in faults))
    end = earliest_end(listeners)
    until = "" if end is None else f" until {end:%Y-%m-%d}"
    return HealthCheck(name="certificate", status="ok", detail=f"The certificates in use are valid{until}.")


def _faults(tls: ListenerTls, now: datetime) -> Iterator[TlsFault]:
    try:
        certificate = read_certificate(tls.certificate)
    except CertificateUnusable as refusal:
        yield TlsFault(
            "degraded", f"{refusal.sentence} The one that was read at the start is used until the next start."
        )
    else:
        if (expiry := expiry_fault(tls, certificate, now)) is not None:
            yield expiry
    if (version := version_fault(tls)) is not None:
        yield version
