"""Which record a check belongs to: the identity table of contract section 1, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from device_update_contract.identifiers import serial_key
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
    """The record that has the check's serial number, with its own MAC and its spelling of the serial number.

    Without `serial` the check's spelling is taken over.
    """

    id: int
    mac: str | None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class IdentityNote:
    """A note to make on a record; made once, then counted."""

    record: RecordId
    code: IdentityNoteCode


@dataclass(frozen=True, slots=True)
class IdentityOutcome:
    """The record a check belongs to (None: both identifiers blank), and what its `mac` and `serial` are from now on."""

    record: RecordId | None
    mac: str | None
    serial: str | None
    notes: tuple[IdentityNote, ...] = ()


class Match(Enum):
    """What is known of one identifier of a check, seen from the record that has it."""

    BLANK = "the check does not carry it"
    UNKNOWN = "no record has it"
    ALONE = "its record has no other identifier"
    SAME = "its record has the check's other identifier"
    OTHER = "its record has another identifier of the other kind"
    KNOWN = "a record has it, and the check carries no other identifier"


class Taken(Enum):
    """Which record the check belongs to."""

    BY_MAC = "the one known by MAC"
    BY_SERIAL = "the one known by serial number"
    NEW = "a new one"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """One row: the record, whether it gets the check's identifiers, and what is noted on which records."""

    taken: Taken
    set_mac: bool = False
    set_serial: bool = False
    note: IdentityNoteCode | None = None
    note_other: bool = False


_CONFLICT = IdentityRow(Taken.BY_MAC, note=IdentityNoteCode.IDENTITY_CONFLICT, note_other=True)

IDENTITY_TABLE: Mapping[tuple[Match, Match], IdentityRow] = {
    (Match.BLANK, Match.BLANK): IdentityRow(Taken.NONE),
    (Match.KNOWN, Match.BLANK): IdentityRow(Taken.BY_MAC),
    (Match.UNKNOWN, Match.BLANK): IdentityRow(Taken.NEW, set_mac=True),
    (Match.BLANK, Match.KNOWN): IdentityRow(Taken.BY_SERIAL),
    (Match.BLANK, Match.UNKNOWN): IdentityRow(Taken.NEW, set_serial=True),
    (Match.SAME, Match.SAME): IdentityRow(Taken.BY_MAC),
    (Match.UNKNOWN, Match.UNKNOWN): IdentityRow(Taken.NEW, set_mac=True, set_serial=True),
    (Match.UNKNOWN, Match.ALONE): IdentityRow(Taken.BY_SERIAL, set_mac=True),
    (Match.ALONE, Match.UNKNOWN): IdentityRow(Taken.BY_MAC, set_serial=True),
    (Match.ALONE, Match.ALONE): _CONFLICT,
    (Match.ALONE, Match.OTHER): _CONFLICT,
    (Match.OTHER, Match.ALONE): _CONFLICT,
    (Match.OTHER, Match.OTHER): _CONFLICT,
    (Match.OTHER, Match.UNKNOWN): IdentityRow(Taken.BY_MAC, set_serial=True, note=IdentityNoteCode.SERIAL_CHANGED),
    (Match.UNKNOWN, Match.OTHER): IdentityRow(
        Taken.NEW, set_mac=True, note=IdentityNoteCode.IDENTITY_CONFLICT, note_other=True
    ),
}
"""By what is known of the MAC and of the serial number. Other pairs would need an identifier in two records."""


class ContradictoryRecords(ValueError):
    """The two records given cannot both be stored: an identifier would belong to two of them."""


def identify(
    mac: str | None, serial: str | None, by_mac: KnownByMac | None, by_serial: KnownBySerial | None
) -> IdentityOutcome:
    """Find the record for valid identifiers (None: blank or invalid) and the records that are known by them.

    The caller passes a record only for an identifier that it passes too. A serial number never moves from one record
    to another here: it changes hands only after its record has taken another.

    Raises:
        ContradictoryRecords: the caller's records break the rule that an identifier belongs to one record.
    """
    other_serial = None if serial is None else serial_key(serial)
    record_serial = None if by_mac is None or by_mac.serial is None else serial_key(by_mac.serial)
    pair = (
        _match(mac, record_serial, other_serial, known=by_mac is not None),
        _match(serial, by_serial.mac if by_serial else None, mac, known=by_serial is not None),
    )
    row = IDENTITY_TABLE.get(pair)
    same = by_mac is not None and by_serial is not None and by_mac.id == by_serial.id
    if row is None or same != (pair == (Match.SAME, Match.SAME)):
        raise ContradictoryRecords(f"MAC {mac} is known as {by_mac}, serial {serial} as {by_serial}.")
    record, held_mac, held_serial = _record(row.taken, mac, serial, by_mac, by_serial)
    notes: list[IdentityNote] = []
    if row.note is not None and record is not None:
        notes.append(IdentityNote(record, row.note))
        if row.note_other and by_serial is not None:
            notes.append(IdentityNote(by_serial.id, row.note))
    return IdentityOutcome(
        record,
        mac if row.set_mac else held_mac,
        serial if row.set_serial else held_serial,
        tuple(notes),
    )


def _match(given: str | None, held: str | None, other: str | None, *, known: bool) -> Match:
    if given is None:
        return Match.BLANK
    if not known:
        return Match.UNKNOWN
    if other is None:
        return Match.KNOWN
    if held is None:
        return Match.ALONE
    return Match.SAME if held == other else Match.OTHER


def _record(
    taken: Taken, mac: str | None, serial: str | None, by_mac: KnownByMac | None, by_serial: KnownBySerial | None
) -> tuple[RecordId | None, str | None, str | None]:
    """The record taken and the identifiers that it holds so far."""
    if taken is Taken.BY_MAC and by_mac is not None:
        return by_mac.id, mac, by_mac.serial
    if taken is Taken.BY_SERIAL and by_serial is not None:
        return by_serial.id, by_serial.mac, by_serial.serial or serial
    return (NEW, None, None) if taken is Taken.NEW else (None, None, None)
