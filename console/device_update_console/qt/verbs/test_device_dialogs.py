"""Adding and changing test devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QLabel, QVBoxLayout

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.lists.device_lists import TEST_DEVICES
from device_update_console.core.sheets.details import details_of
from device_update_console.core.sheets.sheet_fields import SharedText
from device_update_console.core.sheets.sheet_saving import Saved
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.test_device_form import (
    changed_test_device,
    empty_values,
    fields_of_test_device,
    new_test_device,
    suggested_values,
    values_of,
)
from device_update_console.qt.background import Background, Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.sheets.item_watch import ItemWatch
from device_update_console.qt.sheets.property_sheet import PropertySheet
from device_update_console.qt.sheets.saving_dialog import Done, Failed, Save, SavingDialog
from device_update_console.qt.sheets.sheet_pages import FactsPage, FieldsPage, SheetPage
from device_update_console.qt.verbs.device_picker import DevicePicker
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.window.workplace import Workplace
from device_update_contract.administration.devices import Device, TestDevice
from device_update_contract.administration.endpoints import ADD_TEST_DEVICE, CHANGE_TEST_DEVICE, SHOW_TEST_DEVICE
from device_update_contract.administration.roles import Permission


class TestDeviceFields(FieldsPage):
    """Name, type and identifier; the identifier is checked again when its type is changed."""

    __test__ = False  # pytest: this is no test class

    def __init__(
        self, title: str, values: Mapping[str, SharedText], *, may_change: bool = True, scrolls: bool = True
    ) -> None:
        fields = fields_of_test_device(self._kind)
        super().__init__(title, fields, values, may_change=lambda _: may_change, scrolls=scrolls)
        if may_change:
            self.entries["identifier_type"].edited.connect(self.entries["identifier"].say_problem)

    def _kind(self) -> str:
        return self.entries["identifier_type"].filled_in() if "identifier_type" in self.entries else "mac"


class AddTestDevicePage(SheetPage):
    """A known device is picked, or its identifier is typed."""

    def __init__(self, session: ServerSession, background: Background) -> None:
        super().__init__(text("Add Test Device"))
        self.picker = DevicePicker(session, background)
        self.fields = TestDeviceFields("", empty_values(), scrolls=False)
        self._suggested_name = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(QLabel(text("Choose a known device, or type its identifier below.")))
        layout.addWidget(self.picker, 1)
        layout.addWidget(self.fields)
        self.picker.picked.connect(self._fill_in)
        self.fields.changed.connect(self.changed)

    def _fill_in(self, device: Device) -> None:
        """Fill in what is known; a name that somebody typed stays."""
        entries = self.fields.entries
        for name, value in suggested_values(device).items():
            if name != "name" or entries[name].filled_in() in {"", self._suggested_name}:
                entries[name].fill_in(value)
        self._suggested_name = suggested_values(device)["name"]

    # The interface of a page

    @property
    def is_changed(self) -> bool:
        """Override SheetPage.is_changed: OK always adds, or says what is missing."""
        return True

    def problem(self) -> str:
        """Override SheetPage.problem."""
        return self.fields.problem()

    def leave(self) -> None:
        """Override SheetPage.leave."""
        self.picker.close_list()


def add_dialog(place: Workplace, session: ServerSession) -> SavingDialog:
    """The dialog of Add Test Device."""
    page = AddTestDevicePage(session, place.background)

    def save(done: Done, failed: Failed) -> Job:
        body = new_test_device({name: entry.filled_in() for name, entry in page.fields.entries.items()})

        async def add(connection: ServerConnection) -> Saved:
            await connection.ask(ADD_TEST_DEVICE, TestDevice, body=body)
            return Saved()

        return session.run(add, done, failed)

    dialog = SavingDialog(
        text("Add Test Device"), "add-test-device", [page], save, help_topic="test-devices", parent=place.window
    )
    resize_within_screen(dialog, 640, 520)
    return dialog


class TestDeviceSheet(PropertySheet):
    """The property sheet of a test device."""

    __test__ = False  # pytest: this is no test class

    def __init__(self, place: Workplace, session: ServerSession, test_device: TestDevice) -> None:
        self.fields = TestDeviceFields(
            text("General"),
            values_of(test_device),
            may_change=Permission.CHANGE_TEST_DEVICES in session.permissions,
        )
        self.device = FactsPage(text("Device"), details_of(test_device).rows)
        super().__init__(
            text("{name} Properties", name=test_device.name),
            "properties",
            [self.fields, self.device],
            _changing(session, test_device, self.fields),
            help_topic="test-devices",
            parent=place.window,
        )
        self.watch = ItemWatch(session, TEST_DEVICES, SHOW_TEST_DEVICE, [test_device], self._show, self)

    def _show(self, test_devices: list[Any]) -> None:
        if not test_devices:
            self.banner.say(text("It was removed from the server; what stands here is how it was."))
            return
        self.fields.show_values(values_of(test_devices[0]))
        self.device.show_facts(details_of(test_devices[0]).rows)


def _changing(session: ServerSession, test_device: TestDevice, page: FieldsPage) -> Save:
    """Saving of what a page changes of a test device."""

    def save(done: Done, failed: Failed) -> Job:
        filled_in = {name: entry.filled_in() for name, entry in page.entries.items()}
        body = changed_test_device(filled_in, page.changes())

        async def change(connection: ServerConnection) -> Saved:
            await connection.ask(CHANGE_TEST_DEVICE, TestDevice, path={"id": test_device.id}, body=body)
            return Saved()

        return session.run(change, done, failed)

    return save
