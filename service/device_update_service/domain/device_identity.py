"""Which record a check belongs to: the identity table of contract section 1, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from device_update_contract.reasons import IdentityNoteCode


class NewRecord(Enum):
    """Stands for the id of a record that has to be made."""

    NEW = "new"


NEW = NewRecord.NEW
RecordId = int | NewRecord


@dataclass(frozen=True, slots=True)
class KnownByMac:
    """The record that has the check's MAC, with its own serial number."""

    id: int
    serial: str | None


@dataclass(frozen=True, slots=True)
class KnownBySerial:
    """The record that has the check's serial number, with its own MAC."""

    id: int
    mac: str | None


@dataclass(frozen=True, slots=True)
class IdentityNote:
    """A note to make on a record; made once, then counted."""

    record: RecordId
    code: IdentityNoteCode


@dataclass(frozen=True, slots=True)
class IdentityOutcome:
    """The record a check belongs to (None: both identifiers blank), and what its fields are from now on."""

    record: RecordId | None
    mac: str | None
    serial: str | None
    notes: tuple[IdentityNote, ...] = ()


def identify(
    mac: str | None, serial: str | None, by_mac: KnownByMac | None, by_serial: KnownBySerial | None
) -> IdentityOutcome:
    """Find the record for valid identifiers (None: blank or invalid) and the records that are known by them."""
    raise NotImplementedError
