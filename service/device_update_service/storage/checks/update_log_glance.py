"""A glance at the newest days of the update log: what is quickly found, and therefore perhaps not all."""

from __future__ import annotations

from typing import Final

from device_update_service.storage.checks.update_log import UpdateLog
from device_update_service.storage.checks.update_log_finding import Row
from device_update_service.storage.checks.update_log_index import Span, UpdateLogIndex
from device_update_service.storage.checks.update_log_texts import Term
from device_update_service.storage.checks.wanted_checks import WantedChecks

_FREQUENT: Final = 2_000
_GLANCED: Final = 1_000
_GLANCED_STEPS: Final = 50_000
"""Of the database's machine, for the texts and again for each day: some thousand of either."""
_BELOW_ALL: Final = -1
_ABOVE_ALL: Final = 2**63 - 1


def glance(
    log: UpdateLog,
    index: UpdateLogIndex,
    terms: tuple[Term, ...],
    days: int,
    limit: int,
    told: str,
    *,
    whole_mac: str | None,
) -> list[Row]:
    """The newest rows of the newest days that hold all terms, made of ``told``."""
    looking = _Glance(log, WantedChecks(terms=terms), told)
    newest = log.days()[: -days - 1 : -1]
    if whole_mac is None:
        matches = index.matches(terms, _FREQUENT, newest, steps=_GLANCED_STEPS)
    else:
        matches = index.matches_of_mac(whole_mac, _FREQUENT, newest)
    found: list[Row] = []
    for day in newest:
        indexed = matches.indexed.get(day, _BELOW_ALL)
        if day == newest[0]:
            found += looking.newest_of(day, Span(indexed, _ABOVE_ALL), limit)
        if len(found) >= limit:
            break
        known, most = Span(_BELOW_ALL, indexed + 1), limit - len(found)
        if matches.senders is None:
            return found + looking.newest_of(day, known, most)
        sequences = index.sequences(day, matches.senders, known, most, steps=_GLANCED_STEPS)
        if sequences is None:
            return found + looking.newest_of(day, known, most)
        if sequences:
            found += looking.rows(day, [f"sequence IN ({','.join(map(str, sequences))})"], [], most)
    return found


class _Glance:
    def __init__(self, log: UpdateLog, wanted: WantedChecks, told: str) -> None:
        self._log = log
        self._wanted = wanted
        self._told = told

    def newest_of(self, day: str, span: Span, limit: int) -> list[Row]:
        """Those among the newest `_GLANCED` checks of a span."""
        statement = "SELECT sequence FROM check_log WHERE sequence > ? AND sequence < ? ORDER BY sequence DESC"
        end = self._log.rows(day, f"{statement} LIMIT 1 OFFSET ?", (*span, _GLANCED - 1))
        conditions, parameters = self._wanted.conditions
        bounds = ["sequence > ?", "sequence < ?"]
        above = int(end[0][0]) - 1 if end else span.above
        return self.rows(day, [*bounds, *conditions], [above, span.below, *parameters], limit)

    def rows(self, day: str, conditions: list[str], parameters: list[object], limit: int) -> list[Row]:
        """The newest rows that fulfil conditions."""
        where = " AND ".join(conditions)
        statement = f"SELECT {self._told} FROM check_log WHERE {where} ORDER BY sequence DESC LIMIT ?"
        return self._log.rows(day, statement, (*parameters, limit))
