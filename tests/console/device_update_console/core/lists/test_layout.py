"""Columns stay as they were arranged, whatever version they were arranged with, and one is always shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.lists.definition import Column
from device_update_console.core.lists.layout import ColumnChoice, fitting_layout, usual_layout
from device_update_console.core.window.remembered import RememberedColumn

COLUMNS: tuple[Column[str], ...] = tuple(
    Column(key, key.title(), str, 10, shown=key != "hidden") for key in ("mac", "model", "status", "hidden")
)


def remembered(*keys: str, shown: bool = True, width: int | None = None) -> list[RememberedColumn]:
    return [RememberedColumn(key=key, shown=shown, width=width) for key in keys]


def test_without_anything_remembered_the_usual_columns_are_shown() -> None:
    assert fitting_layout(COLUMNS, ()) == usual_layout(COLUMNS)
    assert [each.key for each in usual_layout(COLUMNS) if each.shown] == ["mac", "model", "status"]


def test_what_is_remembered_comes_first_and_what_is_new_or_gone_does_no_harm() -> None:
    layout = fitting_layout(
        COLUMNS, [*remembered("status", "gone", "status", width=90), *remembered("mac", shown=False)]
    )
    assert [(each.key, each.width, each.shown) for each in layout] == [
        ("status", 90, True),
        ("mac", None, False),
        ("model", None, True),
        ("hidden", None, False),
    ]


def test_a_list_without_any_column_is_shown_as_usual() -> None:
    assert fitting_layout(COLUMNS, remembered("mac", "model", "status", "hidden", shown=False)) == usual_layout(COLUMNS)


def test_columns_are_added_at_the_end_and_removed_but_for_the_last() -> None:
    choice = ColumnChoice.of(COLUMNS, usual_layout(COLUMNS)).remove({"model", "status"}).add({"hidden", "model"})
    assert (choice.shown, choice.available) == (("mac", "model", "hidden"), ("status",))
    assert choice.remove({"mac", "model", "hidden"}) == choice
    assert not choice.may_remove(set())


def test_columns_move_as_a_group_that_stops_at_the_end() -> None:
    choice = ColumnChoice.of(COLUMNS, usual_layout(COLUMNS)).add({"hidden"})
    assert choice.move({"model", "status"}, -1).shown == ("model", "status", "mac", "hidden")
    assert choice.move({"mac", "model"}, 1).shown == ("status", "mac", "model", "hidden")
    assert choice.move({"mac", "model"}, -1) == choice
    assert not choice.may_move({"mac"}, -1)
    assert not choice.may_move({"hidden"}, 1)
    assert choice.may_move({"mac", "status"}, -1)


def test_restoring_brings_back_the_usual_columns_and_widths() -> None:
    before = fitting_layout(COLUMNS, remembered("hidden", "status", width=300))
    assert ColumnChoice.of(COLUMNS, before).remove({"mac"}).restore().layout(before) == usual_layout(COLUMNS)


def test_columns_that_are_hidden_and_shown_again_keep_their_width() -> None:
    before = fitting_layout(COLUMNS, remembered("mac", "model", width=300))
    hidden = ColumnChoice.of(COLUMNS, before).remove({"mac"}).layout(before)
    shown = ColumnChoice.of(COLUMNS, hidden).add({"mac"}).layout(hidden)
    assert {each.key: each.width for each in shown} == {"mac": 300, "model": 300, "status": None, "hidden": None}


_keys = st.sets(st.sampled_from(["mac", "model", "status", "hidden"]))


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "up", "down", "restore"]), _keys)))
def test_whatever_is_chosen_each_column_is_there_once_and_one_is_shown(steps: list[tuple[str, set[str]]]) -> None:
    before = usual_layout(COLUMNS)
    choice = ColumnChoice.of(COLUMNS, before)
    for step, keys in steps:
        match step:
            case "add":
                choice = choice.add(keys)
            case "remove":
                choice = choice.remove(keys)
            case "restore":
                choice = choice.restore()
            case _:
                choice = choice.move(keys, -1 if step == "up" else 1)
    layout = choice.layout(before)
    assert sorted(each.key for each in layout) == sorted(column.key for column in COLUMNS)
    assert any(each.shown for each in layout)
    assert ColumnChoice.of(COLUMNS, layout).shown == choice.shown
