"""What is wrong, or soon will be, with the listeners' certificates and TLS versions (`/health`, `/server`, doctor)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from device_update_contract.administration.server import HealthCheck
from device_update_service.configuration.listeners import TlsVersion
from device_update_service.identity.certificates import Certificate

ListenerName = Literal["external", "administration"]
_OLD_VERSIONS: tuple[TlsVersion, ...] = ("1.0", "1.1")


@dataclass(frozen=True, slots=True)
class TlsInUse:
    """The TLS of one listener: the certificate that new connections get, and why a newer file was not taken."""

    listener: ListenerName
    certificate: Certificate
    minimum: TlsVersion
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class TlsFault:
    """Something about a listener's TLS that needs doing: at once when it is failing, soon when it is degraded."""

    status: Literal["degraded", "failing"]
    sentence: str


def earliest_end(in_use: Iterable[TlsInUse]) -> datetime | None:
    """When the first of the certificates ends; None without TLS."""
    return min((tls.certificate.not_after for tls in in_use), default=None)


def expiry_fault(tls: TlsInUse, now: datetime) -> TlsFault | None:
    """Whether the certificate is over, not yet valid, or in the last third of its lifetime."""
    certificate = tls.certificate
    who = f"The certificate of the {tls.listener} listener ({certificate.path})"
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


def version_fault(tls: TlsInUse) -> TlsFault | None:
    """Whether the listener speaks a version of TLS that is broken."""
    if tls.minimum not in _OLD_VERSIONS:
        return None
    return TlsFault(
        "degraded",
        f"The {tls.listener} listener allows TLS {tls.minimum}, which somebody in between may be able to read or"
        " change; set its tls_minimum to 1.2 as soon as the last old phone is gone.",
    )


def certificate_check(in_use: Sequence[TlsInUse], now: datetime) -> HealthCheck:
    """All certificates and TLS versions as one health check."""
    faults = [fault for tls in in_use for fault in _faults(tls, now)]
    if faults:
        is_failing = any(fault.status == "failing" for fault in faults)
        detail = " ".join(fault.sentence for fault in faults)
        return HealthCheck(name="certificate", status="failing" if is_failing else "degraded", detail=detail)
    end = earliest_end(in_use)
    detail = "No listener has TLS." if end is None else f"The certificates in use are valid until {end:%Y-%m-%d}."
    return HealthCheck(name="certificate", status="ok", detail=detail)


def _faults(tls: TlsInUse, now: datetime) -> Iterator[TlsFault]:
    if (expiry := expiry_fault(tls, now)) is not None:
        yield expiry
    if tls.failure is not None:
        sentence = f"{tls.failure} The {tls.listener} listener goes on with the certificate that it had."
        yield TlsFault("degraded", sentence)
    if (version := version_fault(tls)) is not None:
        yield version
