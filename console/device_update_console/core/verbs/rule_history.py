"""The history of a rule: what each verb is called, and which versions of it can be rolled back to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from device_update_console.core.texts.language import marked, text
from device_update_contract.administration.rules import Rule, RuleHistoryEntry
from device_update_contract.refusals import InvalidValue
from device_update_contract.versions import Version

HISTORY_VERB_TEXTS: Mapping[str, str] = {
    "import": marked("Uploaded"),
    "approve": marked("Approved"),
    "reject": marked("Rejected"),
    "roll-back": marked("Rolled back to"),
    "roll-back-to": marked("Rolled back to"),
    "remove": marked("Removed"),
}
_APPROVING = frozenset({"approve", "roll-back", "roll-back-to"})
"""The verbs that make a version the approved one."""


@dataclass(frozen=True, slots=True)
class RollBackChoice:
    """One version that was approved before; ``why_not`` says why it cannot be chosen, empty when it can."""

    version: str
    at: datetime
    account: str
    comment: str | None
    why_not: str = ""


def history_verb_text(verb: str) -> str:
    """The words for a verb of a history; one that a newer service has is shown as it is."""
    return text(HISTORY_VERB_TEXTS[verb]) if verb in HISTORY_VERB_TEXTS else verb


def roll_back_choices(rule: Rule, newest_first: Iterable[RuleHistoryEntry]) -> list[RollBackChoice]:
    """Every version that was ever approved, each once, as it was approved last; the service has the last word."""
    approved = None if rule.approved is None else _key(rule.approved.version)
    choices: dict[str, RollBackChoice] = {}
    for entry in newest_first:
        key = _key(entry.version)
        if entry.verb in _APPROVING and key not in choices:
            why_not = "" if entry.stored else text("Its files are no longer stored.")
            if key == approved:
                why_not = text("It is the approved version.")
            choices[key] = RollBackChoice(entry.version, entry.at, entry.account, entry.comment, why_not)
    return list(choices.values())


def can_roll_back_to(rule: Rule, entry: RuleHistoryEntry) -> str:
    """Why an entry's version cannot be rolled back to, empty when it can, as far as the entry tells."""
    if entry.verb not in _APPROVING:
        return text("It was not approved by this.")
    return roll_back_choices(rule, [entry])[0].why_not


def _key(version: str) -> str:
    """By which versions are compared; a text that is none stands for itself."""
    try:
        return Version.parse(version).key
    except InvalidValue:
        return version
