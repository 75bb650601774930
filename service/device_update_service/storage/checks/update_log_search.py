"""Finding checks in the update log by time, one day at a time (contract section 5, ``/update-log``).

What is frequent is found soonest by looking at checks one by one, what is rare by the index; so the first ones are
looked at, and the index is asked, once for all days, when they held too little. Checks that are not indexed yet are the
newest of a day and are looked at one by one in any case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from device_update_contract.administration.update_log import LoggedCheck
from device_update_contract.reasons import OFFERING_REASONS
from device_update_service.domain.stored_times import from_milliseconds
from device_update_service.storage.checks.update_log import COLUMNS, DAY, UpdateLog, day_name
from device_update_service.storage.checks.update_log_index import Matches, Span, UpdateLogIndex
from device_update_service.storage.checks.update_log_lines import LINE
from device_update_service.storage.checks.update_log_texts import TEXT, Term

_STEP: Final = 5_000
"""Checks that are looked at one by one before the index is asked."""
_FREQUENT: Final = 2_000
"""A search that more distinct texts match finds enough by looking at checks one by one."""
_WHOLE_DAY: Final = Span(-1, 2**63 - 1)
_SEVERAL: Final = 500
_GLANCED: Final = 1_000
_GLANCED_STEPS: Final = 50_000
"""Of the database's machine, for the texts and again for each day: some thousand of either."""

_Row = tuple[Any, ...]


class Place(NamedTuple):
    """Where a check stands: its time in milliseconds and its sequence."""

    at: int
    sequence: int


