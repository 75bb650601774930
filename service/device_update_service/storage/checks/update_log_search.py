"""Checks of the update log as people are shown them: searched page by page, or glanced at (contract section 5).

How a page is found is a matter of `storage.checks.update_log_finding`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from device_update_contract.administration.update_log import LoggedCheck
from device_update_contract.reasons import OFFERING_REASONS
from device_update_service.domain.stored_times import from_milliseconds
from device_update_service.storage.checks.update_log import COLUMNS, UpdateLog
from device_update_service.storage.checks.update_log_finding import Finding, VainSearches
from device_update_service.storage.checks.update_log_glance import glance
from device_update_service.storage.checks.update_log_index import UpdateLogIndex
from device_update_service.storage.checks.update_log_lines import LINE
from device_update_service.storage.checks.update_log_texts import Term
from device_update_service.storage.checks.wanted_checks import Place, WantedChecks

_TOLD: Final = ", ".join(COLUMNS)


class LoggedLine(NamedTuple):
    """A check as one line of comma-separated text (contract section 8)."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class FoundChecks:
    """Checks in the wanted order; ``reached`` is where the work of one request ended before all was found."""

    checks: list[LoggedCheck]
    reached: Place | None


@dataclass(frozen=True, slots=True)
class FoundLines:
    """The same as text; ``next`` is the place from which it goes on, None where nothing follows."""

    lines: list[LoggedLine]
    next: Place | None


class UpdateLogSearch:
    """Searches the days of one update log; for any thread."""

    def __init__(self, log: UpdateLog, index: UpdateLogIndex) -> None:
        self._log = log
        self._index = index
        self._vain: VainSearches = {}

    def checks(self, wanted: WantedChecks, after: Place | None, limit: int) -> FoundChecks:
        """The wanted checks that follow a place in the wanted order, at most so many."""
        found = Finding(self._log, self._index, wanted, _TOLD, self._vain).find(after, limit)
        return FoundChecks([_model(row) for row in found.rows], found.reached)

    def lines(self, wanted: WantedChecks, after: Place | None, limit: int) -> FoundLines:
        """The same checks as text."""
        found = Finding(self._log, self._index, wanted, f"at, sequence, {LINE}", self._vain).find(after, limit)
        lines = [LoggedLine(Place(at, sequence), text) for at, sequence, text in found.rows]
        return FoundLines(lines, lines[-1].place if len(lines) == limit else found.reached)

    def glance(
        self, terms: tuple[Term, ...], days: int, limit: int, *, whole_mac: str | None = None
    ) -> list[LoggedCheck]:
        """The newest checks of the newest days that hold all terms, within milliseconds and therefore perhaps not all.

        Of what is too frequent to be found quickly by the index, the newest checks of the day are looked at. The digits
        of a whole MAC address, where the terms are one, find its checks directly.
        """
        found = glance(self._log, self._index, terms, days, limit, _TOLD, whole_mac=whole_mac)
        return [_model(row) for row in found]

    def oldest_at(self) -> int | None:
        """When the oldest check that is kept was, in milliseconds."""
        for day in self._log.days():
            rows = self._log.rows(day, "SELECT at FROM check_log ORDER BY sequence LIMIT 1", ())
            if rows:
                return int(rows[0][0])
        return None


def _model(row: tuple[Any, ...]) -> LoggedCheck:
    check: Mapping[str, Any] = dict(zip(COLUMNS, row, strict=True))
    return LoggedCheck.model_validate(
        {
            **check,
            "id": str(check["sequence"]),
            "at": from_milliseconds(check["at"]),
            "device_id": None if check["device_id"] is None else str(check["device_id"]),
            "version": check["version"] if check["reason"] in OFFERING_REASONS else None,
        }
    )
