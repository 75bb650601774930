from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_service.web.images.byte_ranges import MAX_RANGES, ByteRange, select_ranges

specifications = st.one_of(
    st.tuples(st.integers(0, 60), st.integers(0, 60)),
    st.tuples(st.integers(0, 60), st.none()),
    st.tuples(st.none(), st.integers(0, 60)),
)


def written(specification: tuple[int | None, int | None]) -> str:
    first, last = specification
    return f"{'' if first is None else first}-{'' if last is None else last}"


def model(asked: list[tuple[int | None, int | None]], size: int) -> tuple[ByteRange, ...] | None:
    """The same rules by enumerating positions."""
    if len(asked) > MAX_RANGES or any(f is not None and last is not None and last < f for f, last in asked):
        return None
    wanted: list[list[int]] = []
    for first, last in asked:
        if first is None:
            assert last is not None
            if last and not size:
                return None
            wanted.append(list(range(size))[-last:] if last else [])
        else:
            wanted.append([p for p in range(size) if first <= p and (last is None or p <= last)])
    wanted = [positions for positions in wanted if positions]
    every_position = [position for positions in wanted for position in positions]
    if len(set(every_position)) != len(every_position):
        return None
    return tuple(ByteRange(positions[0], positions[-1] + 1) for positions in wanted)


@given(asked=st.lists(specifications, min_size=1, max_size=20), size=st.integers(0, 50))
def test_ranges_are_those_of_the_model(asked: list[tuple[int | None, int | None]], size: int) -> None:
    assert select_ranges("bytes=" + ",".join(map(written, asked)), size) == model(asked, size)


@given(header=st.text(), size=st.integers(0, 100))
def test_no_header_breaks_it(header: str, size: int) -> None:
    for text in (header, "bytes=" + header):
        for start, end in select_ranges(text, size) or ():
            assert 0 <= start < end <= size


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=a-b",
        "bytes=5",
        "bytes=9-5",
        "bytes=0-1;2-3",
        "bytes=--5",
        "bytes=0-1-2",
        "bytes=+1-2",
        "bytes=1-٣",
        "lines=0-1",
        "0-1",
        "bytes=0x1-2",
        "bytes=0- 5",
        "bytes=0-1,x",
    ],
)
def test_a_malformed_header_or_another_unit_is_ignored(header: str) -> None:
    assert select_ranges(header, 100) is None


def test_the_unit_is_read_without_case_and_empty_elements_are_allowed() -> None:
    assert select_ranges("BYTES=0-9", 100) == (ByteRange(0, 10),)
    assert select_ranges("bytes= ,0-9 , ,\t20-29,", 100) == (ByteRange(0, 10), ByteRange(20, 30))


def test_numbers_beyond_any_file_are_read_as_beyond_its_end() -> None:
    assert select_ranges(f"bytes=0-{'9' * 6000}", 100) == (ByteRange(0, 100),)
    assert select_ranges(f"bytes={'9' * 6000}-", 100) == ()
    assert select_ranges(f"bytes=-{'9' * 6000}", 100) == (ByteRange(0, 100),)
    assert select_ranges(f"bytes={'0' * 6000}5-6", 100) == (ByteRange(5, 7),)


def test_sixteen_ranges_are_served_and_seventeen_are_not() -> None:
    sixteen = "bytes=" + ",".join(f"{2 * n}-{2 * n}" for n in range(16))
    ranges = select_ranges(sixteen, 100)
    assert ranges is not None
    assert len(ranges) == 16
    assert select_ranges(sixteen + ",90-90", 100) is None


def test_adjacent_ranges_do_not_overlap_and_order_is_kept() -> None:
    assert select_ranges("bytes=10-19,0-9", 100) == (ByteRange(10, 20), ByteRange(0, 10))
    assert select_ranges("bytes=10-19,0-10", 100) is None


def test_only_the_ranges_that_can_be_satisfied_count() -> None:
    assert select_ranges("bytes=100-,0-9,-0", 100) == (ByteRange(0, 10),)
    assert select_ranges("bytes=100-,-0", 100) == ()


def test_the_last_bytes_of_an_empty_file_are_the_whole_file_the_first_cannot_be_satisfied() -> None:
    assert select_ranges("bytes=-5", 0) is None
    assert select_ranges("bytes=0-", 0) == ()
