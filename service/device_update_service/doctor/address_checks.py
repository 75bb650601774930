"""How devices find the service: the DNS record, and the addresses that they are told."""

from __future__ import annotations

from dataclasses import replace
from email.utils import parsedate_to_datetime

from device_update_contract.device_messages.answers import CheckAnswer
from device_update_contract.image_paths import INTERNAL_CHECK_ROUTE
from device_update_service.doctor.case import Case, DeviceListener, NameUnknown, Place, place_of, published
from device_update_service.doctor.connections import (
    Answer,
    Unreachable,
    connected,
    connected_inside,
    connected_outside,
    is_this_host,
)
from device_update_service.doctor.findings import Finding, not_checked, ok, warning, wrong

_RECORD = "ucupdates-r2"
_CLOCKS_AGREE = 60.0
_KERBEROS_ALLOWS = 300.0


def dns_record(case: Case) -> Finding:
    """Whether a phone that nobody has signed in to finds this host by `ucupdates-r2.<domain>`."""
    name = "dns-record"
    if case.domain is None:
        return not_checked(
            name, "This host has no DNS domain: give the one that DHCP hands out to devices with --domain."
        )
    record = f"{_RECORD}.{case.domain}"
    try:
        found = case.addresses(record)
    except NameUnknown as unknown:
        return wrong(
            name,
            f"{unknown.sentence} Phones that nobody has signed in to look for this name and find no update: add an A "
            "record (and AAAA, if devices use IPv6) with this host's address.",
        )
    elsewhere = [address for address in found if not is_this_host(address)]
    if not elsewhere:
        return ok(name, f"{record} leads to this host ({', '.join(found)}).")
    if all(_answers(case, Place("http", address, case.discovery_port, record, "")) for address in elsewhere):
        return warning(
            name,
            f"{record} leads to {', '.join(elsewhere)}, which is not this host but answers checks: right only if it is "
            "a load balancer before this service.",
        )
    return wrong(
        name,
        f"{record} leads to {', '.join(elsewhere)}, which is not an address of this host and answers no check: phones "
        "that nobody has signed in to ask in vain. Correct the record's A and AAAA.",
    )


def discovered_service(case: Case) -> Finding:
    """Whether a check is answered where such a phone asks: HTTP on port 80 of that name."""
    name, record = "dns-record-answers", f"{_RECORD}.{case.domain}"
    port = case.discovery_port
    try:
        silent = [
            address
            for address in case.addresses(record)
            if not _answers(case, Place("http", address, port, record, ""))
        ]
    except NameUnknown as unknown:
        return not_checked(name, unknown.sentence)
    if not silent:
        return ok(name, f"Checks are answered at http://{record} port {port}, where phones without a user ask.")
    return wrong(
        name,
        f"No check is answered at {', '.join(silent)} port {port}, where phones without a user ask {record}: let the "
        f"internal listener listen on port {port}, or forward it there.",
    )


def _answers(case: Case, place: Place) -> bool:
    try:
        with connected(_where_every_name_is(case, place.host), place) as connection:
            return isinstance(connection.check(INTERNAL_CHECK_ROUTE).message, CheckAnswer)
    except Unreachable:
        return False


def _where_every_name_is(case: Case, address: str) -> Case:
    """The same case where every name is this address."""
    return replace(case, resolve=lambda _: (address,), _addresses={})


def name_of(case: Case, listener: DeviceListener) -> Finding:
    """Whether the published address has a name that resolves, and not one that only this host understands."""
    name = f"{listener}-name"
    url = published(case, listener)
    place = place_of(url)
    key = f"{listener}_url"
    found = case.addresses(place.host)
    if all(address.startswith("127.") or address == "::1" for address in found):
        return warning(
            name,
            f"Devices are told {url}, which means themselves (loopback) and never this host: set {key} to an address "
            "that they can reach.",
        )
    return ok(name, f"Devices are told {url}, which is at {', '.join(found)}.")


def internal_check(case: Case) -> Finding:
    """Whether the published internal address answers a check."""
    name = "internal-check"
    url = published(case, "internal")
    try:
        with connected_inside(case, place_of(url)) as connection:
            answer = connection.check(INTERNAL_CHECK_ROUTE)
    except Unreachable as unreachable:
        return wrong(
            name,
            f"Devices inside are told {url} and get no answer: {unreachable.sentence} Correct internal_url, the "
            "firewall or the proxy in between.",
        )
    return _judged(name, url, answer)


def _judged(name: str, url: str, answer: Answer) -> Finding:
    if not isinstance(answer.message, CheckAnswer):
        return wrong(
            name,
            f"A check at {url} got status {answer.status} and no answer of this service: something else answers there, "
            "or the proxy in between turns POST requests away.",
        )
    by = "" if answer.marks is None else f" It came through a proxy or cache ({answer.marks})."
    return ok(name, f"A check at {url} is answered.{by}")


def date_of(case: Case, listener: DeviceListener) -> Finding:
    """Whether what answers at a published address has the same time as this host; a proxy tells its own."""
    name, url = f"{listener}-clock", published(case, listener)
    place = place_of(url)
    with connected_outside(case, place) if listener == "external" else connected_inside(case, place) as connection:
        dates = connection.ask("HEAD", "/").all("Date")
    try:
        told = parsedate_to_datetime(dates[0])
    except (IndexError, ValueError):
        return not_checked(name, f"What answers at {url} does not say what time it is.")
    apart = abs((told - case.clock()).total_seconds())
    if apart <= _CLOCKS_AGREE:
        return ok(name, f"What answers at {url} has the same time as this host.")
    return (wrong if apart > _KERBEROS_ALLOWS else warning)(
        name,
        f"What answers at {url} says it is {told:%Y-%m-%d %H:%M:%S} UTC, {apart:.0f} seconds away from this host's "
        "clock: one of the two is wrong. Past 5 minutes Kerberos fails, and certificates seem to be over, or too new.",
    )
