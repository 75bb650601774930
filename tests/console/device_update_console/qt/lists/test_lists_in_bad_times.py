"""Lists of nothing, of strange names, and of a server that goes down while they are scrolled."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.fleets import fill_devices
from tests.support.plain_calls import Administrator, check
from tests.support.service_process import ServiceProcess, add_administrator, eventually
from tests.support.stores import open_stores

from device_update_console.core.connections.connection_states import Connected, Unreachable
from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind

_MS = 60_000

OpenConsole = Callable[..., Console]

WIDE = "\N{FULLWIDTH LATIN CAPITAL LETTER W}" * 64
ARABIC = "".join(chr(0x0627 + number) for number in range(20))
EMOJI = "\N{GRINNING FACE}\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E}"

_CHECK = """<Request><DeviceType>UCPhone</DeviceType><MacAddress>00-04-F2-00-00-0{number}</MacAddress>
<Vendor>Polycom</Vendor><Model>CX700</Model><Revision>A</Revision><Locale>ENU</Locale></Request>"""


@pytest.fixture
def empty_service(tmp_path: Path) -> Iterator[ServiceProcess]:
    """A service that nobody has used yet."""
    folder = tmp_path / "empty"
    add_administrator(folder)
    service = ServiceProcess(folder)
    service.start()
    yield service
    service.end()


@pytest.fixture
def long_service(tmp_path: Path) -> Iterator[ServiceProcess]:
    """A service with many devices, to be killed."""
    folder = tmp_path / "long"
    with open_stores(folder) as stores:
        database = stores.folder.database
    fill_devices(database, 3_000, int(time.time() * 1000))
    add_administrator(folder)
    service = ServiceProcess(folder)
    service.start()
    yield service
    service.end()
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "node",
    [NodeKind.PENDING_UPDATES, NodeKind.DEPLOYED_UPDATES, NodeKind.PACKAGES, NodeKind.TEST_DEVICES, NodeKind.DEVICES],
)
def test_a_list_without_rows_says_what_it_is_for_and_offers_nothing_on_items(
    qtbot: QtBot, open_console: OpenConsole, empty_service: ServiceProcess, node: NodeKind
) -> None:
    console = open_console(empty_service).connected()
    console.open(node)
    view = console.window.list_pane.view
    assert view.model().rowCount() == 0
    assert view.accessibleDescription() == LISTS[node].nothing
    console.select_all()
    assert console.window.list_pane.selection().count == 0
    assert not console.window.commands.actions[Verb.COPY_ROWS].isEnabled()
    console.window.list_pane.filter_bar.put({"search": "4F2"})
    qtbot.waitUntil(lambda: view.accessibleDescription() == "Nothing matches the filter.", timeout=_MS)
    assert console.failures == []


def test_names_of_any_script_are_shown_copied_and_found(
    qtbot: QtBot, open_console: OpenConsole, empty_service: ServiceProcess
) -> None:
    administrator = Administrator(empty_service)
    names = [WIDE, ARABIC, EMOJI]
    for number in range(len(names)):
        assert check(empty_service, _CHECK.format(number=number).encode()).status == 200
    eventually(lambda: len(administrator.items("/devices")) == len(names), "every device that asked is known")
    devices = administrator.items("/devices?sort=mac")
    for device, name in zip(devices, names, strict=True):
        assert administrator.ask("PATCH", f"/devices/{device['id']}", {"label": name}).status == 200
    console = open_console(empty_service).connected()
    console.open(NodeKind.DEVICES)
    section = next(n for n, column in enumerate(LISTS[NodeKind.DEVICES].columns) if column.key == "label")
    view = console.window.list_pane.view
    assert [str(view.model().index(row, section).data()) for row in range(3)] == names
    console.window.list_pane.columns.size_to_fit()
    view.grab()
    for row in range(3):
        view.selectRow(row)
        qtbot.waitUntil(lambda: not view.is_settling, timeout=_MS)
        console.window.list_pane.details.grab()
    console.window.list_pane.filter_bar.put({"label": ARABIC})
    qtbot.waitUntil(lambda: console.listed() and view.model().rowCount() == 1, timeout=_MS)
    assert console.failures == []


def test_a_server_that_goes_down_during_a_scroll_leaves_what_was_read_and_goes_on_when_it_is_back(
    qtbot: QtBot, open_console: OpenConsole, long_service: ServiceProcess
) -> None:
    console = open_console(long_service).connected()
    console.open(NodeKind.DEVICES)
    pane = console.window.list_pane
    live, bar = pane.live, pane.view.verticalScrollBar()
    assert live is not None
    first = live.model.row(0)
    long_service.kill()
    bar.setValue(2_000)
    qtbot.waitUntil(console.window.banner.isVisible, timeout=_MS)
    qtbot.waitUntil(lambda: isinstance(console.session.state, Unreachable), timeout=_MS)
    assert live.model.row(2_001) is None
    assert pane.view.model().rowCount() == 3_000
    bar.setValue(0)
    bar.setValue(2_000)
    long_service.start()
    console.press(console.window.banner.try_again)
    qtbot.waitUntil(lambda: isinstance(console.session.state, Connected), timeout=_MS)
    qtbot.waitUntil(lambda: live.model.row(2_001) is not None, timeout=_MS)
    bar.setValue(0)
    qtbot.waitUntil(lambda: live.model.row(0) == first, timeout=_MS)
    qtbot.waitUntil(lambda: not console.window.banner.isVisible(), timeout=_MS)
    assert console.failures == []
