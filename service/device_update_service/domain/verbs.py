"""What is asked of a rule, and what a verb made of it: the values that `transitions` takes and gives (contract 2.1)."""

from __future__ import annotations

from dataclasses import dataclass

from device_update_contract.reasons import NoticeCode, Parameters, VerbRefusalCode
from device_update_contract.refusals import Refusal
from device_update_contract.sentences import notice_sentence, verb_refusal_sentence
from device_update_contract.versions import Version
from device_update_service.domain.rules import HistoryEntry, Rule, Update


class VerbRefused(Refusal):
    """A verb is not allowed on this rule now; `code` is one of `VerbRefusalCode`."""

    def __init__(self, code: VerbRefusalCode, parameters: Parameters | None = None) -> None:
        super().__init__(verb_refusal_sentence(code, parameters or {}), code=code.value, parameters=parameters)
        self.refusal = code


@dataclass(frozen=True, slots=True)
class Import:
    """An update read from a package; its id is used only when the rule does not know the version yet."""

    update: Update
    vendor: str


@dataclass(frozen=True, slots=True)
class Approve:
    """Approve the pending version."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Reject the pending version."""


@dataclass(frozen=True, slots=True)
class RollBack:
    """Return to the version in `restore`."""


@dataclass(frozen=True, slots=True)
class RollBackTo:
    """Return to any version that was approved once."""

    version: Version


@dataclass(frozen=True, slots=True)
class Remove:
    """Take the rule away; its history stays."""


Action = Import | Approve | Reject | RollBack | RollBackTo | Remove


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell about a verb that was carried out."""

    code: NoticeCode
    parameters: Parameters

    @property
    def text(self) -> str:
        """The English sentence."""
        return notice_sentence(self.code, self.parameters)


@dataclass(frozen=True, slots=True)
class Transition:
    """What a verb made of a rule.

    `changed` is False when nothing has to be written (`already-approved`, `unchanged`, a second removal): then the
    rule is the one given, with its change number. `entries` are the history entries added (none or one).
    `update` is the update the verb was about, as the rule knows it from now on; for an import that is the known one
    when the version was imported before, now stored again.
    `stops_serving` are updates whose files must not be served from now on, whatever grace they had;
    `serve_until_grace` those that an approval or a re-import replaced, served for `superseded_grace_hours` more.
    """

    rule: Rule
    changed: bool
    entries: tuple[HistoryEntry, ...] = ()
    notices: tuple[Notice, ...] = ()
    stops_serving: frozenset[int] = frozenset()
    serve_until_grace: frozenset[int] = frozenset()
    update: Update | None = None
