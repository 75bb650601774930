"""Checks are written behind their answers: queued by the event loop, written by the writer in groups.

Most checks tell and are told what the last one did; of those only the time is written. The others are looked at whole,
through the identity table and the pure rules of `domain.sightings`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from device_update_contract.identifiers import serial_key
from device_update_contract.reasons import IdentityNoteCode, StatusCode
from device_update_service.domain.device_identity import NEW, IdentityOutcome, KnownByMac, KnownBySerial, identify
from device_update_service.domain.device_record import DeviceRecord
from device_update_service.domain.device_status import StatusSettings
from device_update_service.domain.sightings import (
    HistoryEvent,
    Sighting,
    count_note,
    new_record,
    record_sighting,
)
from device_update_service.storage.checks import sighting_rows
from device_update_service.storage.checks.update_log import UpdateLog
from device_update_service.storage.checks.waiting_records import WaitingRecords
from device_update_service.storage.devices import device_writes

_DELAY: Final = 0.25


class SightingWriter(WaitingRecords[Sighting]):
    """The queue of sightings and what writes it.

    ``looping`` tells, by MAC address or else serial key, which rules are in an install loop on a device. It is
    replaced entry by entry and read by the event loop.
    """

    def __init__(self, log: UpdateLog, limit: int = 100_000, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(delay=_DELAY, limit=limit, monotonic=monotonic)
        self._log = log
        self._last_id: int | None = None
        self._changed: set[int] = set()
        self.settings = StatusSettings()
        self.looping: dict[str, frozenset[int]] = {}
        self.on_changed: Callable[[frozenset[int]], None] = lambda _ids: None
        """Called in the writer thread after a commit, with the ids of devices of which more than the time changed."""

    def store(self, records: Sequence[Sighting]) -> None:
        """Write a group of sightings into the devices' tables and the update log."""
        self._last_id = None
        sighting_rows.fill(records)
        sighting_rows.touch_quiet()
        loud = sighting_rows.loud_places()
        if loud:
            sighting_rows.set_devices(_LoudSightings(self, records, loud).write())
        for day in sighting_rows.days():
            self._log.append(day, sighting_rows.log_lines(day))
        sighting_rows.count_hours()

    def committed(self) -> None:
        """What was written is durable."""
        super().committed()
        changed, self._changed = frozenset(self._changed), set()
        if changed:
            self.on_changed(changed)

    def next_id(self) -> int:
        """The id of a new record."""
        if self._last_id is None:
            self._last_id = device_writes.last_device_id()
        self._last_id += 1
        return self._last_id

    def changed(self, records: Iterable[DeviceRecord]) -> None:
        """Remember which devices changed, and which of them are in an install loop."""
        for record in records:
            self._changed.add(record.id)
            name = record.mac or (serial_key(record.serial) if record.serial else None)
            if name is None:
                continue
            if record.status == StatusCode.INSTALL_LOOP.value and record.decision_rule_id is not None:
                self.looping[name] = frozenset({record.decision_rule_id})
            else:
                self.looping.pop(name, None)


class _LoudSightings:
    """The sightings of a group that must be looked at whole, on their way into the tables."""

    def __init__(self, writer: SightingWriter, sightings: Sequence[Sighting], places: Sequence[int]) -> None:
        self._writer = writer
        self._sightings = sightings
        self._places = places
        self._devices: list[tuple[int, int]] = []
        self._records: dict[int, DeviceRecord] = {}
        self._by_mac: dict[str, DeviceRecord] = {}
        self._by_serial: dict[str, DeviceRecord] = {}
        self._new: dict[int, DeviceRecord] = {}
        self._changed: dict[int, DeviceRecord] = {}
        self._released: list[int] = []
        self._activity: dict[int, tuple[int, int, int, int]] = {}
        self._events: list[HistoryEvent] = []

    def write(self) -> list[tuple[int, int]]:
        """Write them and say which device each place belongs to."""
        self._load()
        for place in self._places:
            self._record(place)
        self._store()
        return self._devices

    def _load(self) -> None:
        requests = [self._sightings[place].request for place in self._places]
        macs = {request.mac for request in requests if request.mac is not None}
        serials = {serial_key(request.serial) for request in requests if request.serial is not None}
        ids = [row[0] for row in device_writes.find_identifiers(macs, serials)]
        self._records = device_writes.load_records(ids)
        for record in self._records.values():
            self._index(record)

    def _index(self, record: DeviceRecord) -> None:
        if record.mac is not None:
            self._by_mac[record.mac] = record
        if record.serial is not None:
            self._by_serial[serial_key(record.serial)] = record

    def _record(self, place: int) -> None:
        sighting = self._sightings[place]
        outcome = self._identify(sighting)
        if outcome.record is None:
            return
        if outcome.record is NEW:
            record = new_record(self._writer.next_id(), sighting)
            self._records[record.id] = self._new[record.id] = record
        else:
            record = self._records[outcome.record]
            self._changed[record.id] = record
        previous = record.serial
        self._take_identifiers(record, outcome)
        self._devices.append((place, record.id))
        self._events += record_sighting(record, sighting, self._writer.settings)
        # What must be counted at every check (a conflict) keeps the next check from passing as quiet.
        key = 0 if outcome.notes else sighting.report_key
        self._activity[record.id] = (record.id, sighting.at, sighting.next_check_at, key)
        for note in outcome.notes:
            noted = self._records[note.record] if isinstance(note.record, int) else record
            self._changed.setdefault(noted.id, noted)
            request = sighting.request
            parameters: dict[str, str | None] = {"mac": request.mac, "serial": request.serial}
            if note.code is IdentityNoteCode.SERIAL_CHANGED:
                parameters["previous"] = previous
            count_note(noted, note.code.value, sighting.at, self._events, parameters)

    def _identify(self, sighting: Sighting) -> IdentityOutcome:
        mac, serial = sighting.request.mac, sighting.request.serial
        by_mac = self._by_mac.get(mac) if mac is not None else None
        by_serial = self._by_serial.get(serial_key(serial)) if serial is not None else None
        return identify(
            mac,
            serial,
            None if by_mac is None else KnownByMac(by_mac.id, by_mac.serial),
            None if by_serial is None else KnownBySerial(by_serial.id, by_serial.mac, by_serial.serial),
        )

    def _take_identifiers(self, record: DeviceRecord, outcome: IdentityOutcome) -> None:
        if record.serial is not None and record.serial != outcome.serial:
            self._released.append(record.id)
            self._by_serial.pop(serial_key(record.serial), None)
        record.mac, record.serial = outcome.mac, outcome.serial
        self._index(record)

    def _store(self) -> None:
        changed = [record for record in self._changed.values() if record.id not in self._new]
        device_writes.change_records(changed, [device for device in self._released if device not in self._new])
        device_writes.add_records(list(self._new.values()))
        device_writes.set_activity(sorted(self._activity.values()))
        device_writes.add_events(self._events)
        self._writer.changed([*changed, *self._new.values()])
