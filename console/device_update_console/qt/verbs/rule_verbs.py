"""Approve, Reject, Roll Back and Remove in the window: preview, question, request, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from device_update_console.core.help.topics import VERB_TOPICS
from device_update_console.core.texts.formats import rule_label
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.offered_verbs import DEFINITIONS, Verb
from device_update_console.core.verbs.rule_confirmations import (
    APPROVE,
    REJECT,
    REMOVE,
    ROLL_BACK,
    ROLL_BACK_TO,
    Confirmation,
    RuleVerb,
    confirm,
)
from device_update_console.core.verbs.rule_verb_calls import ask_rules, carry_out
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.verbs.long_work import run_with_progress
from device_update_console.qt.verbs.questions import AskedQuestion
from device_update_console.qt.verbs.roll_back_dialog import RollBackDialog
from device_update_console.qt.verbs.rule_verb_dialog import RuleVerbDialog, watch_rules
from device_update_console.qt.window.workplace import Workplace
from device_update_contract.administration.rules import Rule

RULE_VERBS: Mapping[Verb, RuleVerb] = {
    Verb.APPROVE: APPROVE,
    Verb.REJECT: REJECT,
    Verb.ROLL_BACK: ROLL_BACK,
    Verb.ROLL_BACK_TO: ROLL_BACK_TO,
    Verb.REMOVE_UPDATE: REMOVE,
}


class RuleVerbs:
    """Carries the verbs out on rules."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._asked: AskedQuestion[RuleVerbDialog] = AskedQuestion()
        self._is_previewing = False
        """Whether the service was asked what would happen: a second click asks no second question."""
        self.versions: RollBackDialog | None = None
        """Where a version to roll back to is chosen."""

    @property
    def dialog(self) -> RuleVerbDialog | None:
        """The question that is open."""
        return self._asked.dialog

    def carry_out(self, verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        """Ask the service what would happen, then the person, then do it; Roll Back To asks for the version first."""
        if verb is Verb.ROLL_BACK_TO:
            self._choose_version(session, targets.items[0])
        else:
            self._preview(verb, session, targets)

    def roll_back_to(self, session: ServerSession, rule: Rule, version: str) -> None:
        """Roll back to a version that was chosen already."""
        self._preview(Verb.ROLL_BACK_TO, session, VerbTargets([rule]), version)

    def _choose_version(self, session: ServerSession, rule: Rule) -> None:
        dialog = RollBackDialog(session, rule, self._place.window)
        self.versions = dialog
        dialog.chosen.connect(lambda version: self.roll_back_to(session, rule, version))
        dialog.finished.connect(self._forget_versions)
        dialog.open()

    def _forget_versions(self) -> None:
        dialog, self.versions = self.versions, None
        if dialog is not None:
            dialog.deleteLater()

    def _preview(self, verb: Verb, session: ServerSession, targets: VerbTargets, version: str | None = None) -> None:
        rule_verb = RULE_VERBS[verb]
        body = targets.rules_preview(version)
        labels = {rule.id: rule_label(rule) for rule in targets.items}
        if self._is_previewing:
            return
        self._is_previewing = True
        run_with_progress(
            self._place,
            session,
            text("The service is asked what would happen..."),
            lambda connection, _: ask_rules(connection, rule_verb, body),
            lambda answer: self._ask(verb, session, confirm(rule_verb, body, answer, labels)),
            ended=self._previewed,
        )

    def _previewed(self) -> None:
        self._is_previewing = False

    def _ask(self, verb: Verb, session: ServerSession, confirmation: Confirmation) -> None:
        if not self._place.window.isVisible():
            return  # it was closed meanwhile
        dialog = RuleVerbDialog(confirmation, DEFINITIONS[verb].icon or "information", self._place.window)
        dialog.help_topic = VERB_TOPICS[verb]
        if confirmation.request is not None:
            watch_rules(session, RULE_VERBS[verb], confirmation, dialog)
        self._asked.ask(dialog, lambda asked: self._do(verb, session, confirmation, asked.comment.text().strip()))

    def _do(self, verb: Verb, session: ServerSession, confirmation: Confirmation, comment: str) -> None:
        rule_verb = RULE_VERBS[verb]
        if confirmation.request is None:
            return
        body = confirmation.request.model_copy(update={"comment": comment} if comment else {})
        run_with_progress(
            self._place,
            session,
            text("The service is at work..."),
            lambda connection, _: carry_out(connection, rule_verb, body, confirmation.labels),
            self._place.tell,
            may_be_stopped=False,
        )
