"""What an administrator is told without asking: once when it begins, and again when it ended and began anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

PACKAGE_REFUSED: Final = "package-refused"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell: a stable code, a sentence, and the facts in it."""

    code: str
    sentence: str
    at: datetime
    parameters: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WatchedFacts:
    """How things are: devices by their trouble, and sentences of what is wrong with disk and clean-up, else None."""

    failed_installs: int
    silent_devices: int
    disk: str | None
    cleaning: str | None


@dataclass(frozen=True, slots=True)
class NoticeNumbers:
    """The numbers of devices past which it is told."""

    failed_installs: int
    silent_devices: int


def standing_notices(facts: WatchedFacts, numbers: NoticeNumbers, now: datetime) -> list[Notice]:
    """Everything that stands now."""
    found: list[Notice] = []
    if facts.failed_installs > numbers.failed_installs:
        sentence = f"{_devices(facts.failed_installs)} failed to install an update."
        found.append(Notice("failed-installs", sentence, now, {"devices": facts.failed_installs}))
    if facts.silent_devices > numbers.silent_devices:
        sentence = f"{_devices(facts.silent_devices)} stayed silent for longer than they should."
        found.append(Notice("silent-devices", sentence, now, {"devices": facts.silent_devices}))
    if facts.disk is not None:
        found.append(Notice("disk-nearly-full", facts.disk, now))
    if facts.cleaning is not None:
        found.append(Notice("clean-up-failed", f"The clean-up failed: {facts.cleaning}", now))
    return found


def package_refused(name: str, account: str, why: str, now: datetime) -> Notice:
    """A package that was not taken."""
    sentence = f"The package {name}, sent by {account}, was refused: {why}"
    return Notice(PACKAGE_REFUSED, sentence, now, {"package": name, "account": account})


def _devices(count: int) -> str:
    return "1 device" if count == 1 else f"{count:,} devices"


class StandingNotices:
    """Remembers what was told, so that it is told once."""

    def __init__(self) -> None:
        self._told: frozenset[str] = frozenset()

    def new(self, standing: Iterable[Notice]) -> list[Notice]:
        """Those of the standing notices that were not told yet; what no longer stands may be told again."""
        listed = list(standing)
        fresh = [notice for notice in listed if notice.code not in self._told]
        self._told = frozenset(notice.code for notice in listed)
        return fresh
