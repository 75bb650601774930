"""What a check of the doctor says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from device_update_contract.administration.server import HealthCheck
from device_update_contract.refusals import Refusal


class Verdict(StrEnum):
    """How bad it is: something wrong stops devices now, a warning will or may."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result: what is so, what it means for devices and what to do, in a sentence or two."""

    name: str
    verdict: Verdict
    sentence: str


def ok(name: str, sentence: str) -> Finding:
    """Nothing to do."""
    return Finding(name, Verdict.OK, sentence)


def warning(name: str, sentence: str) -> Finding:
    """Devices are served, but not safely or not for long."""
    return Finding(name, Verdict.WARNING, sentence)


def wrong(name: str, sentence: str) -> Finding:
    """Some devices are not served, or somebody is who should not be."""
    return Finding(name, Verdict.WRONG, sentence)


def not_checked(name: str, sentence: str) -> Finding:
    """It could not be looked at; the sentence says why."""
    return Finding(name, Verdict.NOT_CHECKED, sentence)


class NotLookedAt(Refusal):
    """Raised by a check that cannot be made; the sentence says why."""

    code = "not-looked-at"


_VERDICTS = {"ok": Verdict.OK, "degraded": Verdict.WARNING, "failing": Verdict.WRONG}


def as_finding(name: str, check: HealthCheck) -> Finding:
    """A health check that the doctor makes by itself."""
    return Finding(name, _VERDICTS[check.status], check.detail)
