"""The property sheet of devices: why first, then what is known; what can be changed, modules and history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from device_update_console.core.lists.device_lists import DEVICES
from device_update_console.core.sheets.device_sheet import (
    FIELDS,
    MODULE_TITLES,
    change_devices,
    device_name,
    field_values,
    general_facts,
    may_change,
    module_rows,
)
from device_update_console.core.sheets.history_lists import DEVICE_HISTORY_LIST
from device_update_console.core.texts.language import counted_text, text
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.background import Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.sheets.history_page import HistoryPage
from device_update_console.qt.sheets.item_facts_page import ItemFactsPage
from device_update_console.qt.sheets.item_watch import ItemWatch
from device_update_console.qt.sheets.property_sheet import Done, Failed, PropertySheet
from device_update_console.qt.sheets.sheet_actions import add_actions
from device_update_console.qt.sheets.sheet_pages import FieldsPage, SheetPage
from device_update_console.qt.sheets.table_page import TablePage
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.window.workplace import Workplace
from device_update_contract.administration.devices import Device
from device_update_contract.administration.endpoints import SHOW_DEVICE

_VERBS = (Verb.USE_AS_TEST_DEVICE, Verb.RETIRE_DEVICE, Verb.BRING_DEVICE_BACK, Verb.REMOVE_DEVICE)

CarryOut = Callable[[Verb, ServerSession, VerbTargets], None]


class DeviceSheet(PropertySheet):
    """Of one device, or of several: then a change applies to all of them. It follows what changes."""

    def __init__(
        self, place: Workplace, session: ServerSession, devices: Sequence[Device], carry_out: CarryOut
    ) -> None:
        self._place = place
        self._session = session
        self.general = ItemFactsPage(place.background, devices, general_facts)
        self.fields = FieldsPage(
            text("Label and Note"),
            FIELDS,
            field_values(devices),
            may_change=may_change(session.permissions),
            intro="" if len(devices) == 1 else text("What you fill in here is changed on all of them."),
        )
        pages: list[SheetPage] = [self.general, self.fields]
        self.modules: TablePage | None = None
        self.history: HistoryPage | None = None
        if len(devices) == 1:
            titles = [text(title) for title in MODULE_TITLES]
            self.modules = TablePage(text("Modules"), titles, text("It reported no modules."))
            self.modules.show_rows(module_rows(devices[0]))
            path = {"id": devices[0].id}
            self.history = HistoryPage(text("History"), session, place.background, DEVICE_HISTORY_LIST, path, "text")
            pages += [self.modules, self.history]
        super().__init__(_title(devices), "properties", pages, self._start, help_topic="devices", parent=place.window)
        self.watch = ItemWatch(session, DEVICES, SHOW_DEVICE, devices, self._show, self)
        self.actions_button = add_actions(
            self,
            session,
            (NodeKind.DEVICES,),
            _VERBS,
            lambda: self.watch.items,
            lambda verb: carry_out(verb, session, VerbTargets(self.watch.items)),
        )
        resize_within_screen(self, 620, 600)

    def _show(self, devices: list[Any]) -> None:
        if not devices:
            self.banner.say(text("It was removed from the server; what stands here is how it was."))
            return
        self.general.show_items(devices)
        self.fields.show_values(field_values(devices))
        if self.modules is not None and len(devices) == 1:
            self.modules.show_rows(module_rows(devices[0]))

    def _start(self, done: Done, failed: Failed) -> Job:
        devices, changes = self.watch.items, self.fields.changes()
        told = self._place.background.in_window

        def progress(at: int, total: int) -> None:
            told(lambda: self.show_progress(at, total))

        return self._session.run(
            lambda connection: change_devices(connection, devices, changes, progress), done, failed
        )


def _title(devices: Sequence[Device]) -> str:
    if len(devices) == 1:
        return text("{name} Properties", name=device_name(devices[0]))
    return counted_text("{count} Device: Properties", "{count} Devices: Properties", len(devices))
