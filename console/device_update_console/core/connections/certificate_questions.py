"""First contact with a service whose certificate no authority vouches for: what a person is asked before it is trusted.

Nobody is trusted here; whoever says yes remembers the certificate with `PinnedServices`.
"""

from __future__ import annotations

from dataclasses import dataclass

from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.failures import CertificateNotTrusted, RefusedByService, ServiceUnreachable
from device_update_console.core.texts.language import text
from device_update_contract.administration.endpoints import HEALTH
from device_update_contract.administration.server import HealthAnswer
from device_update_http_authentication.pinned_certificates import shown_fingerprint


@dataclass(frozen=True, slots=True)
class CertificateQuestion:
    """Whether the certificate that a service shows is its own; ``server`` is the service pinned to it.

    ``earlier`` is the fingerprint of the one that was accepted before, where it is another one now.
    """

    server: ServerAddress
    earlier: str | None = None

    @property
    def sentence(self) -> str:
        """What there is to decide, without the fingerprints."""
        if self.earlier is not None:
            return text(
                "The certificate of {origin} is not the one that was accepted before. Either the service got a new "
                "one, or somebody stands between you and it.",
                origin=self.server.origin,
            )
        return text("No authority vouches for the certificate of {origin}.", origin=self.server.origin)

    @property
    def advice(self) -> str:
        """How a person can find out."""
        return text(
            "Ask whoever runs the service for the SHA-256 fingerprint of its certificate, and compare. Accept it only "
            "if they are the same."
        )


def spaced(fingerprint: str) -> str:
    """A fingerprint in groups of four digits, eight in a line, so that people can compare it."""
    groups = [fingerprint[place : place + 4].upper() for place in range(0, len(fingerprint), 4)]
    return "\n".join(" ".join(groups[place : place + 8]) for place in range(0, len(groups), 8))


async def certificate_question(server: ServerAddress) -> CertificateQuestion | None:
    """Ask a service whether it is there, and give the question to be answered before it is trusted; None: no question.

    Raises:
        ServiceUnreachable: it is not there, or is another program; its certificate cannot be accepted by a person
            because something else is wrong with it.
    """
    from device_update_console.core.connections.client import AdministrationClient

    try:
        async with AdministrationClient(server) as client:
            await client.ask(HEALTH, HealthAnswer)
    except RefusedByService:
        return None  # it is there, and not well
    except CertificateNotTrusted as refusal:
        if server.pin is None and not refusal.may_be_pinned:
            raise
    else:
        return None
    try:
        shown = await shown_fingerprint(server.host, server.port)
    except OSError as error:
        raise ServiceUnreachable(
            text("The certificate of {origin} could not be had again.", origin=server.origin)
        ) from error
    return CertificateQuestion(server.pinned(shown), server.pin)
