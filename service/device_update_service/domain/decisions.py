"""The decision for a check: a pure function of what the device told and the catalog (contract 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from device_update_contract.reasons import Parameters, ReasonCode, WhoActs
from device_update_contract.sentences import reason_sentence
from device_update_contract.versions import Version
from device_update_service.domain.catalog import CatalogSnapshot, DecisionSettings
from device_update_service.domain.rules import Rule, Update


class ReportedModule(NamedTuple):
    """A module as the device reports it; an unreadable version or timestamp is None."""

    file_name: str
    version: Version | None
    timestamp: str | None = None


class CheckFacts(NamedTuple):
    """What a check tells that decides its answer; MAC canonical, blank or invalid identifiers None."""

    device_type: str
    vendor: str
    model: str
    revision: str
    locale: str
    mac: str | None = None
    serial: str | None = None
    modules: Sequence[ReportedModule] = ()


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """Who made the target what it is, when and why."""

    account: str
    at: datetime
    comment: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """The update to install, with the rule that gives its path."""

    rule: Rule
    update: Update


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a check. Shared between checks: never changed, most are made once per catalog."""

    code: ReasonCode
    parameters: Parameters
    who_acts: WhoActs
    downgrade: bool = False
    decided_by: DecidedBy | None = None
    offer: Offer | None = None
    more_due: bool = False
    rule_id: int | None = None

    @property
    def text(self) -> str:
        """The English sentence."""
        return reason_sentence(self.code, self.parameters)


def decide(facts: CheckFacts, catalog: CatalogSnapshot, looping: frozenset[int] = frozenset()) -> Decision:
    """Decide one check; `looping` are ids of rules that are in an install loop on this device."""
    raise NotImplementedError


def next_check_seconds(
    decision: Decision, *, is_test_device: bool, settings: DecisionSettings, spread: float = 0.0
) -> int:
    """`NextCheckSeconds`; `spread` in [-1, 1] moves the ordinary interval, and only that, by up to 10 %."""
    raise NotImplementedError
