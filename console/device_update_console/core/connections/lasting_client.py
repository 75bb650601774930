"""The client of a connection that outlasts sessions: who asks may change, and the event stream is followed as it is."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator

from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.connections.credentials import Access
from device_update_console.core.connections.event_stream import EventStreamReader
from device_update_console.core.connections.replies import Reply
from device_update_console.core.failures import NotAuthenticated
from device_update_contract.administration.events import Event


class OpenedStreamReader(EventStreamReader):
    """A reader that says when the service has begun to send, which it does at once, also without an event."""

    def __init__(self, last_event_id: int | None, opened: Callable[[], object]) -> None:
        super().__init__(last_event_id)
        self._opened: Callable[[], object] | None = opened

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that are complete with these bytes."""
        if self._opened is not None:
            opened, self._opened = self._opened, None
            opened()
        return super().feed(chunk)


class LastingClient(AdministrationClient):
    """One client for one server, whoever is signed in; open until it is closed.

    A password that was turned down is not tried again by every call that is under way: guessing costs delays, and then
    a lock-out.
    """

    _turned_down: NotAuthenticated | None = None

    async def open(self) -> None:
        """Make ready, if it is not."""
        if self._http is None:
            await self.__aenter__()

    async def close(self) -> None:
        """Close all connections; it may be opened again."""
        await self.__aexit__(None, None, None)

    def become(self, access: Access) -> None:
        """Ask as somebody else from now on, or as nobody."""
        self._turned_down = None
        self._identity = access.identity
        self._token = None if access.session is None else access.session.token

    async def sign_in(self) -> Reply:
        """Open a session as the identity, unless that was refused already."""
        if self._turned_down is not None:
            raise self._turned_down
        try:
            return await super().sign_in()
        except NotAuthenticated as refusal:
            self._turned_down = refusal
            raise

    def follow(self, reader: EventStreamReader) -> AsyncGenerator[Event, None]:
        """The events of one stream, from where the reader is, until it is lost.

        Raises:
            FailedCall: why it was lost, if it was not simply ended.
        """
        return self._stream(reader)
