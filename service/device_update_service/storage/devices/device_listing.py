"""Pages of device ids in the order of a column, found by key (contract section 5).

How rows are found is said to SQLite by name, because it keeps no statistics: along the index of the sort; or, where
an indexed filter leaves few, from those few. Nothing here sorts more than `FEW` rows. A filter that leaves more, but
not many, is first made a set of ids, so that walking along the index reads no rows that are not in the list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from device_update_service.storage.devices.device_conditions import Condition, Conditions, Parameter
from device_update_service.storage.tables import DATABASE

FEW = 2_000
"""So many rows are read and sorted within a page's time."""

NOT_MANY = 20_000
"""So many ids are made a set within a page's time."""

Position = tuple[str | int | None, int]
"""The sort value and id of a row; for the order by id the sort value is None."""


@dataclass(frozen=True, slots=True)
class SortColumn:
    """A column by which devices are listed; ``name`` None is the order by id alone."""

    name: str | None
    index: str = ""
    collation: str = ""
    on_activity: bool = False
    nullable: bool = True

    @property
    def sql(self) -> str:
        """The expression that is compared and sorted."""
        return f"{'a' if self.on_activity else 'd'}.{self.name}{self.collation}"


BY_ID = SortColumn(None)
_NOCASE = " COLLATE NOCASE"
SORT_COLUMNS = {
    "last_check_at": SortColumn("last_check_at", "device_activity_last_check", on_activity=True, nullable=False),
    "mac": SortColumn("mac", "sqlite_autoindex_device_1"),
    "serial": SortColumn("serial_key", "sqlite_autoindex_device_2"),
    "model": SortColumn("model", "device_model", _NOCASE, nullable=False),
    "installed_version": SortColumn("installed_key", "device_installed"),
    "user": SortColumn("user", "device_user", _NOCASE),
    "address": SortColumn("address_key", "device_address"),
    "status": SortColumn("status", "device_status", nullable=False),
}
"""By the names of the contract. Rows without a value come first, in descending order last."""


