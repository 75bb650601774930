"""Saving a sheet of several items: one line for each refusal, and no more tries where nobody answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from device_update_console.core.failures import FailedCall, ServiceUnreachable
from device_update_console.core.sheets.sheet_saving import Saved, save_each


def _change(done: list[str], name: str, failure: Exception | None = None) -> tuple[str, Callable[[], Awaitable[None]]]:
    async def change() -> None:
        if failure is not None:
            raise failure
        done.append(name)

    return name, change


async def test_what_is_refused_is_one_line_each_and_the_others_are_changed() -> None:
    done: list[str] = []
    steps: list[tuple[int, int]] = []
    gone = FailedCall("There is no device 2.", code="unknown-device")
    changes = [_change(done, "one"), _change(done, "two", gone), _change(done, "three")]
    saved = await save_each(changes, lambda at, of: steps.append((at, of)))
    assert saved == Saved(("two: There is no device 2. (unknown-device)",))
    assert done == ["one", "three"]
    assert steps == [(0, 3), (1, 3), (2, 3)]


async def test_a_single_item_s_failure_is_told_as_it_is() -> None:
    gone = FailedCall("There is no device 2.", code="unknown-device")
    with pytest.raises(FailedCall) as raised:
        await save_each([_change([], "two", gone)])
    assert raised.value is gone


async def test_a_server_that_does_not_answer_is_not_asked_for_the_rest() -> None:
    done: list[str] = []
    lost = ServiceUnreachable("No answer.")
    with pytest.raises(ServiceUnreachable):
        await save_each([_change(done, "one"), _change(done, "two", lost), _change(done, "three")])
    assert done == ["one"]
