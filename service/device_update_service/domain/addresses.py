"""Network addresses in the form in which they are compared and sorted."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from device_update_contract.identifiers import quoted
from device_update_contract.refusals import InvalidValue


class InvalidNetwork(InvalidValue):
    """A filter names neither an address nor a network."""

    code = "invalid-address"


def address_key(text: str) -> str | None:
    """32 hexadecimal digits that sort as addresses do, IPv4 as IPv4-mapped IPv6; None when it is no address."""
    try:
        return _key(ip_address(text.strip()))
    except ValueError:
        return None


def written_address(text: str) -> str:
    """An address as the service itself writes it: an IPv4 one also where it was given as IPv4-mapped IPv6.

    Raises:
        InvalidNetwork: when it is no address.
    """
    try:
        address = ip_address(text.strip())
    except ValueError as error:
        raise InvalidNetwork(f"{quoted(text)} is no IP address.", parameters={"field": "address"}) from error
    return str(getattr(address, "ipv4_mapped", None) or address)


def network_bounds(cidr: str) -> tuple[str, str]:
    """The keys of the first and last address of a network in CIDR form; of one address: twice its key.

    Raises:
        InvalidNetwork: when the text is neither.
    """
    try:
        network = ip_network(cidr.strip(), strict=False)
    except ValueError as error:
        raise InvalidNetwork(
            f"{quoted(cidr)} is neither an IP address nor a network such as 10.1.0.0/16.",
            parameters={"field": "address"},
        ) from error
    return _key(network[0]), _key(network[-1])


def _key(address: IPv4Address | IPv6Address) -> str:
    mapped = (0xFFFF << 32) | int(address) if isinstance(address, IPv4Address) else int(address)
    return f"{mapped:032x}"
