"""An id is new once, whatever it looks like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.lists.seen_ids import SeenIds

_ids = st.one_of(st.text(max_size=5), st.integers(0, 3_000_000).map(str), st.sampled_from(["1", "01", "001", "9" * 10]))


@given(st.lists(_ids, max_size=40))
def test_an_id_is_new_exactly_once(ids: list[str]) -> None:
    seen = SeenIds()
    met: set[str] = set()
    for each in ids:
        assert seen.add(each) == (each not in met)
        met.add(each)
