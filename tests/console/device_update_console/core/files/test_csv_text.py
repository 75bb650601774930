from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.files.csv_text import csv_line

CELLS = st.lists(
    st.none() | st.integers(0) | st.text(st.characters(exclude_categories=["Cs"]), max_size=10), min_size=2
)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_marked_as_text(text: str) -> None:
    assert next(csv.reader(io.StringIO(csv_line([text, "a=b"]), newline=""))) == [f"'{text}", "a=b"]


@given(CELLS)
def test_a_line_is_read_back_as_it_was_and_no_cell_begins_a_formula(cells: list[object]) -> None:
    [read] = csv.reader(io.StringIO(csv_line(cells), newline=""))
    written = ["" if cell is None else str(cell) for cell in cells]
    assert [cell.removeprefix("'") for cell in read] == [cell.removeprefix("'") for cell in written]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in read)
