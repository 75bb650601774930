"""Test devices: the few that receive pending updates, each by a unique name and identifier (contract 2.2, 5)."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from pydantic import JsonValue

from device_update_contract.administration import devices as models
from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_TEST_DEVICES
from device_update_contract.audit import AuditVerb
from device_update_contract.identifiers import (
    InvalidIdentifier,
    is_blank_mac,
    is_blank_serial,
    parse_mac,
    parse_serial,
)
from device_update_contract.reasons import OFFERING_REASONS, WHO_ACTS, ReasonCode
from device_update_contract.refusals import InvalidValue, Refusal
from device_update_contract.sentences import reason_sentence
from device_update_contract.versions import Version
from device_update_service.domain.audit_entries import named_ids
from device_update_service.domain.catalog import IdentifierType, TestDevice
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.devices.device_changes import add_administration
from device_update_service.storage.paging import page_request
from device_update_service.storage.rules import test_device_records as records
from device_update_service.storage.rules.catalog_records import bump_generation
from device_update_service.usecases.many_at_once import require_expected_count, require_few_devices
from device_update_service.usecases.outcomes import Actor, AuditedAction, Change, Outcome
from device_update_service.usecases.record_ids import UnknownRecord, parse_record_id
from device_update_service.usecases.rule_models import reported_version

_log = logging.getLogger(__name__)

_MAX_NAME = 64
_ADDED = "test-device-added"
_REMOVED = "test-device-removed"

Answer = TypeVar("Answer")

ResolveFilter = Callable[[models.DeviceFilter], Sequence[int]]
"""The ids of all devices that a filter means."""


class TestDeviceConflict(Refusal):
    """Another test device stands in the way."""

    __test__ = False


class NameTaken(TestDeviceConflict):
    """The name is another test device's, without regard to case."""

    code = "name-taken"


class IdentifierTaken(TestDeviceConflict):
    """The device is a test device already."""

    code = "identifier-taken"


class InvalidName(InvalidValue):
    """The name is empty, too long, or holds what cannot be shown."""

    code = "invalid-name"


def list_test_devices(query: models.TestDeviceQuery) -> Page[models.TestDevice]:
    """A page of test devices with what is known of the devices behind them.

    Raises:
        ListRefused: for limit, sort or cursor.
    """
    page = records.page_of_test_devices(query.search, page_request(query, LIST_TEST_DEVICES.sorts, "name"))
    return Page[models.TestDevice](
        items=[_model(record) for record in page.records], next=page.next, total=page.total, total_at_least=page.total
    )


def show_test_device(test_device_id: str) -> models.TestDevice:
    """One test device.

    Raises:
        UnknownRecord: there is none of this id.
    """
    return _model(_existing(test_device_id))


def add_test_device(new: models.NewTestDevice, *, actor: Actor, now: datetime) -> Outcome[models.TestDevice]:
    """Make a device a test device, also one that never asked yet.

    Raises:
        InvalidName, InvalidIdentifier, NameTaken, IdentifierTaken.
    """
    kind = IdentifierType(new.identifier_type)
    name, identifier = _parse_name(new.name), _parse_identifier(kind, new.identifier)
    _require_free_name(name, but=None)
    _require_free_identifier(kind, identifier, but=None)
    test_device_id = records.add_test_device(name, kind, identifier)
    _log.info("%s added the test device %s", actor.account, identifier)
    added = _existing(str(test_device_id))
    _note(_ADDED, added, actor, now)
    return _changed(
        _model(added), [test_device_id], _audited(actor, AuditVerb.TEST_DEVICE_ADD, None, added.test_device)
    )


