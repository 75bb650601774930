"""The verbs on device logs and logged checks: reading, saving, going to the device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog

from device_update_console.core.logs_and_audit.log_windows import save_log
from device_update_console.core.texts.formats import size_text
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.confirmations import Outcome
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.logs_and_audit.log_viewer import LogViewer
from device_update_console.qt.sheets.rule_sheet import CarryOut
from device_update_console.qt.verbs.long_work import run_with_progress
from device_update_console.qt.window.workplace import Workplace
from device_update_contract.administration.device_logs import DeviceLog
from device_update_contract.administration.devices import Device
from device_update_contract.administration.endpoints import SHOW_DEVICE


class LogVerbs:
    """Those of one window; ``open_sheet`` opens the properties of items."""

    def __init__(self, place: Workplace, open_sheet: Callable[[ServerSession, list[Any]], object]) -> None:
        self._place = place
        self._open_sheet = open_sheet
        self.viewer: LogViewer | None = None
        """The one that was opened last."""
        self.saving: QFileDialog | None = None
        """The question where to save."""

    def handlers(self) -> Mapping[Verb, CarryOut]:
        """What each verb does."""
        return {Verb.VIEW_LOG: self._view, Verb.SAVE_LOG: self._save, Verb.SHOW_DEVICE: self._show_device}

    def _view(self, _verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        self.viewer = LogViewer(session, targets.items[0], self._place.window)
        self.viewer.show()

    def _save(self, _verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        log: DeviceLog = targets.items[0]
        dialog = QFileDialog(self._place.window, text("Save Log"), log.name)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.selectFile(log.name)
        dialog.fileSelected.connect(lambda chosen: self._save_to(session, log, Path(chosen)))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        self.saving = dialog
        dialog.open()

    def _save_to(self, session: ServerSession, log: DeviceLog, target: Path) -> None:
        def saved(size: int) -> None:
            sentence = text("{size} saved to {file}.", size=size_text(size), file=str(target))
            self._place.tell(Outcome(sentence))

        title = text("Saving {name}", name=log.name)
        run_with_progress(
            self._place,
            session,
            title,
            lambda connection, progress: save_log(connection, log, target, progress),
            saved,
        )

    def _opener(self, session: ServerSession) -> Callable[[Device], None]:
        def open_device(device: Device) -> None:
            self._open_sheet(session, [device])

        return open_device

    def _show_device(self, _verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        device_id = targets.items[0].device_id
        if device_id is not None:
            session.run(
                lambda connection: connection.ask(SHOW_DEVICE, Device, path={"id": device_id}),
                self._opener(session),
                self._place.fail,
            )
