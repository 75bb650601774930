"""The devices that receive pending versions."""

from __future__ import annotations

from typing import Any

import click

from device_update_console.cli.invocation import Invocation, Outcome, with_invocation
from device_update_console.cli.output import Columns, say
from device_update_console.core.filters.device_by_name import find_test_device
from device_update_console.core.texts.formats import moment_text
from device_update_contract.administration.devices import NewTestDevice, TestDevice, TestDeviceChange
from device_update_contract.administration.endpoints import (
    ADD_TEST_DEVICE,
    CHANGE_TEST_DEVICE,
    LIST_TEST_DEVICES,
    REMOVE_TEST_DEVICE,
)

_TEST_DEVICES: Columns[TestDevice] = (
    ("Name", lambda device: device.name),
    ("By", lambda device: device.identifier_type),
    ("Identifier", lambda device: device.identifier),
    ("Model", lambda device: device.model),
    ("Installed", lambda device: device.installed_version),
    ("Last check", lambda device: moment_text(device.last_check_at)),
    ("Last decision", lambda device: None if device.last_decision is None else device.last_decision.text),
)
_MAC = click.option("--mac", metavar="M", help="Its MAC address.")
_SERIAL = click.option("--serial", metavar="S", help="Its serial number.")


@click.group("test-device")
def test_device() -> None:
    """List and change the test devices.

    They receive pending versions, all others only approved ones.
    """


@test_device.command("list")
@with_invocation
async def list_test_devices(invocation: Invocation) -> Outcome:
    """List the test devices and what they were told last."""
    async with invocation.connected() as client:
        pages = client.pages(LIST_TEST_DEVICES)
        await invocation.show_list(pages, TestDevice, _TEST_DEVICES, "There are no test devices.")
    return None


@test_device.command()
@click.argument("name", metavar="NAME")
@_MAC
@_SERIAL
@with_invocation
async def add(invocation: Invocation, *, name: str, mac: str | None, serial: str | None) -> Outcome:
    """Add a test device, named by its MAC address or serial number.

    It need not have checked in yet.
    """
    identifier = _identifier(mac, serial)
    if not identifier:
        raise click.UsageError("Either --mac or --serial is needed.")
    async with invocation.connected() as client:
        reply = await client.call(ADD_TEST_DEVICE, body=NewTestDevice.model_construct(name=name, **identifier))
    added = reply.read(TestDevice)
    invocation.show(
        reply, lambda: say(f"{added.name} ({added.identifier_type} {added.identifier}) is a test device now.")
    )
    return None


@test_device.command()
@click.argument("name", metavar="NAME")
@click.option("--name", "new_name", metavar="N", help="Its new name.")
@_MAC
@_SERIAL
@with_invocation
async def edit(
    invocation: Invocation, *, name: str, new_name: str | None, mac: str | None, serial: str | None
) -> Outcome:
    """Change a test device's name or identifier."""
    changes = _identifier(mac, serial)
    if new_name is not None:
        changes["name"] = new_name
    if not changes:
        raise click.UsageError("Nothing to change: give --name, --mac or --serial.")
    async with invocation.connected() as client:
        found = await find_test_device(client, name)
        reply = await client.call(
            CHANGE_TEST_DEVICE, path={"id": found.id}, body=TestDeviceChange.model_construct(**changes)
        )
    changed = reply.read(TestDevice)
    invocation.show(
        reply,
        lambda: say(f"Test device {found.name} is now {changed.name}, {changed.identifier_type} {changed.identifier}."),
    )
    return None


@test_device.command()
@click.argument("name", metavar="NAME")
@with_invocation
async def remove(invocation: Invocation, *, name: str) -> Outcome:
    """Remove a test device. From its next check on it gets what all devices get."""
    async with invocation.connected() as client:
        found = await find_test_device(client, name)
        await client.call(REMOVE_TEST_DEVICE, path={"id": found.id})
    invocation.tell(f"{found.name} is no test device any more.")
    return None


def _identifier(mac: str | None, serial: str | None) -> dict[str, Any]:
    if mac is not None and serial is not None:
        raise click.UsageError("A test device is named by --mac or by --serial, not by both.")
    if mac is not None:
        return {"identifier_type": "mac", "identifier": mac}
    return {} if serial is None else {"identifier_type": "serial", "identifier": serial}


COMMANDS = (test_device,)
