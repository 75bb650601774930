"""The overview of a server in the real window: lines that lead somewhere, charts, and what happens meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QToolTip, QWidget
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import check
from tests.support.service_process import ServiceProcess
from tests.support.threaded_relay import threaded_relay

from device_update_console.core.lists.row_changes import ListState
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.overview_and_reports.overview_pane import PAUSE_MS, OverviewPane
from device_update_console.qt.window.navigation import CONSOLE, ScopeKey
from device_update_contract.checks import CheckRequest
from device_update_contract.identifiers import MacAddress

_MS = 60_000

OpenConsole = Callable[..., Console]


@pytest.fixture
def colours() -> Iterator[None]:
    """The program's colours are as before, whatever a test did to them."""
    before = QApplication.palette()
    yield
    QApplication.setPalette(before)


def _drawn(qtbot: QtBot, console: Console) -> OverviewPane:
    overview = console.window.node_pane.overview
    qtbot.waitUntil(lambda: overview.is_drawn, timeout=_MS)
    return overview


def _ask(service: ServiceProcess, mac: str, model: str) -> None:
    """A device for which there is no update."""
    request = CheckRequest("UCPhone", "Polycom", model, "A", "ENU", MacAddress(mac))
    assert check(service, request).status == 200


def _line(overview: OverviewPane, beginning: str) -> int:
    [number] = [n for n, line in enumerate(overview.attention.texts()) if line.startswith(beginning)]
    return number


