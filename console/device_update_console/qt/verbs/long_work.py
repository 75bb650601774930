"""Work of many steps that no dialog of its own shows: how far it came, and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressDialog
from shiboken6 import isValid

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.texts.language import text
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.window.workplace import Workplace

Result = TypeVar("Result")
Progress = Callable[[int, int], None]

_SHOWN_AFTER_MS = 500


def run_with_progress(
    place: Workplace,
    session: ServerSession,
    title: str,
    work: Callable[[ServerConnection, Progress], Coroutine[Any, Any, Result]],
    done: Callable[[Result], None],
    *,
    may_be_stopped: bool = True,
    ended: Callable[[], None] = lambda: None,
) -> None:
    """Do it in the loop; a dialog is shown when it takes longer. What was done before it is stopped stays.

    One request that changes something is not to be stopped: nobody could say what came of it. ``ended`` is called
    however it ends, before ``done``.
    """
    dialog = QProgressDialog(title, text("Cancel"), 0, 0, place.window)
    dialog.setWindowTitle(title)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    if not may_be_stopped:
        dialog.setCancelButton(None)  # no button
    dialog.setMinimumDuration(_SHOWN_AFTER_MS)
    dialog.setValue(0)  # Qt begins to count; without a value it takes four seconds of its own

    def progress(at: int, total: int) -> None:
        place.background.in_window(lambda: _advance(dialog, at, total))

    def finish(call: Callable[[Any], None]) -> Callable[[Any], None]:
        def finished(value: Any) -> None:
            dialog.deleteLater()
            ended()
            call(value)

        return finished

    job = session.run(lambda connection: work(connection, progress), finish(done), finish(place.fail))
    if may_be_stopped:
        dialog.canceled.connect(job.cancel)
        dialog.canceled.connect(dialog.deleteLater)
        dialog.canceled.connect(ended)


def _advance(dialog: QProgressDialog, at: int, total: int) -> None:
    if isValid(dialog):
        dialog.setMaximum(total)
        dialog.setValue(at)
