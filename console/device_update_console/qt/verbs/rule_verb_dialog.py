"""The question before a verb on rules: a row for each, what speaks against it, and a comment for the history."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QLineEdit, QWidget

from device_update_console.core.texts.language import text
from device_update_console.core.verbs.confirmations import MOST_NAMED
from device_update_console.core.verbs.rule_confirmations import (
    NUMBER_TITLES,
    Confirmation,
    RuleVerb,
    changed_since,
)
from device_update_console.core.verbs.rule_verb_calls import ask_rules
from device_update_console.qt.connections.repeated_read import RepeatedRead
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.lists.plain_table import PlainTable
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_contract.administration.events import Event
from device_update_contract.administration.rules import RuleReference

_MAX_COMMENT = 1000
_WIDEST = 760
"""Pixels of the table, which is otherwise so wide that no update's name is cut."""


class RuleVerbDialog(ConfirmationDialog):
    """A confirmation with a table and a comment, which is empty for none."""

    def __init__(self, confirmation: Confirmation, icon_name: str, parent: QWidget | None = None) -> None:
        numbers = frozenset(place for place, title in enumerate(confirmation.titles) if title in NUMBER_TITLES)
        rules = PlainTable([text(title) for title in confirmation.titles], text("Updates"), right=numbers)
        rules.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        rules.show_rows(confirmation.rows)
        rules.fit_height(MOST_NAMED)
        rules.setMinimumWidth(min(rules.whole_width(), _WIDEST))
        super().__init__(confirmation.question, icon_name, parent, middle=rules if confirmation.rows else None)
        self.rules = rules
        self.comment = QLineEdit()
        self.comment.setMaxLength(_MAX_COMMENT)
        self.comment.setPlaceholderText(text("optional; kept in the history of the update"))
        if confirmation.question.may_be_done:
            line = QHBoxLayout()
            label = QLabel(text("&Comment:"))
            label.setBuddy(self.comment)
            line.addWidget(label)
            line.addWidget(self.comment, 1)
            self.texts.addLayout(line)
            for before, after in pairwise((rules, self.comment, self.yes, self.no)):
                self.setTabOrder(before, after)
        self.setMinimumWidth(640 if confirmation.rows else 420)


def watch_rules(session: ServerSession, verb: RuleVerb, confirmation: Confirmation, dialog: RuleVerbDialog) -> None:
    """While the question is open, say what somebody else changes of what it is about."""
    request = confirmation.request
    if request is None:
        return
    asked = set(confirmation.change_numbers)
    named = None if request.filter is not None else [RuleReference(id=each) for each in asked]
    preview = request.model_copy(update={"preview": True, "rules": named, "expected_count": None})
    reading = RepeatedRead(
        session,
        lambda connection: ask_rules(connection, verb, preview),
        lambda answer: dialog.warn(changed_since(confirmation, answer)),
        lambda _: None,  # what was changed is refused and told all the same, when it comes to that
    )

    def look(event: Event) -> None:
        are_others = named is not None and event.ids is not None and asked.isdisjoint(event.ids)
        if event.tells_of("rules-changed") and not are_others:
            reading.again()

    def stop() -> None:
        session.event_came.disconnect(look)
        reading.stop()

    session.event_came.connect(look)
    dialog.finished.connect(lambda _: stop())
