"""Adding, changing and renaming test devices: the fields, what is wrong with them while they are typed, the request."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from device_update_console.core.sheets.sheet_fields import SharedText, SheetField
from device_update_console.core.texts.code_texts import IDENTIFIER_TYPE_TEXTS, titles_of
from device_update_console.core.texts.language import marked, text
from device_update_contract.administration.devices import Device, NewTestDevice, TestDevice, TestDeviceChange
from device_update_contract.identifiers import (
    InvalidIdentifier,
    is_blank_mac,
    is_blank_serial,
    parse_mac,
    parse_serial,
)

MAC, SERIAL = "mac", "serial"
_LONGEST = 64


def name_problem(name: str) -> str:
    """What is wrong with a test device's name, empty when nothing is."""
    if not name.strip():
        return text("Give the test device a name.")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in name):
        return text("A name has no control characters.")
    return ""


def identifier_problem(kind: str, identifier: str) -> str:
    """What is wrong with an identifier of a kind, empty when nothing is (contract section 1)."""
    if not identifier.strip():
        return text("Type the device's MAC address.") if kind == MAC else text("Type the device's serial number.")
    try:
        parsed = parse_mac(identifier) if kind == MAC else parse_serial(identifier)
    except InvalidIdentifier:
        if kind == MAC:
            return text("A MAC address has six to eight pairs of hexadecimal digits, joined or separated by - or :.")
        return text("A serial number has 1 to 64 letters, digits, - and _.")
    if is_blank_mac(parsed) if kind == MAC else is_blank_serial(parsed):
        return text("This names no device.")
    return ""


def fields_of_test_device(kind: Callable[[], str]) -> tuple[SheetField, ...]:
    """The fields; ``kind`` tells which type of identifier is chosen now."""
    return (
        NAME,
        SheetField("identifier_type", marked("&Identifier type"), 10, choices=titles_of(IDENTIFIER_TYPE_TEXTS)),
        SheetField(
            "identifier",
            marked("&Unique identifier"),
            _LONGEST,
            check=lambda identifier: identifier_problem(kind(), identifier),
            placeholder=marked("for example 00-04-F2-00-01-76, or a serial number"),
        ),
    )


NAME = SheetField("name", marked("&Name"), _LONGEST, check=name_problem)


def empty_values() -> dict[str, SharedText]:
    """What the fields show before anything is filled in."""
    return {"name": SharedText(), "identifier_type": SharedText(MAC), "identifier": SharedText()}


def values_of(test_device: TestDevice) -> dict[str, SharedText]:
    """What the fields show of a test device."""
    return {
        "name": SharedText(test_device.name),
        "identifier_type": SharedText(test_device.identifier_type),
        "identifier": SharedText(test_device.identifier),
    }


def suggested_values(device: Device) -> dict[str, str]:
    """What to fill in for a known device: it is named by its label, or as it is known."""
    identifier = device.mac or device.serial or ""
    return {
        "name": (device.label or identifier)[:_LONGEST],
        "identifier_type": MAC if device.mac else SERIAL,
        "identifier": identifier,
    }


def new_test_device(filled_in: Mapping[str, str]) -> NewTestDevice:
    """The request that adds it."""
    return NewTestDevice.model_validate(dict(filled_in))


def changed_test_device(filled_in: Mapping[str, str], changed: Mapping[str, str | None]) -> TestDeviceChange:
    """The request that changes it; type and identifier go together, since one is read by the other."""
    names = set(changed) | (
        {"identifier_type", "identifier"} if {"identifier_type", "identifier"} & set(changed) else set()
    )
    return TestDeviceChange.model_validate({name: filled_in[name] for name in names})
