"""One search through the days of the update log: hits in their order, for as much work as one request may be.

What is frequent is found soonest by looking at checks one by one, what is rare by the index; so the first ones are
looked at, and the index is asked, once for all days, when they held too little. Checks that are not indexed yet are the
newest of a day and are looked at one by one in any case.

Work is counted in steps of the database's machine, which take about as long whatever they do. A search that neither
way finds soon ends where its work does, and says so: it goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from device_update_service.storage.checks.update_log import DAY, UpdateLog, day_begins, day_name
from device_update_service.storage.checks.update_log_index import Matches, Span, UpdateLogIndex
from device_update_service.storage.checks.update_log_texts import Term
from device_update_service.storage.checks.wanted_checks import Place, WantedChecks

_STEP: Final = 1_500
"""Checks that are looked at one by one before the index is asked."""
_FREQUENT: Final = 2_000
"""A search that more distinct texts match finds enough by looking at checks one by one."""
_WORK: Final = 2_000_000
"""Steps: about a tenth of a second."""
_MATCHING_STEPS: Final = 100_000
"""Finding the distinct texts that match, by their index."""
_SCAN_STEPS: Final = 2_000_000
"""Looking at all of them, where that takes longer: so many are some hundred thousand texts."""
_VAIN_STEPS: Final = 1_400_000
"""What is left of the work is so much less when even that takes longer."""
_VAIN_SECONDS: Final = 60.0
"""So long it is not tried again for the same search: its next pages have all their work for looking at checks."""
_MOST_VAIN: Final = 100
_INDEX_STEPS: Final = 100_000
"""Finding the checks of a day that tell one of these texts."""
_DAY_STEPS: Final = 50_000
"""What it takes to open the files of a day, however little is found."""
_CHECK_STEPS: Final = 20
_TERM_STEPS: Final = 55
"""Looking for a term in all that a check tells."""
_MAC_STEPS: Final = 15
"""Looking for its other form in a MAC address."""
_LEAST: Final = 1_000
"""So many checks are looked at, however little work is left, so that every request comes further."""
_FEW: Final = 2
"""Times as many checks as are wanted."""
_SEVERAL: Final = 500
_LAST_SEQUENCE: Final = 2**63 - 1
_WHOLE_DAY: Final = Span(-1, _LAST_SEQUENCE)

Row = tuple[Any, ...]
VainSearches: TypeAlias = dict[tuple[Term, ...], float]
"""When the index was asked in vain for the texts of a search; kept by whoever makes the searches of one log."""


class Found(NamedTuple):
    """Rows in the wanted order; ``reached`` is where the work ended before enough or all was found."""

    rows: list[Row]
    reached: Place | None


class Finding:
    """One search; ``told`` is what rows are made of: expressions over a row of ``check_log``."""

    def __init__(
        self, log: UpdateLog, index: UpdateLogIndex, wanted: WantedChecks, told: str, vain: VainSearches
    ) -> None:
        self._log = log
        self._vain = vain
        self._index = index
        self._wanted = wanted
        self._told = told
        self._terms = wanted.terms or (() if wanted.reason is None else (Term((wanted.reason,)),))
        forms = sum(len(term.forms) for term in wanted.terms)
        self._look_steps = _CHECK_STEPS + (_TERM_STEPS - _MAC_STEPS) * len(wanted.terms) + _MAC_STEPS * forms
        self._left = _WORK
        self._days: list[str] = []
        self._matches: Matches | None = None
        """What the index knows; None while it was not asked."""

    def find(self, after: Place | None, limit: int) -> Found:
        """The rows that follow a place, at most so many."""
        all_days = self._log.days()
        ordered = all_days if self._wanted.oldest_first else all_days[::-1]
        days = [day for day in ordered if self._may_hold(day, after)]
        self._days = days[: max(1, _WORK // _DAY_STEPS)]
        rows: list[Row] = []
        for day in self._days:
            of_device = self._wanted.device_id is not None
            found = (self._of_device if of_device else self._of_day)(day, after, limit - len(rows))
            rows += found.rows
            if len(rows) >= limit:
                return Found(rows, None)
            if found.reached is not None:
                return Found(rows, found.reached)
            self._left -= _DAY_STEPS
            if self._left <= 0 and day != days[-1]:
                return Found(rows, self._end_of(day))
        return Found(rows, None if len(days) == len(self._days) else self._end_of(self._days[-1]))

    def _may_hold(self, day: str, after: Place | None) -> bool:
        """Whether a day can hold wanted checks after a place."""
        if after is not None:
            if after == self._end_of(day):
                return False
            day_of_place = day_name(after.at // DAY)
            if day < day_of_place if self._wanted.oldest_first else day > day_of_place:
                return False
        begin, since, until = day_begins(day), self._wanted.since, self._wanted.until
        return (until is None or begin < until) and (since is None or since < begin + DAY)

    def _end_of(self, day: str) -> Place:
        """The place behind all checks of a day."""
        begin = day_begins(day)
        return Place(begin + DAY - 1, _LAST_SEQUENCE) if self._wanted.oldest_first else Place(begin, _WHOLE_DAY.above)

    def _of_device(self, day: str, after: Place | None, limit: int) -> Found:
        beyond = f"(at, sequence) {'>' if self._wanted.oldest_first else '<'} (?, ?)"
        bounds, values = ["device_id = ?"], [self._wanted.device_id]
        if after is not None:
            bounds.append(beyond)
            values += after
        order = f"at {self._direction}, sequence {self._direction}"
        reached: Place | None = None
        if self._wanted.terms or self._wanted.reason is not None:
            step = max(_LEAST, self._left // self._look_steps)
            statement = f"SELECT at, sequence FROM check_log WHERE {' AND '.join(bounds)} ORDER BY {order}"
            last = self._log.rows(day, f"{statement} LIMIT 1 OFFSET ?", (*values, step - 1))
            if last:
                reached = Place(*last[0])
                bounds.append(f"NOT {beyond}")
                values += reached
        conditions, parameters = self._wanted.conditions
        return Found(self._rows(day, [*bounds, *conditions], [*values, *parameters], order, limit), reached)

    def _of_day(self, day: str, after: Place | None, limit: int) -> Found:
        is_begun = after is not None and day == day_name(after.at // DAY)
        rest = self._cut(_WHOLE_DAY, after.sequence)[1] if after is not None and is_begun else _WHOLE_DAY
        if not self._terms:
            return self._look(day, rest, limit)
        rows: list[Row] = []
        if self._matches is None:
            first = self._look_at(day, rest, limit, _STEP)
            if len(first.rows) >= limit or first.reached is None:
                return Found(first.rows, None)
            rows, rest = first.rows, self._cut(rest, first.reached.sequence)[1]
            self._matches = self._ask_index()
        senders, indexed = self._matches.senders, self._matches.indexed.get(day)
        if senders is None or indexed is None or indexed <= rest.above:
            found = self._look(day, rest, limit - len(rows))
            return Found(rows + found.rows, found.reached)
        known, new = Span(rest.above, min(indexed + 1, rest.below)), Span(indexed, rest.below)
        for span in (known, new) if self._wanted.oldest_first else (new, known):
            if span.above + 1 >= span.below:
                continue
            missing = limit - len(rows)
            found = self._indexed(day, senders, span, missing) if span is known else self._look(day, span, missing)
            rows += found.rows
            if len(rows) >= limit or found.reached is not None:
                return Found(rows, found.reached)
        return Found(rows, None)

    def _ask_index(self) -> Matches:
        now = time.monotonic()
        if self._vain.get(self._terms, -_VAIN_SECONDS) > now - _VAIN_SECONDS:
            return Matches(None, {})
        asked = self._index.matches(self._terms, _FREQUENT, self._days, steps=_MATCHING_STEPS, scan_steps=_SCAN_STEPS)
        if asked.gave_up:
            self._left -= _VAIN_STEPS
            while len(self._vain) >= _MOST_VAIN:
                self._vain.pop(next(iter(self._vain)), None)
            self._vain[self._terms] = now
        return asked

    def _cut(self, span: Span, at: int) -> tuple[Span, Span]:
        """What comes first of a span in the wanted order, up to a sequence and with it, and the rest."""
        if self._wanted.oldest_first:
            return Span(span.above, at + 1), Span(at, span.below)
        return Span(at - 1, span.below), Span(span.above, at)

    def _look(self, day: str, span: Span, limit: int) -> Found:
        """Look at the checks of a span one by one, as many as there is work for; at few before at all of these."""
        first = self._look_at(day, span, limit, max(_LEAST, _FEW * limit))
        if first.reached is None or len(first.rows) >= limit:
            return first
        rest = self._cut(span, first.reached.sequence)[1]
        found = self._look_at(day, rest, limit - len(first.rows), max(_LEAST, self._left // self._look_steps))
        return Found(first.rows + found.rows, found.reached)

    def _look_at(self, day: str, span: Span, limit: int, step: int) -> Found:
        """Look at so many checks of a span, or all."""
        count, end = self._counted(day, span, step)
        self._left -= count * self._look_steps
        looked_at = span if count < step else self._cut(span, end)[0]
        conditions, parameters = self._wanted.conditions
        conditions[:0] = ["sequence > ?", "sequence < ?"]
        parameters[:0] = looked_at
        rows = self._rows(day, conditions, parameters, f"sequence {self._direction}", limit)
        return Found(rows, None if count < step else Place(day_begins(day), end))

    def _counted(self, day: str, span: Span, step: int) -> tuple[int, int]:
        """How many checks a span has, up to a step, and the last of these in the wanted order."""
        last = "max" if self._wanted.oldest_first else "min"
        statement = (
            f"SELECT count(*), ifnull({last}(sequence), -1) FROM (SELECT sequence FROM check_log "
            f"WHERE sequence > ? AND sequence < ? ORDER BY sequence {self._direction} LIMIT ?)"
        )
        rows = self._log.rows(day, statement, (*span, step))
        return (int(rows[0][0]), int(rows[0][1])) if rows else (0, -1)

    def _indexed(self, day: str, senders: Sequence[int], span: Span, limit: int) -> Found:
        """All of a span by the index; what it finds is looked at again, for other conditions."""
        found: list[Row] = []
        conditions, parameters = self._wanted.conditions
        order = f"sequence {self._direction}"
        while len(found) < limit:
            sequences = self._index.sequences(
                day, senders, span, _SEVERAL, steps=_INDEX_STEPS, oldest_first=self._wanted.oldest_first
            )
            if sequences is None:  # so many that looking at checks soon finds some
                rest = self._look(day, span, limit - len(found))
                return Found(found + rest.rows, rest.reached)
            if not sequences:
                break
            chosen = f"sequence IN ({','.join(map(str, sequences))})"
            found += self._rows(day, [chosen, *conditions], parameters, order, limit - len(found))
            span = self._cut(span, sequences[-1])[1]
            self._left -= _DAY_STEPS + len(sequences) * self._look_steps
            if self._left <= 0:
                return Found(found, Place(day_begins(day), sequences[-1]))
        return Found(found, None)

    @property
    def _direction(self) -> str:
        return "ASC" if self._wanted.oldest_first else "DESC"

    def _rows(
        self, day: str, conditions: Sequence[str], parameters: Sequence[object], order: str, limit: int
    ) -> list[Row]:
        statement = f"SELECT {self._told} FROM check_log WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT ?"
        return self._log.rows(day, statement, (*parameters, limit))
