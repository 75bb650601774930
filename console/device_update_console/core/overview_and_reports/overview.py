"""What the overview of a server knows: four short answers of the service, fetched together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from device_update_console.core.lists.source import Caller
from device_update_console.core.texts.formats import duration_text
from device_update_console.core.texts.language import counted_text, text
from device_update_console.core.window.node_links import NodeLink
from device_update_console.core.window.scope_tree import NodeKind
from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import HEALTH, LIST_RULES, SHOW_SERVER, SUMMARY
from device_update_contract.administration.events import EventName
from device_update_contract.administration.rules import Rule, RuleQuery
from device_update_contract.administration.server import HealthAnswer, ServerAnswer, SummaryAnswer
from device_update_contract.reasons import StatusCode

MOST_PENDING = 3
"""So many pending updates are told one by one; the others are in their list."""

EVENTS: Final[frozenset[EventName]] = frozenset({
    "rules-changed", "package-imported", "test-devices-changed", "devices-changed", "settings-changed",
    "health-changed",
})  # fmt: skip
"""The events of the stream after which the overview may tell something else."""


@dataclass(frozen=True, slots=True)
class Overview:
    """One service as it was when it was asked; ``pending`` are the newest of its pending updates."""

    server: ServerAnswer
    health: HealthAnswer
    summary: SummaryAnswer
    pending: Page[Rule]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the headline, and where it is seen in full."""

    title: str
    number: int
    link: NodeLink


async def fetch_overview(caller: Caller) -> Overview:
    """Ask a service for all that its overview shows.

    Raises:
        FailedCall.
    """
    newest = RuleQuery(state="pending", sort="-id", limit=MOST_PENDING)
    server, health, summary, pending = await asyncio.gather(
        caller.ask(SHOW_SERVER, ServerAnswer),
        caller.ask(HEALTH, HealthAnswer),
        caller.ask(SUMMARY, SummaryAnswer),
        caller.ask(LIST_RULES, Page[Rule], query=newest),
    )
    return Overview(server, health, summary, pending)


def figures(overview: Overview) -> list[Figure]:
    """The headline: how much there is of what the nodes list."""
    counts = overview.server.counts
    return [
        Figure(text("Devices"), counts.devices, NodeLink(NodeKind.DEVICES)),
        Figure(text("Pending updates"), counts.pending, NodeLink(NodeKind.PENDING_UPDATES)),
        Figure(text("Deployed updates"), counts.deployed, NodeLink(NodeKind.DEPLOYED_UPDATES)),
        Figure(text("Packages"), counts.packages, NodeLink(NodeKind.PACKAGES)),
        Figure(text("Test devices"), counts.test_devices, NodeLink(NodeKind.TEST_DEVICES)),
    ]


def about_server(server: ServerAnswer, now: datetime) -> str:
    """What this service is, in one line."""
    return text(
        "{name} {version}, running for {duration}",
        name=server.name,
        version=server.version,
        duration=duration_text(int((now - server.started_at).total_seconds())),
    )


def compliance_text(summary: SummaryAnswer) -> str:
    """How many of the devices in use run what they should."""
    counts = {row.status: row.devices for row in summary.by_status}
    in_use = summary.devices - counts.get(StatusCode.RETIRED, 0)
    current = counts.get(StatusCode.UP_TO_DATE, 0)
    if not in_use:
        return text("No device has asked for an update yet.")
    return counted_text(
        "{current:,} of {count} device in use is up to date ({percent}).",
        "{current:,} of {count} devices in use are up to date ({percent}).",
        in_use,
        current=current,
        percent=percent_text(current, in_use),
    )


def percent_text(part: int, whole: int) -> str:
    """A share in percent; never rounded to nothing or to all."""
    percent = round(100 * part / whole) if whole else 0
    if percent == 100 and part < whole:
        percent = 99
    if percent == 0 and part:
        return text("below {percent} %", percent=1)
    return text("{percent} %", percent=percent)
