"""Which checks of the update log somebody wants, and where one stands (contract section 5, ``/update-log``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from device_update_service.storage.checks.update_log_texts import BARE_MAC, TEXT, Term


class Place(NamedTuple):
    """Where a check stands: its time in milliseconds and its sequence."""

    at: int
    sequence: int


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
        """What a row must fulfil, but for the device; what is quick to see first."""
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
            condition, needed = term.condition(f"({TEXT})", BARE_MAC)
            conditions.append(condition)
            parameters += needed
        return conditions, parameters
