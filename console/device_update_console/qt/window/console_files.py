"""File > Save Console As and Open: a console in a file that can be mailed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from device_update_console.core.texts.language import text
from device_update_console.core.verbs.confirmations import Outcome
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.console_file import (
    SUFFIX,
    ConsoleContent,
    console_content,
    read_console,
    write_console,
)
from device_update_console.core.window.console_opening import changes_by
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_console.qt.verbs.questions import AskedQuestion
from device_update_console.qt.window.workplace import Workplace


class ConsoleFiles:
    """Those of one window; what is opened is there in all windows."""

    def __init__(self, place: Workplace, servers: Servers) -> None:
        self._place = place
        self._servers = servers
        self.choosing: QFileDialog | None = None
        self.asking: AskedQuestion[ConfirmationDialog] = AskedQuestion()

    def handlers(self) -> Mapping[Verb, Callable[[], None]]:
        """What each verb does."""
        return {Verb.OPEN_CONSOLE: self._choose_to_open, Verb.SAVE_CONSOLE_AS: self._choose_where_to_save}

    def open(self, file: Path) -> None:
        """Open a file: what would change is asked first."""
        self._place.background.run(
            asyncio.to_thread(read_console, file), lambda content: self._ask(file.name, content), self._place.fail
        )

    def save(self, file: Path) -> None:
        """Write the console as it is now."""
        content = console_content([session.naming for session in self._servers], self._servers.remembered)
        self._place.background.run(
            asyncio.to_thread(write_console, file, content),
            lambda _: self._place.tell(Outcome(text("The console was saved as {file}.", file=file.name))),
            self._place.fail,
        )

    def _choose_to_open(self) -> None:
        dialog = QFileDialog(self._place.window, text("Open Console"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._choose(dialog, self.open)

    def _choose_where_to_save(self) -> None:
        dialog = QFileDialog(self._place.window, text("Save Console As"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        dialog.selectFile(text("Console") + SUFFIX)
        self._choose(dialog, self.save)

    def _choose(self, dialog: QFileDialog, chosen: Callable[[Path], None]) -> None:
        dialog.setNameFilters([text("Saved consoles (*{suffix})", suffix=SUFFIX), text("All files (*)")])
        dialog.fileSelected.connect(lambda file: chosen(Path(file)))
        dialog.finished.connect(lambda _: self._forget(dialog))
        self.choosing = dialog
        dialog.open()

    def _forget(self, dialog: QFileDialog) -> None:
        self.choosing = None
        dialog.deleteLater()

    def _ask(self, name: str, content: ConsoleContent) -> None:
        present = {session.address.origin for session in self._servers}
        changes = changes_by(content, present, self._servers.remembered)
        if changes.is_nothing:
            self._place.tell(Outcome(text("Everything in {file} is here already.", file=name)))
            return
        dialog = ConfirmationDialog(changes.question(name), "console", self._place.window)
        self.asking.ask(dialog, lambda _: self._servers.take_over(changes))
