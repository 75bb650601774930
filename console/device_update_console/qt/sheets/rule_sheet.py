"""The property sheet of a rule: general, files, test devices and history, with its verbs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.lists.rule_lists import PENDING_UPDATES
from device_update_console.core.sheets.history_lists import RULE_HISTORY_LIST
from device_update_console.core.sheets.rule_sheet import (
    FILE_TITLES,
    TEST_DEVICE_TITLES,
    file_rows,
    general_facts,
    how_far_tested,
    read_test_devices,
    tested_device_row,
)
from device_update_console.core.texts.formats import rule_label
from device_update_console.core.texts.language import counted_text, text
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.verbs.rule_history import can_roll_back_to
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.background import Background
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.sheets.history_page import HistoryPage
from device_update_console.qt.sheets.item_facts_page import ItemFactsPage
from device_update_console.qt.sheets.item_watch import ItemWatch
from device_update_console.qt.sheets.property_sheet import PropertySheet
from device_update_console.qt.sheets.sheet_actions import add_actions
from device_update_console.qt.sheets.sheet_pages import SheetPage
from device_update_console.qt.sheets.table_page import LoadedTablePage, TablePage
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.window.workplace import Workplace
from device_update_contract.administration.endpoints import SHOW_RULE
from device_update_contract.administration.roles import Permission
from device_update_contract.administration.rules import Rule

_NODES = (NodeKind.PENDING_UPDATES, NodeKind.DEPLOYED_UPDATES)
_VERBS = (Verb.APPROVE, Verb.REJECT, Verb.ROLL_BACK, Verb.ROLL_BACK_TO, Verb.REMOVE_UPDATE)
_RIGHT = frozenset({3})

CarryOut = Callable[[Verb, ServerSession, VerbTargets], None]
RollBackTo = Callable[[ServerSession, Rule, str], None]


class RuleSheet(PropertySheet):
    """Of one rule, or the general facts of several; it follows what changes."""

    def __init__(
        self,
        place: Workplace,
        session: ServerSession,
        rules: Sequence[Rule],
        carry_out: CarryOut,
        roll_back_to: RollBackTo,
    ) -> None:
        self.watch: ItemWatch
        self.general = ItemFactsPage(place.background, rules, general_facts)
        pages: list[SheetPage] = [self.general]
        self.files: TablePage | None = None
        self.tests: LoadedTablePage | None = None
        self.history: RuleHistoryPage | None = None
        if len(rules) == 1:
            self.files = _files_page()
            self.tests = _tests_page(session, lambda: self.watch.items[0])
            self.history = RuleHistoryPage(session, place.background, rules[0])
            self.history.roll_back_to.connect(lambda version: roll_back_to(session, self.watch.items[0], version))
            pages += [self.files, self.tests, self.history]
        super().__init__(_title(rules), "properties", pages, help_topic="updates", parent=place.window)
        self.watch = ItemWatch(session, PENDING_UPDATES, SHOW_RULE, rules, self._show, self)
        self.actions_button = add_actions(
            self,
            session,
            _NODES,
            _VERBS,
            lambda: self.watch.items,
            lambda verb: carry_out(verb, session, VerbTargets(self.watch.items)),
        )
        self._show(list(rules))
        resize_within_screen(self, 680, 540)

    def _show(self, rules: list[Any]) -> None:
        self.general.show_items(rules)
        if len(rules) != 1:
            return
        if self.files is not None:
            self.files.show_rows(file_rows(rules[0]))
        if self.tests is not None:
            self.tests.say(how_far_tested(rules[0]))
            self.tests.read_again()
        if self.history is not None:
            self.history.show_rule(rules[0])


class RuleHistoryPage(HistoryPage):
    """The history with a button that rolls back to the selected version, for whoever may."""

    roll_back_to = Signal(str)

    def __init__(self, session: ServerSession, background: Background, rule: Rule) -> None:
        super().__init__(text("History"), session, background, RULE_HISTORY_LIST, {"id": rule.id}, "comment")
        self._rule = rule
        self.button = QPushButton(text("&Roll Back to This Version..."))
        self.button.setAutoDefault(False)
        self.button.setVisible(Permission.CHANGE_RULES in session.permissions)
        self.below.addStretch(1)
        self.below.addWidget(self.button)
        self.selection_changed.connect(self._offer)
        self.button.clicked.connect(self._ask)
        self._offer()

    def show_rule(self, rule: Rule) -> None:
        """The rule as it is now, which decides what can be rolled back to."""
        self._rule = rule
        self._offer()

    def _offer(self) -> None:
        entry = self.selected_entry()
        why_not = text("Select a version.") if entry is None else can_roll_back_to(self._rule, entry)
        self.button.setEnabled(not why_not)
        self.button.setToolTip(why_not)

    def _ask(self) -> None:
        entry = self.selected_entry()
        if entry is not None:
            self.roll_back_to.emit(entry.version)


def _title(rules: Sequence[Rule]) -> str:
    if len(rules) == 1:
        return text("{name} Properties", name=rule_label(rules[0]))
    return counted_text("{count} Update: Properties", "{count} Updates: Properties", len(rules))


def _files_page() -> TablePage:
    titles = [text(title) for title in FILE_TITLES]
    return TablePage(text("Files"), titles, text("No version has files here."), right=_RIGHT, stretched=4)


def _tests_page(session: ServerSession, rule: Callable[[], Rule]) -> LoadedTablePage:
    async def read(connection: ServerConnection) -> list[tuple[str, ...]]:
        return [tested_device_row(device) for device in await read_test_devices(connection, rule())]

    titles = [text(title) for title in TEST_DEVICE_TITLES]
    nothing = text("No test device of this device class has asked for an update yet.")
    return LoadedTablePage(text("Test Devices"), titles, nothing, session, read, stretched=4)
