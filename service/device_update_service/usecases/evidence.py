"""What is known instead where a list of devices, device logs or checks is empty (contract section 5).

"No device with 4F2 ever asked this pool; 3 refused requests from 10.3.1.9 since 9:10."
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from device_update_contract.administration.devices import DeviceFilter
from device_update_contract.administration.evidence import EvidenceAnswer, EvidenceQuery, ListLink
from device_update_contract.empty_lists import EmptyListCode
from device_update_contract.identifiers import bare_mac
from device_update_service.domain.sought_texts import SoughtText
from device_update_service.storage.checks.refused_texts import refusals_naming
from device_update_service.storage.checks.update_log_search import UpdateLogSearch
from device_update_service.storage.checks.wanted_checks import WantedChecks
from device_update_service.storage.devices.device_history_records import latest_event_at
from device_update_service.storage.devices.device_records import StoredDevice, load_devices
from device_update_service.storage.devices.device_search import COUNTED
from device_update_service.storage.devices.filter_parts import filtered_away, found_by
from device_update_service.storage.logs.logs_of_text import logs_of_device, logs_of_text, oldest_log_at
from device_update_service.storage.setting_records import read_integer_setting
from device_update_service.usecases.known_facts import KnownFact, counted_up_to, filter_told, link, time_told
from device_update_service.usecases.record_ids import parse_record_id
from device_update_service.usecases.text_evidence import (
    MOST_CHECKS,
    facts_of_refusals,
    facts_of_text,
    newest_checks_with,
)

_TEXT_FIELDS: Final = ("search", "user", "address")
"""Parts of a filter of devices that are texts of a device; the first that is given is what was looked for."""

_Code = EmptyListCode


def show_evidence(query: EvidenceQuery, search: UpdateLogSearch) -> EvidenceAnswer:
    """What is known instead of what a list was searched for; a few short looks, however many devices there are.

    Raises:
        InvalidValue: a part of the filter has not its form.
    """
    facts = _facts_of_devices(query, search) if query.sought_in == "devices" else _facts_of_records(query, search)
    return EvidenceAnswer(evidence=[fact.statement() for fact in facts])


def _facts_of_devices(query: EvidenceQuery, search: UpdateLogSearch) -> list[KnownFact]:
    wanted = DeviceFilter.model_validate({name: getattr(query, name) for name in DeviceFilter.model_fields})
    away = filtered_away(wanted) if len(wanted.model_dump(exclude_none=True)) > 1 else None
    if away is not None:
        told = {
            **counted_up_to(away.devices, COUNTED),
            "shown": filter_told(away.shown),
            "filter": filter_told(away.hidden_by),
            "shown_by": away.shown,
            "hidden_by": away.hidden_by,
        }
        return [KnownFact(_Code.FILTERED_AWAY, told, link("devices", **away.shown))]
    text = next((value for name in _TEXT_FIELDS if (value := getattr(wanted, name)) and value.strip()), None)
    return [] if text is None else _facts_of_sought(SoughtText(text.strip()), search)


def _facts_of_records(query: EvidenceQuery, search: UpdateLogSearch) -> list[KnownFact]:
    """What is known where no device log, or no check, was found."""
    is_logs = query.sought_in == "device-logs"
    facts: list[KnownFact] = []
    sought = SoughtText((query.search or "").strip())
    device = _device(query.device)
    away = _logs_filtered_away(query, sought) if is_logs else _checks_filtered_away(query, sought, search)
    if away is not None:
        facts.append(away)
    if device is not None:
        facts += _facts_of_device(device, is_logs=is_logs)
    if sought.text and away is None:
        facts += _facts_of_sought(sought, search)
    return [*facts, _logs_kept() if is_logs else _checks_kept(search)]


def _facts_of_sought(sought: SoughtText, search: UpdateLogSearch) -> list[KnownFact]:
    """Whether there are devices with a text; else all that it left elsewhere."""
    ids = found_by(sought.text)
    if len(ids) == 1:
        return list(_facts_of_device(load_devices(ids)[0], is_logs=False))
    if ids:
        told = {**counted_up_to(len(ids), COUNTED), "search": sought.shown}
        return [KnownFact(_Code.KNOWN_DEVICES, told, link("devices", search=sought.text))]
    return facts_of_text(sought, search)


def _facts_of_device(device: StoredDevice, *, is_logs: bool) -> Iterator[KnownFact]:
    name = _name(device)
    told = {"identifier": name, "last_check_at": time_told(device.last_check_at)}
    yield KnownFact(_Code.KNOWN_DEVICE, told, link("devices", search=name))
    if is_logs:
        sent_at = latest_event_at(device.record.id, "log-stored")
        if sent_at is not None:
            yield KnownFact(_Code.LAST_LOG_SENT, {"identifier": name, "at": time_told(sent_at)})
        yield from facts_of_refusals(refusals_naming(SoughtText(bare_mac(name))), name)


def _logs_filtered_away(query: EvidenceQuery, sought: SoughtText) -> KnownFact | None:
    hidden_by = _given(query, "type", "since", "until")
    device_id = None if query.device is None else parse_record_id(query.device)
    if not hidden_by or (device_id is None and not sought.text):
        return None
    if device_id is not None:
        found = logs_of_device(device_id, COUNTED + 1)
    else:
        logs = logs_of_text(sought, without_device=False)
        found = 0 if logs is None else logs.count
    to = link("device-logs", search=sought.text, device=query.device or "")
    return _hidden(_Code.LOGS_FILTERED_AWAY, found, COUNTED, hidden_by, _shown(query, sought), to)


def _checks_filtered_away(query: EvidenceQuery, sought: SoughtText, search: UpdateLogSearch) -> KnownFact | None:
    hidden_by = _given(query, "reason", "since", "until")
    device_id = None if query.device is None else parse_record_id(query.device)
    if not hidden_by or (device_id is None and not sought.text):
        return None
    if device_id is not None:
        found = len(search.checks(WantedChecks(device_id=device_id), None, MOST_CHECKS + 1).checks)
    else:
        found = len(newest_checks_with(sought, search))
    to = link("update-log", search=sought.text, device=query.device or "")
    return _hidden(_Code.CHECKS_FILTERED_AWAY, found, MOST_CHECKS, hidden_by, _shown(query, sought), to)


def _hidden(
    code: EmptyListCode, found: int, most: int, hidden_by: Mapping[str, str], shown: str, to: ListLink
) -> KnownFact | None:
    if not found:
        return None
    told = {"shown": shown, "filter": filter_told(hidden_by), "hidden_by": dict(hidden_by)}
    return KnownFact(code, {**counted_up_to(found, most), **told}, to)


def _given(query: EvidenceQuery, *names: str) -> dict[str, str]:
    told = query.model_dump(mode="json", exclude_none=True)
    return {name: str(told[name]) for name in names if name in told}


def _shown(query: EvidenceQuery, sought: SoughtText) -> str:
    device = _device(query.device)
    return sought.shown or (_name(device) if device is not None else str(query.device))


def _device(device_id: str | None) -> StoredDevice | None:
    number = None if device_id is None else parse_record_id(device_id)
    found = [] if number is None else load_devices([number])
    return found[0] if found else None


def _name(device: StoredDevice) -> str:
    return device.record.mac or device.record.serial or str(device.record.id)


def _logs_kept() -> KnownFact:
    return KnownFact(_Code.LOGS_KEPT, _kept_since(oldest_log_at()))


def _checks_kept(search: UpdateLogSearch) -> KnownFact:
    return KnownFact(_Code.UPDATE_LOG_KEPT, _kept_since(search.oldest_at()))


def _kept_since(oldest: int | None) -> dict[str, str | int | None]:
    days = read_integer_setting("log_cleanup_days")
    return {"days": days, "first_at": None if oldest is None else time_told(oldest)}