def test_a_line_leads_to_the_devices_that_it_tells_of(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    _ask(shared_service, "00-04-F2-0E-00-01", "CX-LINE")
    console = open_console(shared_service).connected()
    overview = _drawn(qtbot, console)
    overview.attention.open_line(_line(overview, "There is no update for"))
    pane = console.window.list_pane
    qtbot.waitUntil(lambda: pane.live is not None and pane.live.model.status.state is ListState.READY, timeout=_MS)
    assert console.window.node == ScopeKey(NodeKind.DEVICES, console.origin)
    assert pane.filter_bar.values() == {"status": "no-rule"}
    console.window.commands.actions[Verb.BACK].trigger()
    assert console.window.node.kind is NodeKind.SERVER
    assert console.failures == []


def test_what_a_device_does_is_shown_without_building_anything_again(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    _ask(shared_service, "00-04-F2-0E-01-01", "CX-LIVE")
    console = open_console(shared_service).connected()
    overview = _drawn(qtbot, console)
    page = overview.findChild(QWidget, "page")
    assert page is not None
    console.window.resize(900, 480)
    qtbot.waitUntil(lambda: overview.verticalScrollBar().maximum() > 200, timeout=_MS)
    known, before = overview.overview, set(page.findChildren(QWidget))
    overview.verticalScrollBar().setValue(40)
    place = page.mapTo(overview, QPoint(0, 0))
    assert known is not None
    _ask(shared_service, "00-04-F2-0E-01-02", "CX-LIVE")
    devices = known.summary.devices
    qtbot.waitUntil(lambda: overview.overview is not None and overview.overview.summary.devices > devices, timeout=_MS)
    assert set(page.findChildren(QWidget)) == before
    assert page.mapTo(overview, QPoint(0, 0)) == place
    assert overview.overview is not None
    assert any(f">{overview.overview.summary.devices:,}<" in label.text() for label in page.findChildren(QLabel))


def test_however_much_happens_it_is_read_once_in_a_few_seconds(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    overview = _drawn(qtbot, console)
    read: list[None] = []
    overview.read.connect(lambda: read.append(None))
    began = time.monotonic()
    with qtbot.waitSignal(overview.read, timeout=PAUSE_MS + _MS):
        for number in range(30):
            _ask(shared_service, f"00-04-F2-0E-02-{number:02X}", "CX-MANY")
    assert len(read) == 1
    assert time.monotonic() - began >= 0.9 * PAUSE_MS / 1000


def test_what_happens_while_it_is_read_is_shown_without_waiting_for_the_next_round(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    with threaded_relay(shared_service.admin) as relay:
        console = open_console(relay).connected()
        overview = _drawn(qtbot, console)
        known, asked_before = overview.overview, relay.count("/summary")
        assert known is not None
        release = relay.hold("/summary")
        overview.refresh()
        qtbot.waitUntil(lambda: relay.count("/summary") > asked_before, timeout=_MS)
        _ask(shared_service, "00-04-F2-0E-08-01", "CX-MEANWHILE")
        pause = overview._pause
        qtbot.waitUntil(pause.isActive, timeout=_MS)
        with qtbot.waitSignal(pause.timeout, timeout=_MS):
            pass
        release()
        qtbot.waitUntil(
            lambda: overview.overview is not None and overview.overview.summary.devices > known.summary.devices,
            timeout=_MS // 2,  # the next round would come after a minute
        )


def test_without_live_updates_it_is_read_at_refresh_only(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    overview = _drawn(qtbot, console)
    actions = console.window.commands.actions
    actions[Verb.LIVE_UPDATES].trigger()
    known = overview.overview
    assert known is not None
    with qtbot.assertNotEmitted(overview.read, wait=PAUSE_MS + 500):
        _ask(shared_service, "00-04-F2-0E-06-01", "CX-STILL")
    with qtbot.waitSignal(overview.read, timeout=_MS):
        actions[Verb.REFRESH].trigger()
    assert overview.overview is not known


def test_charts_come_after_the_window_and_have_their_figures_as_a_table_and_in_words(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    _ask(shared_service, "00-04-F2-0E-03-01", "CX-CHART")
    console = open_console(shared_service).connected()
    overview = _drawn(qtbot, console)
    for panel in (overview.by_model, overview.by_version, overview.by_hour):
        chart = panel.chart
        assert chart is not None
        assert chart.isVisible()
        assert chart.accessibleName() != ""
        assert len(chart.accessibleDescription()) > len(chart.accessibleName())
        panel.as_table.click()
        assert panel.table.isVisible()
        assert not chart.isVisible()
        assert panel.table.rowCount() > 0
    models = [overview.by_model.table.item(row, 0).text() for row in range(overview.by_model.table.rowCount())]  # type: ignore[union-attr]
    assert {"Polycom CX-CHART", "Other models"} & set(models)
    assert overview.by_hour.table.rowCount() == 48


def test_the_pointer_tells_a_bars_figures_and_a_click_lists_its_devices(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    for number in range(60):
        _ask(shared_service, f"00-04-F2-0E-04-{number:02X}", "CX-BAR")
    console = open_console(shared_service).connected()
    overview = _drawn(qtbot, console)
    from device_update_console.qt.overview_and_reports.charts import BarChart

    chart = overview.by_model.chart
    assert isinstance(chart, BarChart)
    place = chart.place_of(chart.labels().index("Polycom CX-BAR"))
    qtbot.mouseMove(chart.canvas, place)
    qtbot.waitUntil(lambda: QToolTip.text().startswith("Polycom CX-BAR: Nothing to get yet "), timeout=_MS)
    qtbot.mouseClick(chart.canvas, Qt.MouseButton.LeftButton, pos=place)
    assert console.window.list_pane.filter_bar.values() == {"vendor": "Polycom", "model": "CX-BAR"}


@pytest.mark.usefixtures("colours")
def test_charts_follow_a_change_to_dark(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    _ask(shared_service, "00-04-F2-0E-05-01", "CX-DARK")
    overview = _drawn(qtbot, open_console(shared_service).connected())
    chart = overview.by_hour.chart
    assert chart is not None
    QApplication.setPalette(QPalette(QColor("#323232"), QColor("#202020")))

    def is_dark() -> bool:
        image = chart.grab().toImage()
        return image.pixelColor(image.width() - 3, 3).lightness() < 60

    qtbot.waitUntil(is_dark, timeout=_MS)


def test_nothing_is_told_of_a_server_to_somebody_who_is_not_signed_in_but_how_to(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    overview = _drawn(qtbot, console)
    console.window.commands.actions[Verb.SIGN_OUT].trigger()
    qtbot.waitUntil(lambda: overview.overview is None, timeout=_MS)
    assert not any(label.isVisible() for label in overview.attention.findChildren(QLabel))
    qtbot.waitUntil(overview.sign_in.isVisible, timeout=_MS)
    console.press(overview.sign_in)
    dialogs = console.windows.signing_in.dialogs
    qtbot.waitUntil(lambda: console.origin in dialogs, timeout=_MS)
    dialogs[console.origin].reject()


def test_the_console_lists_its_servers_with_what_is_known_of_them(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    console.window.open_node(CONSOLE)
    servers = console.window.node_pane.servers
    assert servers.isVisible()
    item = servers.topLevelItem(0)
    assert item is not None
    shown = [item.text(column) for column in range(servers.columnCount())]
    known = console.session.last_connected
    assert known is not None
    assert shown == [console.session.title, console.origin, "Connected", known.server.version, known.account]
    assert console.window.frame.counts.text() == "1 server"
    console.servers.rename(console.session, "Branch office")
    assert item.text(0) == "Branch office"
    servers.itemActivated.emit(item, 0)
    assert console.window.node == ScopeKey(NodeKind.SERVER, console.origin)
    console.window.open_node(CONSOLE)
    console.servers.disconnect_from(console.session)
    assert servers.topLevelItemCount() == 0