def change_test_device(
    test_device_id: str, change: models.TestDeviceChange, *, actor: Actor, now: datetime
) -> Outcome[models.TestDevice]:
    """Change a test device's name or identifier; a type without an identifier reads the present one anew.

    Raises:
        UnknownRecord, InvalidName, InvalidIdentifier, NameTaken, IdentifierTaken.
    """
    previous = _existing(test_device_id)
    before = previous.test_device
    kind = IdentifierType(change.identifier_type) if change.identifier_type is not None else before.identifier_type
    name = _parse_name(change.name) if change.name is not None else before.name
    identifier = _parse_identifier(kind, change.identifier if change.identifier is not None else before.identifier)
    after = TestDevice(before.id, name, kind, identifier)
    if after == before:
        return Outcome(show_test_device(test_device_id))
    _require_free_name(name, but=before.id)
    _require_free_identifier(kind, identifier, but=before.id)
    records.change_test_device(after)
    _log.info("%s changed the test device %s", actor.account, identifier)
    changed = _existing(test_device_id)
    if changed.device != previous.device:
        _note(_REMOVED, previous, actor, now)
        _note(_ADDED, changed, actor, now)
    return _changed(_model(changed), [before.id], _audited(actor, AuditVerb.TEST_DEVICE_CHANGE, before, after))


def remove_test_device(test_device_id: str, *, actor: Actor, now: datetime) -> Outcome[None]:
    """Make a test device an ordinary one again; nothing is uninstalled.

    Raises:
        UnknownRecord: there is none of this id.
    """
    removed = _existing(test_device_id)
    before = removed.test_device
    records.remove_test_device(before.id)
    _note(_REMOVED, removed, actor, now)
    _log.info("%s removed the test device %s", actor.account, before.identifier)
    return _changed(None, [before.id], _audited(actor, AuditVerb.TEST_DEVICE_REMOVE, before, None))


def add_test_devices(
    request: models.ManyDevicesRequest, *, resolve: ResolveFilter, actor: Actor, now: datetime
) -> Outcome[models.ManyDevicesAnswer]:
    """Make many known devices test devices, each named by its label, else by its MAC address or serial number.

    A device that is one already, or that is unknown, is refused by itself and does not stop the others.

    Raises:
        CountChanged: more match the filter than expected. TooManyDevices.
    """
    ids = _requested_ids(request, resolve)
    numbers = {text: parse_record_id(text) for text in ids}
    known = records.nameable_devices(number for number in numbers.values() if number is not None)
    added: list[int] = []
    refused: list[models.RefusedDevice] = []
    for text, number in numbers.items():
        try:
            added.append(_add_known(known.get(number or 0)))
        except Refusal as refusal:
            refused.append(
                models.RefusedDevice(id=text, code=refusal.code, detail=refusal.sentence, parameters=refusal.parameters)
            )
    answer = models.ManyDevicesAnswer(changed=len(added), refused=refused)
    if not added:
        return Outcome(answer)
    records_added = [_existing(str(test_device_id)) for test_device_id in added]
    for record in records_added:
        _note(_ADDED, record, actor, now)
    _log.info("%s added %d test devices", actor.account, len(added))
    if len(added) == 1:
        return _changed(answer, added, _audited(actor, AuditVerb.TEST_DEVICE_ADD, None, records_added[0].test_device))
    return _changed(
        answer, added, AuditedAction(actor, AuditVerb.TEST_DEVICE_ADD, "test-devices", None, named_ids(added))
    )


def _note(code: str, record: records.TestDeviceRecord, actor: Actor, now: datetime) -> None:
    """Write into the history of the device behind a test device, if it ever asked."""
    if record.device is not None:
        parameters = {"name": record.test_device.name}
        add_administration([record.device.id], to_milliseconds(now), code, actor.account, parameters)


def _requested_ids(request: models.ManyDevicesRequest, resolve: ResolveFilter) -> list[str]:
    if request.filter is None:
        return list(dict.fromkeys(request.ids or []))
    ids = resolve(request.filter)
    require_expected_count(len(ids), request.expected_count, "devices")
    require_few_devices(len(ids))
    return [str(number) for number in ids]


