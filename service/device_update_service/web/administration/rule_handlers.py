"""Handlers of rules and test devices."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from pydantic import BaseModel

from device_update_contract.administration import devices as device_models
from device_update_contract.administration import rules as models
from device_update_contract.administration.base import PageQuery
from device_update_contract.reasons import VerbRefusalCode
from device_update_service.usecases import devices, rules, test_devices
from device_update_service.usecases.outcomes import Outcome
from device_update_service.web.administration.administration_parts import Call, Handle
from device_update_service.web.administration.refused_objects import EachRefused

_NOTHING_CHANGED = "nothing-changed"


async def list_rules(call: Call) -> BaseModel:
    """Rules."""
    return await call.read(rules.list_rules, call.query_as(models.RuleQuery))


async def show_rule(call: Call) -> BaseModel:
    """One rule."""
    return await call.read(rules.show_rule, call.id)


async def rule_history(call: Call) -> BaseModel:
    """A rule's history."""
    return await call.read(rules.rule_history, call.id, call.query_as(PageQuery))


def _verb(use_case: Callable[..., Outcome[models.RuleVerbAnswer]]) -> Handle:
    async def carry_out(call: Call) -> BaseModel:
        request = call.body_as(models.RuleVerbRequest)
        answer = await call.change(use_case, request, actor=call.actor, now=call.service.clock())
        return _unless_all_refused(answer)

    return carry_out


def _unless_all_refused(answer: models.RuleVerbAnswer) -> models.RuleVerbAnswer:
    """The answer, or a problem when rules were refused and none changed (contract 2.1)."""
    if answer.changed or answer.preview or not answer.refused:
        return answer
    codes = {refused.code for refused in answer.refused}
    is_unknown = codes == {VerbRefusalCode.UNKNOWN_RULE.value}
    first = answer.refused[0]
    count = len(answer.refused)
    raise EachRefused(
        first.detail if count == 1 else f"None of the {count} rules was changed; the first: {first.detail}",
        code=first.code if len(codes) == 1 else _NOTHING_CHANGED,
        status=HTTPStatus.NOT_FOUND if is_unknown else HTTPStatus.CONFLICT,
        refused=answer.refused,
    )


async def list_test_devices(call: Call) -> BaseModel:
    """Test devices."""
    return await call.read(test_devices.list_test_devices, call.query_as(device_models.TestDeviceQuery))


async def show_test_device(call: Call) -> BaseModel:
    """One test device."""
    return await call.read(test_devices.show_test_device, call.id)


async def add_test_device(call: Call) -> BaseModel:
    """Add a test device."""
    return await call.change(
        test_devices.add_test_device,
        call.body_as(device_models.NewTestDevice),
        actor=call.actor,
        now=call.service.clock(),
    )


async def change_test_device(call: Call) -> BaseModel:
    """Change a test device."""
    change = call.body_as(device_models.TestDeviceChange)
    return await call.change(
        test_devices.change_test_device, call.id, change, actor=call.actor, now=call.service.clock()
    )


async def remove_test_device(call: Call) -> None:
    """Remove a test device."""
    await call.change(test_devices.remove_test_device, call.id, actor=call.actor, now=call.service.clock())


async def add_test_devices(call: Call) -> BaseModel:
    """Use many devices as test devices."""
    request = call.body_as(device_models.ManyDevicesRequest)
    return await call.change(
        test_devices.add_test_devices,
        request,
        resolve=devices.matching_device_ids,
        actor=call.actor,
        now=call.service.clock(),
    )


HANDLERS: dict[str, Handle] = {
    "list_rules": list_rules,
    "show_rule": show_rule,
    "rule_history": rule_history,
    "approve_rules": _verb(rules.approve_rules),
    "reject_rules": _verb(rules.reject_rules),
    "rollback_rules": _verb(rules.roll_back_rules),
    "remove_rules": _verb(rules.remove_rules),
    "list_test_devices": list_test_devices,
    "show_test_device": show_test_device,
    "add_test_device": add_test_device,
    "change_test_device": change_test_device,
    "remove_test_device": remove_test_device,
    "add_test_devices": add_test_devices,
}
