"""Asking before something is done: one question at a time for each kind of verb, beside the window it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog

Dialog = TypeVar("Dialog", bound=ConfirmationDialog)


class AskedQuestion(Generic[Dialog]):
    """Holds the open dialog, and lets go of it when it was answered."""

    def __init__(self) -> None:
        self.dialog: Dialog | None = None

    def ask(self, dialog: Dialog, do: Callable[[Dialog], None]) -> None:
        """Show a question; ``do`` is called after Yes, while what was filled in can still be read."""
        self.dialog = dialog
        dialog.confirmed.connect(lambda: do(dialog))
        dialog.finished.connect(lambda _: self._forget(dialog))
        dialog.open()

    def _forget(self, dialog: Dialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()
