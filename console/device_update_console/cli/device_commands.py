"""Finding devices, and why one has not updated."""

from __future__ import annotations

from typing import Any

import click

from device_update_console.cli.invocation import Invocation, Outcome, with_invocation
from device_update_console.cli.output import Columns, print_facts, say
from device_update_console.core.formats import duration_text, moment_text, size_text
from device_update_console.core.selection import find_device
from device_update_contract.administration.devices import Device, DeviceHistoryEntry, DeviceQuery
from device_update_contract.administration.endpoints import DEVICE_HISTORY, LIST_DEVICES, SHOW_DEVICE

_DEVICES: Columns[Device] = (
    ("ID", lambda device: device.id),
    ("MAC address", lambda device: device.mac),
    ("Serial number", lambda device: device.serial),
    ("Vendor", lambda device: device.vendor),
    ("Model", lambda device: device.model),
    ("Installed", lambda device: device.installed_version),
    ("Status", lambda device: device.status),
    ("Last check", lambda device: moment_text(device.last_check_at)),
    ("User", lambda device: device.user),
    ("Address", lambda device: device.address),
)
_HISTORY: Columns[DeviceHistoryEntry] = (
    ("When", lambda entry: moment_text(entry.at)),
    ("Until", lambda entry: moment_text(entry.until)),
    ("Times", lambda entry: entry.count),
    ("Kind", lambda entry: entry.kind),
    ("By", lambda entry: entry.account),
    ("What", lambda entry: entry.text),
)
_DEVICE = click.argument("device_name", metavar="ID-or-MAC-or-SERIAL")


@click.command()
@click.option("--search", metavar="TEXT", help="Any part of a MAC address, serial number, user or address.")
@click.option("--status", metavar="STATUS", help="Only with this status, for example silent or install-failed.")
@click.option("--address", metavar="CIDR", help="Only from this address or network, for example 10.1.0.0/16.")
@click.option("--model", metavar="MODEL", help="Only this model.")
@click.option("--vendor", metavar="VENDOR", help="Only this vendor.")
@click.option("--version", metavar="VERSION", help="Only with this version installed.")
@click.option("--user", metavar="USER", help="Only of this user.")
@click.option("--reason", metavar="CODE", help="Only whose last check had this reason, for example approved-update.")
@with_invocation
async def devices(invocation: Invocation, /, **filters: str | None) -> Outcome:
    """List devices, what they have installed, their status."""
    given: dict[str, Any] = {name: value for name, value in filters.items() if value is not None}
    async with invocation.connected() as client:
        pages = client.pages(LIST_DEVICES, query=DeviceQuery(**given))
        await invocation.show_list(pages, Device, _DEVICES, "There are no such devices.")
    return None


@click.command()
@_DEVICE
@click.option("--history", is_flag=True, help="Show its checks, offers, downloads and installations, newest first.")
@with_invocation
async def device(invocation: Invocation, *, device_name: str, history: bool) -> Outcome:
    """Show one device, by MAC address, serial number or id.

    Where one text fits several devices they are listed; put mac:, serial: or id: before it. With --json, --history
    prints the history alone.
    """
    async with invocation.connected() as client:
        found = await find_device(client, device_name)
        if not (history and invocation.as_json):
            reply = await client.call(SHOW_DEVICE, path={"id": found.id})
            shown = reply.read(Device)
            invocation.show(reply, lambda: _print_device(shown))
        if history:
            if not invocation.as_json:
                say("")
            pages = client.pages(DEVICE_HISTORY, path={"id": found.id})
            await invocation.show_list(pages, DeviceHistoryEntry, _HISTORY, "The device has no history.")
    return None


@click.command()
@_DEVICE
@with_invocation
async def why(invocation: Invocation, *, device_name: str) -> Outcome:
    """Say why a device has not updated, and what comes next.

    With --json the service's answer is the whole device, with its 'why'.
    """
    async with invocation.connected() as client:
        found = await find_device(client, device_name)
        reply = await client.call(SHOW_DEVICE, path={"id": found.id})
    shown = reply.read(Device)
    invocation.show(reply, lambda: _print_why(shown))
    return None


def _print_why(found: Device) -> None:
    reason = found.why
    say(reason.text)
    for line in reason.evidence:
        say(f"  {line}")
    if reason.next_step:
        say(f"Next: {reason.next_step}")
    print_facts((("Status", found.status), ("Since", moment_text(reason.since)), ("Who acts", reason.who_acts)))


def _print_device(found: Device) -> None:
    facts: list[tuple[str, object]] = [
        ("Device", found.id),
        ("MAC address", found.mac),
        ("Serial number", found.serial),
        ("Model", f"{found.device_type} {found.vendor} {found.model} {found.revision} {found.locale}"),
        ("Installed", found.installed_version),
        ("Modules", ", ".join(f"{module.file_name} {module.version or '?'}" for module in found.modules)),
        ("Status", found.status),
        ("Why", found.why.text),
        ("Next", found.why.next_step),
        ("Who acts", found.why.who_acts),
        ("Offered", found.offered_version),
        ("Bytes sent", _bytes_sent(found)),
        ("Last install", _install_text(found)),
        ("Last check", moment_text(found.last_check_at)),
        ("Next check", moment_text(found.next_check_expected_at)),
        ("First seen", moment_text(found.first_seen_at)),
        ("User", found.user),
        ("Earlier users", ", ".join(user for user in found.users if user != found.user)),
        ("Address", found.address),
        ("Test device", found.test_device),
    ]
    optional: tuple[tuple[str, object], ...] = (
        ("Overdue", duration_text(found.overdue_seconds) if found.overdue_seconds else None),
        ("Label", found.label),
        ("Location", found.location),
        ("Asset tag", found.asset_tag),
        ("Note", found.note),
        ("Noted", " ".join(found.notes_by_service)),
        ("Retired", None if found.retired_at is None else moment_text(found.retired_at)),
    )
    print_facts([*facts, *(fact for fact in optional if fact[1])])


def _bytes_sent(found: Device) -> str | None:
    if found.bytes_sent is None:
        return "unknown" if found.bytes_total else None
    total = "" if found.bytes_total is None else f" of {size_text(found.bytes_total)}"
    last = "" if found.last_byte_at is None else f", last byte {moment_text(found.last_byte_at)}"
    return f"{size_text(found.bytes_sent)}{total}{last}"


def _install_text(found: Device) -> str | None:
    install = found.last_install
    if install is None:
        return None
    facts = [f"{install.result} {install.version}", f"code {install.code}" if install.code else "", install.message]
    facts += [moment_text(install.at)] if install.at else []
    return ", ".join(fact for fact in facts if fact)


COMMANDS = (devices, device, why)
