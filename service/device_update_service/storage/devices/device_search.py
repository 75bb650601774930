"""Search for devices by any part of MAC, serial number, user or address (contract section 1).

The trigram index ``device_search`` holds each term between two marks on either side, so that beginnings, ends and
whole terms are found like any other part. Separators of the search do not count for MACs, and only for them.
Order: devices with an exactly equal term, then those with a term that ends so, then the others; within these by id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from device_update_contract.identifiers import bare_mac, parse_mac, serial_key
from device_update_service.domain.addresses import address_key
from device_update_service.storage.devices.device_conditions import Condition, Conditions, Parameter
from device_update_service.storage.devices.device_listing import few_ids
from device_update_service.storage.tables import DATABASE

COUNTED = 1_000
"""Up to so many devices are counted and put in order at once."""

SearchPosition = tuple[int, int]
"""How well a device matches (0: exactly), and its id."""

_START, _END = "\x02", "\x03"
_LONGEST = 256
_MAC_PART = re.compile(r"[0-9A-Fa-f]{1,16}")
_RANKS = 3
_FREQUENT_PARTS = re.compile(r"[0-9A-Fa-f.:-]{5,}")
"""In MACs, serial numbers and addresses every part is frequent, but four characters at the end are not; in words it is
the other way round, and the whole of the text finds quicker."""
_Form = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page of a search; ``total`` None when there are more than are counted."""

    positions: list[SearchPosition]
    total: int | None


