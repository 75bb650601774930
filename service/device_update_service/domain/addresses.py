"""Network addresses in the form in which they are compared and sorted."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

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


def network_bounds(cidr: str) -> tuple[str, str]:
    """The keys of the first and last address of a network in CIDR form; of one address: twice its key.

    Raises:
        InvalidNetwork: when the text is neither.
    """
    try:
        network = ip_network(cidr.strip(), strict=False)
    except ValueError as error:
        raise InvalidNetwork(
            f"{cidr[:64]!r} is neither an IP address nor a network such as 10.1.0.0/16.",
            parameters={"field": "address"},
        ) from error
    return _key(network[0]), _key(network[-1])


def _key(address: IPv4Address | IPv6Address) -> str:
    mapped = (0xFFFF << 32) | int(address) if isinstance(address, IPv4Address) else int(address)
    return f"{mapped:032x}"
