"""What the details pane and the property sheets show of an item."""

from __future__ import annotations

from dataclasses import dataclass

from device_update_contract.administration.devices import Device

Rows = tuple[tuple[str, str], ...]
"""Labels and values, safe to show; what is not known is left out."""


@dataclass(frozen=True, slots=True)
class Details:
    """A heading, and labels with their values below it, what matters most first."""

    heading: str
    rows: Rows


def details_of(item: object) -> Details:
    """The details of an item of any list.

    Raises:
        TypeError: there is no list of such items.
    """
    raise NotImplementedError


def device_summary(device: Device) -> tuple[str, ...]:
    """A device in six plain lines for a ticket."""
    raise NotImplementedError
