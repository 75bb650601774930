"""What a list forgets is freed in the window's thread, a little at each turn, and all of it in the end."""

from __future__ import annotations

import weakref

import pytest
from pytestqt.qtbot import QtBot

from device_update_console.core.lists.definition import Column
from device_update_console.core.lists.row_changes import (
    Row,
    RowsBegun,
    RowsChange,
    RowsCounted,
    RowsForgotten,
    RowsKnown,
)
from device_update_console.qt.lists.forgotten_rows import ForgottenRows
from device_update_console.qt.lists.row_model import RowModel

_MANY = 5_000


class Thing:
    """Something of which one can see whether it is still there."""


def test_what_is_forgotten_goes_at_the_next_turns_and_in_the_end_all_of_it(qtbot: QtBot) -> None:
    things = [Thing() for _ in range(_MANY)]
    kept = weakref.WeakSet(things)
    forgotten = ForgottenRows()
    forgotten.take(things)
    things.clear()
    assert len(kept) == _MANY
    forgotten.free_some()
    assert len(kept) < _MANY
    qtbot.waitUntil(lambda: not kept)


def test_what_is_forgotten_while_others_wait_goes_too(qtbot: QtBot) -> None:
    forgotten = ForgottenRows()
    kept: weakref.WeakSet[Thing] = weakref.WeakSet()
    for _ in range(3):
        things = [Thing() for _ in range(_MANY)]
        kept.update(things)
        forgotten.take(things)
        forgotten.free_some()
        things.clear()
    qtbot.waitUntil(lambda: not kept)


@pytest.mark.parametrize(
    "change",
    [RowsBegun(_MANY), RowsBegun(_MANY, same_list=True), RowsCounted(1), RowsForgotten(0, _MANY)],
    ids=["another list", "the list read anew", "a shorter list", "rows out of sight"],
)
def test_rows_that_a_list_loses_are_not_freed_at_once(qtbot: QtBot, change: RowsChange[Thing]) -> None:
    model: RowModel[Thing] = RowModel([Column("name", "Name", str, 20)], lambda _: None)
    things = [Thing() for _ in range(_MANY)]
    kept = weakref.WeakSet(things)
    model.take(RowsBegun(_MANY))
    model.take(RowsKnown(0, tuple(Row(str(number), thing) for number, thing in enumerate(things))))
    things.clear()
    model.take(change)
    assert model.row(_MANY - 1) is None
    assert len(kept) == _MANY
    qtbot.waitUntil(lambda: len(kept) <= 1)
