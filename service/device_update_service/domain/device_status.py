"""The status of a device and the answer to "why has it not updated?" (contract 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from device_update_contract.reasons import (
    STATUS_OF_REASON,
    EvidenceCode,
    Parameter,
    Parameters,
    ReasonCode,
    StatusCode,
    WhoActs,
)
from device_update_contract.sentences import evidence_sentence, reason_sentence
from device_update_contract.why_sentences import next_step, status_sentence, who_acts


class InstallResult(StrEnum):
    """How an installation ended, in the words of the device protocol."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer that the device has not taken yet; sizes in bytes, `bytes_sent` None when the service cannot tell.

    `attempts_without_change` counts how often all bytes of this version were sent (or, where bytes are unknown, how
    often it was offered) without a change of what the device reports. `reported_version` is what the device reports of
    this update's own files, None where it reports none of them.
    """

    version: str
    offered_at: datetime
    attempts_without_change: int = 0
    bytes_total: int = 0
    bytes_sent: int | None = None
    last_byte_at: datetime | None = None
    reported_version: str | None = None
    is_downgrade: bool = False


@dataclass(frozen=True, slots=True)
class InstallReport:
    """The last `LastInstall`; `target_reported_since`: the device reported its rule's target since then.

    `at` is when the installation ended, `reported_at` when the device told so, if that is known.
    """

    result: InstallResult
    version: str
    at: datetime
    code: str | None = None
    message: str | None = None
    target_reported_since: bool = False
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueDecision:
    """What a device would be answered if it asked now, where that is not what it was answered last."""

    code: ReasonCode
    parameters: Parameters
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What is stored about a device, as far as its status goes; `downloading_since` only while it downloads."""

    last_check_at: datetime
    told_to_check_at: datetime
    decision: ReasonCode
    decision_parameters: Parameters
    decision_since: datetime | None = None
    retired_at: datetime | None = None
    offer: OpenOffer | None = None
    last_install: InstallReport | None = None
    installed_version: str | None = None
    downloading_since: datetime | None = None
    due: DueDecision | None = None


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
    return STATUS_OF_REASON[facts.decision]


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
    parameters = {**_PARAMETERS[code](facts, now), **_following(code, facts, now)}
    return Why(
        code=code,
        parameters=parameters,
        text=status_sentence(code, parameters),
        since=_since(code, facts, settings),
        who_acts=who_acts(code, parameters),
        next_step=next_step(code, parameters),
        evidence=tuple(_evidence(facts)),
    )


def _following(code: StatusCode, facts: DeviceFacts, now: datetime) -> Parameters:
    """The reason to tell beside the status: what was decided since, or what it was answered after a failure."""
    if code in {StatusCode.RETIRED, StatusCode.SILENT}:
        return {}
    if facts.due is not None:
        return {**_reason_after("changed_to", facts.due.code, facts.due.parameters), **_next_check(facts, now)}
    install, offer = facts.last_install, facts.offer
    if code is StatusCode.INSTALL_FAILED and (install is None or offer is None or offer.version != install.version):
        return _reason_after("answered", facts.decision, facts.decision_parameters)
    return {}


def _reason_after(name: str, code: ReasonCode, parameters: Parameters) -> Parameters:
    others = {key: value for key, value in parameters.items() if key != "version"}
    return {**others, name: code.value, "reason_version": parameters.get("version")}


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
        "reported_version": offer.reported_version,
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
    return facts.decision_since if facts.offer is None else _since_of_offer(code, facts.offer, facts.downloading_since)


def _since_of_offer(code: StatusCode, offer: OpenOffer, downloading_since: datetime | None) -> datetime:
    last_byte_at = offer.last_byte_at or offer.offered_at
    match code:
        case StatusCode.DOWNLOADING:
            return downloading_since or last_byte_at
        case StatusCode.DOWNLOAD_STALLED:
            return last_byte_at + DOWNLOAD_WINDOW
        case StatusCode.DOWNLOADED_NOT_INSTALLED:
            return last_byte_at
    return offer.offered_at


def _evidence(facts: DeviceFacts) -> Iterator[Evidence]:
    """Every stored fact that the status rests on, the check first."""
    yield _fact(EvidenceCode.LAST_CHECK, {"last_check_at": _stamp(facts.last_check_at)}, facts.last_check_at)
    yield _fact(EvidenceCode.NEXT_CHECK, {"next_check_at": _stamp(facts.told_to_check_at)}, facts.told_to_check_at)
    reason = reason_sentence(facts.decision, facts.decision_parameters)
    decision = {**facts.decision_parameters, "decision": facts.decision.value, "reason": reason}
    yield _fact(EvidenceCode.LAST_DECISION, decision, facts.decision_since)
    if facts.due is not None:
        reason = reason_sentence(facts.due.code, facts.due.parameters)
        due = {**facts.due.parameters, "decision": facts.due.code.value, "reason": reason}
        yield _fact(EvidenceCode.DUE_DECISION, due, facts.due.at)
    if facts.installed_version is not None:
        yield _fact(EvidenceCode.INSTALLED, {"installed_version": facts.installed_version}, facts.last_check_at)
    if facts.offer is not None:
        yield from _evidence_of_offer(facts.offer)
    if facts.last_install is not None:
        install = facts.last_install
        yield _fact(
            EvidenceCode.LAST_INSTALL,
            {
                "at": _stamp(install.reported_at or install.at),
                "result": install.result.value,
                "version": install.version,
                "code": install.code,
                "message": install.message,
            },
            install.reported_at or install.at,
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
    if offer.is_downgrade and offer.reported_version is not None:
        yield _fact(EvidenceCode.DOWNGRADE, {"version": offer.version, "reported_version": offer.reported_version})
    if offer.attempts_without_change:
        yield _fact(EvidenceCode.ATTEMPTS, {"attempts": offer.attempts_without_change})


def _fact(code: EvidenceCode, parameters: Parameters, at: datetime | None = None) -> Evidence:
    return Evidence(code, parameters, evidence_sentence(code, parameters), at)