@dataclass(frozen=True, slots=True)
class Listing:
    """An order of devices under conditions, and how its rows are found."""

    column: SortColumn
    descending: bool
    conditions: Conditions
    few: Condition | None = None
    """A condition that so few devices fulfil that they are sorted when asked for."""
    together: Condition | None = None
    """A condition in whose index the rows stand in the order of the list."""
    sets: tuple[Condition, ...] = ()
    """Conditions that are tested by looking the id up among the ids that fulfil them."""

    @property
    def exact_places(self) -> bool:
        """Whether every row that the index gives is in the list, so that places can be counted off."""
        conditions = self.conditions.conditions
        return self.few is not None or not conditions or conditions == (self.together,)

    def page(self, limit: int, after: Position | None) -> list[Position]:
        """The rows after a position (None: the first ones) in their order."""
        return self._rows(limit, after, descending=self.descending)

    def page_from(self, start: int, total: int, limit: int) -> list[Position]:
        """The rows from a place on, counted off from the nearer end of a list of ``total`` rows."""
        limit = min(limit, total - start)
        if limit <= 0:
            return []
        if start <= total // 2:
            return self._rows(limit, None, descending=self.descending, offset=start)
        rows = self._rows(limit, None, descending=not self.descending, offset=total - start - limit)
        return rows[::-1]

    def last_page(self, limit: int) -> list[Position]:
        """The last rows of the list, in its order."""
        return self._rows(limit, None, descending=not self.descending)[::-1]

    def count(self, most: int) -> int:
        """How many devices are in the list; counting ends at ``most``."""
        conditions = self.conditions.conditions
        if self.few is None and len(conditions) == 1 and conditions[0].rows is not None:
            return count_rows(conditions[0], most)  # from its own index, instead of along that of the sort
        statement, parameters = self._select(self._id, "", [], "LIMIT ?", [most])
        return int(DATABASE.execute_sql(f"SELECT count(*) FROM ({statement})", parameters).fetchone()[0])

    def statements(self, limit: int, after: Position | None) -> list[tuple[str, list[Parameter]]]:
        """The statements of a page, for tests that look at their plans."""
        return [
            self._statement(where, parameters, descending=self.descending, limit=limit, offset=0)
            for where, parameters in self._segments(after, descending=self.descending)
        ]

    def _rows(self, limit: int, after: Position | None, *, descending: bool, offset: int = 0) -> list[Position]:
        rows: list[Position] = []
        for where, parameters in self._segments(after, descending=descending):
            statement, values = self._statement(
                where, parameters, descending=descending, limit=limit - len(rows), offset=offset
            )
            rows += [(row[1], row[0]) for row in DATABASE.execute_sql(statement, values).fetchall()]
            if len(rows) >= limit:
                break
        return rows

    def _segments(self, after: Position | None, *, descending: bool) -> Iterator[tuple[str, list[Parameter]]]:
        """Consecutive stretches of the order, each one range of the index."""
        if after is None:
            yield "", []
            return
        value, id_ = after
        beyond = "<" if descending else ">"
        column = self.column
        if column.name is None:
            yield f"d.id {beyond} ?", [id_]
        elif value is None:
            yield f"d.{column.name} IS NULL AND {self._id} {beyond} ?", [id_]
            if not descending:
                yield f"{column.sql} >= ''", []  # all that is not null, in words that the index understands
        else:
            yield f"{column.sql} = ? AND {self._id} {beyond} ?", [value, id_]
            yield f"{column.sql} {beyond} ?", [value]
            if descending and column.nullable:
                yield f"d.{column.name} IS NULL", []

    @property
    def _id(self) -> str:
        return "a.device_id" if self.column.on_activity else "d.id"

    def _statement(
        self, where: str, values: list[Parameter], *, descending: bool, limit: int, offset: int
    ) -> tuple[str, list[Parameter]]:
        direction = " DESC" if descending else ""
        columns = [] if self.column.name is None else [f"{self.column.sql}{direction}"]
        order = ", ".join([*columns, f"{self._id}{direction}"])
        shown = "NULL" if self.column.name is None else self.column.sql
        return self._select(
            f"{self._id}, {shown}", where, values, f"ORDER BY {order} LIMIT ? OFFSET ?", [limit, offset]
        )

    def _select(
        self, shown: str, where: str, values: list[Parameter], tail: str, last: list[Parameter]
    ) -> tuple[str, list[Parameter]]:
        terms, parameters = self._tests()
        if self.few is not None and self.few.rows is not None:
            terms.insert(0, f"d.id IN ({self.few.rows})")
            parameters[:0] = self.few.parameters
        if where:
            terms.insert(0, where)
            parameters[:0] = values
        clauses = ["SELECT", shown, "FROM", self._source()]
        if terms:
            clauses += ["WHERE", " AND ".join(terms)]
        return " ".join((*clauses, tail)), [*parameters, *last]

    def _tests(self) -> tuple[list[str], list[Parameter]]:
        terms = [f"{self._id} IN ({condition.rows})" for condition in self.sets]
        parameters = [value for condition in self.sets for value in condition.parameters]
        others = Conditions(tuple(c for c in self.conditions.conditions if c not in self.sets))
        more_terms, more_parameters = others.where()
        return terms + more_terms, parameters + more_parameters

    def _source(self) -> str:
        """The tables in the order in which they are read, each with the index that is to be used."""
        joined = self.column.on_activity or self.conditions.need_activity
        if self.few is not None:
            found = "device d NOT INDEXED"
        elif self.column.on_activity:
            found = f"device_activity a INDEXED BY {self.column.index}"
            on_device = any(not c.on_activity and c not in self.sets for c in self.conditions.conditions)
            return f"{found} CROSS JOIN device d ON d.id = a.device_id" if on_device else found
        elif self.together is not None:
            found = f"device d INDEXED BY {self.together.index}"
        else:
            found = f"device d INDEXED BY {self.column.index}" if self.column.name else "device d NOT INDEXED"
        return f"{found} CROSS JOIN device_activity a ON a.device_id = d.id" if joined else found


def plan_listing(
    column: SortColumn, conditions: Conditions, *, descending: bool, among: Condition | None = None
) -> Listing:
    """Choose how to find the rows; ``among`` is a condition known to leave few."""
    if among is not None:
        return Listing(column, descending, conditions, few=among)
    sets: list[Condition] = []
    for condition in conditions.conditions:
        if condition.rows is not None:
            devices = count_rows(condition, NOT_MANY + 1)
            if devices <= FEW:
                return Listing(column, descending, conditions, few=condition)
            if devices <= NOT_MANY:
                sets.append(condition)
    for condition in conditions.conditions:
        if condition.by_id if column.name is None else condition.index == column.index:
            rest = tuple(other for other in sets if other is not condition)
            return Listing(column, descending, conditions, together=condition, sets=rest)
    return Listing(column, descending, conditions, sets=tuple(sets))


def count_rows(condition: Condition, most: int) -> int:
    """How many devices fulfil a condition that has `rows`; counting ends at ``most``."""
    statement = " ".join(("SELECT count(*) FROM (", str(condition.rows), "LIMIT ?)"))
    return int(DATABASE.execute_sql(statement, (*condition.parameters, most)).fetchone()[0])


def few_ids(conditions: Conditions) -> list[int] | None:
    """The ids of all devices that fulfil the conditions, where one of them leaves few; else None."""
    listing = plan_listing(BY_ID, conditions, descending=False)
    return None if listing.few is None else [id_ for _, id_ in listing.page(FEW, None)]
