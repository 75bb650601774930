"""What takes time runs in the loop's thread; what is told of it runs in the window's."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from device_update_console.qt.background import Background


@pytest.fixture
def failures() -> list[Exception]:
    return []


@pytest.fixture
def background(qtbot: QtBot, failures: list[Exception]) -> Iterator[Background]:
    background = Background(failures.append)
    yield background
    background.end()


async def _doubled(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


async def _refused() -> None:
    raise ValueError("no")


def _raise() -> None:
    raise ValueError("overlooked")


async def _for_good(begun: threading.Event, cancelled: threading.Event) -> None:
    begun.set()
    try:
        await asyncio.Event().wait()
    finally:
        cancelled.set()


def test_work_runs_in_the_loop_s_thread_and_its_result_comes_in_the_window_s(
    qtbot: QtBot, background: Background
) -> None:
    threads: list[threading.Thread] = []

    async def work() -> int:
        threads.append(threading.current_thread())
        return 7

    results: list[int] = []

    def done(result: int) -> None:
        threads.append(threading.current_thread())
        results.append(result)

    background.run(work(), done)
    qtbot.waitUntil(lambda: results == [7])
    assert threads[0] is not threading.main_thread()
    assert threads[1] is threading.main_thread()


def test_a_failure_comes_to_whoever_started_the_work(
    qtbot: QtBot, background: Background, failures: list[Exception]
) -> None:
    told: list[Exception] = []
    background.run(_refused(), None, told.append)
    qtbot.waitUntil(lambda: len(told) == 1)
    assert str(told[0]) == "no"
    assert failures == []


def test_a_failure_that_nobody_asked_for_is_shown_all_the_same(
    qtbot: QtBot, background: Background, failures: list[Exception]
) -> None:
    background.run(_refused())
    qtbot.waitUntil(lambda: len(failures) == 1)


def test_a_failure_of_a_task_that_nobody_waits_for_is_shown_too(
    qtbot: QtBot, background: Background, failures: list[Exception]
) -> None:
    async def begin_and_forget() -> None:
        asyncio.get_running_loop().call_soon(_raise)

    background.run(begin_and_forget())
    qtbot.waitUntil(lambda: [str(failure) for failure in failures] == ["overlooked"])


def test_cancelled_work_stops_and_says_nothing(qtbot: QtBot, background: Background, failures: list[Exception]) -> None:
    begun, cancelled = threading.Event(), threading.Event()
    told: list[object] = []
    job = background.run(_for_good(begun, cancelled), told.append, told.append)
    assert begun.wait(5)
    job.cancel()
    job.cancel()  # a second time changes nothing
    assert cancelled.wait(5)
    background.run(_doubled(1), told.append)
    qtbot.waitUntil(lambda: told == [2])
    assert failures == []


def test_a_result_that_waits_for_the_window_is_dropped_when_its_work_is_cancelled(
    qtbot: QtBot, background: Background
) -> None:
    told: list[int] = []
    came = threading.Event()

    async def work() -> int:
        background.in_loop(came.set)  # called in the loop's turn after this one
        return 1

    job = background.run(work(), told.append)
    assert came.wait(5)
    job.cancel()
    background.run(_doubled(1), told.append)
    qtbot.waitUntil(lambda: told == [2])


def test_work_that_is_cancelled_at_once_never_begins(qtbot: QtBot, background: Background) -> None:
    told: list[int] = []
    for number in range(50):
        background.run(_doubled(number), told.append).cancel()
    background.run(_doubled(100), told.append)
    qtbot.waitUntil(lambda: told == [200])


def test_two_thousand_operations_end_in_the_order_in_which_they_were_started(
    qtbot: QtBot, background: Background
) -> None:
    told: list[int] = []
    for number in range(2000):
        background.run(_doubled(number), told.append)
        if number % 100 == 0:
            gc.collect()
    qtbot.waitUntil(lambda: len(told) == 2000, timeout=20_000)
    assert told == [2 * number for number in range(2000)]


def test_a_fault_in_what_takes_a_result_does_not_keep_the_next_one_back(qtbot: QtBot, background: Background) -> None:
    told: list[int] = []

    def faulty(result: int) -> None:
        raise KeyError(result)

    with qtbot.captureExceptions() as exceptions:
        background.run(_doubled(1), faulty)
        background.run(_doubled(2), told.append)
        qtbot.waitUntil(lambda: told == [4])
    assert [error[0] for error in exceptions] == [KeyError]


def test_the_end_cancels_what_runs_and_stops_the_thread(qtbot: QtBot, failures: list[Exception]) -> None:
    background = Background(failures.append)
    begun, cancelled = threading.Event(), threading.Event()
    told: list[object] = []
    background.run(_for_good(begun, cancelled), told.append, told.append)
    assert begun.wait(5)
    background.end()
    assert cancelled.is_set()
    assert "background" not in {thread.name for thread in threading.enumerate()}
    background.run(_doubled(1), told.append).cancel()  # after the end nothing runs, and nothing complains
    background.end()
    assert told == []
    assert failures == []


def test_the_end_stops_also_what_was_begun_by_somebody_who_overheard_that_they_were_cancelled(
    qtbot: QtBot, failures: list[Exception]
) -> None:
    background = Background(failures.append)
    begun, ended = threading.Event(), threading.Event()

    async def more() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def overhearing() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            background.kept = asyncio.get_running_loop().create_task(more())  # type: ignore[attr-defined]
            await asyncio.sleep(0)

    background.run(overhearing())
    assert begun.wait(5)
    background.end()
    assert ended.is_set()


def test_the_end_waits_for_what_closes_something(qtbot: QtBot, failures: list[Exception]) -> None:
    background = Background(failures.append)
    closed = threading.Event()

    async def close() -> None:
        await asyncio.sleep(0)
        await asyncio.to_thread(closed.set)

    background.let_go(close())
    background.end()
    assert closed.is_set()
    background.let_go(close())  # after the end there is nothing left to close


def test_results_that_come_in_a_flood_leave_the_window_time_to_answer(qtbot: QtBot, background: Background) -> None:
    """A timer of the window fires while thousands of results are taken, not only after them."""
    from PySide6.QtCore import QTimer

    taken: list[float] = []
    seen_by_timer: list[int] = []

    def slow(result: int) -> None:
        deadline = threading.Event()
        deadline.wait(0.001)
        taken.append(result)

    timer = QTimer()
    timer.timeout.connect(lambda: seen_by_timer.append(len(taken)))
    timer.start(0)
    for number in range(200):
        background.run(_doubled(number), slow)
    qtbot.waitUntil(lambda: len(taken) == 200)
    timer.stop()
    assert any(0 < seen < 200 for seen in seen_by_timer)


def test_a_signal_calls_no_job_that_is_there_no_more(background: Background) -> None:
    job = background.run(_doubled(1))
    held = weakref.ref(job)  # PySide calls a method of what cannot be referred to so after it was freed
    timer = QTimer()
    timer.timeout.connect(job.cancel)
    del job
    background.end()
    gc.collect()
    assert held() is None
    timer.timeout.emit()
