"""Approve, Reject, Roll Back and Remove in the window: preview, question, request, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtWidgets import QWidget

from device_update_console.core.rule_confirmations import (
    APPROVE,
    REJECT,
    REMOVE,
    ROLL_BACK,
    Confirmation,
    RuleVerb,
    confirm,
    outcome_lines,
    request_preview,
)
from device_update_console.core.verbs import DEFINITIONS, Verb
from device_update_console.qt.rule_verb_dialog import RuleVerbDialog
from device_update_console.qt.server_session import ServerSession
from device_update_contract.administration.rules import Rule, RuleVerbAnswer

RULE_VERBS: Mapping[Verb, RuleVerb] = {
    Verb.APPROVE: APPROVE,
    Verb.REJECT: REJECT,
    Verb.ROLL_BACK: ROLL_BACK,
    Verb.REMOVE_UPDATE: REMOVE,
}


class RuleVerbs:
    """Carries the verbs out; ``done`` is told the lines of the outcome, ``failed`` why there is none."""

    def __init__(
        self, parent: QWidget, done: Callable[[list[str], bool], None], failed: Callable[[Exception], None]
    ) -> None:
        self._parent = parent
        self._done = done
        self._failed = failed
        self.dialog: RuleVerbDialog | None = None

    def carry_out(self, verb: Verb, session: ServerSession, rules: Sequence[Rule]) -> None:
        """Ask the service what would happen, then the person, then do it."""
        rule_verb = RULE_VERBS[verb]
        body = request_preview([rule.id for rule in rules])
        session.run(
            lambda connection: connection.ask(rule_verb.endpoint, RuleVerbAnswer, body=body),
            lambda answer: self._ask(verb, session, confirm(rule_verb, answer)),
            self._failed,
        )

    def _ask(self, verb: Verb, session: ServerSession, confirmation: Confirmation) -> None:
        dialog = RuleVerbDialog(confirmation, DEFINITIONS[verb].icon or "information", self._parent)
        dialog.confirmed.connect(lambda comment: self._do(verb, session, confirmation, comment))
        dialog.finished.connect(self._forget)
        self.dialog = dialog
        dialog.open()

    def _do(self, verb: Verb, session: ServerSession, confirmation: Confirmation, comment: str) -> None:
        rule_verb = RULE_VERBS[verb]
        if confirmation.request is None:
            return
        body = confirmation.request.model_copy(update={"comment": comment} if comment else {})
        session.run(
            lambda connection: connection.ask(rule_verb.endpoint, RuleVerbAnswer, body=body),
            lambda answer: self._done(outcome_lines(rule_verb, answer), bool(answer.refused)),
            self._failed,
        )

    def _forget(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()
