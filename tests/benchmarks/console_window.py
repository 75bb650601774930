"""The part of `console.py` that is the console: its process holds nothing else, so that its memory is the console's."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QEventLoop, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtWidgets import QApplication, QTableView

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.connections.pinned_services import PinnedServices, place_of_pins
from device_update_console.core.window.remembered import Remembered, place_of_remembered
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.background import Background
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.garbage import GarbageCollector
from device_update_console.qt.widgets.appearance import dress
from device_update_console.qt.window.console_windows import ConsoleWindows
from device_update_console.qt.window.navigation import ScopeKey
from device_update_contract.administration.events import Event

SECONDS = 10.0
EVENTS_A_SECOND = 100
FIRST_ROWS_LIMIT_S = 1.5
FRAME_LIMIT_MS = 50.0
RESIDENT_LIMIT_MB = 250.0
_PATIENCE_S = 60.0
_STEP_MS = 8
_ROWS_OF_AN_EVENT = 3
_COLUMNS = 10

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


def main() -> None:
    """Measure, as told by `console.py`."""
    application = QApplication(["device-update-console"])
    dress(application)
    failures: list[Exception] = []
    background = Background(failures.append)
    servers = Servers(
        background, Remembered(place_of_remembered(os.environ)), PinnedServices(place_of_pins(os.environ))
    )
    session = servers.show(parse_server_address(sys.argv[1]), environment=os.environ)
    windows = ConsoleWindows(background, servers)
    garbage = GarbageCollector()
    OpenList(windows, session).measure()
    resident = int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024
    print(f"resident {resident:.0f} MB: {_held(resident, RESIDENT_LIMIT_MB)} (<= {RESIDENT_LIMIT_MB:.0f})")
    for failure in failures:
        print(f"failed meanwhile: {failure!r}")
    windows.close_all()
    garbage.end()
    servers.close()
    background.end()


class OpenList:
    """The list of devices in a window, and what is done with it."""

    def __init__(self, windows: ConsoleWindows, session: ServerSession) -> None:
        self._session = session
        self._window = windows.open(ScopeKey(NodeKind.SERVER, session.address.origin))
        self._pane = self._window.list_pane
        self._bar = self._pane.view.verticalScrollBar()

    def measure(self) -> None:
        """Print a line for each measure."""
        wait_for(lambda: isinstance(self._session.state, Connected))
        opened = time.perf_counter()
        self._window.open_node(ScopeKey(NodeKind.DEVICES, self._session.address.origin))
        wait_for(self._are_rows_seen)
        seconds = time.perf_counter() - opened
        print(f"first rows {seconds:.2f} s after the node was opened: {_held(seconds, FIRST_ROWS_LIMIT_S)} (<= 1.5)")
        wait_for(lambda: self._rows > _COLUMNS)
        print(
            f"{f'longest frame, ms, of {self._rows:,} rows':38}{'clock':>9}{'cpu':>9}{'p99':>9}{'x plain':>8}  measure"
        )
        plain = plain_scrolling(self._rows)
        plain.report("rows made of nothing, wheel")
        watched(self._wheel, _STEP_MS).report("scrolling with the wheel", plain)
        watched(self._page_down, 5 * _STEP_MS).report("page after page", plain)
        watched(self._drag, 10 * _STEP_MS).report("dragging the thumb through all rows", plain)
        self._filter(status="up-to-date")
        watched(self._drag, 10 * _STEP_MS).report("the same, filtered: places are estimated", plain)
        watched(self._wheel_back, _STEP_MS).report("back with the wheel from such a place", plain)
        self._filter()
        watched(self._refresh, 1000).report("read anew (F5) every second", plain)
        watched(self._tell, 1000 // EVENTS_A_SECOND).report(f"{EVENTS_A_SECOND} events a second", plain)

    @property
    def _rows(self) -> int:
        return self._pane.view.model().rowCount()

    def _are_rows_seen(self) -> bool:
        return self._pane.live is not None and self._rows > 0 and self._pane.live.model.row(0) is not None

    def _wheel(self, turn: int) -> None:
        self._bar.setValue(self._bar.value() + 3)

    def _wheel_back(self, turn: int) -> None:
        self._bar.setValue(self._bar.value() - 3)

    def _filter(self, **filters: str) -> None:
        """Another list, from its first row on."""
        with_filter = self._rows
        self._pane.filter_bar.put(filters)
        wait_for(lambda: self._rows != with_filter and self._are_rows_seen())
        self._bar.setValue(0)

    def _page_down(self, turn: int) -> None:
        self._bar.setValue(self._bar.value() + self._bar.pageStep())

    def _drag(self, turn: int) -> None:
        self._bar.setValue(turn * 7919 * self._rows // 1_000_003 % max(self._bar.maximum(), 1))

    def _refresh(self, turn: int) -> None:
        self._pane.refresh()

    def _tell(self, turn: int) -> None:
        """An event as the stream gives it, about rows that are looked at, so that each is read and drawn again."""
        assert self._pane.live is not None
        first = max(self._pane.view.rowAt(0), 0)
        shown = (self._pane.live.model.row(first + (turn + each) % 20) for each in range(_ROWS_OF_AN_EVENT))
        ids = [str(row.item.id) for row in shown if row is not None]
        self._session.event_came.emit(Event(id=turn, event="devices-changed", data={"ids": ids}))


@dataclass
class Frames:
    """How long each turn of the window's event loop took."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def turn(self) -> None:
        """Take the time of one turn, by the clock and of this thread's processor."""
        clock, processor = time.perf_counter(), time.thread_time()
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        self.processor.append((time.thread_time() - processor) * 1000)
        self.clock.append((time.perf_counter() - clock) * 1000)

    def report(self, name: str, yardstick: Frames | None = None) -> None:
        """Print the longest one, what most are below, and the ratio to the yardstick's."""
        longest, ordered = max(self.clock), sorted(self.clock)
        line = f"{name:38}{longest:9.1f}{max(self.processor):9.1f}{ordered[len(ordered) * 99 // 100]:9.1f}"
        if yardstick is not None:
            line += f"{longest / max(yardstick.clock):8.1f}  {_held(longest, FRAME_LIMIT_MS)} (<= {FRAME_LIMIT_MS:.0f})"
        print(line, flush=True)


