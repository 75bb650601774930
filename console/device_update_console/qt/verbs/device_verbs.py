"""The verbs on devices and test devices in the window: question, request, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.sheets.device_sheet import NOTE, change_devices, field_values
from device_update_console.core.texts.language import text
from device_update_console.core.verbs import device_verbs
from device_update_console.core.verbs.confirmations import Outcome
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.core.verbs.test_device_form import name_problem
from device_update_console.qt.background import Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.sheets.saving_dialog import Done, Failed, SavingDialog
from device_update_console.qt.sheets.sheet_pages import FieldsPage
from device_update_console.qt.verbs.asking_verbs import AskingVerbs
from device_update_console.qt.verbs.long_work import run_with_progress
from device_update_console.qt.verbs.test_device_dialogs import add_dialog
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.widgets.name_editor import NameEdit

Request = Callable[[ServerConnection, VerbTargets], Coroutine[Any, Any, Outcome]]


class DeviceVerbs(AskingVerbs):
    """Carries the verbs out."""

    def handlers(self) -> Mapping[Verb, Callable[[Verb, ServerSession, VerbTargets], None]]:
        """Which verbs these are."""
        return {
            Verb.USE_AS_TEST_DEVICE: self._use_as_test_device,
            Verb.RETIRE_DEVICE: self._retire,
            Verb.REMOVE_DEVICE: self._remove,
            Verb.BRING_DEVICE_BACK: self._bring_back,
            Verb.EDIT_NOTE: self._edit_note,
            Verb.RENAME_TEST_DEVICE: self._rename_test_device,
            Verb.REMOVE_TEST_DEVICE: self._remove_test_devices,
        }

    def add_test_device(self, session: ServerSession) -> None:
        """Ask which device it is, and add it."""
        self._open(add_dialog(self._place, session), lambda: text("The test device was added."))

    def _use_as_test_device(self, verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        if targets.count == 1 and targets.matching is None:
            self._request(session, device_verbs.use_as_test_devices, targets)
        else:
            question = device_verbs.use_as_test_device_question(targets)
            self._ask(verb, question, lambda: self._request(session, device_verbs.use_as_test_devices, targets))

    def _retire(self, verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        question = device_verbs.retire_question(targets)
        self._ask(verb, question, lambda: self._request(session, device_verbs.retire_devices, targets))

    def _remove(self, verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        question = device_verbs.remove_question(targets)
        self._ask(verb, question, lambda: self._request(session, device_verbs.remove_devices, targets))

    def _bring_back(self, verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        def do() -> None:
            run_with_progress(
                self._place,
                session,
                text("Bringing devices back"),
                lambda connection, progress: device_verbs.bring_back(connection, targets.items, progress),
                self._place.tell,
            )

        if targets.count == 1:
            do()
        else:
            self._ask(verb, device_verbs.bring_back_question(targets), do)

    def _remove_test_devices(self, verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        def do() -> None:
            run_with_progress(
                self._place,
                session,
                text("Removing test devices"),
                lambda connection, progress: device_verbs.remove_test_devices(connection, targets.items, progress),
                self._place.tell,
            )

        self._ask(verb, device_verbs.remove_test_devices_question(targets.items), do)

    def _edit_note(self, _verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        devices = targets.items
        page = FieldsPage("", (NOTE,), field_values(devices), scrolls=False)

        def save(done: Done, failed: Failed) -> Job:
            changes = page.changes()
            return session.run(lambda connection: change_devices(connection, devices, changes), done, failed)

        dialog = SavingDialog(text("Note"), "note", [page], save, help_topic="devices", parent=self._place.window)
        resize_within_screen(dialog, 440, 260)
        self._open(dialog, lambda: text("The note was changed."))

    def _rename_test_device(self, _verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        test_device = targets.items[0]

        def take(name: str) -> None:
            session.run(
                lambda connection: device_verbs.rename_test_device(connection, test_device, name),
                self._place.tell,
                self._place.fail,
            )

        self._place.rename_item(test_device.id, NameEdit(test_device.name, name_problem, take))

    def _request(self, session: ServerSession, request: Request, targets: VerbTargets) -> None:
        run_with_progress(
            self._place,
            session,
            text("The service is at work..."),
            lambda connection, _: request(connection, targets),
            self._place.tell,
            may_be_stopped=False,
        )
