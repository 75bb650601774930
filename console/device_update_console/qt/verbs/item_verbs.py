"""The verbs on the items of lists, each with who carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.logs_and_audit.log_verbs import LogVerbs
from device_update_console.qt.sheets.item_sheets import ItemSheets
from device_update_console.qt.sheets.rule_sheet import CarryOut
from device_update_console.qt.verbs.account_verbs import AccountVerbs
from device_update_console.qt.verbs.device_verbs import DeviceVerbs
from device_update_console.qt.verbs.rule_verbs import RULE_VERBS, RuleVerbs
from device_update_console.qt.window.workplace import Workplace


class ItemVerbs:
    """Those of one window; ``chosen`` tells its server and what is selected there."""

    def __init__(
        self,
        place: Workplace,
        chosen: Callable[[], tuple[ServerSession | None, VerbTargets]],
    ) -> None:
        self._chosen = chosen
        self.rules = RuleVerbs(place)
        self.devices = DeviceVerbs(place)
        self.accounts = AccountVerbs(place)
        self.properties = ItemSheets(place, self.carry_out, self.rules.roll_back_to)
        self.logs = LogVerbs(place, self.properties.open)
        self._carry_out: Mapping[Verb, CarryOut] = {
            **dict.fromkeys(RULE_VERBS, self.rules.carry_out),
            **self.devices.handlers(),
            **self.accounts.handlers(),
            **self.logs.handlers(),
            Verb.PROPERTIES: self.properties.show,
            Verb.EDIT_DEVICE: self.properties.edit,
            Verb.EDIT_TEST_DEVICE: self.properties.edit,
            Verb.EDIT_ACCOUNT: self.properties.edit,
        }

    def handlers(self) -> Mapping[Verb, Callable[[], None]]:
        """What each verb does with what is selected."""
        return {
            **{verb: self._handler(verb) for verb in self._carry_out},
            Verb.ADD_TEST_DEVICE: self._handler_of_node(self.devices.add_test_device),
            Verb.ADD_ACCOUNT: self._handler_of_node(self.accounts.add),
        }

    def carry_out(self, verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        """Do it with these, wherever it was asked for."""
        if targets.count:
            self._carry_out[verb](verb, session, targets)

    def _handler(self, verb: Verb) -> Callable[[], None]:
        def handle() -> None:
            session, targets = self._chosen()
            if session is not None:
                self.carry_out(verb, session, targets)

        return handle

    def _handler_of_node(self, carry_out: Callable[[ServerSession], None]) -> Callable[[], None]:
        """For a verb that needs no item."""

        def handle() -> None:
            session, _ = self._chosen()
            if session is not None:
                carry_out(session)

        return handle