class Numbers(QAbstractTableModel):
    """Rows that are made of nothing."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self._count = rows

    def rowCount(self, parent: _Index = _NOWHERE) -> int:  # noqa: N802 -- Qt calls it so
        """Override QAbstractItemModel::rowCount."""
        return self._count

    def columnCount(self, parent: _Index = _NOWHERE) -> int:  # noqa: N802
        """Override QAbstractItemModel::columnCount."""
        return _COLUMNS

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractItemModel::data."""
        return str(index.row()) if role == Qt.ItemDataRole.DisplayRole else None


def plain_scrolling(rows: int) -> Frames:
    """The yardstick: Qt's own table view over as many rows."""
    view, numbers = QTableView(), Numbers(rows)
    view.setModel(numbers)
    view.resize(1280, 800)
    view.show()
    bar = view.verticalScrollBar()
    frames = watched(lambda _: bar.setValue(bar.value() + 3), _STEP_MS)
    view.close()
    return frames


def watched(act: Callable[[int], None], every_ms: int) -> Frames:
    """Do something again and again, and take the time of every turn of the event loop meanwhile."""
    frames, turns = Frames(), iter(range(10**9))
    timer = QTimer()
    timer.setInterval(every_ms)
    timer.timeout.connect(lambda: act(next(turns)))
    timer.start()
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        frames.turn()
        time.sleep(0.001)  # the other threads have their chance
    timer.stop()
    return frames


def wait_for(condition: Callable[[], bool]) -> None:
    """Turn the event loop until something is so."""
    end = time.perf_counter() + _PATIENCE_S
    while not condition():
        if time.perf_counter() > end:
            raise TimeoutError("the console did not get so far")
        Frames().turn()
        time.sleep(0.001)


def _held(value: float, limit: float) -> str:
    return "held" if value <= limit else "NOT HELD"


if __name__ == "__main__":
    main()
