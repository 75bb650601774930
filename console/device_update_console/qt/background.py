"""Everything that takes time: one asyncio loop in one thread, and one object that brings results back to the window.

A QObject for each operation would be simpler to write, but PySide6 crashes when those are collected in the wrong
thread. So there is exactly one long-lived object with a locked list of closures, and one signal that says there are
some. What runs in the loop must not touch a widget; what runs in the window must not wait.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

Result = TypeVar("Result")

LONGEST_TURN_SECONDS = 0.012
"""Results are taken for so long before the window gets to paint and to read the keyboard again."""

END_SECONDS = 5.0
"""How long cancelled operations may take to let go before the program ends without them."""


class Job:
    """One operation that was started; it may be cancelled from the window's thread until its result has come.

    It can be weakly referred to: a signal that is connected to `cancel` would else call what is there no more.
    """

    __slots__ = ("__weakref__", "_background", "_task", "cancelled", "finished")

    def __init__(self, background: Background) -> None:
        self._background = background
        self._task: asyncio.Task[None] | None = None
        self.cancelled = False
        self.finished = False

    def cancel(self) -> None:
        """Stop it: from now on neither ``done`` nor ``failed`` is called."""
        if not self.finished and not self.cancelled:
            self.cancelled = True
            self._background.in_loop(self._cancel_task)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """In the loop; what was cancelled before it began does not begin."""
        if self.cancelled:
            work.close()
            return None
        self._task = asyncio.get_running_loop().create_task(work)
        return self._task

    def _cancel_task(self) -> None:
        if self._task is not None:
            self._task.cancel()


class Background(QObject):
    """The loop's thread, and the way back from it; made in the window's thread and used until `end`."""

    _results_wait = Signal()

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        """Start the thread; ``failed`` shows the failure of an operation that was started without a ``failed``."""
        super().__init__()
        self._failed = failed
        self._lock = threading.Lock()
        self._results: deque[Callable[[], object]] = deque()
        self._ended = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._results_wait.connect(self._take_results, Qt.ConnectionType.QueuedConnection)
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda _, told: self._overlooked(told))
        self._thread = threading.Thread(target=self._loop.run_forever, name="background", daemon=True)
        self._thread.start()

    def run(
        self,
        work: Coroutine[Any, Any, Result],
        done: Callable[[Result], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> Job:
        """Start an operation in the loop; exactly one of ``done`` and ``failed`` is called later, in the window."""
        job = Job(self)

        async def carry_out() -> None:
            try:
                result = await work
            except Exception as error:  # noqa: BLE001 -- every failure is shown in the window, never lost in the loop
                self.in_window(lambda failure=error: self._deliver(job, failed or self._failed, failure))  # type: ignore[misc]
            else:
                self.in_window(lambda: self._deliver(job, done, result))

        carried_out = carry_out()
        if not self.in_loop(lambda: self._keep(job._begin(carried_out), work)):  # noqa: SLF001 -- the two are one
            carried_out.close()
            work.close()
        return job

    def let_go(self, work: Coroutine[Any, Any, None]) -> None:
        """Start an operation that closes something: `end` waits for it instead of cancelling it."""

        def begin() -> None:
            task = self._loop.create_task(work)
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

        if not self.in_loop(begin):
            work.close()

    def in_loop(self, call: Callable[[], object]) -> bool:
        """Have something short called in the loop's thread; from any thread. Whether that will happen."""
        if self._ended:
            return False
        self._loop.call_soon_threadsafe(call)
        return True

    def in_window(self, call: Callable[[], object]) -> None:
        """Have something short called in the window's thread, after all that was handed in before; from any thread."""
        with self._lock:
            first = not self._results
            self._results.append(call)
        if first and not self._ended:
            self._results_wait.emit()

    def end(self) -> None:
        """Cancel everything, wait until it let go, and stop the thread; no result is brought back any more."""
        if self._ended:
            return
        stopping = asyncio.run_coroutine_threadsafe(self._let_go(), self._loop)
        self._ended = True
        try:
            stopping.result(END_SECONDS)
        except TimeoutError:
            return  # the thread is a daemon: what does not let go ends with the program
        finally:
            with self._lock:
                self._results.clear()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(END_SECONDS)
        self._loop.close()

    def _overlooked(self, told: Mapping[str, Any]) -> None:
        """What a task or callback of the loop failed with, and nobody waited for, is shown too."""
        failure = told.get("exception")
        if isinstance(failure, Exception):
            self.in_window(lambda: self._failed(failure))

    def _keep(self, task: asyncio.Task[None] | None, work: Coroutine[Any, Any, object]) -> None:
        """The loop itself holds tasks weakly."""
        if task is None:
            work.close()
            return
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._forget(ended, work))

    def _forget(self, task: asyncio.Task[None], work: Coroutine[Any, Any, object]) -> None:
        self._tasks.discard(task)
        work.close()  # a task that was cancelled before its first step never awaited it

    async def _let_go(self) -> None:
        await asyncio.gather(*self._closing, return_exceptions=True)
        # Whoever was cancelled in the very turn in which they had what they waited for may have begun something more.
        while others := [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        await self._loop.shutdown_asyncgens()

    def _deliver(self, job: Job, deliver: Callable[[Any], None] | None, value: object) -> None:
        if job.cancelled:
            return
        job.finished = True
        if deliver is not None:
            deliver(value)

    @Slot()
    def _take_results(self) -> None:
        """Call what was brought back, for one turn; what is left waits for the next."""
        deadline = time.monotonic() + LONGEST_TURN_SECONDS
        try:
            while time.monotonic() < deadline:
                with self._lock:
                    if not self._results or self._ended:
                        return
                    # It stays in the list while it runs, so that the signal is not sent once more meanwhile.
                    call = self._results[0]
                try:
                    call()
                finally:
                    with self._lock:
                        if self._results:
                            self._results.popleft()
        finally:
            with self._lock:
                more = bool(self._results) and not self._ended
            if more:
                self._results_wait.emit()
