"""Reading Server-Sent Events (contract section 5, ``GET /events``)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from device_update_console.core.failures import NotTheService
from device_update_console.core.texts.language import text
from device_update_contract.administration.events import Event

_LONGEST_LINE = 1024 * 1024


class EventStreamReader:
    """Turns the bytes of one stream into events; keeps the id to continue after."""

    def __init__(self, last_event_id: int | None = None) -> None:
        self.last_event_id = last_event_id
        self._read_id = last_event_id
        self._rest = b""
        self._name = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that are complete with these bytes.

        Raises:
            NotTheService: a line is endless, or an event's data is no JSON object.
        """
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > _LONGEST_LINE:
            raise NotTheService(text("The event stream is not of the form this version knows."))
        for line in lines:
            event = self._line(line.removesuffix(b"\r").decode("utf-8", "replace"))
            if event is not None:
                yield event

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._finished()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        elif field == "id" and value.isascii() and value.isdigit():
            self._read_id = int(value)
        return None

    def _finished(self) -> Event | None:
        name, data = self._name, "\n".join(self._data)
        self._name, self._data = "", []
        # Only a whole event moves the place to continue at: one that was cut off is sent again.
        self.last_event_id = self._read_id
        if not name:
            return None
        try:
            facts = json.loads(data) if data else {}
        except ValueError as error:
            raise NotTheService(text("An event is not of the form this version knows.")) from error
        if not isinstance(facts, dict):
            raise NotTheService(text("An event is not of the form this version knows."))
        return Event(id=self.last_event_id or 0, event=name, data=facts)
