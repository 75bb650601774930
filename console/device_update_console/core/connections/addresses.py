"""The address of a service's administration listener: whether secrets may go there, and which certificate it has."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from device_update_console.core.texts.language import text
from device_update_contract.administration.endpoints import Endpoint
from device_update_contract.refusals import InvalidValue
from device_update_http_authentication.pinned_certificates import parse_fingerprint

_HOST_NAME = re.compile(r"[\w.-]{1,253}")
"""Letters of any script: whether there is such a host is for the name service to say."""


class InvalidAddress(InvalidValue):
    """The text is not the address of a service."""

    code = "invalid-address"


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a service listens for administration: an origin such as ``https://updates.contoso.com:8444``."""

    origin: str
    private: bool
    """Whether nobody on the way can read along: TLS, or a loopback address (contract section 5)."""

    pin: str | None = None
    """The fingerprint of the one certificate that is trusted there, instead of what authorities vouch for."""

    @property
    def host(self) -> str:
        """The host's name or address alone."""
        return urlsplit(self.origin).hostname or ""

    @property
    def port(self) -> int:
        """The port, also where the address leaves it out."""
        parts = urlsplit(self.origin)
        return parts.port or (443 if parts.scheme == "https" else 80)

    def pinned(self, fingerprint: str) -> ServerAddress:
        """The same service, with this certificate and no other.

        Raises:
            InvalidFingerprint: the text is no fingerprint. InvalidAddress: without TLS there is no certificate.
        """
        if not self.origin.startswith("https:"):
            raise InvalidAddress(
                text("A certificate can be pinned for an https address only, not for {origin}.", origin=self.origin)
            )
        return replace(self, pin=parse_fingerprint(fingerprint))

    def url(self, endpoint: Endpoint, **parts: str) -> str:
        """The address of an endpoint, its path's parts percent-encoded.

        Raises:
            InvalidValue: a part is empty, and so the address would be another one.
        """
        for name, value in parts.items():
            if not value:
                raise InvalidValue(text("The {name} must not be empty.", name=name))
        return self.origin + endpoint.url(**{name: _encoded(value) for name, value in parts.items()})


def parse_server_address(typed: str) -> ServerAddress:
    """Read ``http://`` or ``https://``, a host and an optional port.

    Raises:
        InvalidAddress: also for an address with an account or password in it, which is not repeated in the sentence.
    """
    try:
        parts = urlsplit(typed.strip())
        port = parts.port
    except ValueError as error:
        raise InvalidAddress(text("An address such as https://updates.contoso.com:8444 is expected.")) from error
    if "@" in parts.netloc:
        raise InvalidAddress(
            text("An address such as https://updates.contoso.com:8444 is expected, without an account or password.")
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname or not _is_host(parts.hostname):
        raise InvalidAddress(
            text("An address such as https://updates.contoso.com:8444 is expected, not {typed!r}.", typed=typed[:200])
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise InvalidAddress(
            text("An address such as https://updates.contoso.com:8444 is expected, without anything after the port.")
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    origin = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    return ServerAddress(origin=origin, private=parts.scheme == "https" or _is_loopback(parts.hostname))


def _is_host(host: str) -> bool:
    if ":" not in host:
        return _HOST_NAME.fullmatch(host) is not None
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _encoded(part: str) -> str:
    # A part of only dots would be taken as a step to another folder.
    return part.replace(".", "%2E") if part in {".", ".."} else quote(part, safe="")
