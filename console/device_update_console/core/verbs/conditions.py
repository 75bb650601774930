"""What an item must be like for a verb to do anything with it; the service has the last word.

A verb on several items can be used when it fits at least one: the others are refused one by one, with their reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from device_update_console.core.verbs.definition import Verb
from device_update_contract.administration.device_logs import DeviceLog
from device_update_contract.administration.devices import Device
from device_update_contract.administration.rules import Rule
from device_update_contract.administration.server import AccountModel
from device_update_contract.administration.sign_ins import SignIn
from device_update_contract.administration.update_log import LoggedCheck


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether a verb fits an item, and the sentence for when it fits none of the selected."""

    fits: Callable[[Any], bool]
    otherwise: str


def _pending(rule: Rule) -> bool:
    return rule.pending is not None


def _has_earlier(rule: Rule) -> bool:
    return rule.restore is not None


def _is_no_test_device(device: Device) -> bool:
    return not device.test_device


def _in_use(device: Device) -> bool:
    return device.retired_at is None


def _retired(device: Device) -> bool:
    return device.retired_at is not None


def _of_known_device(item: DeviceLog | LoggedCheck) -> bool:
    return item.device_id is not None


def _own_password(account: AccountModel) -> bool:
    return account.is_local


def _names_account(item: SignIn | AccountModel) -> bool:
    return isinstance(item, AccountModel) or item.account is not None


CONDITIONS: Mapping[Verb, Condition] = {
    Verb.APPROVE: Condition(_pending, "No version is pending."),
    Verb.REJECT: Condition(_pending, "No version is pending."),
    Verb.ROLL_BACK: Condition(_has_earlier, "There is no earlier version to roll back to."),
    Verb.USE_AS_TEST_DEVICE: Condition(_is_no_test_device, "It is a test device already."),
    Verb.RETIRE_DEVICE: Condition(_in_use, "It is retired already."),
    Verb.BRING_DEVICE_BACK: Condition(_retired, "It is not retired."),
    Verb.SHOW_DEVICE: Condition(_of_known_device, "No device is known by its identifiers."),
    Verb.SET_PASSWORD: Condition(_own_password, "A domain keeps the password of this account."),
    Verb.ACCOUNT_STATUS: Condition(_names_account, "Nobody was named."),
}
"""Verbs that are not here fit every item; unlocking too, because it also lifts what an account's list does not show:
lock-outs of single addresses."""
