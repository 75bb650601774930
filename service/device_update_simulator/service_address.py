"""Where a device finds the service: the listener's address, read from ``--url`` (contract sections 3.1 and 6)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from device_update_contract.device_messages.answers import OfferedUpdate
from device_update_contract.image_paths import EXTERNAL_CHECK_ROUTE, INTERNAL_CHECK_ROUTE, is_route
from device_update_simulator.failures import Refused, WrongUsage


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """A listener and the route for checks; ``external`` when it is the one for devices outside."""

    scheme: str
    host: str
    port: int
    path: str
    external: bool

    @property
    def authority(self) -> str:
        """Host and port as in a URL and in the ``Host`` header."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def check_url(self) -> str:
        """The URL that checks are posted to."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def is_loopback(self) -> bool:
        """Whether the service is on this machine, reached by IPv4: there a client may choose among many addresses."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.IPv4Address(self.host).is_loopback
        except ValueError:
            return False


def parse_service_address(text: str, *, with_account: bool = False) -> ServiceAddress:
    """Read ``--url``: the listener's address alone, or with one of the two check routes.

    Without a route, a device with an account asks on the external one and a device without on the internal one.

    Raises:
        WrongUsage: when it is no such URL.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise WrongUsage(f"{text[:200]!r} is not a URL.") from error
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in {"http", "https"} or not host or not plain:
        raise WrongUsage(f"{text[:200]!r} is not the address of a listener, such as http://127.0.0.1:8080.")
    path = parts.path
    if path in {"", "/"}:
        path = EXTERNAL_CHECK_ROUTE if with_account else INTERNAL_CHECK_ROUTE
    elif not is_route(path, (INTERNAL_CHECK_ROUTE, EXTERNAL_CHECK_ROUTE)):
        raise WrongUsage(f"{path[:200]!r} is not a route for checks: give the listener's address alone.")
    external = with_account or is_route(path, (EXTERNAL_CHECK_ROUTE,))
    return ServiceAddress(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path, external)


def file_url(base_url: str, file_name: str) -> str:
    """The URL of one file of an offer: the base URL has no trailing slash, the name is percent-encoded."""
    return f"{base_url}/{quote(file_name, safe='')}"


def base_url_of(offer: OfferedUpdate, *, external: bool) -> str:
    """The base URL that this device can reach.

    Raises:
        Refused: when the offer names none for devices outside, or one that is not http or https.
    """
    url = offer.external_base_url if external else offer.base_url
    if url is None:
        raise Refused("The service offers an update but names no address for devices outside.")
    if not url.startswith(("http://", "https://")):
        raise Refused(f"The service offers an update at {url[:200]!r}, which is not an address for http or https.")
    return url
