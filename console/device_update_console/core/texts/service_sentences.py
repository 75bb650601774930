"""What the service has to say, in the person's language: made of codes and parameters, as the contract's own is.

Times are those of this machine's zone and numbers are written as the person does, which the service cannot know. Where
a newer service says what is not known here, or says it with other parameters, its own sentence is shown; so it is in
English, where it has neither times nor sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from device_update_console.core.texts.code_texts import INSTALL_RESULT_TEXTS, SLOT_TEXTS, text_of
from device_update_console.core.texts.formats import number_text, one_line, size_text
from device_update_console.core.texts.language import SHIPPED, counted_text, marked, spoken, text
from device_update_contract.administration.base import Statement
from device_update_contract.administration.devices import DecisionModel, DeviceHistoryEntry, DeviceWhy
from device_update_contract.administration.rules import RuleNotice
from device_update_contract.findings import SENTENCES as FINDING_SENTENCES
from device_update_contract.findings import FindingCode
from device_update_contract.history import EVENT_SENTENCES, note_templates, told_causes
from device_update_contract.reasons import EvidenceCode, NoticeCode, ReasonCode, StatusCode, VerbRefusalCode
from device_update_contract.sentences import (
    ASKING_STATUSES,
    ASKS_AGAIN_SENTENCES,
    EVIDENCE_SENTENCES,
    FOLLOWING_SENTENCES,
    NOTICE_SENTENCES,
    PARAMETER_KINDS,
    REASON_SENTENCES,
    STATUS_SENTENCES,
    TOLD_BY_DEVICES,
    VERB_REFUSAL_SENTENCES,
    ParameterKind,
    finished,
    fitting_template,
    named_parameters,
)
from device_update_contract.sign_ins import SIGN_IN_SENTENCES, SignInCause
from device_update_contract.why_sentences import following_reason, next_step

Facts = Mapping[str, Any]
"""Parameters as they came: the service is believed to mean well, and not to be of this version."""

_FIELD_TEXTS: Mapping[str, str] = {"label": "label", "location": "location", "asset tag": "asset tag"}
"""What was changed of a device, within a sentence."""
_SUBJECTS = (marked("The package"), marked("The given manifest"))
"""What the service calls the subject of a finding."""


class FindingLike(Protocol):
    """A finding, of the service's or of our own package building."""

    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def severity(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def parameters(self) -> Facts: ...  # noqa: D102


def decision_text(decision: DecisionModel) -> str:
    """Why a check was answered as it was."""
    return _or(decision.text, lambda: _reason(decision.code, decision.parameters))


def why_text(why: DeviceWhy) -> str:
    """Why a device is in its status."""
    return as_known(why.text, lambda: _status(StatusCode(why.code), why.parameters))


def next_step_text(why: DeviceWhy) -> str:
    """What comes next, for whoever has to act."""
    return _or(why.next_step, lambda: text(next_step(StatusCode(why.code), why.parameters)))


def evidence_text(fact: Statement) -> str:
    """One stored fact."""
    return as_known(fact.text, lambda: _evidence(EvidenceCode(fact.code), fact.parameters))


def note_text(note: Statement) -> str:
    """What the service noted on a device, and how often."""

    def said() -> str:
        sentence = filled(note_templates(note.code), note.parameters)
        count = int(note.parameters.get("count", 1))
        if count == 1:
            return sentence
        return counted_text("{note} ({count} time)", "{note} ({count} times)", count, note=sentence)

    return _or(note.text, said)


def notice_text(notice: Statement) -> str:
    """What a verb has to say beside its effect; with the rule where it is about one of several."""
    said = _or(notice.text, lambda: filled(NOTICE_SENTENCES[NoticeCode(notice.code)], notice.parameters))
    return f"{one_line(notice.rule)}: {said}" if isinstance(notice, RuleNotice) else said


def verb_refusal_text(code: str, parameters: Facts, detail: str) -> str:
    """Why a verb was refused for one rule."""
    return _or(detail, lambda: filled(VERB_REFUSAL_SENTENCES[VerbRefusalCode(code)], parameters))


def finding_sentence(finding: FindingLike) -> str:
    """What is wrong or remarkable about a package."""

    def said() -> str:
        facts = {name: text(fact) if fact in _SUBJECTS else fact for name, fact in finding.parameters.items()}
        sentence = text(FINDING_SENTENCES[FindingCode(finding.code)], **_numbers_written(facts))
        left_out = finding.parameters.get("left_out")
        if left_out is None:
            return sentence
        more = counted_text(
            "{count} more finding of this kind is not listed.",
            "{count} more findings of this kind are not listed.",
            int(left_out),
        )
        return f"{sentence} {more}"

    return _or(finding.text, said)


def sign_in_text(cause: SignInCause, detail: str) -> str:
    """Why a sign-in was refused; what the service told beside the cause's own sentence is kept."""
    own = SIGN_IN_SENTENCES[cause]
    return detail.replace(own, text(own))


def history_text(entry: DeviceHistoryEntry) -> str:
    """One line of a device's history, with its numbers as they are written here."""
    return as_known(entry.text, lambda: _event(entry))


def _event(entry: DeviceHistoryEntry) -> str:
    code, facts = entry.code or "", entry.parameters
    if entry.kind == "check":
        return counted_text(
            "Asked from {address}; answered: {reason}",
            "Asked {count} times from {address}; answered: {reason}",
            entry.count,
            address=one_line(str(facts["address"])),
            reason=_reason(code, facts),
        )
    if code in set(ReasonCode):
        return _reason(code, facts)
    shown = {name: text("nothing") if value is None else value for name, value in _numbers_written(facts).items()}
    cause = ", ".join(told_causes(facts))
    if "fields" in shown:
        shown["fields"] = ", ".join(text(_FIELD_TEXTS.get(name, name)) for name in str(shown["fields"]).split(", "))
    missing = dict.fromkeys(named_parameters(EVENT_SENTENCES[code]), text("unknown"))
    said = text(EVENT_SENTENCES[code], **{**missing, **shown, "cause": f": {cause}" if cause else ""})
    return one_line(finished(said))


def _status(code: StatusCode, parameters: Facts) -> str:
    parts = [filled(STATUS_SENTENCES[code], parameters)]
    following = following_reason(code, parameters)
    if following is not None:
        reason = _reason(following.reason, following.parameters)
        parts.append(filled(FOLLOWING_SENTENCES[following.name], {"reason": reason}))
    if code in ASKING_STATUSES or (following is not None and following.is_news):
        parts.append(filled(ASKS_AGAIN_SENTENCES, parameters))
    return " ".join(parts)


def _reason(code: str, parameters: Facts) -> str:
    return filled(REASON_SENTENCES[ReasonCode(code)], parameters)


def _evidence(code: EvidenceCode, parameters: Facts) -> str:
    if code in {EvidenceCode.LAST_DECISION, EvidenceCode.DUE_DECISION} and "decision" in parameters:
        parameters = {"reason": _reason(parameters["decision"], parameters)}
    return filled(EVIDENCE_SENTENCES[code], parameters)


def filled(templates: tuple[str, ...], parameters: Facts) -> str:
    """The fitting sentence, with "unknown" for what the service said it does not know.

    Raises:
        KeyError: it did not say that much.
    """
    template = fitting_template(templates, parameters)
    return finished(text(template, **{name: _shown(name, parameters[name]) for name in named_parameters(template)}))


def _shown(name: str, value: Any) -> str:
    """One parameter, by its kind."""
    if value is None:
        return text("unknown")
    match PARAMETER_KINDS.get(name, ParameterKind.TEXT):
        case ParameterKind.TIME | ParameterKind.DATE_TIME:
            return spoken().conventions.minute(datetime.fromisoformat(value).astimezone())
        case ParameterKind.SIZE:
            return size_text(int(value))
        case ParameterKind.SPAN:
            return _span_text(int(value))
        case ParameterKind.NUMBER:
            return number_text(int(value))
    return _said(name, str(value))


def _said(name: str, value: str) -> str:
    """A text within a sentence: a word of ours, or what was received, without a full stop that the sentence brings."""
    named = {"result": INSTALL_RESULT_TEXTS, "slot": SLOT_TEXTS}.get(name)
    if named is not None:
        return text_of(named, value)
    return one_line(value.rstrip(" .") if name in TOLD_BY_DEVICES else value)


def _span_text(seconds: int) -> str:
    """A span in the largest unit of which there is one."""
    if seconds >= 86_400:
        return counted_text("{count} day", "{count} days", seconds // 86_400)
    if seconds >= 3_600:
        return counted_text("{count} hour", "{count} hours", seconds // 3_600)
    if seconds >= 60:
        return counted_text("{count} minute", "{count} minutes", seconds // 60)
    return counted_text("{count} second", "{count} seconds", seconds)


def _numbers_written(parameters: Facts) -> dict[str, Any]:
    return {
        name: number_text(value) if isinstance(value, int) else one_line(value) if isinstance(value, str) else value
        for name, value in parameters.items()
    }


def _or(own: str, said: Callable[[], str]) -> str:
    """A sentence without times or sizes: in English it is the service's own."""
    return own if spoken().code == SHIPPED[0] else as_known(own, said)


def as_known(own: str, said: Callable[[], str]) -> str:
    """What is said here, or the service's own sentence where its code or its parameters are not known here."""
    try:
        return said()
    except (KeyError, ValueError, TypeError, OverflowError):
        return own
