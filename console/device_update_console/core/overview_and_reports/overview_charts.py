"""The figures behind the overview's charts: what is counted, what it is called, and the same as words and as a table.

No drawing here: a chart and the table beside it show one `Bars` or one `Hours`, so that they cannot tell two things.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from device_update_console.core.overview_and_reports.overview import percent_text
from device_update_console.core.texts.formats import one_line
from device_update_console.core.texts.language import counted_text, marked, spoken, text
from device_update_console.core.window.node_links import NodeLink
from device_update_console.core.window.scope_tree import NodeKind
from device_update_contract.administration.server import CountBy, SummaryAnswer
from device_update_contract.reasons import StatusCode

MOST_BARS = 8
"""More would be too thin to read; the smaller ones are one bar together."""


class Standing(Enum):
    """How far a device is; statuses that ask for the same thing are one."""

    UP_TO_DATE = "up-to-date"
    ON_ITS_WAY = "on-its-way"
    WAITING = "waiting"
    PROBLEM = "problem"
    SILENT = "silent"
    OTHER = "other"


STANDING_TEXTS: Mapping[Standing, str] = {
    Standing.UP_TO_DATE: marked("Up to date"),
    Standing.ON_ITS_WAY: marked("Update on its way"),
    Standing.WAITING: marked("Nothing to get yet"),
    Standing.PROBLEM: marked("Problem"),
    Standing.SILENT: marked("Silent"),
    Standing.OTHER: marked("Other"),
}

_STANDINGS: Mapping[str, Standing] = {
    StatusCode.UP_TO_DATE: Standing.UP_TO_DATE,
    StatusCode.OFFERED: Standing.ON_ITS_WAY,
    StatusCode.DOWNLOADING: Standing.ON_ITS_WAY,
    StatusCode.WAITING_FOR_APPROVAL: Standing.WAITING,
    StatusCode.NOTHING_APPROVED: Standing.WAITING,
    StatusCode.NO_RULE: Standing.WAITING,
    StatusCode.INSTALL_FAILED: Standing.PROBLEM,
    StatusCode.INSTALL_LOOP: Standing.PROBLEM,
    StatusCode.DOWNLOAD_STALLED: Standing.PROBLEM,
    StatusCode.DOWNLOADED_NOT_INSTALLED: Standing.PROBLEM,
    StatusCode.SILENT: Standing.SILENT,
}


def standing_of(status: str) -> Standing | None:
    """How far a device of this status is; None for a retired one, which is not counted."""
    return None if status == StatusCode.RETIRED else _STANDINGS.get(status, Standing.OTHER)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: devices by standing; ``link`` lists them."""

    label: str
    counts: Mapping[Standing, int]
    link: NodeLink | None

    @property
    def devices(self) -> int:
        """How many there are in all."""
        return sum(self.counts.values())

    def as_text(self) -> str:
        """The bar in one line."""
        parts = ", ".join(
            f"{text(STANDING_TEXTS[standing])} {_whole(self.counts[standing])}"
            for standing in Standing
            if self.counts.get(standing)
        )
        return text("{label}: {parts}", label=self.label, parts=parts)


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of bars; with ``in_percent`` each is as long as the others, and its parts are shares."""

    title: str
    what: str
    """What a bar stands for, as a heading of the table."""
    bars: tuple[Bar, ...]
    in_percent: bool

    def standings(self) -> list[Standing]:
        """Those that some bar has, in their order."""
        return [standing for standing in Standing if any(bar.counts.get(standing) for bar in self.bars)]

    def as_text(self) -> str:
        """What the chart shows, for whoever does not see it."""
        return "\n".join((self.title, *(bar.as_text() for bar in self.bars)))

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Headings and rows of the same figures."""
        standings = self.standings()
        headings = [self.what, text("Devices"), *(text(STANDING_TEXTS[standing]) for standing in standings)]
        rows = [
            [bar.label, _whole(bar.devices), *(self._share(bar, standing) for standing in standings)]
            for bar in self.bars
        ]
        return headings, rows

    def _share(self, bar: Bar, standing: Standing) -> str:
        count = bar.counts.get(standing, 0)
        if not count:
            return ""
        return f"{_whole(count)} ({percent_text(count, bar.devices)})" if self.in_percent else _whole(count)


