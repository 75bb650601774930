"""Finding checks in the update log, the newest first, one day at a time (contract section 5, ``/update-log``).

What is frequent is found soonest by looking at the newest checks, what is rare by the index; so the newest are looked
at first, in steps, and the index is asked when they held too little. Checks that are not indexed yet are among those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from device_update_service.storage.checks.update_log import COLUMNS, DAY, UpdateLog, day_name
from device_update_service.storage.checks.update_log_index import UpdateLogIndex
from device_update_service.storage.checks.update_log_lines import LINE
from device_update_service.storage.checks.update_log_texts import TEXT, Term

_STEP: Final = 5_000
"""Checks that are looked at one by one before the index is asked."""
_LONGEST_STEP: Final = 80_000
_FREQUENT: Final = 5_000
"""A search that so many distinct texts match finds enough by looking at checks one by one."""
_END: Final = 2**63 - 1
_SEVERAL: Final = 500


class Place(NamedTuple):
    """Where a check stands: its time in milliseconds and its sequence."""

    at: int
    sequence: int


class LoggedCheck(NamedTuple):
    """One row of the update log, with its columns; ``line`` is it as comma-separated text."""

    sequence: int
    at: int
    device_id: int | None
    address: str
    device_type: str
    mac: str | None
    serial: str | None
    vendor: str
    model: str
    revision: str
    locale: str
    request_modules: str
    response_modules: str
    user: str | None
    reason: str
    version: str | None
    line: str


@dataclass(frozen=True, slots=True)
class WantedChecks:
    """Which checks are wanted; times in milliseconds, from ``since`` on and before ``until``."""

    device_id: int | None = None
    reason: str | None = None
    terms: tuple[Term, ...] = ()
    since: int | None = None
    until: int | None = None

    @property
    def conditions(self) -> tuple[list[str], list[object]]:
        """What a row must fulfil, but for the device."""
        conditions, parameters = list[str](), list[object]()
        for column, operator, value in (
            ("at", ">=", self.since),
            ("at", "<", self.until),
            ("reason", "=", self.reason),
        ):
            if value is not None:
                conditions.append(f"{column} {operator} ?")
                parameters.append(value)
        for term in self.terms:
            condition, needed = term.condition(f"({TEXT})")
            conditions.append(condition)
            parameters += needed
        return conditions, parameters


class UpdateLogSearch:
    """Searches the days of one update log; for any thread."""

    def __init__(self, log: UpdateLog, index: UpdateLogIndex) -> None:
        self._log = log
        self._index = index

    def newest(self, wanted: WantedChecks, before: Place | None, limit: int) -> list[LoggedCheck]:
        """The newest wanted checks before a place, at most so many."""
        found: list[LoggedCheck] = []
        for day in reversed(self._log.days()):
            if not _may_hold(day, wanted, before):
                continue
            below = before.sequence if before is not None and day == day_name(before.at // DAY) else _END
            missing = limit - len(found)
            if wanted.device_id is not None:
                found += self._of_device(day, wanted, before, missing)
            else:
                found += self._of_day(day, wanted, below, missing)
            if len(found) >= limit:
                break
        return found

    def _of_device(self, day: str, wanted: WantedChecks, before: Place | None, limit: int) -> list[LoggedCheck]:
        conditions, parameters = wanted.conditions
        conditions.insert(0, "device_id = ?")
        parameters.insert(0, wanted.device_id)
        if before is not None:
            conditions.append("(at, sequence) < (?, ?)")
            parameters += before
        return self._rows(day, conditions, [*parameters], "at DESC, sequence DESC", limit)

    def _of_day(self, day: str, wanted: WantedChecks, below: int, limit: int) -> list[LoggedCheck]:
        found: list[LoggedCheck] = []
        terms = wanted.terms or (() if wanted.reason is None else (Term((wanted.reason,)),))
        step, is_frequent = _STEP, False
        while len(found) < limit:
            floor = self._floor(day, below, step)
            step = min(2 * step, _LONGEST_STEP)
            indexed = self._index.indexed_to(day) if terms and floor is not None else None
            if indexed is not None and floor is not None:
                floor = min(floor, indexed + 1)
            found += self._between(day, wanted, floor, below, limit - len(found))
            if floor is None:
                break
            below = floor
            if indexed is None or len(found) >= limit or is_frequent:
                continue
            is_frequent = self._index.senders(day, terms, _FREQUENT) >= _FREQUENT
            if not is_frequent:
                found += self._indexed(day, wanted, terms, below, limit - len(found))
                break
        return found

    def _floor(self, day: str, below: int, step: int) -> int | None:
        """The sequence a step below another; None when the day has no more checks than that."""
        statement = "SELECT sequence FROM check_log WHERE sequence < ? ORDER BY sequence DESC LIMIT 1 OFFSET ?"
        rows = self._log.rows(day, statement, (below, step - 1))
        return int(rows[0][0]) if rows else None

    def _between(self, day: str, wanted: WantedChecks, floor: int | None, below: int, limit: int) -> list[LoggedCheck]:
        conditions, parameters = wanted.conditions
        conditions[:0] = ["sequence < ?", "sequence >= ?"] if floor is not None else ["sequence < ?"]
        parameters[:0] = [below, floor] if floor is not None else [below]
        return self._rows(day, conditions, parameters, "sequence DESC", limit)

    def _indexed(
        self, day: str, wanted: WantedChecks, terms: tuple[Term, ...], below: int, limit: int
    ) -> list[LoggedCheck]:
        """The rest of a day by the index; what it finds is looked at again, for other conditions."""
        found: list[LoggedCheck] = []
        conditions, parameters = wanted.conditions
        while len(found) < limit:
            sequences = self._index.sequences(day, terms, below, _SEVERAL)
            if not sequences:
                break
            chosen = ",".join(map(str, sequences))
            found += self._rows(
                day, [f"sequence IN ({chosen})", *conditions], parameters, "sequence DESC", limit - len(found)
            )
            below = sequences[-1]
        return found

    def _rows(
        self, day: str, conditions: list[str], parameters: list[object], order: str, limit: int
    ) -> list[LoggedCheck]:
        statement = (
            f"SELECT {', '.join(COLUMNS)}, {LINE} FROM check_log WHERE {' AND '.join(conditions)} "
            f"ORDER BY {order} LIMIT ?"
        )
        return [LoggedCheck(*row) for row in self._log.rows(day, statement, (*parameters, limit))]


def all_checks(search: UpdateLogSearch, wanted: WantedChecks, at_once: int) -> Iterator[list[LoggedCheck]]:
    """All wanted checks in pages, the newest first."""
    before: Place | None = None
    while page := search.newest(wanted, before, at_once):
        yield page
        before = Place(page[-1].at, page[-1].sequence)


def _may_hold(day: str, wanted: WantedChecks, before: Place | None) -> bool:
    """Whether a day can hold wanted checks before a place."""
    if before is not None and day > day_name(before.at // DAY):
        return False
    if wanted.until is not None and day > day_name((wanted.until - 1) // DAY):
        return False
    return wanted.since is None or day >= day_name(wanted.since // DAY)
