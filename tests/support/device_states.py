"""Every state that a device can be in, made by the real domain: decided, sighted, sent to, and left alone.

Each state says beside its device what must hold of the answer to "why has it not updated?", in plain values that are
not taken from what is tested.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Literal

from tests.support.sample_rules import FIRST, NOW, SECOND, THIRD, check, rule

from device_update_contract.checks import CheckRequest, InstallReport
from device_update_contract.reasons import ReasonCode, StatusCode
from device_update_contract.versions import Version
from device_update_service.domain.catalog import CatalogSnapshot, IdentifierType, TestDevice
from device_update_service.domain.decisions import decide, installed_version
from device_update_service.domain.device_status import StatusSettings, attempts_without_change
from device_update_service.domain.sightings import (
    HistoryEvent,
    KnownReport,
    Sighting,
    count_note,
    move_status,
    new_record,
    record_sighting,
)
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.devices.device_records import StoredDevice

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SETTINGS = StatusSettings(install_loop_offers=3)
FIRST_ASKED = NOW - DAY
TOTAL = 30_000_000
NEWER = Version.parse("5.0")

Download = Literal["none", "unknown", "some lately", "some", "all", "loop", "loop of unknown"]
Clock = Literal["soon", "overdue", "silent", "retired"]

LEFT_ALONE: dict[Clock, timedelta] = {"soon": HOUR, "overdue": 25 * HOUR, "silent": 96 * HOUR, "retired": 90 * DAY}
"""How long ago the last check was; it was told to ask again after a day, and is silent 72 hours after that."""

_TEST_DEVICE = TestDevice(1, "Lab", IdentifierType.MAC, "00-04-F2-00-01-76")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a catalog answers a device that reports a version (none: nothing is known of it)."""

    reason: ReasonCode
    catalog: CatalogSnapshot
    installed: Version | None
    target: Version | None = None
    is_test_device: bool = False


def _catalog(
    *,
    pending: Version | None = None,
    approved: Version | None = None,
    restore: Version | None = None,
    rolled_back: bool = False,
    removed: bool = False,
    test: bool = False,
) -> CatalogSnapshot:
    one = rule(pending=pending, approved=approved, restore=restore, approved_by_roll_back=rolled_back, removed=removed)
    return CatalogSnapshot(1, [one], [_TEST_DEVICE] if test else [])


ANSWERS: tuple[Answered, ...] = (
    Answered(ReasonCode.PENDING_UPDATE_TEST_DEVICE, _catalog(pending=SECOND, test=True), FIRST, SECOND, True),
    Answered(
        ReasonCode.PENDING_UPDATE_TEST_DEVICE, _catalog(pending=SECOND, approved=FIRST, test=True), None, SECOND, True
    ),
    Answered(ReasonCode.ROLLED_BACK, _catalog(approved=SECOND, rolled_back=True), THIRD, SECOND),
    Answered(ReasonCode.ROLLED_BACK, _catalog(approved=SECOND, rolled_back=True), FIRST, SECOND),
    Answered(ReasonCode.APPROVED_UPDATE, _catalog(approved=SECOND), FIRST, SECOND),
    Answered(ReasonCode.APPROVED_UPDATE, _catalog(approved=SECOND, pending=THIRD), THIRD, SECOND),
    Answered(ReasonCode.APPROVED_UPDATE, _catalog(approved=SECOND, test=True), None, SECOND, True),
    Answered(ReasonCode.UP_TO_DATE, _catalog(approved=SECOND), SECOND, SECOND),
    Answered(ReasonCode.UP_TO_DATE, _catalog(pending=SECOND, approved=FIRST, test=True), SECOND, SECOND, True),
    Answered(ReasonCode.WAITING_FOR_APPROVAL, _catalog(pending=SECOND), FIRST, SECOND),
    Answered(ReasonCode.NOTHING_APPROVED, _catalog(restore=SECOND), FIRST),
    Answered(ReasonCode.NOTHING_APPROVED, _catalog(restore=SECOND, test=True), None, None, True),
    Answered(ReasonCode.NO_RULE_FOR_DEVICE_CLASS, CatalogSnapshot(1), FIRST),
    Answered(ReasonCode.NO_RULE_FOR_DEVICE_CLASS, _catalog(approved=SECOND, removed=True), None),
)
"""Every row of the contract's table 2.2: test device or not, older and newer than what is installed, nothing known."""

