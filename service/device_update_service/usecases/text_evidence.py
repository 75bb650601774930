"""What is known of a text that no device has: what it cannot be, and every trace that it left (contract section 5).

Each look is bounded: by an index, by a table that is kept small, or by the newest rows alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from device_update_contract.administration.base import rfc3339
from device_update_contract.administration.devices import TestDeviceQuery
from device_update_contract.administration.endpoints import LIST_TEST_DEVICES
from device_update_contract.administration.rules import RuleFilter
from device_update_contract.administration.update_log import LoggedCheck
from device_update_contract.empty_lists import EmptyListCode
from device_update_contract.identifiers import bare_mac
from device_update_service.domain.sought_texts import SHORTEST, SoughtText, mistakes
from device_update_service.storage.checks.refused_texts import RefusalOfText, refusals_naming
from device_update_service.storage.checks.update_log_search import UpdateLogSearch
from device_update_service.storage.checks.update_log_texts import terms_of
from device_update_service.storage.devices.device_records import load_devices
from device_update_service.storage.devices.device_search import COUNTED
from device_update_service.storage.devices.filter_parts import fields_with
from device_update_service.storage.devices.removed_devices import newest_removal_of
from device_update_service.storage.logs.logs_of_text import logs_of_text
from device_update_service.storage.paging import page_request
from device_update_service.storage.rules.rule_lists import matching_rule_ids
from device_update_service.storage.rules.test_device_records import page_of_test_devices
from device_update_service.usecases.known_facts import KnownFact, counted_up_to, link, time_told

MOST_CHECKS: Final = 100
"""So many checks of the update log are looked at."""
DAYS_GLANCED: Final = 10
_SENDERS: Final = 3
_TEST_DEVICES: Final = 3
_OTHER_DEVICES: Final = 2

_Code = EmptyListCode


def facts_of_text(sought: SoughtText, search: UpdateLogSearch) -> list[KnownFact]:
    """Everything that is known of a text that no device has; first what it is not, then what it left where."""
    fields = fields_with(sought.text)
    checks = newest_checks_with(sought, search)
    traces = [*_facts_of_removal(sought), *_facts_of_checks(sought, checks, known_otherwise=bool(fields))]
    traces += _facts_of_logs(sought)
    asked_before = any(fact.code is not _Code.CHECKS_OF_OTHER_DEVICE for fact in traces)
    code = _Code.UNKNOWN_DEVICE if asked_before else _Code.NEVER_ASKED
    wrong = () if fields else mistakes(sought)  # a model such as CX700 was not meant as a MAC address
    return [
        *(KnownFact(mistake, parameters) for mistake, parameters in wrong),
        KnownFact(code, {"search": sought.shown}),
        *_facts_of_fields(sought, fields),
        *_facts_of_test_devices(sought),
        *facts_of_refusals(refusals_naming(sought), sought.text),
        *traces,
        *_facts_of_rules(sought),
    ]


def newest_checks_with(sought: SoughtText, search: UpdateLogSearch) -> list[LoggedCheck]:
    """The newest checks whose sender told a text, one more than `MOST_CHECKS` at most."""
    words = [word for word in sought.text.split() if len(word) >= SHORTEST]
    if not words:
        return []
    terms = terms_of(" ".join(words))
    checks = search.glance(terms, DAYS_GLANCED, MOST_CHECKS + 1, whole_mac=sought.whole_mac)
    return [check for check in checks if _is_of_sender(check, sought)]


def _is_of_sender(check: LoggedCheck, sought: SoughtText) -> bool:
    """Whether a text is part of who asked; a module or an answer with it says nothing of a device."""
    told = (check.mac, check.serial, check.user, check.address, check.model)
    mac = bare_mac(check.mac or "").lower()
    return any(sought.lower in each.lower() for each in told if each) or (
        sought.mac_part is not None and sought.mac_part in mac
    )


def facts_of_refusals(refusals: Sequence[RefusalOfText], text: str) -> Iterator[KnownFact]:
    """What was turned away: the latest senders with the last cause of each, then how much more there is."""
    requests = [refusal for refusal in refusals if not refusal.is_sign_in]
    sign_ins = [refusal for refusal in refusals if refusal.is_sign_in]
    for refusal in requests[:_SENDERS]:
        yield KnownFact(
            _Code.REFUSED_REQUESTS, _told(refusal), link("refused-requests", search=text, address=refusal.address)
        )
    if len(requests) > _SENDERS:
        more = {"count": sum(refusal.count for refusal in requests[_SENDERS:])}
        yield KnownFact(_Code.MORE_REFUSED_REQUESTS, more, link("refused-requests", search=text))
    for refusal in sign_ins[:_SENDERS]:
        to = link("sign-ins", account=refusal.account, address=refusal.address)
        yield KnownFact(_Code.REFUSED_SIGN_INS, {**_told(refusal), "account": refusal.account or None}, to)
    if len(sign_ins) > _SENDERS:
        more = {"count": sum(refusal.count for refusal in sign_ins[_SENDERS:])}
        yield KnownFact(_Code.MORE_REFUSED_SIGN_INS, more, link("refused-requests", search=text))


def _told(refusal: RefusalOfText) -> dict[str, str | int | None]:
    return {
        "count": refusal.count,
        "address": refusal.address or None,
        "first_at": time_told(refusal.first_at),
        "last_at": time_told(refusal.last_at),
        "refusal": refusal.code,
        "detail": refusal.detail,
    }


def _facts_of_fields(sought: SoughtText, fields: dict[str, int]) -> Iterator[KnownFact]:
    for field, devices in fields.items():
        told = {"search": sought.shown, "field": field.replace("_", " "), **counted_up_to(devices, COUNTED)}
        value = sought.lower if field == "status" else sought.text
        yield KnownFact(_Code.WITH_FIELD, told, link("devices", **{field: value}))


def _facts_of_test_devices(sought: SoughtText) -> Iterator[KnownFact]:
    query = TestDeviceQuery(limit=_TEST_DEVICES)
    page = page_of_test_devices(sought.text, page_request(query, LIST_TEST_DEVICES.sorts, "name"))
    for record in page.records:
        told = {"name": record.test_device.name, "identifier": record.test_device.identifier}
        if record.device is None:
            yield KnownFact(
                _Code.TEST_DEVICE_NEVER_ASKED, told, link("test-devices", search=record.test_device.identifier)
            )
        else:
            yield KnownFact(_Code.TEST_DEVICE, told, link("devices", search=record.test_device.identifier))
    if page.total > len(page.records):
        more = {"count": page.total - len(page.records)}
        yield KnownFact(_Code.MORE_TEST_DEVICES, more, link("test-devices", search=sought.text))


def _facts_of_removal(sought: SoughtText) -> Iterator[KnownFact]:
    removed = newest_removal_of(sought)
    if removed is not None:
        told = {"identifier": removed.identifier, "account": removed.account, "at": time_told(removed.at)}
        yield KnownFact(_Code.DEVICE_REMOVED, told, link("audit-trail", verb="device.remove"))


def _facts_of_checks(
    sought: SoughtText, checks: Sequence[LoggedCheck], *, known_otherwise: bool
) -> Iterator[KnownFact]:
    """Checks by what became of their device: it has none, it was removed, or it tells something else now."""
    by_device: dict[int | None, list[LoggedCheck]] = defaultdict(list)
    for check in checks:
        by_device[None if check.device_id is None else int(check.device_id)].append(check)
    known = {device.record.id: device for device in load_devices([id_ for id_ in by_device if id_ is not None])}
    removed = [check for check in checks if check.device_id is not None and int(check.device_id) not in known]
    for code, found in (
        (_Code.CHECKS_OF_REMOVED_DEVICE, removed),
        (_Code.CHECKS_WITHOUT_IDENTIFIERS, by_device.get(None, [])),
    ):
        if found:
            yield KnownFact(
                code, {**counted_up_to(len(found), MOST_CHECKS), **_last(found)}, link("update-log", search=sought.text)
            )
    if known_otherwise:
        return
    for id_, device in list(known.items())[:_OTHER_DEVICES]:
        name = device.record.mac or device.record.serial or str(id_)
        told = {"search": sought.shown, "identifier": name, **_last(by_device[id_])}
        yield KnownFact(_Code.CHECKS_OF_OTHER_DEVICE, told, link("devices", search=name))


def _last(checks: Sequence[LoggedCheck]) -> dict[str, str]:
    return {"address": checks[0].address, "last_at": rfc3339(checks[0].at)}


def _facts_of_logs(sought: SoughtText) -> Iterator[KnownFact]:
    logs = logs_of_text(sought, without_device=True)
    if logs is not None:
        told = {"count": logs.count, "address": logs.address or None, "last_at": time_told(logs.last_at)}
        yield KnownFact(_Code.LOGS_WITHOUT_DEVICE, told, link("device-logs", search=sought.text))


def _facts_of_rules(sought: SoughtText) -> Iterator[KnownFact]:
    if any(len(word) < SHORTEST for word in sought.text.split()):
        return  # nearly every rule has a letter or two
    for state in ("deployed", "pending"):
        rules = len(matching_rule_ids(RuleFilter.model_validate({"state": state, "search": sought.text})))
        if rules:
            told = {"count": rules, "search": sought.shown}
            yield KnownFact(_Code.RULES, told, link("rules", state=state, search=sought.text))
            return
