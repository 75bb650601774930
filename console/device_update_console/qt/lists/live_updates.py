"""What happens at a server is shown in the list that is open, as it happens or (switched off) at the next Refresh."""

from __future__ import annotations

from device_update_console.core.connections.event_stream import RESYNC
from device_update_console.qt.lists.list_pane import ListPane
from device_update_contract.administration.server import Event


class LiveUpdates:
    """Of one window."""

    def __init__(self, pane: ListPane) -> None:
        self._pane = pane
        self.on = True

    def switch(self) -> None:
        """Show changes as they happen, or no longer; what was missed meanwhile is shown at once."""
        self.on = not self.on
        if self.on and self._pane.missed_changes:
            self._pane.refresh()

    def event_came(self, event: Event) -> None:
        """Something happened at the server of the list."""
        definition, live = self._pane.definition, self._pane.live
        if definition is None or live is None or event.event not in {RESYNC, *definition.events}:
            return
        if not self.on:
            self._pane.miss_changes()
        elif event.event == RESYNC:
            live.refresh()
        elif event.event in definition.id_events and isinstance(event.data.get("ids"), list):
            live.apply_changes(str(each) for each in event.data["ids"])
        else:
            live.apply_changes(None, same_rows=event.event in definition.figure_events)