CHANGES: tuple[tuple[ReasonCode, CatalogSnapshot, Version | None], ...] = (
    (ReasonCode.APPROVED_UPDATE, _catalog(approved=NEWER), NEWER),
    (ReasonCode.ROLLED_BACK, _catalog(approved=NEWER, rolled_back=True), NEWER),
    (ReasonCode.WAITING_FOR_APPROVAL, _catalog(pending=NEWER), NEWER),
    (ReasonCode.NO_RULE_FOR_DEVICE_CLASS, CatalogSnapshot(2), None),
)
"""What administrators may have done since it asked."""

DOWNLOADS: tuple[Download, ...] = ("none", "unknown", "some lately", "some", "all", "loop", "loop of unknown")

INSTALLS: tuple[InstallReport | None, ...] = (
    None,
    InstallReport(succeeded=True, version=SECOND, time=NOW - 10 * MINUTE),
    InstallReport(succeeded=False, version=SECOND),
    InstallReport(succeeded=False, version=SECOND, code="0x80070057", time=NOW - 10 * MINUTE),
    InstallReport(succeeded=False, version=SECOND, message="There is not enough space."),
    InstallReport(succeeded=False, version=SECOND, code="7", message="Is it\n full? {version}!", time=NOW + 9 * DAY),
    InstallReport(succeeded=False, version=SECOND, code="7.", message=" ... ", time=NOW - 9999 * DAY),
    InstallReport(succeeded=False, version=THIRD, code="8.", message="wait...", time=NOW - 10 * MINUTE),
)


_INSTALLS_IN_SHORT = (INSTALLS[0], INSTALLS[3], INSTALLS[-1])
"""Nothing, its target, and another version."""

_OFFERING = {ReasonCode.PENDING_UPDATE_TEST_DEVICE, ReasonCode.ROLLED_BACK, ReasonCode.APPROVED_UPDATE}


@dataclass(frozen=True, slots=True)
class State:
    """One state: the device, what the catalog is by now, and what it was made of."""

    device: StoredDevice
    now: datetime
    catalog: CatalogSnapshot
    answered: Answered
    download: Download
    install: InstallReport | None
    clock: Clock
    retired_at: datetime | None
    due: tuple[ReasonCode, Version | None] | None
    offered_at: datetime | None
    history: tuple[HistoryEvent, ...]

    @property
    def asked_at(self) -> datetime:
        """When it asked last."""
        return NOW

    @property
    def failed(self) -> bool:
        """Whether its last install failed and it has not reported its target since."""
        failed = self.install is not None and not self.install.succeeded
        return failed and self.answered.reason is not ReasonCode.UP_TO_DATE and not self._has_it

    @property
    def _has_it(self) -> bool:
        return self.install is not None and self.install.version == self.answered.installed

    @property
    def status(self) -> StatusCode:
        """The first row of the contract's table 2.3 that applies."""
        if self.retired_at is not None or self.clock == "retired":
            return StatusCode.RETIRED
        if self.clock == "silent":
            return StatusCode.SILENT
        if self.failed:
            return StatusCode.INSTALL_FAILED
        if self.offered_at is None:
            return {
                ReasonCode.UP_TO_DATE: StatusCode.UP_TO_DATE,
                ReasonCode.WAITING_FOR_APPROVAL: StatusCode.WAITING_FOR_APPROVAL,
                ReasonCode.NOTHING_APPROVED: StatusCode.NOTHING_APPROVED,
                ReasonCode.NO_RULE_FOR_DEVICE_CLASS: StatusCode.NO_RULE,
            }[self.answered.reason]
        return {
            "none": StatusCode.OFFERED,
            "unknown": StatusCode.OFFERED,
            "some lately": StatusCode.DOWNLOADING,
            "some": StatusCode.DOWNLOAD_STALLED,
            "all": StatusCode.DOWNLOADED_NOT_INSTALLED,
            "loop": StatusCode.INSTALL_LOOP,
            "loop of unknown": StatusCode.INSTALL_LOOP,
        }[self.download]

    def __str__(self) -> str:
        parts = (self.answered, self.download, self.install, self.clock, self.retired_at, self.due)
        return ", ".join(str(part) for part in parts)


@functools.cache
def every_state() -> tuple[State, ...]:
    """All of them; nobody changes one."""
    return tuple(_states())


