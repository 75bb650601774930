"""The stream of events (contract section 5, ``GET /events``): what the service tells, and consoles wait for."""

from __future__ import annotations

from typing import Any, Final, Literal

from device_update_contract.administration.base import Answer

EventName = Literal[
    "rules-changed",
    "package-imported",
    "test-devices-changed",
    "devices-changed",
    "device-log-stored",
    "settings-changed",
    "accounts-changed",
    "audit-added",
    "health-changed",
]

RESYNC: Final = "resync"
"""The event that tells a client that it missed too much: it has to read everything anew."""

MOST_IDS: Final = 200
"""An event of more changes names none."""


class Event(Answer):
    """One event of the stream; ``data`` holds the ids (null: too many to name).

    ``event`` is an `EventName` or `RESYNC`, or one that a newer service knows.
    """

    id: int
    event: str
    data: dict[str, Any]

    def tells_of(self, *names: EventName) -> bool:
        """Whether it is one of these, or says that any of them may have been missed."""
        return self.event == RESYNC or self.event in names

    @property
    def ids(self) -> list[str] | None:
        """What changed, by its ids; None where that is not told."""
        told = self.data.get("ids")
        return [str(each) for each in told] if isinstance(told, list) else None
