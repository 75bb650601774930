"""Finding devices, and why one has not updated."""

from __future__ import annotations

from collections.abc import Mapping

import click

from device_update_console.cli.invocation import Invocation, Outcome, with_invocation
from device_update_console.cli.known_instead import known_instead
from device_update_console.cli.output import Columns, print_facts, say
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.filters.device_by_name import find_device
from device_update_console.core.filters.filter_text import parse_filter
from device_update_console.core.lists.device_lists import DEVICES
from device_update_console.core.lists.page_steps import LARGEST_REQUEST
from device_update_console.core.sheets.device_details import activity_facts, further_facts, identity_facts
from device_update_console.core.texts.formats import moment_text
from device_update_contract.administration.devices import Device, DeviceFilter, DeviceHistoryEntry
from device_update_contract.administration.endpoints import (
    DEVICE_CHANGES,
    DEVICE_HISTORY,
    LIST_DEVICES,
    SHOW_DEVICE,
)
from device_update_contract.administration.evidence import DeviceChangesAnswer

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
@click.argument("words", metavar="[FILTER]...", nargs=-1)
@click.option("--search", metavar="TEXT", help="Any part of a MAC address, serial number, user or address.")
@click.option("--status", metavar="STATUS", help="Only with this status, for example silent or install-failed.")
@click.option("--address", metavar="CIDR", help="Only from this address or network, for example 10.1.0.0/16.")
@click.option("--model", metavar="MODEL", help="Only this model.")
@click.option("--vendor", metavar="VENDOR", help="Only this vendor.")
@click.option("--version", metavar="VERSION", help="Only with this version installed.")
@click.option("--user", metavar="USER", help="Only of this user.")
@click.option("--reason", metavar="CODE", help="Only whose last check had this reason, for example approved-update.")
@click.option("--changes", is_flag=True, help="Say what changed for them in the last 24 hours instead.")
@with_invocation
async def devices(
    invocation: Invocation, /, *, words: tuple[str, ...], changes: bool, **filters: str | None
) -> Outcome:
    """List devices, what they have installed, their status.

    FILTER is written as above the console's list: status:install-failed model:CX700 4F2. Its fields are those of the
    API, for example location, seen_before or test_device; what is no field is searched for. The options say the same.
    Where there is none, it says what is known instead.
    """
    fields = parse_filter(" ".join(words), [field.name for field in DEVICES.filters])
    for name, value in filters.items():
        if value is not None and fields.setdefault(name, value) != value:
            raise click.UsageError(f"FILTER and --{name} say different things.")
    query = DEVICES.query(fields, limit=LARGEST_REQUEST).model_copy(update={"sort": None})
    async with invocation.connected() as client:
        if changes:
            await _show_changes(invocation, client, fields)
            return None
        pages = client.pages(LIST_DEVICES, query=query)
        instead = known_instead(client, LIST_DEVICES, query)
        await invocation.show_list(pages, Device, _DEVICES, "There are no such devices.", instead=instead)
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


async def _show_changes(invocation: Invocation, client: AdministrationClient, fields: Mapping[str, str]) -> None:
    given = DEVICES.query(fields).model_dump(exclude_none=True, exclude={"limit", "sort", "after", "at"})
    reply = await client.call(DEVICE_CHANGES, query=DeviceFilter.model_validate(given))
    answer = reply.read(DeviceChangesAnswer)
    invocation.show(reply, lambda: say(answer.text))


def _print_why(found: Device) -> None:
    reason = found.why
    say(reason.text)
    for fact in reason.evidence:
        say(f"  {fact.text}")
    for note in found.notes_by_service:
        say(f"  {note.text}")
    if reason.next_step:
        say(f"Next: {reason.next_step}")
    print_facts((("Status", found.status), ("Since", moment_text(reason.since)), ("Who acts", reason.who_acts)))


def _print_device(found: Device) -> None:
    why = found.why
    print_facts(
        [
            *identity_facts(found),
            ("Status", found.status),
            ("Why", why.text),
            ("Next", why.next_step),
            ("Who acts", why.who_acts),
            *activity_facts(found),
            *(fact for fact in further_facts(found) if fact[1]),
        ]
    )


COMMANDS = (devices, device, why)
