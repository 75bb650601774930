"""What the filters of devices ask of a device, where it is more than that two texts are equal (contract section 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from device_update_console.core.texts.moments import InvalidMoment, parse_moment
from device_update_contract.administration.devices import Device
from device_update_contract.identifiers import bare_mac
from device_update_contract.versions import InvalidVersion, Version

_SHORT = 2
"""So few characters are sought at the ends only."""


def has_part(device: Device, sought: str) -> bool:
    """Whether a search finds the device: by a part of its MAC address, serial number, user or address."""
    terms = [each for each in (device.serial, device.user, device.address) if each]
    return _has_part(terms, sought) or (device.mac is not None and _has_part([bare_mac(device.mac)], bare_mac(sought)))


def has_version(versions: Iterable[str | None], sought: str) -> bool:
    """Whether one of these versions is the one that is meant, number by number."""
    wanted = _version(sought)
    return wanted is None or any(version and _version(version) == wanted for version in versions)


def is_in_network(device: Device, sought: str) -> bool:
    """Whether the device asked from an address or network."""
    network = _network(sought)
    if network is None or device.address is None:
        return network is None
    try:
        return ip_address(device.address) in network
    except ValueError:
        return True


def asked_before(device: Device, sought: str) -> bool:
    """Whether its last check was before a moment."""
    return _compared(sought, lambda moment: device.last_check_at < moment)


def asked_after(device: Device, sought: str) -> bool:
    """Whether its last check was at a moment or later."""
    return _compared(sought, lambda moment: device.last_check_at >= moment)


def _has_part(terms: Iterable[str], sought: str) -> bool:
    part = sought.casefold()
    found = (term.casefold() for term in terms)
    if len(part) <= _SHORT:
        return any(term.startswith(part) or term.endswith(part) for term in found)
    return any(part in term for term in found)


def _version(text: str) -> Version | None:
    try:
        return Version.parse(text)
    except InvalidVersion:
        return None


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _compared(sought: str, holds: Callable[[datetime], bool]) -> bool:
    try:
        return holds(parse_moment(sought))
    except InvalidMoment:
        return True
