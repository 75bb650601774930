"""What changed in the last 24 hours for the devices that a filter means (contract section 5).

Everything is read from the newest on, through indexes of time, and no further than a few thousand rows: where there is
more, the counts are true lower bounds and the answer says so.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from device_update_contract.administration.base import rfc3339
from device_update_contract.administration.devices import DeviceFilter, DeviceQuery
from device_update_contract.administration.evidence import DeviceChangesAnswer, LinkedStatement, ListLink
from device_update_contract.identifiers import serial_key
from device_update_contract.reasons import OFFERING_REASONS
from device_update_contract.recent_changes import (
    RECENT_HOURS,
    RecentChangeCode,
    recent_change_text,
    recent_changes_sentence,
)
from device_update_service.domain.rules import Verb
from device_update_service.domain.sought_texts import SoughtText
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks.refused_texts import refusals_since
from device_update_service.storage.devices.device_conditions import counted_by_class
from device_update_service.storage.devices.device_queries import find_devices
from device_update_service.storage.devices.device_records import load_devices
from device_update_service.storage.devices.device_writes import find_identifiers
from device_update_service.storage.devices.recent_events import (
    MeantDevices,
    RecentEvent,
    class_keys_of,
    events_since,
    meant_devices,
    silent_since,
)
from device_update_service.storage.rules.recent_verbs import RecentVerb, verbs_since
from device_update_service.storage.setting_records import integer_of, read_settings
from device_update_service.usecases.known_facts import link

_MOST_RULE_PARTS: Final = 6
_HOUR: Final = 3_600_000
_SAMPLE: Final = 500
"""Devices of a large list whose classes are looked at."""

_Versions = tuple[str | None, str | None]
"""The version before, where one is told, and the one after."""
_Code = RecentChangeCode
_VERBS: Mapping[str, RecentChangeCode] = {
    Verb.APPROVE: _Code.RULE_APPROVED,
    Verb.ROLL_BACK: _Code.RULE_ROLLED_BACK,
    Verb.ROLL_BACK_TO: _Code.RULE_ROLLED_BACK,
    Verb.REJECT: _Code.RULE_REJECTED,
    Verb.REMOVE: _Code.RULE_REMOVED,
}


@dataclass(frozen=True, slots=True)
class _Change:
    code: RecentChangeCode
    parameters: dict[str, Any]
    link: ListLink | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """Changes of one kind, and whether they are all."""

    changes: list[_Change]
    complete: bool


def device_changes(wanted: DeviceFilter, *, now: datetime) -> DeviceChangesAnswer:
    """What changed since 24 hours ago for the devices that a filter means.

    Raises:
        InvalidValue: a part of the filter has not its form.
    """
    since = now - timedelta(hours=RECENT_HOURS)
    meant = meant_devices(wanted)
    found: list[_Found] = []
    if meant is not None and meant.few != []:
        at = to_milliseconds(since)
        found += [
            _events(meant, wanted, at),
            _silent(meant, wanted, at, to_milliseconds(now)),
            _verbs(meant, wanted, at),
        ]
    found.append(_refused(meant, wanted, since))
    changes = [change for kind in found for change in kind.changes]
    order = list(_Code)
    changes.sort(key=lambda change: order.index(change.code))
    complete = all(kind.complete for kind in found)
    statements = [_statement(change) for change in changes]
    return DeviceChangesAnswer(
        since=since,
        complete=complete,
        changes=statements,
        text=recent_changes_sentence([statement.text for statement in statements], complete=complete),
    )


def _statement(change: _Change) -> LinkedStatement:
    told = {name: value for name, value in change.parameters.items() if value is not None}
    return LinkedStatement(
        code=change.code.value, parameters=told, text=recent_change_text(change.code, told), link=change.link
    )


def _events(meant: MeantDevices, wanted: DeviceFilter, since: int) -> _Found:
    events, complete = events_since(meant, since)
    by_code: dict[str, list[RecentEvent]] = {}
    for event in events:
        by_code.setdefault(event.code, []).append(event)
    offers = [event for code in OFFERING_REASONS for event in by_code.get(code, [])]
    changes = [
        *_counted(_Code.INSTALL_FAILED, by_code.get("install-failed"), _narrowed(wanted, status="install-failed")),
        *_counted(_Code.NEW_DEVICES, by_code.get("first-seen"), None),
        *_with_versions(_Code.VERSION_CHANGED, by_code.get("version-changed"), wanted, _changed_versions),
        *_with_versions(_Code.INSTALLED, by_code.get("install-succeeded"), wanted, _one_version),
        *_with_versions(_Code.OFFERED, offers, None, _one_version),
        *_counted(_Code.LOGS_SENT, by_code.get("log-stored"), _logs_link(meant, wanted)),
    ]
    return _Found(changes, complete)


def _counted(code: RecentChangeCode, events: list[RecentEvent] | None, to: ListLink | None) -> Iterator[_Change]:
    if events:
        yield _Change(code, {"count": len(events)}, to)


def _one_version(told: Mapping[str, Any]) -> _Versions:
    return None, told.get("version")


def _changed_versions(told: Mapping[str, Any]) -> _Versions:
    return told.get("previous"), told.get("installed_version")


def _with_versions(
    code: RecentChangeCode,
    events: list[RecentEvent] | None,
    wanted: DeviceFilter | None,
    versions_of: Callable[[Mapping[str, Any]], _Versions],
) -> Iterator[_Change]:
    """How many there were, and the commonest versions among them; ``wanted`` is narrowed to the version."""
    if events:
        versions: Counter[_Versions] = Counter()
        for parameters, times in Counter(event.parameters for event in events).items():
            versions[versions_of(json.loads(parameters))] += times
        (((previous, version), most),) = versions.most_common(1)
        told = {"count": len(events), "previous": previous, "version": version}
        if most < len(events):
            told["most"] = most
        to = None if wanted is None or version is None else _narrowed(wanted, version=version)
        yield _Change(code, told, to)


def _silent(meant: MeantDevices, wanted: DeviceFilter, since: int, now: int) -> _Found:
    """Whoever became silent since then was to ask so many hours earlier, and asked an interval before that."""
    values = read_settings()
    silent_after = integer_of(values, "silent_after_hours") * _HOUR
    longest = max(
        integer_of(values, "check_interval_seconds"), integer_of(values, "test_device_check_interval_seconds")
    )
    asked_from = since - silent_after - longest * 1_200
    silent, complete = silent_since(meant, since, asked_from, now - silent_after)
    if not silent:
        return _Found([], complete)
    return _Found([_Change(_Code.BECAME_SILENT, {"count": len(silent)}, _narrowed(wanted, status="silent"))], complete)


def _verbs(meant: MeantDevices, wanted: DeviceFilter, since: int) -> _Found:
    verbs, complete = verbs_since(since)
    told = [verb for verb in verbs if verb.verb in _VERBS]
    concerned = _classes_of(meant, wanted, {key for verb in told for key in verb.class_keys})
    groups: dict[tuple[RecentChangeCode, str | None, str], list[RecentVerb]] = {}
    for verb in told:
        if concerned.intersection(verb.class_keys):
            version = None if verb.verb == Verb.REMOVE else verb.version
            groups.setdefault((_VERBS[verb.verb], version, verb.account), []).append(verb)
    changes = [_rule_change(*key, found) for key, found in groups.items()]
    return _Found(changes[:_MOST_RULE_PARTS], complete and len(changes) <= _MOST_RULE_PARTS)


def _rule_change(code: RecentChangeCode, version: str | None, account: str, verbs: list[RecentVerb]) -> _Change:
    rules = {verb.rule_id: verb.rule_name for verb in verbs}
    told = {"count": len(rules), "version": version, "account": account, "rule": next(iter(rules.values()))}
    if code in {_Code.RULE_APPROVED, _Code.RULE_ROLLED_BACK}:
        return _Change(code, told, link("rules", state="deployed", search=version or ""))
    return _Change(code, told, link("audit-trail", verb=f"rule.{'reject' if version else 'remove'}"))


def _classes_of(meant: MeantDevices, wanted: DeviceFilter, keys: set[str]) -> set[str]:
    """Those of some classes in which there are devices that are meant; of many devices the first are looked at."""
    if not keys:
        return set()
    if meant.few is not None:
        return keys & class_keys_of(meant.few)
    by_class = counted_by_class(wanted)
    if by_class is not None:
        return keys & set(by_class)
    first = find_devices(DeviceQuery.model_validate({**wanted.model_dump(), "limit": _SAMPLE}))
    return keys & class_keys_of(first.ids)


def _refused(meant: MeantDevices | None, wanted: DeviceFilter, since: datetime) -> _Found:
    """Requests that were refused of devices that are meant, and of those that a search names and nobody knows."""
    at = to_milliseconds(since)
    sought = SoughtText((wanted.search or "").strip())
    refusals, complete = refusals_since(at, sought if sought.text else None)
    of_devices = _meant_identifiers(meant, {refusal.device for refusal in refusals if refusal.device})
    chosen = [each for each in refusals if each.is_named or each.device.upper() in of_devices]
    if not chosen:
        return _Found([], complete)
    # Rows are folded over days: of one that began before, only its last request is known to be recent.
    count = sum(refusal.count if refusal.first_at >= at else 1 for refusal in chosen)
    to = link("refused-requests", search=sought.text, since=rfc3339(since))
    exact = complete and all(refusal.first_at >= at for refusal in chosen)
    return _Found([_Change(_Code.REFUSED_REQUESTS, {"count": count}, to)], exact)


def _meant_identifiers(meant: MeantDevices | None, identifiers: set[str]) -> set[str]:
    """Those of some canonical MAC addresses and serial numbers that are of devices that are meant, in upper case."""
    if meant is None or not identifiers:
        return set()
    known = find_identifiers(identifiers, map(serial_key, identifiers))
    ids = meant.among({id_ for id_, _, _ in known})
    return {name.upper() for id_, mac, serial in known if id_ in ids for name in (mac, serial) if name is not None}


def _logs_link(meant: MeantDevices, wanted: DeviceFilter) -> ListLink | None:
    """The logs of one device, or of those that a search names; no list has those of a filter."""
    if meant.few is not None and len(meant.few) == 1:
        record = load_devices(meant.few)[0].record
        return link("device-logs", search=record.mac or record.serial or "")
    fields = set(wanted.model_dump(exclude_none=True))
    return link("device-logs", search=wanted.search or "") if fields <= {"search"} else None


def _narrowed(wanted: DeviceFilter, **more: str) -> ListLink | None:
    """The list of devices with one more part in its filter; None where it asks for something else there already."""
    given = {name: str(value) for name, value in wanted.model_dump(mode="json", exclude_none=True).items()}
    if any(given.get(name, value) != value for name, value in more.items()):
        return None
    return link("devices", **{**given, **more})