@dataclass(frozen=True, slots=True)
class Hours:
    """Checks by the hour, oldest first; the last hour is not over yet."""

    title: str
    hours: tuple[tuple[datetime, int], ...]

    def as_text(self) -> str:
        """What the chart shows, for whoever does not see it."""
        total = sum(checks for _, checks in self.hours)
        if not total:
            return text("{title}: no device has asked.", title=self.title)
        busiest, most = max(self.hours, key=lambda hour: hour[1])
        said = counted_text("{count} check", "{count} checks", total)
        return text(
            "{title}: {checks} in all; the most in the hour of {moment}, {most:,}.",
            title=self.title,
            checks=said,
            moment=spoken().conventions.minute(busiest.astimezone()),
            most=most,
        )

    def hour_text(self, number: int) -> str:
        """One hour in one line."""
        hour, checks = self.hours[number]
        said = counted_text("{count} check", "{count} checks", checks)
        return text("{label}: {parts}", label=spoken().conventions.minute(hour.astimezone()), parts=said)

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Headings and rows of the same figures, the latest first."""
        rows = [
            [spoken().conventions.minute(hour.astimezone()), _whole(checks)] for hour, checks in reversed(self.hours)
        ]
        return [text("Hour"), text("Checks")], rows


def bars_by_model(summary: SummaryAnswer) -> Bars:
    """Which models are up to date."""
    bars = _longest(models(summary), text("Other models"))
    return Bars(text("Up to date by model"), text("Model"), bars, in_percent=True)


def models(summary: SummaryAnswer) -> list[Bar]:
    """A bar for each model, the longest first."""

    def label(row: CountBy) -> str:
        return one_line(f"{row.vendor} {row.model}")

    def link(row: CountBy) -> NodeLink:
        fields = (("vendor", row.vendor), ("model", row.model))
        return NodeLink(NodeKind.DEVICES, tuple((name, value) for name, value in fields if value))

    return _bars(summary.by_class_and_status, label, link)


def bars_by_version(summary: SummaryAnswer) -> Bars:
    """Which versions are out there, and how far their devices are."""
    bars = _longest(versions(summary), text("Other versions"))
    return Bars(text("Devices by installed version"), text("Version"), bars, in_percent=False)


def versions(summary: SummaryAnswer) -> list[Bar]:
    """A bar for each installed version, the longest first."""

    def label(row: CountBy) -> str:
        return text("Unknown") if row.version is None else one_line(row.version)

    def link(row: CountBy) -> NodeLink | None:
        return None if row.version is None else NodeLink(NodeKind.DEVICES, (("version", row.version),))

    return _bars(summary.by_version_and_status, label, link)


def checks_by_hour(summary: SummaryAnswer) -> Hours:
    """How often devices asked lately."""
    return Hours(text("Checks per hour"), tuple((hour.hour, hour.checks) for hour in summary.checks_per_hour))


def _bars(
    rows: Iterable[CountBy], label: Callable[[CountBy], str], link: Callable[[CountBy], NodeLink | None]
) -> list[Bar]:
    """A bar for each label, the longest first."""
    counts: dict[str, dict[Standing, int]] = defaultdict(lambda: defaultdict(int))
    links: dict[str, NodeLink | None] = {}
    for row in rows:
        standing = standing_of(row.status or "")
        if standing is not None:
            name = label(row)
            counts[name][standing] += row.devices
            links.setdefault(name, link(row))
    return sorted((Bar(name, dict(found), links[name]) for name, found in counts.items()), key=lambda bar: -bar.devices)


def _longest(bars: list[Bar], others: str) -> tuple[Bar, ...]:
    """As many as can be read, and the smallest together where there are too many."""
    if len(bars) <= MOST_BARS:
        return tuple(bars)
    shown, rest = bars[: MOST_BARS - 1], bars[MOST_BARS - 1 :]
    together: dict[Standing, int] = defaultdict(int)
    for bar in rest:
        for standing, devices in bar.counts.items():
            together[standing] += devices
    return (*shown, Bar(others, dict(together), None))


def round_steps(most: int, steps: int = 4) -> list[int]:
    """Values for an axis from 0 to at least ``most``: a few, evenly spaced and round."""
    magnitude = 1
    while True:
        for factor in (1, 2, 5):
            step = factor * magnitude
            if step * steps >= most:
                return list(range(0, most + step, step))
        magnitude *= 10


def _whole(number: int) -> str:
    return spoken().conventions.whole(number)
