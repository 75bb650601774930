"""The main story in the real window, with the simulator's devices: tried on a test device, approved, rolled back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.sample_packages import IMAGE_FILE, package
from tests.support.service_process import ServiceProcess, add_administrator
from tests.support.story import simulate

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.verbs.rule_verb_dialog import RuleVerbDialog

pytestmark = pytest.mark.end_to_end

DELIVERED, FIRST, SECOND = "1.0.522.101", "4.0.7577.4366", "4.0.7577.4387"
TRIED, ORDINARY = "00-04-F2-00-01-01", "00-04-F2-00-01-02"
_MS = 60_000


class _Desk:
    """An administrator in front of the window, and the phones around."""

    def __init__(self, qtbot: QtBot, console: Console, service: ServiceProcess) -> None:
        self._qtbot = qtbot
        self.console = console
        self._service = service
        self.administrator = Administrator(service)

    def upload(self, version: str) -> None:
        self.administrator.import_package(package(version, image=version.encode()))

    def rule(self) -> dict[str, Any]:
        """The only rule."""
        (rule,) = self.administrator.items("/rules")
        return dict(rule)

    def asks(self, mac: str, installed: str, *more: str) -> Any:
        """What a simulated phone is told: a version, or None."""
        code, told, stderr = simulate(
            "check", "--url", self._service.internal, "--mac", mac, "--vendor", "Polycom", "--model", "CX700",
            "--installed", f"{IMAGE_FILE}={installed}", "--json", *more,
        )  # fmt: skip
        assert code == 0, stderr
        return told["modules"][0]["version"] if "modules" in told else None

    def clicks(self, kind: NodeKind, verb: Verb) -> RuleVerbDialog:
        """Select the rule, click a verb on it, and read the question."""
        self.console.open(kind)
        self._qtbot.waitUntil(lambda: len(self.console.rows()) == 1, timeout=_MS)
        self.console.select_all()
        self._qtbot.waitUntil(lambda: verb in self.console.offered(), timeout=_MS)
        self.console.click(verb)
        return self.console.asked()

    def says_yes(self, dialog: RuleVerbDialog, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Yes, and wait until the window says that it is so."""
        self.console.press(dialog.yes)
        self.is_told()
        assert holds(self.rule())

    def is_told(self) -> None:
        """The window says that a verb is done; a list of the service shows it a moment before devices are told."""
        bar = self.console.window.statusBar()
        self._qtbot.waitUntil(lambda: bar.currentMessage() != "", timeout=_MS)
        bar.clearMessage()


@pytest.fixture
def desk(qtbot: QtBot, open_console: Callable[..., Console], tmp_path: Path) -> Any:
    folder = tmp_path / "data"
    add_administrator(folder)
    service = ServiceProcess(folder)
    service.start()
    yield _Desk(qtbot, open_console(service).connected(), service)
    service.end()


def test_what_is_clicked_in_the_window_is_what_the_next_check_of_a_device_is_told(qtbot: QtBot, desk: _Desk) -> None:
    console = desk.console
    desk.upload(FIRST)
    assert desk.asks(TRIED, DELIVERED) is None
    assert desk.asks(ORDINARY, DELIVERED) is None
    console.open(NodeKind.DEVICES)
    console.filter(search=TRIED)
    console.select_all()
    console.click(Verb.USE_AS_TEST_DEVICE)
    desk.is_told()
    assert len(desk.administrator.items("/test-devices")) == 1

    assert desk.asks(TRIED, DELIVERED) == FIRST
    assert desk.asks(ORDINARY, DELIVERED) is None
    desk.asks(TRIED, FIRST, "--installed-result", "Succeeded", "--installed-version", FIRST)
    qtbot.waitUntil(lambda: desk.rule()["pending_test"]["installed"] == 1, timeout=_MS)
    question = desk.clicks(NodeKind.PENDING_UPDATES, Verb.APPROVE)
    assert question.rules.row_texts(0)[1:] == [FIRST, "1", "0", "13 bytes", "1 of 1 installed"]
    assert question.question.warnings == ()
    desk.says_yes(question, lambda rule: rule["approved"] is not None)
    assert desk.asks(ORDINARY, DELIVERED) == FIRST

    desk.upload(SECOND)
    question = desk.clicks(NodeKind.PENDING_UPDATES, Verb.APPROVE)
    assert question.question.warnings == (f"No test device has installed {SECOND} for Polycom CX700 A ENU CPE.",)
    desk.says_yes(question, lambda rule: rule["approved"]["version"] == SECOND)
    assert desk.asks(ORDINARY, SECOND) is None
    qtbot.waitUntil(lambda: desk.rule()["devices_on_approved"] == 1, timeout=_MS)
    question = desk.clicks(NodeKind.DEPLOYED_UPDATES, Verb.ROLL_BACK)
    assert "1 of them goes back to an older version." in question.question.effects[1]
    desk.says_yes(question, lambda rule: rule["approved"]["version"] == FIRST)
    assert desk.asks(ORDINARY, SECOND) == FIRST
    assert console.failures == []
