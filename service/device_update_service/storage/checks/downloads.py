"""Bytes of images that were sent, tied to their device where that can be told (contract section 2.3)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from device_update_contract.history import EventKind
from device_update_contract.identifiers import account_key
from device_update_service.domain.addresses import address_key
from device_update_service.domain.device_record import DeviceRecord
from device_update_service.domain.device_status import attempts_without_change
from device_update_service.domain.downloads import CoveredRanges, add_range, covered_bytes
from device_update_service.domain.sightings import HistoryEvent, move_status
from device_update_service.storage.checks.sightings import SightingWriter
from device_update_service.storage.checks.waiting_records import WaitingRecords
from device_update_service.storage.devices import device_writes
from device_update_service.storage.tables import DATABASE

_DELAY: Final = 0.5
_LIMIT: Final = 100_000

_OFFERED: Final = (
    "SELECT id FROM device INDEXED BY device_offer WHERE address_key = ? AND account_key = ? AND offered_update_id = ?"
)
_CANDIDATES: Final = f"{_OFFERED} LIMIT 2"
_TOLD_UNTIL_NOW: Final = f"{_OFFERED} AND bytes_sent IS NOT NULL"
_ACTIVITY: Final = "SELECT last_check_at, next_check_at FROM device_activity WHERE device_id = ?"
_COVERED: Final = "SELECT covered, first_byte_at FROM download WHERE device_id = ? AND update_id = ? AND sha256 = ?"
_SUM: Final = "SELECT ifnull(sum(bytes), 0) FROM download WHERE device_id = ? AND update_id = ?"
_FORGET: Final = "DELETE FROM download WHERE device_id = ? AND update_id = ?"
_FORGET_EARLIER_OFFERS: Final = "DELETE FROM download WHERE device_id = ? AND (update_id <> ? OR last_byte_at < ?)"
_STORE: Final = "INSERT OR REPLACE INTO download VALUES (?, ?, ?, ?, ?, ?, ?)"


_Place = tuple[str | None, str, int]
"""Where an update was sent to: the keys of address and account, and the update."""


class SentBytes(NamedTuple):
    """Bytes ``first`` up to, not including, ``end`` of an image file that were sent to an address; time in ms.

    ``account`` is empty where the request was anonymous.
    """

    at: int
    address: str
    update_id: int
    sha256: str
    first: int
    end: int
    account: str = ""


class DownloadWriter(WaitingRecords[SentBytes]):
    """The queue of sent bytes and what writes it, after the sightings of the same group.

    An image request names no device: bytes belong to the device that was offered the update at that address and with
    that account, or anonymously like them, if that is exactly one. Otherwise the bytes of all of them can no longer be
    told, and are null until their offers close.
    """

    def __init__(self, sightings: SightingWriter, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(delay=_DELAY, limit=_LIMIT, monotonic=monotonic)
        self._sightings = sightings

    def store(self, records: Sequence[SentBytes]) -> None:
        """Write a group of sent bytes."""
        groups: dict[_Place, list[SentBytes]] = {}
        for sent in records:
            place = address_key(sent.address), account_key(sent.account), sent.update_id
            groups.setdefault(place, []).append(sent)
        changed: list[DeviceRecord] = []
        events: list[HistoryEvent] = []
        for place, pieces in groups.items():
            receivers = DATABASE.execute_sql(_CANDIDATES, place).fetchall()
            if len(receivers) > 1:
                changed += self._tell_no_longer(place, pieces[-1].at)
                continue
            for record in device_writes.load_records(row[0] for row in receivers).values():
                if record.bytes_sent is not None:
                    self._attribute(record, pieces, events)
                    changed.append(record)
        device_writes.change_records(changed)
        device_writes.add_events(events)
        self._sightings.changed(changed)

    def _tell_no_longer(self, place: _Place, at: int) -> list[DeviceRecord]:
        """The devices of an address, account and update that had known bytes until now: they have none any more."""
        ids = [row[0] for row in DATABASE.execute_sql(_TOLD_UNTIL_NOW, place).fetchall()]
        records = list(device_writes.load_records(ids).values())
        for record in records:
            record.bytes_sent = record.last_byte_at = None
            move_status(record, *_activity(record), at, self._sightings.settings)
        return records

    def _attribute(self, record: DeviceRecord, pieces: list[SentBytes], events: list[HistoryEvent]) -> None:
        update_id = pieces[0].update_id
        last_check_at, next_check_at = _activity(record)
        DATABASE.execute_sql(_FORGET_EARLIER_OFFERS, (record.id, update_id, record.offered_at or 0))
        was_complete = _is_complete(record)
        if was_complete and record.last_byte_at is not None and record.last_byte_at < last_check_at:
            DATABASE.execute_sql(_FORGET, (record.id, update_id))  # offered again since: a new attempt begins
            was_complete = False
        for sha256 in {piece.sha256 for piece in pieces}:
            _cover(record.id, [piece for piece in pieces if piece.sha256 == sha256])
        record.bytes_sent = int(DATABASE.execute_sql(_SUM, (record.id, update_id)).fetchone()[0])
        record.last_byte_at = max(piece.at for piece in pieces)
        if _is_complete(record) and not was_complete:
            record.offer_attempts = attempts_without_change(
                record.offer_attempts, report_changed=False, same_version=True, offer_made=False, all_bytes_sent=True
            )
            parameters = {"version": record.offered_version, "bytes_total": record.bytes_total}
            events.append(
                HistoryEvent(record.id, record.last_byte_at, EventKind.DOWNLOAD, "download-complete", parameters)
            )
        move_status(record, last_check_at, next_check_at, record.last_byte_at, self._sightings.settings)


def _activity(record: DeviceRecord) -> tuple[int, int]:
    last_check_at, next_check_at = DATABASE.execute_sql(_ACTIVITY, (record.id,)).fetchone()
    return last_check_at, next_check_at


def _is_complete(record: DeviceRecord) -> bool:
    return bool(record.bytes_total) and record.bytes_sent is not None and record.bytes_sent >= (record.bytes_total or 0)


def _cover(device_id: int, pieces: list[SentBytes]) -> None:
    """Add pieces of one file to what the device has of it."""
    update_id, sha256 = pieces[0].update_id, pieces[0].sha256
    row = DATABASE.execute_sql(_COVERED, (device_id, update_id, sha256)).fetchone()
    covered: CoveredRanges = () if row is None else tuple((first, end) for first, end in json.loads(row[0]))
    for piece in pieces:
        covered = add_range(covered, piece.first, piece.end)
    first_byte_at = pieces[0].at if row is None else row[1]
    DATABASE.execute_sql(
        _STORE,
        (device_id, update_id, sha256, json.dumps(covered), covered_bytes(covered), first_byte_at, pieces[-1].at),
    )