def _add_known(device: records.NameableDevice | None) -> int:
    if device is None:
        raise UnknownRecord("There is no such device.")
    identifiers = [
        (kind, identifier)
        for kind, identifier in ((IdentifierType.MAC, device.mac), (IdentifierType.SERIAL, device.serial))
        if identifier is not None
    ]
    for kind, identifier in identifiers:
        _require_free_identifier(kind, identifier, but=None)
    kind, identifier = identifiers[0]
    label = (device.label or "").strip()[:_MAX_NAME]
    name = label if label and records.holder_of_name(label) is None else identifier
    _require_free_name(name, but=None)
    return records.add_test_device(name, kind, identifier)


def _parse_name(text: str) -> str:
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= _MAX_NAME or any(unicodedata.category(character) in {"Cc", "Cs"} for character in name):
        raise InvalidName(
            f"A name has 1 to {_MAX_NAME} characters, none of them a control character.",
            parameters={"parameter": "name"},
        )
    return name


def _parse_identifier(kind: IdentifierType, text: str) -> str:
    if kind is IdentifierType.MAC:
        mac = parse_mac(text)
        if is_blank_mac(mac):
            raise InvalidIdentifier(f"The MAC address {mac} names no device.", parameters={"parameter": "identifier"})
        return mac
    serial = parse_serial(text)
    if is_blank_serial(serial):
        raise InvalidIdentifier(f"The serial number {serial} names no device.", parameters={"parameter": "identifier"})
    return serial


def _require_free_name(name: str, *, but: int | None) -> None:
    holder = records.holder_of_name(name)
    if holder is not None and holder != but:
        raise NameTaken(f"There is a test device {name!r} already.", parameters={"name": name, "id": str(holder)})


def _require_free_identifier(kind: IdentifierType, identifier: str, *, but: int | None) -> None:
    holder = records.holder_of_identifier(kind, identifier)
    if holder is not None and holder.id != but:
        raise IdentifierTaken(
            f"{identifier} is the test device {holder.name!r} already.",
            parameters={"identifier": identifier, "name": holder.name, "id": str(holder.id)},
        )


def _existing(test_device_id: str) -> records.TestDeviceRecord:
    number = parse_record_id(test_device_id)
    found = None if number is None else records.find_test_device(number)
    if found is None:
        raise UnknownRecord("There is no such test device.", parameters={"id": test_device_id[:64]})
    return found


def _model(record: records.TestDeviceRecord) -> models.TestDevice:
    test_device, device = record.test_device, record.device
    return models.TestDevice(
        id=str(test_device.id),
        name=test_device.name,
        identifier_type=test_device.identifier_type.value,
        identifier=test_device.identifier,
        device_id=None if device is None else str(device.id),
        model=None if device is None else device.model,
        installed_version=None if device is None else device.installed_version,
        last_check_at=None if device is None else device.last_check_at,
        last_decision=None if device is None else _decision(device),
    )


def _decision(device: records.KnownDevice) -> models.DecisionModel:
    code = ReasonCode(device.decision_code)
    offered = device.decision_parameters.get("version")
    target = Version.parse(offered) if isinstance(offered, str) else None
    installed = reported_version(device.installed_version)
    is_older = target is not None and installed is not None and target < installed
    return models.DecisionModel(
        code=code.value,
        parameters=device.decision_parameters,
        text=reason_sentence(code, device.decision_parameters),
        who_acts=WHO_ACTS[code].value,
        downgrade=code in OFFERING_REASONS and is_older,
    )


def _audited(actor: Actor, verb: AuditVerb, before: TestDevice | None, after: TestDevice | None) -> AuditedAction:
    known = after or before
    assert known is not None  # noqa: S101 -- something was, or is now
    return AuditedAction(actor, verb, f"test-device {known.id}", _facts(before), _facts(after))


def _facts(test_device: TestDevice | None) -> JsonValue:
    if test_device is None:
        return None
    return {"name": test_device.name, test_device.identifier_type.value: test_device.identifier}


def _changed(answer: Answer, ids: Sequence[int], action: AuditedAction) -> Outcome[Answer]:
    """Which devices get pending updates is part of the catalog."""
    bump_generation()
    return Outcome(answer, (Change.of("test-devices-changed", ids),), catalog_changed=True, audited=(action,))