@dataclass(frozen=True, slots=True)
class DeviceSearch:
    """A search text, and its form for MACs (None: it can be no part of one)."""

    text: str
    mac_part: str | None

    @classmethod
    def of(cls, text: str) -> DeviceSearch | None:
        """The search for a text; None when no stored term can hold it."""
        text = text.strip()
        if not 1 <= len(text) <= _LONGEST or any(ord(c) < 32 or "\ud800" <= c <= "\udfff" for c in text):
            return None
        mac_part = bare_mac(text)
        return cls(text, mac_part if _MAC_PART.fullmatch(mac_part) else None)

    @property
    def anywhere(self) -> str:
        """The full-text query for every device that matches."""
        return self._either(_anywhere)

    @property
    def at_end(self) -> str:
        """The full-text query for devices with a term that ends so."""
        return self._either(_at_end)

    @property
    def exactly(self) -> str:
        """The full-text query for devices with a term that is equal; slow where its parts are frequent."""
        return self._either(lambda text: _phrase(f"{_START * 2}{text}{_END * 2}"))

    def rank(self, mac: str, terms: str) -> int | None:
        """How well the columns of the search index match: 0 exactly, 1 at an end, 2 anywhere; None not at all."""
        pairs = [(terms.lower(), self.text.lower())]
        if self.mac_part is not None:
            pairs.append((mac.lower(), self.mac_part.lower()))
        if any(f"{_START}{part}{_END}" in held for held, part in pairs):
            return 0
        if any(f"{part}{_END}" in held for held, part in pairs):
            return 1
        return 2 if any((part if len(part) > 2 else _START + part) in held for held, part in pairs) else None

    def among(self, ids: Iterable[int]) -> set[int]:
        """Those of some devices that match."""
        return {id_ for _, id_ in self._ranked(list(ids))}

    def condition(self) -> Condition:
        """The search as a condition among others, for lists in another order than the search's own."""
        rows = "SELECT rowid AS id FROM device_search WHERE device_search MATCH ?"
        return Condition(f"d.id IN ({rows})", (self.anywhere,), rows)

    def page(self, conditions: Conditions, limit: int, after: SearchPosition | None) -> FoundPage:
        """The devices after a position that also fulfil the conditions."""
        few = few_ids(conditions)
        ids = self._ids(conditions, self.anywhere, 0, COUNTED + 1) if few is None else few
        if few is None and len(ids) > COUNTED:
            return FoundPage(list(self._by_rank(conditions, limit, after or (0, 0))), None)
        ranked = self._ranked(ids)
        rest = ranked if after is None else [position for position in ranked if position > after]
        return FoundPage(rest[:limit], len(ranked))

    def _ranked(self, ids: list[int]) -> list[SearchPosition]:
        """Those of these devices that match, in the order of the search."""
        held = DATABASE.execute_sql(
            "SELECT rowid, mac, terms FROM device_search WHERE rowid IN (SELECT value FROM json_each(?))",
            (f"[{','.join(map(str, ids))}]",),
        ).fetchall()
        ranks = ((self.rank(mac, terms), id_) for id_, mac, terms in held)
        return sorted((rank, id_) for rank, id_ in ranks if rank is not None)

    def _by_rank(self, conditions: Conditions, limit: int, after: SearchPosition) -> Iterator[SearchPosition]:
        """One rank after the other, each found by its own query in the order of ids."""
        for rank in range(max(0, after[0]), _RANKS):
            last = after[1] if rank == after[0] else 0
            ids = self._ids_of_rank(rank, conditions, last, limit)
            yield from ((rank, id_) for id_ in ids)
            limit -= len(ids)
            if limit <= 0:
                return

    def _ids_of_rank(self, rank: int, conditions: Conditions, last: int, limit: int) -> list[int]:
        if rank == 0:
            return self._exact_ids(conditions, last, limit)
        if rank == 1 and _FREQUENT_PARTS.fullmatch(self.text):
            looked_at = Conditions((*conditions.conditions, self._ends_so()))
            return self._ids(looked_at, self._either(_near_end), last, limit)
        better = self.exactly if rank == 1 else self.at_end
        return self._ids(conditions, f"({self.at_end if rank == 1 else self.anywhere}) NOT ({better})", last, limit)

    def _ends_so(self) -> Condition:
        """A look at the terms themselves: some ends so, and none is equal."""
        held = "lower(s.mac) || lower(s.terms)" if self.mac_part == self.text else "lower(s.terms)"
        text = self.text.lower()
        ends, equal = [f"instr({held}, ?)"], [f"instr({held}, ?)"]
        end_values, equal_values = [text + _END], [_START + text + _END]
        if self.mac_part not in {None, self.text}:
            part = str(self.mac_part).lower()
            ends.append("instr(lower(s.mac), ?)")
            equal.append("instr(lower(s.mac), ?)")
            end_values.append(part + _END)
            equal_values.append(_START + part + _END)
        sql = f"({' OR '.join(ends)}) AND NOT ({' OR '.join(equal)})"
        return Condition(sql, (*end_values, *equal_values), on_search=True)

    def _ids(self, conditions: Conditions, query: str, last: int, limit: int) -> list[int]:
        terms, parameters = conditions.where()
        clauses = ["SELECT s.rowid FROM device_search s"]
        if any(not condition.on_search for condition in conditions.conditions):
            clauses.append("CROSS JOIN device d ON d.id = s.rowid")
        if conditions.need_activity:
            clauses.append("CROSS JOIN device_activity a ON a.device_id = s.rowid")
        clauses += ["WHERE device_search MATCH ? AND s.rowid > ?", *(f"AND {term}" for term in terms)]
        clauses.append("ORDER BY s.rowid LIMIT ?")
        return _first_column(" ".join(clauses), [query, last, *parameters, limit])

    def _exact_ids(self, conditions: Conditions, last: int, limit: int) -> list[int]:
        """The exact matches: from the columns' own indexes, which is quick however frequent the parts are."""
        if not self.text.isascii():
            return self._ids(conditions, self.exactly, last, limit)
        selects: list[str] = []
        values: list[Parameter] = []
        for select, value in self._exact_lookups():
            selects.append(select)
            values.append(value)
        terms, parameters = conditions.where()
        clauses = ["SELECT d.id FROM device d"]
        if conditions.need_activity:
            clauses.append("CROSS JOIN device_activity a ON a.device_id = d.id")
        clauses += ["WHERE d.id IN (", " UNION ".join(selects), ") AND d.id > ?", *(f"AND {term}" for term in terms)]
        clauses.append("ORDER BY d.id LIMIT ?")
        return _first_column(" ".join(clauses), [*values, last, *parameters, limit])

    def _exact_lookups(self) -> Iterator[tuple[str, Parameter]]:
        yield "SELECT id FROM device WHERE serial_key = ?", serial_key(self.text)
        yield "SELECT id FROM device INDEXED BY device_user WHERE user = ? COLLATE NOCASE", self.text
        key = address_key(self.text)
        if key is not None:
            yield "SELECT id FROM device INDEXED BY device_address WHERE address_key = ?", key
        if self.mac_part is not None and len(self.mac_part) in {12, 14, 16}:
            yield "SELECT id FROM device WHERE mac = ?", parse_mac(self.mac_part)

    def _either(self, form: _Form) -> str:
        """The text in any column; where its form for MACs differs, each in its own column."""
        if self.mac_part == self.text:
            return form(self.text)
        parts = [f"terms : ({form(self.text)})"]
        if self.mac_part is not None:
            parts.append(f"mac : ({form(self.mac_part)})")
        return " OR ".join(parts)


def _first_column(statement: str, parameters: list[Parameter]) -> list[int]:
    return [row[0] for row in DATABASE.execute_sql(statement, parameters).fetchall()]


def _phrase(text: str) -> str:
    """A text as it is, whatever it holds."""
    escaped = text.replace('"', '""')
    return f'"{escaped}"'


def _anywhere(text: str) -> str:
    if len(text) > 2:
        return _phrase(text)
    return f"{_phrase(_START * (3 - len(text)) + text)} OR {_at_end(text)}"


def _near_end(text: str) -> str:
    return _at_end(text[-4:])


def _at_end(text: str) -> str:
    """One mark is enough where the text gives two characters: the trigram of two marks is too frequent to be of use."""
    return _phrase(text + _END * max(1, 3 - len(text)))
