"""The panes have room for what is in them in every language, and none of them moves when another node is opened."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess

from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.speaking import speak

_MS = 60_000
_NODES = (NodeKind.SERVER, NodeKind.PENDING_UPDATES, NodeKind.DEVICES, NodeKind.AUDIT_TRAIL, NodeKind.ACCOUNTS)

OpenConsole = Callable[..., Console]


@pytest.fixture(params=["en", "de"])
def console(
    request: pytest.FixtureRequest,
    language_application: QApplication,
    open_console: OpenConsole,
    furnished_service: ServiceProcess,
) -> Console:
    speak(language_application, request.param, {})
    return open_console(furnished_service).connected()


def test_the_tree_of_a_new_console_is_wide_enough_for_every_node(qtbot: QtBot, console: Console) -> None:
    console.open(NodeKind.DEVICES)
    tree = console.window.scope
    cut = [
        tree.title_of(node)
        for node, *_ in tree.children_of(tree.above(console.window.node) or console.window.node)
        if tree.sizeHintForIndex(tree.index_of(node)).width() > tree.visualRect(tree.index_of(node)).width()
    ]
    assert cut == []


def test_in_a_small_window_a_whole_mac_address_can_be_read_where_it_is_typed_and_the_tree_keeps_some_room(
    qtbot: QtBot, console: Console
) -> None:
    console.open(NodeKind.DEVICES)
    console.window.resize(1012, 660)
    search = console.window.list_pane.filter_bar.findChild(QLineEdit)
    assert search is not None
    needed = search.fontMetrics().horizontalAdvance("00-04-F2-00-0B-E7")
    qtbot.waitUntil(lambda: needed < search.width() < 300, timeout=_MS)
    assert console.window.frame.splitter.sizes()[0] > 150


def test_no_pane_moves_when_another_node_is_opened_or_something_is_selected(qtbot: QtBot, console: Console) -> None:
    splitter, seen = console.window.frame.splitter, set()
    for kind in _NODES:
        console.go_to(kind)
        if kind is not NodeKind.SERVER:
            console.select_first()
        qtbot.waitUntil(lambda: not console.window.list_pane.view.is_settling, timeout=_MS)
        QApplication.sendPostedEvents()
        seen.add(tuple(splitter.sizes()))
    assert len(seen) == 1


def test_a_screen_of_1024_pixels_is_wide_enough_for_every_list(console: Console) -> None:
    too_wide = []
    for kind in (*_NODES, NodeKind.DEPLOYED_UPDATES, NodeKind.DEVICE_LOGS, NodeKind.UPDATE_LOG, NodeKind.SIGN_INS):
        console.go_to(kind)
        QApplication.sendPostedEvents()
        if console.window.minimumSizeHint().width() > 1024:
            too_wide.append(kind)
    assert too_wide == []
