"""How many devices are behind rules: from the maintained counters, and from the few test devices (contract 2.2, 5).

A check's vendor is a rule's brand; only where no rule matches so, it is a rule's vendor, and of several such rules
with one update type the smallest brand counts. Seen from the rule, that is at most two classes of devices.
Retired devices do not count: nothing reaches them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from peewee import fn

from device_update_contract.reasons import StatusCode
from device_update_service.domain.catalog import IdentifierType
from device_update_service.domain.rules import Rule
from device_update_service.storage import tables

InstalledCounts = Mapping[str, int]
"""How many devices by the installed version they report; '' stands for an unknown one."""

_CLASSES_A_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class TestDeviceState:
    """How far one test device that is known as a device has got."""

    __test__ = False

    device_id: int
    class_key: str
    installed_version: str | None
    offered_update_id: int | None
    failed_version: str | None


@dataclass(frozen=True, slots=True)
class RuleDevices:
    """The devices that a rule decides for; test devices are counted in `installed` too."""

    installed: InstalledCounts
    test_devices: tuple[TestDeviceState, ...]

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.installed.values())


def devices_of_rules(rules: Sequence[Rule]) -> dict[int, RuleDevices]:
    """The devices of each rule by its id; none for a removed rule."""
    classes = _class_keys(rules)
    counts = _installed_counts({key for keys in classes.values() for key in keys})
    states: dict[str, list[TestDeviceState]] = defaultdict(list)
    for state in states_of_test_devices():
        states[state.class_key].append(state)
    found: dict[int, RuleDevices] = {}
    for rule_id, keys in classes.items():
        installed: dict[str, int] = defaultdict(int)
        for key in keys:
            for version, devices in counts.get(key, {}).items():
                installed[version] += devices
        found[rule_id] = RuleDevices(dict(installed), tuple(state for key in keys for state in states.get(key, ())))
    return found


def states_of_test_devices() -> list[TestDeviceState]:
    """The device records that test devices name, each once, without retired ones."""
    found: dict[int, TestDeviceState] = {}
    test, device = tables.TestDevice, tables.Device
    for kind, column in ((IdentifierType.MAC, device.mac), (IdentifierType.SERIAL, device.serial_key)):
        rows = (
            device.select(
                device.id,
                device.class_key,
                device.installed_version,
                device.offered_update_id,
                device.install_result,
                device.install_version,
                device.target_reported_since,
            )
            .join(test, on=(column == test.identifier_key))
            .where((test.identifier_type == kind.value) & (device.status != StatusCode.RETIRED.value))
        )
        for row in rows:
            failed = row.install_result == "Failed" and not row.target_reported_since
            found[row.id] = TestDeviceState(
                row.id,
                row.class_key,
                row.installed_version,
                row.offered_update_id,
                row.install_version if failed else None,
            )
    return list(found.values())


def _installed_counts(class_keys: set[str]) -> dict[str, dict[str, int]]:
    table = tables.DeviceCount
    found: dict[str, dict[str, int]] = defaultdict(dict)
    keys = sorted(class_keys)
    for start in range(0, len(keys), _CLASSES_A_STATEMENT):
        rows = (
            table.select(table.class_key, table.installed_version, fn.SUM(table.devices).alias("devices"))
            .where(
                table.class_key.in_(keys[start : start + _CLASSES_A_STATEMENT])
                & (table.status != StatusCode.RETIRED.value)
                & (table.devices > 0)
            )
            .group_by(table.class_key, table.installed_version)
        )
        for row in rows:
            found[row.class_key][row.installed_version] = int(row.devices)
    return found


def _class_keys(rules: Sequence[Rule]) -> dict[int, tuple[str, ...]]:
    """The device classes that each rule decides for, as `Device.class_key` spells them."""
    by_vendor = [rule for rule in rules if not rule.removed and rule.vendor.lower() != rule.device_class.brand.lower()]
    brands, winners = _live_rules(rules) if by_vendor else (frozenset(), {})
    found: dict[int, tuple[str, ...]] = {}
    for rule in rules:
        if rule.removed:
            found[rule.id] = ()
            continue
        keys = [_class_key(rule, rule.device_class.brand)]
        vendor_key = _class_key(rule, rule.vendor)
        if vendor_key not in brands and winners.get((vendor_key, rule.update_type.lower())) == rule.id:
            keys.append(vendor_key)
        found[rule.id] = tuple(dict.fromkeys(keys))
    return found


def _live_rules(rules: Sequence[Rule]) -> tuple[frozenset[str], dict[tuple[str, str], int]]:
    """The class keys that rules claim by brand, and the rule that each vendor's class and update type falls to.

    `rules` stand for their rows: a preview asks about a rule as a verb would leave it.
    """
    table = tables.Rule
    asked = {rule.id for rule in rules}
    candidates = [
        (row.brand, row.vendor, (row.device_type, row.model, row.revision, row.locale), row.update_type, row.id)
        for row in table.select().where(table.removed == False)  # noqa: E712
        if row.id not in asked
    ]
    for rule in rules:
        if not rule.removed:
            own = rule.device_class
            fields = (own.device_type, own.model, own.revision, own.locale)
            candidates.append((own.brand, rule.vendor, fields, rule.update_type, rule.id))
    brands: set[str] = set()
    winners: dict[tuple[str, str], int] = {}
    for brand, vendor, fields, update_type, rule_id in sorted(candidates, key=lambda found: found[0].lower()):
        brands.add(_joined(brand, fields))
        winners.setdefault((_joined(vendor, fields), update_type.lower()), rule_id)
    return frozenset(brands), winners


def _class_key(rule: Rule, brand_or_vendor: str) -> str:
    own = rule.device_class
    return _joined(brand_or_vendor, (own.device_type, own.model, own.revision, own.locale))


def _joined(brand_or_vendor: str, fields: tuple[str, str, str, str]) -> str:
    device_type, model, revision, locale = fields
    return f"{device_type}/{brand_or_vendor}/{model}/{revision}/{locale}".lower()
