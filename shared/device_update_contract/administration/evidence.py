"""What is known instead of an empty list, and what changed lately for the devices of one.

Both are facts with links: a list of the API with its parameters, which a front end opens or narrows.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from device_update_contract.administration.base import Answer, Moment, Sought, Statement
from device_update_contract.administration.devices import DeviceFilter

SoughtIn = Literal["devices", "device-logs", "update-log"]


class ListLink(Answer):
    """A list, by its path below the API's base, and the parameters that narrow it."""

    list: str
    filter: dict[str, str] = Field(default_factory=dict)


class LinkedStatement(Statement):
    """Something that the service has to say, and the list that shows it; null where none does."""

    link: ListLink | None = None


class EvidenceQuery(DeviceFilter):
    """Parameters of ``GET /evidence``: the list that is empty, and the filters that it was asked with.

    Filters of devices go with ``devices``; ``device``, ``type``, ``since`` and ``until`` with the two lists of logs.
    """

    sought_in: SoughtIn = "devices"
    device: Sought | None = None
    type: Sought | None = None
    since: Moment | None = None
    until: Moment | None = None


class EvidenceAnswer(Answer):
    """What is known, the most telling first; empty where nothing is."""

    evidence: list[LinkedStatement]


class DeviceChangesAnswer(Answer):
    """What changed for the devices that match: since when, in parts, and as one sentence.

    ``complete`` tells whether all of it was looked at; else the counts are true lower bounds.
    """

    since: Moment
    complete: bool
    changes: list[LinkedStatement]
    text: str
