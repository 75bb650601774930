"""Finding the one device or test device that a person means."""

from __future__ import annotations

from contextlib import aclosing

from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.failures import FailedCall, NothingSelected, RefusedByService
from device_update_console.core.lists.known_instead import ask_evidence
from device_update_contract.administration.devices import Device, DeviceQuery, TestDevice
from device_update_contract.administration.endpoints import LIST_DEVICES, LIST_TEST_DEVICES, SHOW_DEVICE
from device_update_contract.identifiers import InvalidIdentifier, parse_mac, parse_serial, serial_key

_SIMILAR = 20
"""So many choices are named, and no more."""

_WAYS = ("mac", "serial", "id")


async def find_device(client: AdministrationClient, text: str) -> Device:
    """The device that has this MAC address, serial number or id, or the only one that a part of them finds.

    Where one text is the MAC of one device and the serial or id of another, ``mac:``, ``serial:`` or ``id:`` before it
    tells which is meant.

    Raises:
        NothingSelected: none has it, or several have; with the devices that come into question.
    """
    way, separator, rest = text.partition(":")
    ways: tuple[str, ...] = _WAYS
    if separator and way.lower() in _WAYS:
        ways, text = (way.lower(),), rest
    text = text.strip()
    candidates = await _similar(client, text)
    exact = {device.id: device for device in candidates if _has(device, text, ways)}
    if "id" in ways and text.isascii() and text.isdigit() and text not in exact:
        device = await _by_id(client, text)
        if device is not None:
            exact[device.id] = device
    if len(exact) == 1:
        return next(iter(exact.values()))
    if exact:
        raise NothingSelected(
            f"{text!r} names {len(exact)} devices; put mac:, serial: or id: before it.",
            tuple(device_label(device) for device in exact.values()),
        )
    if len(candidates) == 1 and not separator:
        return candidates[0]
    choices = tuple(device_label(device) for device in candidates)
    similar = " Similar are:" if choices else ""
    raise NothingSelected(
        f"No device has the MAC address, serial number or id {text!r}.{similar}",
        choices or await _known_instead(client, text),
    )


def device_label(device: Device) -> str:
    """A device in one line: its identifiers, model and last user."""
    parts = [f"id:{device.id}"]
    parts += [f"mac:{device.mac}"] if device.mac else []
    parts += [f"serial:{device.serial}"] if device.serial else []
    parts += [f"{device.vendor} {device.model}"]
    parts += [device.user] if device.user else []
    return "  ".join(parts)


async def find_test_device(client: AdministrationClient, name: str) -> TestDevice:
    """The test device of this name, without regard to case.

    Raises:
        NothingSelected: there is none.
    """
    async with aclosing(client.items(LIST_TEST_DEVICES, TestDevice)) as found:
        async for test_device in found:
            if test_device.name.casefold() == name.strip().casefold():
                return test_device
    raise NothingSelected(f"There is no test device named {name!r}.")


async def _similar(client: AdministrationClient, text: str) -> list[Device]:
    """The first devices of a search, which puts exact matches first."""
    if not text:
        return []
    found: list[Device] = []
    async with aclosing(client.items(LIST_DEVICES, Device, query=DeviceQuery(search=text, limit=_SIMILAR))) as devices:
        async for device in devices:
            found.append(device)
            if len(found) == _SIMILAR:
                break
    return found


async def _known_instead(client: AdministrationClient, text: str) -> tuple[str, ...]:
    """What the service knows instead; an older one tells nothing."""
    try:
        return tuple(fact.text for fact in await ask_evidence(client, LIST_DEVICES, {"search": text} if text else {}))
    except FailedCall:
        return ()


async def _by_id(client: AdministrationClient, text: str) -> Device | None:
    try:
        return await client.ask(SHOW_DEVICE, Device, path={"id": text})
    except RefusedByService as refusal:
        if refusal.problem.status == 404:
            return None
        raise


def _has(device: Device, text: str, ways: tuple[str, ...]) -> bool:
    return (
        ("mac" in ways and device.mac is not None and device.mac == _mac(text))
        or ("serial" in ways and device.serial is not None and serial_key(device.serial) == _serial(text))
        or ("id" in ways and device.id == text)
    )


def _mac(text: str) -> str | None:
    try:
        return parse_mac(text)
    except InvalidIdentifier:
        return None


def _serial(text: str) -> str | None:
    try:
        return serial_key(parse_serial(text))
    except InvalidIdentifier:
        return None
