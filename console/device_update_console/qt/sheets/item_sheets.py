"""The property sheet for whatever is selected: each kind of item has its own, others show what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from device_update_console.core.sheets.details import details_of
from device_update_console.core.texts.language import counted_text, text
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.sheets.account_sheets import AccountSheet
from device_update_console.qt.sheets.device_sheet import DeviceSheet
from device_update_console.qt.sheets.item_facts_page import ItemFactsPage
from device_update_console.qt.sheets.package_sheet import PackageSheet
from device_update_console.qt.sheets.property_sheet import PropertySheet
from device_update_console.qt.sheets.record_sheets import (
    audit_entry_sheet,
    refused_request_sheet,
    refused_sign_in_sheet,
)
from device_update_console.qt.sheets.rule_sheet import CarryOut, RollBackTo, RuleSheet
from device_update_console.qt.verbs.test_device_dialogs import TestDeviceSheet
from device_update_console.qt.window.workplace import Workplace
from device_update_contract.administration.audit_trail import AuditEntry
from device_update_contract.administration.devices import Device, TestDevice
from device_update_contract.administration.packages import Package
from device_update_contract.administration.rules import Rule
from device_update_contract.administration.server import AccountModel, RefusedRequest
from device_update_contract.administration.sign_ins import SignIn


class ItemSheets:
    """Opens them beside the window, one for each selection."""

    def __init__(self, place: Workplace, carry_out: CarryOut, roll_back_to: RollBackTo) -> None:
        self._place = place
        self._carry_out = carry_out
        self._roll_back_to = roll_back_to

    def show(self, _verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        """Properties: the sheet of the selected items."""
        self.open(session, targets.items)

    def edit(self, _verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        """Edit: the same sheet, with the tab to fill in before the others."""
        sheet = self.open(session, targets.items)
        if isinstance(sheet, DeviceSheet | TestDeviceSheet):
            sheet.show_page(sheet.fields)

    def open(self, session: ServerSession, items: Sequence[Any]) -> PropertySheet:
        """The sheet of these items, which are of one kind; one that is open already is brought to the front."""
        names = frozenset(str(_key(item)) for item in items)
        key = (session.address.origin, type(items[0]), names)
        return self._place.sheets.show(key, lambda: self._build(session, items))

    def _build(self, session: ServerSession, items: Sequence[Any]) -> PropertySheet:
        place, first = self._place, items[0]
        if isinstance(first, Rule):
            return RuleSheet(place, session, items, self._carry_out, self._roll_back_to)
        if isinstance(first, Device):
            return DeviceSheet(place, session, items, self._carry_out)
        if isinstance(first, Package):
            return PackageSheet(place, items)
        if len(items) == 1 and (sheet := self._build_for_one(session, first)) is not None:
            return sheet
        return _facts_sheet(place, items)

    def _build_for_one(self, session: ServerSession, item: Any) -> PropertySheet | None:
        match item:
            case TestDevice():
                return TestDeviceSheet(self._place, session, item)
            case AccountModel():
                return AccountSheet(self._place, session, item)
            case AuditEntry():
                return audit_entry_sheet(self._place, item)
            case RefusedRequest():
                return refused_request_sheet(self._place, item)
            case SignIn():
                return refused_sign_in_sheet(self._place, session, item, self._carry_out)
        return None


def _facts_sheet(place: Workplace, items: Sequence[Any]) -> PropertySheet:
    if len(items) == 1:
        title = text("{name} Properties", name=details_of(items[0]).heading)
    else:
        title = counted_text("{count} Item: Properties", "{count} Items: Properties", len(items))
    page = ItemFactsPage(place.background, items, details_of)
    return PropertySheet(title, "properties", [page], parent=place.window)


def _key(item: Any) -> object:
    """What an item of a list is known by: most have an id, accounts a name."""
    return getattr(item, "id", None) or getattr(item, "name", item)