class LoggedLine(NamedTuple):
    """A check as one line of comma-separated text (contract section 8)."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class WantedChecks:
    """Which checks are wanted, in which order; times in milliseconds, from ``since`` on and before ``until``."""

    device_id: int | None = None
    reason: str | None = None
    terms: tuple[Term, ...] = ()
    since: int | None = None
    until: int | None = None
    oldest_first: bool = False

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

    def checks(self, wanted: WantedChecks, after: Place | None, limit: int) -> list[LoggedCheck]:
        """The wanted checks that follow a place in the wanted order, at most so many."""
        found = _Finding(self._log, self._index, wanted, ", ".join(COLUMNS)).rows(after, limit)
        return [_model(dict(zip(COLUMNS, row, strict=True))) for row in found]

    def lines(self, wanted: WantedChecks, after: Place | None, limit: int) -> list[LoggedLine]:
        """The same checks as text."""
        found = _Finding(self._log, self._index, wanted, f"at, sequence, {LINE}").rows(after, limit)
        return [LoggedLine(Place(at, sequence), text) for at, sequence, text in found]

    def glance(
        self, terms: tuple[Term, ...], days: int, limit: int, *, whole_mac: str | None = None
    ) -> list[LoggedCheck]:
        """The newest checks of the newest days that hold all terms, within milliseconds and therefore perhaps not all.

        Of what is too frequent to be found quickly by the index, the newest checks of the day are looked at. The digits
        of a whole MAC address, where the terms are one, find its checks directly.
        """
        finding = _Finding(self._log, self._index, WantedChecks(terms=terms), ", ".join(COLUMNS))
        found = finding.glance(days, limit, whole_mac)
        return [_model(dict(zip(COLUMNS, row, strict=True))) for row in found]

    def oldest_at(self) -> int | None:
        """When the oldest check that is kept was, in milliseconds."""
        for day in self._log.days():
            rows = self._log.rows(day, "SELECT at FROM check_log ORDER BY sequence LIMIT 1", ())
            if rows:
                return int(rows[0][0])
        return None


class _Finding:
    """One search; ``told`` is what rows are made of: expressions over a row of ``check_log``."""

    def __init__(self, log: UpdateLog, index: UpdateLogIndex, wanted: WantedChecks, told: str) -> None:
        self._log = log
        self._index = index
        self._wanted = wanted
        self._told = told
        self._terms = wanted.terms or (() if wanted.reason is None else (Term((wanted.reason,)),))
        self._matches: Matches | None = None
        """What the index knows; None while it was not asked."""

    def rows(self, after: Place | None, limit: int) -> list[_Row]:
        days = self._log.days()
        found: list[_Row] = []
        for day in days if self._wanted.oldest_first else reversed(days):
            if not self._may_hold(day, after):
                continue
            missing = limit - len(found)
            if self._wanted.device_id is not None:
                found += self._of_device(day, after, missing)
            else:
                found += self._of_day(day, self._rest_of(day, after), missing)
            if len(found) >= limit:
                break
        return found

    def glance(self, days: int, limit: int, whole_mac: str | None) -> list[_Row]:
        newest = self._log.days()[: -days - 1 : -1]
        if whole_mac is None:
            matches = self._index.matches(self._terms, _FREQUENT, steps=_GLANCED_STEPS)
        else:
            matches = self._index.matches_of_mac(whole_mac, _FREQUENT)
        found: list[_Row] = []
        for day in newest:
            indexed = matches.indexed.get(day, _WHOLE_DAY.above)
            if day == newest[0]:
                found += self._newest_of(day, Span(indexed, _WHOLE_DAY.below), limit)
            if len(found) >= limit:
                break
            known, most = Span(_WHOLE_DAY.above, indexed + 1), limit - len(found)
            if matches.senders is None:
                return found + self._newest_of(day, known, most)
            sequences = self._index.newest_within(day, matches.senders, known, most, _GLANCED_STEPS)
            if sequences is None:
                return found + self._newest_of(day, known, most)
            if sequences:
                chosen = f"sequence IN ({','.join(map(str, sequences))})"
                found += self._rows(day, [chosen], [], "sequence DESC", most)
        return found

    def _newest_of(self, day: str, span: Span, limit: int) -> list[_Row]:
        """Those among the newest `_GLANCED` checks of a span."""
        end = self._step_end(day, span, _GLANCED)
        return self._between(day, span if end is None else Span(end - 1, span.below), limit)

    def _may_hold(self, day: str, after: Place | None) -> bool:
        """Whether a day can hold wanted checks after a place."""
        if after is not None:
            day_of_place = day_name(after.at // DAY)
            if day < day_of_place if self._wanted.oldest_first else day > day_of_place:
                return False
        if self._wanted.until is not None and day > day_name((self._wanted.until - 1) // DAY):
            return False
        return self._wanted.since is None or day >= day_name(self._wanted.since // DAY)

    def _rest_of(self, day: str, after: Place | None) -> Span:
        if after is None or day != day_name(after.at // DAY):
            return _WHOLE_DAY
        return self._cut(_WHOLE_DAY, after.sequence)[1]

    def _of_device(self, day: str, after: Place | None, limit: int) -> list[_Row]:
        conditions, parameters = self._wanted.conditions
        conditions.insert(0, "device_id = ?")
        parameters.insert(0, self._wanted.device_id)
        if after is not None:
            conditions.append(f"(at, sequence) {'>' if self._wanted.oldest_first else '<'} (?, ?)")
            parameters += after
        return self._rows(day, conditions, parameters, f"at {self._direction}, sequence {self._direction}", limit)

    def _of_day(self, day: str, rest: Span, limit: int) -> list[_Row]:
        if not self._terms:
            return self._between(day, rest, limit)
        found = list[_Row]()
        if self._matches is None:
            end = self._step_end(day, rest, _STEP)
            if end is None:
                return self._between(day, rest, limit)
            looked_at, rest = self._cut(rest, end)
            found = self._between(day, looked_at, limit)
            if len(found) >= limit:
                return found
            self._matches = self._index.matches(self._terms, _FREQUENT)
        senders, indexed = self._matches.senders, self._matches.indexed.get(day)
        if senders is None or indexed is None or indexed <= rest.above:
            return found + self._between(day, rest, limit - len(found))
        known, new = Span(rest.above, min(indexed + 1, rest.below)), Span(indexed, rest.below)
        for span in (known, new) if self._wanted.oldest_first else (new, known):
            missing = limit - len(found)
            if missing > 0 and span.above + 1 < span.below:
                is_known = span is known
                found += self._indexed(day, senders, span, missing) if is_known else self._between(day, span, missing)
        return found

    def _cut(self, span: Span, at: int) -> tuple[Span, Span]:
        """What comes first of a span in the wanted order, up to a sequence and with it, and the rest."""
        if self._wanted.oldest_first:
            return Span(span.above, at + 1), Span(at, span.below)
        return Span(at - 1, span.below), Span(span.above, at)

    def _step_end(self, day: str, span: Span, step: int) -> int | None:
        """The last sequence of a span's first so many checks; None when it has no more than that, or fewer."""
        statement = (
            "SELECT sequence FROM check_log WHERE sequence > ? AND sequence < ? "
            f"ORDER BY sequence {self._direction} LIMIT 1 OFFSET ?"
        )
        rows = self._log.rows(day, statement, (*span, step - 1))
        return int(rows[0][0]) if rows else None

    def _between(self, day: str, span: Span, limit: int) -> list[_Row]:
        conditions, parameters = self._wanted.conditions
        conditions[:0] = ["sequence > ?", "sequence < ?"]
        parameters[:0] = span
        return self._rows(day, conditions, parameters, f"sequence {self._direction}", limit)

    def _indexed(self, day: str, senders: Sequence[int], span: Span, limit: int) -> list[_Row]:
        """All of a span by the index; what it finds is looked at again, for other conditions."""
        found: list[_Row] = []
        conditions, parameters = self._wanted.conditions
        while len(found) < limit:
            sequences = self._index.sequences(day, senders, span, _SEVERAL, oldest_first=self._wanted.oldest_first)
            if not sequences:
                break
            chosen = f"sequence IN ({','.join(map(str, sequences))})"
            order = f"sequence {self._direction}"
            found += self._rows(day, [chosen, *conditions], parameters, order, limit - len(found))
            span = self._cut(span, sequences[-1])[1]
        return found

    @property
    def _direction(self) -> str:
        return "ASC" if self._wanted.oldest_first else "DESC"

    def _rows(self, day: str, conditions: list[str], parameters: list[object], order: str, limit: int) -> list[_Row]:
        statement = f"SELECT {self._told} FROM check_log WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT ?"
        return self._log.rows(day, statement, (*parameters, limit))


def _model(check: Mapping[str, Any]) -> LoggedCheck:
    return LoggedCheck.model_validate(
        {
            **check,
            "id": str(check["sequence"]),
            "at": from_milliseconds(check["at"]),
            "device_id": None if check["device_id"] is None else str(check["device_id"]),
            "version": check["version"] if check["reason"] in OFFERING_REASONS else None,
        }
    )
