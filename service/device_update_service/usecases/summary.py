"""Counts for charts, from maintained counters (contract section 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import TypeVar

from device_update_contract.administration.server import ChecksInHour, CountBy, RefusedOfKind, SummaryAnswer
from device_update_contract.versions import InvalidVersion, Version
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds
from device_update_service.storage.checks.refused_request_records import count_refused_by_kind
from device_update_service.storage.devices.summary_records import (
    ClassName,
    CountedDevices,
    checks_in_hours,
    class_names,
    counted_devices,
)
from device_update_service.storage.rules.rule_lists import count_rules

HOURS = 48
REFUSED_HOURS = 24
"""What was turned away so long ago is not recent any more."""

Key = TypeVar("Key", bound=Hashable)


def summary(now: datetime) -> SummaryAnswer:
    """How many devices there are by class, version and status (the largest first), and the last two days' checks."""
    counted = counted_devices()
    models, versions = _Models(counted), _Versions(counted)
    rules = count_rules()
    refused_since = now - timedelta(hours=REFUSED_HOURS)
    return SummaryAnswer(
        devices=sum(row.devices for row in counted),
        by_class=[models.count(key, devices) for key, devices in _counts(counted, models.key)],
        by_version=[versions.count(key, devices) for key, devices in _counts(counted, versions.key)],
        by_status=[
            CountBy(status=status, devices=devices) for status, devices in _counts(counted, lambda row: row.status)
        ],
        by_class_and_status=[
            models.count(key, devices, status)
            for (key, status), devices in _counts(counted, lambda row: (models.key(row), row.status))
        ],
        by_version_and_status=[
            versions.count(key, devices, status)
            for (key, status), devices in _counts(counted, lambda row: (versions.key(row), row.status))
        ],
        checks_per_hour=_checks_per_hour(now),
        rules_pending=rules.pending,
        rules_deployed=rules.deployed,
        refused_since=refused_since,
        refused=[
            RefusedOfKind(kind=kind, refused=refused)
            for kind, refused in count_refused_by_kind(to_milliseconds(refused_since))
        ],
    )


def _counts(counted: list[CountedDevices], key_of: Callable[[CountedDevices], Key]) -> list[tuple[Key, int]]:
    """How many devices have each key, the most first."""
    counts: Counter[Key] = Counter()
    for row in counted:
        counts[key_of(row)] += row.devices
    return counts.most_common()


class _Models:
    """Classes by device type, vendor and model, without regard to case; the first spelling is shown."""

    def __init__(self, counted: list[CountedDevices]) -> None:
        names = class_names()
        self._spelled: dict[tuple[str, ...], ClassName] = {}
        for row in counted:
            if row.class_key in names:
                self._spelled.setdefault(self.key(row), names[row.class_key])

    def key(self, row: CountedDevices) -> tuple[str, ...]:
        return tuple(row.class_key.split("/")[:3])

    def count(self, key: tuple[str, ...], devices: int, status: str | None = None) -> CountBy:
        """One count; a class whose last device went away since it was counted is spelled as it is compared."""
        name = self._spelled.get(key) or ClassName(*key)
        return CountBy(
            device_type=name.device_type, vendor=name.vendor, model=name.model, status=status, devices=devices
        )


class _Versions:
    """Spellings of one version count as one, and the one that most devices report is shown; null: none is known."""

    def __init__(self, counted: list[CountedDevices]) -> None:
        self._keys = {text: _version_key(text) for text in {row.installed_version for row in counted}}
        self._spelled: dict[str, str] = {}
        for text, _ in _counts(counted, lambda row: row.installed_version):
            self._spelled.setdefault(self._keys[text], text)

    def key(self, row: CountedDevices) -> str:
        return self._keys[row.installed_version]

    def count(self, key: str, devices: int, status: str | None = None) -> CountBy:
        return CountBy(version=self._spelled[key] or None, status=status, devices=devices)


def _version_key(text: str) -> str:
    try:
        return Version.parse(text).key
    except InvalidVersion:
        return text


def _checks_per_hour(now: datetime) -> list[ChecksInHour]:
    """Every hour of the last two days, also those without a check."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    first = this_hour - timedelta(hours=HOURS - 1)
    checks = dict(checks_in_hours(to_milliseconds(first)))
    hours = [to_milliseconds(first + timedelta(hours=passed)) for passed in range(HOURS)]
    return [ChecksInHour(hour=from_milliseconds(hour), checks=checks.get(hour, 0)) for hour in hours]
