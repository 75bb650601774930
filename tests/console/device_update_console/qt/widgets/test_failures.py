"""Failures are shown in one way and block nothing: slow servers, nonsense, servers that go, and what nobody foresaw."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.sample_packages import package
from tests.support.service_process import ServiceProcess, add_administrator
from tests.support.threaded_relay import threaded_relay

from device_update_console.core.connections.connection_states import Connected, Unreachable
from device_update_console.core.failures import FailedCall, ServiceUnreachable, Surprise
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.window.navigation import ScopeKey

OpenConsole = Callable[..., Console]

_MS = 60_000
SLOW_SECONDS = 5.0
LONGEST_STANDSTILL_SECONDS = 0.5
"""Far below the five seconds, far above what a busy machine takes away."""


class Heartbeat:
    """How long the window's thread stood still at most."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.monotonic()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(5)

    def _beat(self) -> None:
        now = time.monotonic()
        self.longest, self._last = max(self.longest, now - self._last), now


def test_a_server_that_takes_five_seconds_holds_up_nothing(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    with threaded_relay(shared_service.admin) as relay:
        console = open_console(relay).connected()
        release = relay.hold("GET /api/v1/audit-trail")
        heart = Heartbeat()
        console.window.open_node(ScopeKey(NodeKind.AUDIT_TRAIL, console.origin))
        timer = _after(SLOW_SECONDS)
        with qtbot.waitSignal(timer.timeout, timeout=_MS):
            console.window.commands.actions[Verb.SHOW_DETAILS_PANE].trigger()
        assert console.window.list_pane.count_text() == "Loading..."
        console.open(NodeKind.ACCOUNTS)
        console.window.open_node(ScopeKey(NodeKind.AUDIT_TRAIL, console.origin))
        release()
        qtbot.waitUntil(lambda: console.rows() != [] and console.listed(), timeout=_MS)
        assert heart.longest < LONGEST_STANDSTILL_SECONDS
        assert not console.window.banner.isVisible()
        console.close()


def test_answers_that_are_no_json_are_said_and_forgotten_when_the_service_is_back(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    with threaded_relay(shared_service.admin) as relay:
        console = open_console(relay).connected()
        console.open(NodeKind.ACCOUNTS)
        rows = console.rows()
        talk_sense = relay.talk_nonsense("GET /api/v1/")
        console.window.commands.actions[Verb.REFRESH].trigger()
        banner = console.window.banner
        qtbot.waitUntil(lambda: isinstance(console.session.state, Unreachable) and banner.isVisible(), timeout=_MS)
        assert "is not of the form this version knows" in banner.text.text()
        talk_sense()
        console.press(banner.try_again)
        qtbot.waitUntil(lambda: isinstance(console.session.state, Connected), timeout=_MS)
        qtbot.waitUntil(lambda: not banner.isVisible() and console.rows() == rows, timeout=_MS)
        assert console.failures == []
        console.close()


def test_a_server_that_goes_while_a_question_is_open_is_said_and_the_verb_works_when_it_is_back(
    qtbot: QtBot, open_console: OpenConsole, tmp_path: Path
) -> None:
    service = ServiceProcess(tmp_path / "data")
    add_administrator(service.folder)
    service.start()
    try:
        Administrator(service).import_package(package("4.0.7577.4387", models=["CX600", "CX700"], image=b"image"))
        console = open_console(service).connected()
        console.open(NodeKind.PENDING_UPDATES)
        console.select_first()
        console.click(Verb.REJECT)
        question = console.asked()
        service.kill()
        console.press(question.yes)
        banner = console.window.banner
        qtbot.waitUntil(lambda: isinstance(console.session.state, Unreachable) and banner.isVisible(), timeout=_MS)
        assert "There is no service at" in banner.text.text()
        said = "No answer came. Once the service is back, look whether it was done."
        qtbot.waitUntil(lambda: console.window.statusBar().currentMessage() == said, timeout=_MS)
        assert len(console.window.list_pane.selected_items()) == 1
        service.start()
        qtbot.waitUntil(lambda: isinstance(console.session.state, Connected), timeout=_MS)
        qtbot.waitUntil(lambda: Verb.REJECT in console.offered(), timeout=_MS)
        console.click(Verb.REJECT)
        console.press(console.asked().yes)
        qtbot.waitUntil(lambda: len(Administrator(service).items("/rules?state=pending")) == 1, timeout=_MS)
        assert console.failures == []
    finally:
        service.end()


@pytest.mark.parametrize("caused", [False, True], ids=["as it is", "as the cause of a failed call"])
def test_a_surprise_is_shown_with_details_to_copy(qtbot: QtBot, caused: bool) -> None:
    banner = FailureBanner()
    qtbot.addWidget(banner)
    try:
        dict[str, str]()["a key"]
    except KeyError as error:
        surprise: Exception = error
    if caused:
        told = Surprise("Something unexpected happened: KeyError.")
        told.__cause__ = surprise
        surprise = told
    banner.show_failure(surprise)
    assert "Something unexpected happened: KeyError" in banner.text.text()
    assert not banner.copy_details.isHidden()
    banner.copy_details.click()
    copied = QGuiApplication.clipboard().text()
    assert "test_failures.py" in copied
    assert "KeyError: 'a key'" in copied
    assert copied.startswith("device-update-service ")


def test_a_refusal_is_a_sentence_and_nothing_more(qtbot: QtBot) -> None:
    banner = FailureBanner()
    qtbot.addWidget(banner)
    banner.show_failure(FailedCall("The service refused."))
    assert banner.text.text() == "The service refused."
    assert banner.copy_details.isHidden()
    assert banner.try_again.isHidden()


def test_what_fails_for_want_of_a_connection_says_nothing_new(qtbot: QtBot) -> None:
    banner = FailureBanner()
    qtbot.addWidget(banner)
    banner.say("The server is gone.", topic="connection", lasting=True)
    banner.show_failure(ServiceUnreachable("No rows."), topic="rows")
    assert banner.text.text() == "The server is gone."
    banner.show_failure(FailedCall("Refused."))
    assert banner.text.text() == "Refused."
    banner.say("The server is gone.", topic="connection", lasting=True)
    banner.settle("connection")
    banner.show_failure(ServiceUnreachable("No rows."), topic="rows")
    assert banner.text.text() == "No rows."


def _after(seconds: float) -> QTimer:
    timer = QTimer()
    timer.setSingleShot(True)
    timer.start(int(seconds * 1000))
    return timer
