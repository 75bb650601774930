"""A column is found by exactly the text that it holds, whatever signs of patterns are in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_service.storage.text_patterns import anywhere, at_end, at_start, like

_TEXTS = st.text(alphabet="aB%_~\\'0-\u00e4", max_size=6)


@given(_TEXTS, _TEXTS)
def test_a_text_is_held_where_it_is_a_part_a_beginning_or_an_end(held: str, text: str) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        patterns = [anywhere(text), at_start(text), at_end(text)]
        found = [bool(database.execute(f"SELECT {like('?')}", (held, pattern)).fetchone()[0]) for pattern in patterns]
    lower, part = held.lower(), text.lower()
    assert found == [part in lower, lower.startswith(part), lower.endswith(part)]


@pytest.mark.parametrize("pattern", [anywhere("\0"), at_start("\0"), at_end("\0"), anywhere("a\0")])
def test_a_nul_is_held_by_nothing(pattern: str) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        assert database.execute(f"SELECT {like('?')}", ("abc", pattern)).fetchone()[0] == 0
