"""Entries of the audit trail in a line, and as cells of a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from device_update_console.core.texts.language import text
from device_update_contract.audit import canonical_json

CSV_COLUMNS = (
    "id", "at", "account", "address", "through", "verb", "object", "outcome", "code", "before", "after",
    "previous_hash", "hash",
)  # fmt: skip

_LONGEST = 120
_LONGEST_VALUE = 40


def csv_cells(entry: Mapping[str, Any]) -> list[object]:
    """The cells of an entry as the service gave it; what changed is JSON."""
    return [
        canonical_json(entry[name]).decode() if name in {"before", "after"} and entry[name] is not None else entry[name]
        for name in CSV_COLUMNS
    ]


def change_text(before: JsonValue, after: JsonValue) -> str:
    """What an action changed, in short."""
    changes = "; ".join(_changes(before, after))
    return changes if len(changes) <= _LONGEST else f"{changes[: _LONGEST - 3]}..."


def _changes(before: JsonValue, after: JsonValue) -> list[str]:
    if not isinstance(before, dict) and not isinstance(after, dict):
        return [] if before is None and after is None else [f"{_short(before)} -> {_short(after)}"]
    if after is None and isinstance(before, dict):
        return [text("{name} was {value}", name=name, value=_short(value)) for name, value in before.items()]
    was = before if isinstance(before, dict) else {}
    is_now = after if isinstance(after, dict) else {}
    return [
        f"{name}: {_short(is_now[name])}" if name not in was else f"{name}: {_short(was[name])} -> {_short(now)}"
        for name in {**was, **is_now}
        if (now := is_now.get(name)) != was.get(name)
    ]


def _short(value: JsonValue) -> str:
    short = value if isinstance(value, str) else text("none") if value is None else canonical_json(value).decode()
    return short if len(short) <= _LONGEST_VALUE else f"{short[: _LONGEST_VALUE - 3]}..."