def _states() -> Iterator[State]:
    for answered, install, clock, marked in product(ANSWERS, INSTALLS, LEFT_ALONE, (False, True)):
        told_little = install in _INSTALLS_IN_SHORT
        if (marked and clock not in {"soon", "silent"}) or ((marked or clock == "retired") and not told_little):
            continue
        offering = answered.reason in _OFFERING
        for download in DOWNLOADS if offering else DOWNLOADS[:1]:
            state = _state(answered, download, install, clock, marked=marked, offering=offering)
            yield state
            if told_little and clock in {"soon", "overdue"} and not marked:
                for reason, catalog, target in CHANGES:
                    same = (answered.reason, answered.target) == (reason, target)
                    yield replace(state, catalog=catalog, due=None if same else (reason, target))


def _state(
    answered: Answered,
    download: Download,
    install: InstallReport | None,
    clock: Clock,
    *,
    marked: bool,
    offering: bool,
) -> State:
    now = NOW + LEFT_ALONE[clock]
    life = _Life(answered)
    life.asks(FIRST_ASKED)
    if download in {"unknown", "loop of unknown"}:
        life.record.bytes_sent = None
    if download == "loop of unknown":
        for hours in range(SETTINGS.install_loop_offers):
            life.asks(FIRST_ASKED + (hours + 1) * HOUR)
    life.asks(NOW, install)
    life.fetches(download, now)
    retired_at = NOW + MINUTE if marked else None
    if retired_at is not None:
        life.record.retired_at = to_milliseconds(retired_at)
    return State(
        device=StoredDevice(
            record=life.record,
            last_check_at=to_milliseconds(NOW),
            next_check_at=to_milliseconds(NOW + DAY),
            label=None,
            location=None,
            asset_tag=None,
            note=None,
            test_device=answered.is_test_device,
        ),
        now=now,
        catalog=answered.catalog,
        answered=answered,
        download=download,
        install=install,
        clock=clock,
        retired_at=retired_at,
        due=None,
        offered_at=FIRST_ASKED if offering else None,
        history=tuple(life.history),
    )


class _Life:
    """What happens to one device."""

    def __init__(self, answered: Answered) -> None:
        self._answered = answered
        self._checks = 0
        self.history: list[HistoryEvent] = []
        self.record = new_record(1, self._sighting(FIRST_ASKED, None))

    def asks(self, at: datetime, install: InstallReport | None = None) -> None:
        """One check, which makes its notes."""
        self.history += record_sighting(self.record, self._sighting(at, install), SETTINGS)
        self.record.mac, self.record.serial = "00-04-F2-00-01-76", "07823-A345"
        for code in ("serial-changed", "identity-conflict"):
            parameters = {"serial": self.record.serial, "previous": "07823-A344"}
            count_note(self.record, code, to_milliseconds(at), self.history, parameters)

    def fetches(self, download: Download, now: datetime) -> None:
        """Bytes are sent: as `storage.checks.downloads` counts them."""
        record, total = self.record, TOTAL
        match download:
            case "some lately":
                self._receives(total // 2, now - 4 * MINUTE)
                self._receives(total * 3 // 5, now - 2 * MINUTE)
            case "some":
                self._receives(total * 3 // 5, NOW + MINUTE)
            case "all":
                self._receives(total, NOW + MINUTE)
                self._tries(1)
            case "loop":
                self._receives(total, NOW + MINUTE)
                self._tries(SETTINGS.install_loop_offers)
        move_status(record, to_milliseconds(NOW), to_milliseconds(NOW + DAY), to_milliseconds(now), SETTINGS)

    def _receives(self, count: int, at: datetime) -> None:
        self.record.bytes_sent, self.record.last_byte_at = count, to_milliseconds(at)
        move_status(self.record, to_milliseconds(NOW), to_milliseconds(NOW + DAY), to_milliseconds(at), SETTINGS)

    def _tries(self, times: int) -> None:
        for _ in range(times):
            self.record.offer_attempts = attempts_without_change(
                self.record.offer_attempts,
                report_changed=False,
                same_version=True,
                offer_made=False,
                all_bytes_sent=True,
            )

    def _sighting(self, at: datetime, install: InstallReport | None) -> Sighting:
        self._checks += 1
        request: CheckRequest = replace(check(self._answered.installed), last_install=install)
        catalog = self._answered.catalog
        known = installed_version(request, catalog)
        return Sighting(
            self._checks,
            to_milliseconds(at),
            "10.1.2.3",
            request,
            decide(request, catalog),
            KnownReport(None if known is None else known.text),
            int(DAY.total_seconds()),
            0,
        )
