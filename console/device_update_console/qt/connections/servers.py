"""The servers of the tree, shared by all windows of the program, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QObject, Signal

from device_update_console.core.connections.addresses import ServerAddress, parse_server_address
from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.connections.pinned_services import PinnedServices
from device_update_console.core.connections.system_keyring import SystemKeyring
from device_update_console.core.window.console_opening import ConsoleChanges
from device_update_console.core.window.remembered import Remembered, RememberedServer
from device_update_console.qt.background import Background
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.filters.saved_filters import SavedFilters
from device_update_contract.administration.events import Event
from device_update_contract.refusals import Refusal


class Servers(QObject):
    """Made, used and closed in the window's thread; each signal carries the `ServerSession` first."""

    came = Signal(object)
    went = Signal(object)
    """It is out of the tree; its connection is let go of once everybody was told."""
    changed = Signal(object)
    """Its state, or its name."""
    event_came = Signal(object, object)
    lists_change = Signal()
    """How lists are shown is about to be taken over from elsewhere: nobody may write down how they are now."""
    lists_changed = Signal()
    """It was; and perhaps there are other filters."""
    remarked = Signal(object, str)
    """A sentence that a person should read."""

    def __init__(self, background: Background, remembered: Remembered, pins: PinnedServices) -> None:
        super().__init__()
        self.remembered = remembered
        self.pins = pins
        self._background = background
        self._keyring = SystemKeyring()
        self._sessions: dict[str, ServerSession] = {}
        self.saved_filters = SavedFilters(remembered, self)
        self.came.connect(self.saved_filters.watch)
        self.went.connect(self.saved_filters.forget)
        self.changed.connect(self.saved_filters.state_changed)
        self.event_came.connect(self.saved_filters.event_came)

    def __iter__(self) -> Iterator[ServerSession]:
        """The servers, in the order in which they came."""
        return iter(tuple(self._sessions.values()))

    def find(self, origin: str) -> ServerSession | None:
        """The server at an address."""
        return self._sessions.get(origin)

    def show(
        self, address: ServerAddress, account: str | None = None, environment: Mapping[str, str] | None = None
    ) -> ServerSession:
        """Put a server into the tree and connect to it, with what is remembered of it; one that is there stays.

        The environment's credentials are for servers that were named together with it, and never sent to others.
        """
        session = self._sessions.get(address.origin)
        if session is not None:
            return session
        known = next((each for each in self.remembered.servers() if each.origin == address.origin), None)
        if known is not None and account is None:
            account = known.account
        session = ServerSession(self._background, address, self._keyring, account, environment or {})
        session.given_title = None if known is None else known.title
        self._sessions[address.origin] = session
        session.state_changed.connect(lambda: self._state_changed(session))
        session.event_came.connect(lambda event: self._event_came(session, event))
        session.remarked.connect(lambda sentence: self.remarked.emit(session, sentence))
        self.came.emit(session)
        session.start()
        return session

    def show_remembered(self, account: str | None = None) -> None:
        """Put all remembered servers into the tree, each with the certificate that was accepted for it.

        Raises:
            Refusal: for the first one that could not be; the others are there.
        """
        refusals = []
        for known in self.remembered.servers():
            try:
                self.show(self.pins.known(parse_server_address(known.origin)), account)
            except Refusal as refusal:
                refusals.append(refusal)
        if refusals:
            raise refusals[0]

    def connect_to(self, address: ServerAddress, account: str | None = None) -> ServerSession:
        """Put a server into the tree for good."""
        if all(each.origin != address.origin for each in self.remembered.servers()):
            self.remembered.keep_server(RememberedServer(origin=address.origin, account=account))
        return self.show(address, account)

    def take_over(self, changes: ConsoleChanges) -> None:
        """Have what another console had.

        Raises:
            Refusal: for the first server that cannot be trusted as before; everything else is there.
        """
        self.lists_change.emit()
        for key, layout in changes.lists:
            self.remembered.keep_list_layout(key, layout)
        for saved in changes.filters:
            self.saved_filters.save(saved.name, dict(saved.fields))
        self.lists_changed.emit()
        refusals = []
        for server in changes.servers:
            try:
                session = self.connect_to(self.pins.known(server.address))
            except Refusal as refusal:
                refusals.append(refusal)
                continue
            if server.given is not None and session.given_title is None:
                self.rename(session, server.given)
        if refusals:
            raise refusals[0]

    def rename(self, session: ServerSession, title: str) -> None:
        """Call a server something else in this console; without a title it is called what its pool is called."""
        session.given_title = title or None
        self.remembered.change_server(session.address.origin, title=session.given_title)
        self.changed.emit(session)

    def disconnect_from(self, session: ServerSession) -> None:
        """Take a server out of the tree, and remember it no longer; one that is out already may be there anew."""
        if self._sessions.get(session.address.origin) is not session:
            return
        self.remembered.drop_server(session.address.origin)
        del self._sessions[session.address.origin]
        self.went.emit(session)
        session.forget()

    def close(self) -> None:
        """Let go of all servers."""
        for session in self._sessions.values():
            session.close()

    def _state_changed(self, session: ServerSession) -> None:
        if session.address.origin not in self._sessions:
            return  # what was on its way when it was taken out
        if isinstance(session.state, Connected) and session.account is not None:
            self._remember_account(session.address.origin, session.account)
        self.changed.emit(session)

    def _remember_account(self, origin: str, account: str) -> None:
        known = next((each for each in self.remembered.servers() if each.origin == origin), None)
        if known is not None and known.account != account:
            self.remembered.change_server(origin, account=account)

    def _event_came(self, session: ServerSession, event: Event) -> None:
        if session.address.origin in self._sessions:
            self.event_came.emit(session, event)
