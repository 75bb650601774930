"""The status of a device and the answer to "why has it not updated?" (contract 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from device_update_contract.reasons import (
    WHO_ACTS_ON_STATUS,
    EvidenceCode,
    Parameter,
    Parameters,
    ReasonCode,
    StatusCode,
    WhoActs,
)
from device_update_contract.sentences import NEXT_STEPS, evidence_sentence, reason_sentence, status_sentence


class InstallResult(StrEnum):
    """How an installation ended, in the words of the device protocol."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer that the device has not taken yet; sizes in bytes, `bytes_sent` None when the service cannot tell.

    `attempts_without_change` counts how often all bytes of this version were sent (or, where bytes are unknown, how
    often it was offered) without a change of what the device reports.
    """

    version: str
    offered_at: datetime
    attempts_without_change: int = 0
    bytes_total: int = 0
    bytes_sent: int | None = None
    last_byte_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InstallReport:
    """The last `LastInstall`; `target_reported_since`: the device reported its rule's target since then."""

    result: InstallResult
    version: str
    at: datetime
    code: str | None = None
    message: str | None = None
    target_reported_since: bool = False


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What is stored about a device, as far as its status goes."""

    last_check_at: datetime
    told_to_check_at: datetime
    decision: ReasonCode
    decision_parameters: Parameters
    decision_since: datetime | None = None
    retired_at: datetime | None = None
    offer: OpenOffer | None = None
    last_install: InstallReport | None = None
    installed_version: str | None = None


@dataclass(frozen=True, slots=True)
class StatusSettings:
    """The settings of contract section 7 that decide a status."""

    silent_after_hours: int = 72
    retire_after_days: int = 90
    install_loop_offers: int = 10


@dataclass(frozen=True, slots=True)
class Evidence:
    """One stored fact behind an answer."""

    code: EvidenceCode
    parameters: Parameters
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """The answer to "why has this device not updated?", with the facts behind it."""

    code: StatusCode
    parameters: Parameters
    text: str
    since: datetime | None
    who_acts: WhoActs
    next_step: str
    evidence: tuple[Evidence, ...]


DOWNLOAD_WINDOW = timedelta(minutes=10)
"""A download is under way while bytes were sent within this time."""

_STATUS_OF_REASON: Mapping[ReasonCode, StatusCode] = {
    ReasonCode.PENDING_UPDATE_TEST_DEVICE: StatusCode.OFFERED,
    ReasonCode.ROLLED_BACK: StatusCode.OFFERED,
    ReasonCode.APPROVED_UPDATE: StatusCode.OFFERED,
    ReasonCode.UP_TO_DATE: StatusCode.UP_TO_DATE,
    ReasonCode.WAITING_FOR_APPROVAL: StatusCode.WAITING_FOR_APPROVAL,
    ReasonCode.NOTHING_APPROVED: StatusCode.NOTHING_APPROVED,
    ReasonCode.NO_RULE_FOR_DEVICE_CLASS: StatusCode.NO_RULE,
}


def status(facts: DeviceFacts, settings: StatusSettings, now: datetime) -> StatusCode:
    """The first status that applies."""
    if facts.retired_at is not None or now - facts.last_check_at >= timedelta(days=settings.retire_after_days):
        return StatusCode.RETIRED
    if now - facts.told_to_check_at >= timedelta(hours=settings.silent_after_hours):
        return StatusCode.SILENT
    install = facts.last_install
    if install is not None and install.result is InstallResult.FAILED and not install.target_reported_since:
        return StatusCode.INSTALL_FAILED
    if facts.offer is not None:
        return _status_of_offer(facts.offer, settings, now)
    return _STATUS_OF_REASON[facts.decision]


def _status_of_offer(offer: OpenOffer, settings: StatusSettings, now: datetime) -> StatusCode:
    sent = offer.bytes_sent or 0
    complete = 0 < offer.bytes_total <= sent
    lately = offer.last_byte_at is not None and now - offer.last_byte_at <= DOWNLOAD_WINDOW
    if sent and lately and not complete:
        return StatusCode.DOWNLOADING
    if offer.attempts_without_change >= settings.install_loop_offers:
        return StatusCode.INSTALL_LOOP
    if complete:
        return StatusCode.DOWNLOADED_NOT_INSTALLED
    return StatusCode.DOWNLOAD_STALLED if sent else StatusCode.OFFERED


def attempts_without_change(
    previous: int, *, report_changed: bool, same_version: bool, offer_made: bool, all_bytes_sent: bool | None
) -> int:
    """The count of fruitless attempts after a check or a finished download.

    It starts anew when the device reports something else or another version is offered. A download counts when all its
    bytes were sent; an offer counts only where bytes are unknown (`all_bytes_sent` is None).
    """
    count = 0 if report_changed or not same_version else previous
    counts = offer_made if all_bytes_sent is None else all_bytes_sent
    return count + 1 if counts else count


def why(facts: DeviceFacts, settings: StatusSettings, now: datetime) -> Why:
    """The status in one sentence, with who acts next and the evidence."""
    code = status(facts, settings, now)
    parameters = _PARAMETERS[code](facts, now)
    return Why(
        code=code,
        parameters=parameters,
        text=status_sentence(code, parameters),
        since=_since(code, facts, settings),
        who_acts=WHO_ACTS_ON_STATUS[code],
        next_step=NEXT_STEPS[code],
        evidence=tuple(_evidence(facts)),
    )


def _stamp(moment: datetime) -> str:
    return moment.isoformat()


def _retired(facts: DeviceFacts, now: datetime) -> Parameters:
    if facts.retired_at is not None:
        return {"retired_at": _stamp(facts.retired_at)}
    return {"last_check_at": _stamp(facts.last_check_at)}


def _silent(facts: DeviceFacts, now: datetime) -> Parameters:
    parameters: dict[str, Parameter] = {
        "last_check_at": _stamp(facts.last_check_at),
        "expected_at": _stamp(facts.told_to_check_at),
    }
    if facts.offer is not None:
        parameters |= {"version": facts.offer.version, "offered_at": _stamp(facts.offer.offered_at)}
        if facts.offer.bytes_sent:
            parameters |= {"bytes_sent": facts.offer.bytes_sent, "bytes_total": facts.offer.bytes_total}
    return parameters


def _install_failed(facts: DeviceFacts, now: datetime) -> Parameters:
    install = facts.last_install
    if install is None:
        return _next_check(facts, now)
    return {
        "version": install.version,
        "at": _stamp(install.at),
        "code": install.code,
        "message": install.message,
        **_next_check(facts, now),
    }


def _offer(facts: DeviceFacts, now: datetime) -> Parameters:
    offer = facts.offer
    if offer is None:
        return {"version": facts.decision_parameters.get("version"), **_next_check(facts, now)}
    parameters: dict[str, Parameter] = {
        "version": offer.version,
        "offered_at": _stamp(offer.offered_at),
        "bytes_total": offer.bytes_total,
        "bytes_sent": offer.bytes_sent,
        "attempts": offer.attempts_without_change,
        "installed_version": facts.installed_version,
        **_next_check(facts, now),
    }
    if offer.last_byte_at is not None:
        parameters["last_byte_seconds"] = max(0, int((now - offer.last_byte_at).total_seconds()))
    return parameters


def _decision(facts: DeviceFacts, now: datetime) -> Parameters:
    return dict(facts.decision_parameters)


def _next_check(facts: DeviceFacts, now: datetime) -> Parameters:
    name = "next_check_at" if facts.told_to_check_at > now else "due_since"
    return {name: _stamp(facts.told_to_check_at)}


_PARAMETERS: Mapping[StatusCode, Callable[[DeviceFacts, datetime], Parameters]] = {
    StatusCode.RETIRED: _retired,
    StatusCode.SILENT: _silent,
    StatusCode.INSTALL_FAILED: _install_failed,
    StatusCode.DOWNLOADING: _offer,
    StatusCode.INSTALL_LOOP: _offer,
    StatusCode.DOWNLOADED_NOT_INSTALLED: _offer,
    StatusCode.DOWNLOAD_STALLED: _offer,
    StatusCode.OFFERED: _offer,
    StatusCode.WAITING_FOR_APPROVAL: _decision,
    StatusCode.NOTHING_APPROVED: _decision,
    StatusCode.NO_RULE: _decision,
    StatusCode.UP_TO_DATE: _decision,
}


def _since(code: StatusCode, facts: DeviceFacts, settings: StatusSettings) -> datetime | None:
    """Since when the status holds, as far as the stored facts tell."""
    match code:
        case StatusCode.RETIRED:
            return facts.retired_at or facts.last_check_at + timedelta(days=settings.retire_after_days)
        case StatusCode.SILENT:
            return facts.told_to_check_at + timedelta(hours=settings.silent_after_hours)
        case StatusCode.INSTALL_FAILED:
            return facts.last_install.at if facts.last_install is not None else None
        case StatusCode.DOWNLOADED_NOT_INSTALLED if facts.offer is not None:
            return facts.offer.last_byte_at or facts.offer.offered_at
    return facts.offer.offered_at if facts.offer is not None else facts.decision_since


def _evidence(facts: DeviceFacts) -> Iterator[Evidence]:
    """Every stored fact that the status rests on, the check first."""
    yield _fact(EvidenceCode.LAST_CHECK, {"last_check_at": _stamp(facts.last_check_at)}, facts.last_check_at)
    yield _fact(EvidenceCode.NEXT_CHECK, {"next_check_at": _stamp(facts.told_to_check_at)}, facts.told_to_check_at)
    reason = reason_sentence(facts.decision, facts.decision_parameters)
    decision = {**facts.decision_parameters, "decision": facts.decision.value, "reason": reason}
    yield _fact(EvidenceCode.LAST_DECISION, decision, facts.decision_since)
    if facts.installed_version is not None:
        yield _fact(EvidenceCode.INSTALLED, {"installed_version": facts.installed_version}, facts.last_check_at)
    if facts.offer is not None:
        yield from _evidence_of_offer(facts.offer)
    if facts.last_install is not None:
        install = facts.last_install
        yield _fact(
            EvidenceCode.LAST_INSTALL,
            {
                "at": _stamp(install.at),
                "result": install.result.value,
                "version": install.version,
                "code": install.code,
                "message": install.message,
            },
            install.at,
        )
    if facts.retired_at is not None:
        yield _fact(EvidenceCode.RETIRED, {"retired_at": _stamp(facts.retired_at)}, facts.retired_at)


def _evidence_of_offer(offer: OpenOffer) -> Iterator[Evidence]:
    at = offer.last_byte_at
    yield _fact(
        EvidenceCode.OFFERED, {"version": offer.version, "offered_at": _stamp(offer.offered_at)}, offer.offered_at
    )
    yield _fact(
        EvidenceCode.BYTES_SENT,
        {
            "bytes_sent": offer.bytes_sent,
            "bytes_total": offer.bytes_total,
            "last_byte_at": None if at is None else _stamp(at),
        },
        at,
    )
    if offer.attempts_without_change:
        yield _fact(EvidenceCode.ATTEMPTS, {"attempts": offer.attempts_without_change})


def _fact(code: EvidenceCode, parameters: Parameters, at: datetime | None = None) -> Evidence:
    return Evidence(code, parameters, evidence_sentence(code, parameters), at)
