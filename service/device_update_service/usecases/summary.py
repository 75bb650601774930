"""Counts for charts, from maintained counters (contract section 5)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from device_update_contract.administration.server import ChecksInHour, CountBy, SummaryAnswer
from device_update_contract.versions import InvalidVersion, Version
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds
from device_update_service.storage.devices.summary_records import (
    ClassName,
    CountedDevices,
    checks_in_hours,
    class_names,
    counted_devices,
)
from device_update_service.storage.rules.rule_lists import count_rules

HOURS = 48


def summary(now: datetime) -> SummaryAnswer:
    """How many devices there are by class, version and status (the largest first), and the last two days' checks."""
    counted = counted_devices()
    rules = count_rules()
    statuses: Counter[str] = Counter()
    for row in counted:
        statuses[row.status] += row.devices
    return SummaryAnswer(
        devices=sum(row.devices for row in counted),
        by_class=_by_class(counted),
        by_version=_by_version(counted),
        by_status=[CountBy(status=status, devices=devices) for status, devices in statuses.most_common()],
        checks_per_hour=_checks_per_hour(now),
        rules_pending=rules.pending,
        rules_deployed=rules.deployed,
    )


def _by_class(counted: list[CountedDevices]) -> list[CountBy]:
    """By device type, vendor and model, without regard to case."""
    names = class_names()
    spelled: dict[tuple[str, ...], ClassName] = {}
    classes: Counter[tuple[str, ...]] = Counter()
    for row in counted:
        key = tuple(row.class_key.split("/")[:3])
        classes[key] += row.devices
        if row.class_key in names:
            spelled.setdefault(key, names[row.class_key])
    return [
        CountBy(device_type=name.device_type, vendor=name.vendor, model=name.model, devices=devices)
        for key, devices in classes.most_common()
        if (name := spelled.get(key)) is not None
    ]


def _by_version(counted: list[CountedDevices]) -> list[CountBy]:
    """Spellings of one version count as one; null where none is known."""
    spelled: dict[str, str] = {}
    versions: Counter[str] = Counter()
    for row in sorted(counted, key=lambda row: -row.devices):
        key = _version_key(row.installed_version)
        versions[key] += row.devices
        spelled.setdefault(key, row.installed_version)
    return [CountBy(version=spelled[key] or None, devices=devices) for key, devices in versions.most_common()]


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
