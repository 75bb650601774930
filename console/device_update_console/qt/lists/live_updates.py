"""What happens at a server is shown in the list that is open, as it happens or (switched off) at the next Refresh."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QCursor

from device_update_console.qt.lists.list_pane import ListPane
from device_update_contract.administration.events import RESYNC, Event

_TELL_AFTER_MS = 10_000
"""What changed for a filter is counted over all its devices, so that it is asked for at most so often."""


class LiveUpdates:
    """Of one window."""

    def __init__(self, pane: ListPane) -> None:
        self._pane = pane
        self.on = True
        self.telling = QTimer(pane)
        """Runs from a change until the band above the list is asked for once, however many changes come meanwhile."""
        self.telling.setSingleShot(True)
        self.telling.setInterval(_TELL_AFTER_MS)
        self.telling.timeout.connect(self._tell)

    def switch(self) -> None:
        """Show changes as they happen, or no longer; what was missed meanwhile is shown at once."""
        self.on = not self.on
        if self.on and self._pane.missed_changes:
            self._pane.refresh()

    def event_came(self, event: Event) -> None:
        """Something happened at the server of the list."""
        definition, live = self._pane.definition, self._pane.live
        if definition is None or live is None or not event.tells_of(*definition.events):
            return
        if not self.on:
            self._pane.miss_changes()
            return
        if not self.telling.isActive():
            self.telling.start()
        if event.event == RESYNC:
            live.refresh()
        elif event.event in definition.id_events and event.ids is not None:
            live.apply_changes(event.ids)
        else:
            live.apply_changes(None, same_rows=event.event in definition.figure_events)

    def _tell(self) -> None:
        """A band of more or fewer lines moves the list, which does not move under the pointer: it waits.

        Qt goes on taking a list for the one under the pointer when a window that was over it is gone; it is asked
        where the pointer is, too, or the band would wait for ever.
        """
        if not self.on:
            return
        view = self._pane.view
        if view.underMouse() and view.rect().contains(view.mapFromGlobal(QCursor.pos())):
            self.telling.start()
        else:
            self._pane.tell_anew()
