"""What a window does with its list as a whole: verbs, saved filters, copying, export, finding, live updates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from device_update_console.core.verbs.offered_verbs import OfferedVerb, Verb
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.filters.filter_verbs import FilterVerbs
from device_update_console.qt.filters.finding import Finding
from device_update_console.qt.lists.copying import Copying
from device_update_console.qt.lists.exporting import Exporting
from device_update_console.qt.lists.list_pane import ListPane
from device_update_console.qt.lists.list_verbs import ListVerbs
from device_update_console.qt.lists.live_updates import LiveUpdates
from device_update_console.qt.window.commands import Commands
from device_update_console.qt.window.navigation import ScopeKey
from device_update_console.qt.window.workplace import Workplace


class ListWork:
    """``here`` and ``title`` tell of the open node, ``go`` opens another, ``show_found`` one with a filter."""

    def __init__(
        self,
        place: Workplace,
        pane: ListPane,
        servers: Servers,
        here: Callable[[], ScopeKey],
        title: Callable[[], str],
        go: Callable[[ScopeKey], None],
        show_found: Callable[[ScopeKey, Mapping[str, str]], None],
    ) -> None:
        self.verbs = ListVerbs(pane)
        self.filters = FilterVerbs(place, pane, servers.saved_filters, here, go)
        self.copying = Copying(place, pane)
        self.exporting = Exporting(place, pane, title)
        self.finding = Finding(place.window, servers, show_found)
        self.live_updates = LiveUpdates(pane)

    def handlers(
        self, with_session: Callable[[Callable[[ServerSession], object]], object]
    ) -> Mapping[Verb, Callable[[], object]]:
        """What each verb does; ``with_session`` calls what needs the server of the open node."""
        return {
            **self.verbs.handlers(),
            **self.filters.handlers(),
            **self.finding.handlers(),
            **{verb: partial(with_session, call) for verb, call in self.exporting.handlers().items()},
            **{verb: partial(with_session, call) for verb, call in self.copying.handlers().items()},
        }

    def impossible(self) -> set[Verb]:
        """The verbs that cannot be used now, for what the core cannot know."""
        return self.verbs.impossible() | self.filters.impossible()

    def offer_everywhere(self, offered: list[OfferedVerb]) -> list[OfferedVerb]:
        """Offer what can be done from anywhere too."""
        return self.finding.offer_everywhere(offered)

    def show_states(self, commands: Commands) -> None:
        """Say of which column verbs are, and what is switched on."""
        self.verbs.show_states(commands)
        commands.actions[Verb.LIVE_UPDATES].setChecked(self.live_updates.on)
