"""Approve, Reject, Roll Back and Remove: clicked in the real window, seen by devices of the real service."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QProgressDialog, QPushButton
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator, check
from tests.support.sample_packages import package
from tests.support.sample_rules import check as device_check
from tests.support.service_process import ACCOUNT, ServiceProcess
from tests.support.threaded_relay import threaded_relay

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.speaking import speak
from device_update_console.qt.verbs.rule_verb_dialog import RuleVerbDialog
from device_update_console.qt.window.outcome_dialog import OutcomeDialog
from device_update_contract.device_messages.answers import CheckAnswer, parse_check_answer

FIRST, SECOND, THIRD = "4.0.7577.4366", "4.0.7577.4387", "4.0.7577.4400"
_MS = 60_000

OpenConsole = Callable[..., Console]


class _Model:
    """A device model of one test, so that tests do not see each other's rules."""

    def __init__(self, service: ServiceProcess, test: str) -> None:
        digits = f"{zlib.crc32(test.encode()):08X}"
        self.name = f"M{digits}"
        self._mac = "00-04-" + "-".join(digits[place : place + 2] for place in range(0, 8, 2))
        self.administrator = Administrator(service)
        self._service = service

    def upload(self, version: str, *endings: str) -> None:
        """For this model, or for those whose names end so."""
        models = [f"{self.name}{ending}" for ending in endings or ("",)]
        self.administrator.import_package(package(version, models=models, image=f"{self.name}{version}".encode()))

    def approve(self) -> None:
        assert self.administrator.verb("approve", {"id": self.rule["id"]}).status == 200

    @property
    def rule(self) -> dict[str, object]:
        (rule,) = self.administrator.items(f"/rules?model={self.name}")
        return dict(rule)

    def is_offered(self, version: str) -> bool:
        """What the next check of a device of this model is answered, over HTTP."""
        answer = check(self._service, device_check("1.0.522.101", mac=self._mac, model=self.name))
        told = parse_check_answer(answer.body)
        assert isinstance(told, CheckAnswer), answer.body
        return told.update is not None and {str(each.version) for each in told.update.modules} == {version}


@pytest.fixture
def model(shared_service: ServiceProcess, request: pytest.FixtureRequest) -> _Model:
    return _Model(shared_service, request.node.name)


def _open(
    open_console: OpenConsole, service: ServiceProcess, model: _Model, kind: NodeKind, *, rows: int = 1
) -> Console:
    console = open_console(service).connected()
    console.open(kind)
    console.filter(search=model.name, rows=rows)
    console.select_all()
    return console


def test_clicking_approve_makes_the_next_check_of_a_device_offer_the_update(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, model: _Model
) -> None:
    model.upload(FIRST)
    assert not model.is_offered(FIRST)
    qtbot.waitUntil(lambda: model.rule["devices_matching"] == 1, timeout=_MS)  # a check is durable within a second
    console = _open(open_console, shared_service, model, NodeKind.PENDING_UPDATES)
    console.click(Verb.APPROVE)
    dialog = console.asked()
    assert [dialog.rules.item(0, column).text() for column in (1, 2, 3)] == [FIRST, "1", "0"]  # type: ignore[union-attr]
    dialog.comment.setText("tried in the lab")
    console.press(dialog.yes)
    qtbot.waitUntil(lambda: model.rule["state"] == "deployed", timeout=_MS)
    assert model.is_offered(FIRST)
    history = model.administrator.items(f"/rules/{model.rule['id']}/history")
    assert history[0]["comment"] == "tried in the lab"
    assert console.failures == []


@pytest.mark.parametrize("code", ["en", "de"])
def test_the_question_names_every_update_in_full(
    language_application: QApplication,
    open_console: OpenConsole,
    shared_service: ServiceProcess,
    model: _Model,
    code: str,
) -> None:
    model.upload(FIRST, "-HD", "-HDX")
    speak(language_application, code, {})
    console = _open(open_console, shared_service, model, NodeKind.PENDING_UPDATES, rows=2)
    console.click(Verb.APPROVE)
    table = console.asked().rules
    assert table.horizontalHeader().sectionSize(0) >= table.sizeHintForColumn(0)
    assert table.horizontalHeader().length() <= table.viewport().width()


def test_the_answer_is_no_unless_somebody_says_yes(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, model: _Model
) -> None:
    model.upload(FIRST)
    console = _open(open_console, shared_service, model, NodeKind.PENDING_UPDATES)
    console.click(Verb.REJECT)
    dialog = console.asked()
    assert dialog.no.isDefault()
    assert not dialog.yes.isDefault()
    console.press(dialog.no)
    qtbot.waitUntil(lambda: console.window.item_verbs.rules.dialog is None)
    assert model.rule["pending"] is not None


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        pytest.param(NodeKind.PENDING_UPDATES, "Reject", id="on Pending Updates"),
        pytest.param(NodeKind.DEPLOYED_UPDATES, "Remove", id="on Deployed Updates"),
    ],
)
def test_del_asks_and_enter_is_no(
    qtbot: QtBot,
    open_console: OpenConsole,
    shared_service: ServiceProcess,
    model: _Model,
    kind: NodeKind,
    title: str,
) -> None:
    model.upload(FIRST)
    if kind is NodeKind.DEPLOYED_UPDATES:
        model.approve()
    before = model.rule
    console = _open(open_console, shared_service, model, kind)
    console.press_key(Qt.Key.Key_Delete)
    dialog = console.asked()
    assert dialog.windowTitle() == title
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: console.window.item_verbs.rules.dialog is None, timeout=_MS)
    assert model.rule == before


def test_reject_drops_the_pending_version(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, model: _Model
) -> None:
    model.upload(FIRST)
    console = _open(open_console, shared_service, model, NodeKind.PENDING_UPDATES)
    console.click(Verb.REJECT)
    console.press(console.asked().yes)
    qtbot.waitUntil(lambda: model.rule["pending"] is None, timeout=_MS)
    qtbot.waitUntil(lambda: console.rows() == [], timeout=_MS)
    assert console.window.list_pane.view.accessibleDescription() == "Nothing matches the filter."


def test_roll_back_returns_to_the_earlier_version(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, model: _Model
) -> None:
    for version in (FIRST, SECOND):
        model.upload(version)
        model.approve()
    assert model.is_offered(SECOND)
    console = _open(open_console, shared_service, model, NodeKind.DEPLOYED_UPDATES)
    console.click(Verb.ROLL_BACK)
    console.press(console.asked().yes)
    qtbot.waitUntil(lambda: model.is_offered(FIRST), timeout=_MS)


def test_roll_back_to_goes_to_the_version_that_was_chosen_from_the_history(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, model: _Model
) -> None:
    for version in (FIRST, SECOND, THIRD):
        model.upload(version)
        model.approve()
    console = _open(open_console, shared_service, model, NodeKind.DEPLOYED_UPDATES)
    console.click(Verb.ROLL_BACK_TO)
    versions = console.window.item_verbs.rules.versions
    assert versions is not None
    qtbot.waitUntil(lambda: versions.versions.rowCount() == 3, timeout=_MS)
    texts = [versions.versions.row_texts(row) for row in range(3)]
    assert [(row[0], row[4]) for row in texts] == [(THIRD, "It is the approved version."), (SECOND, ""), (FIRST, "")]
    assert versions.versions.selected_rows() == [1]
    versions.versions.selectRow(2)
    console.press(versions.roll_back)
    dialog = console.asked()
    assert FIRST in dialog.question.question
    console.press(dialog.yes)
    qtbot.waitUntil(lambda: model.is_offered(FIRST), timeout=_MS)


def test_remove_stops_the_offer(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, model: _Model
) -> None:
    model.upload(FIRST)
    model.approve()
    console = _open(open_console, shared_service, model, NodeKind.DEPLOYED_UPDATES)
    console.click(Verb.REMOVE_UPDATE)
    console.press(console.asked().yes)
    qtbot.waitUntil(lambda: not model.is_offered(FIRST), timeout=_MS)


def test_what_somebody_else_changed_while_the_question_was_open_is_refused_and_said(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, model: _Model
) -> None:
    model.upload(FIRST)
    console = _open(open_console, shared_service, model, NodeKind.PENDING_UPDATES)
    console.click(Verb.APPROVE)
    dialog = console.asked()
    model.upload(SECOND)
    model.approve()
    said = f"Yes leaves it as it is now: Polycom {model.name} A ENU CPE."
    qtbot.waitUntil(lambda: any(each.text().endswith(said) for each in dialog.findChildren(QLabel)), timeout=_MS)
    console.press(dialog.yes)
    banner = console.window.list_pane.banner
    qtbot.waitUntil(banner.isVisible, timeout=_MS)
    assert f"{ACCOUNT} changed it at" in banner.text.text()
    assert f"(Approved, version {SECOND})" in banner.text.text()


def test_of_several_each_that_was_changed_or_refused_is_a_line(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, model: _Model
) -> None:
    model.upload(FIRST, "", "X")
    console = _open(open_console, shared_service, model, NodeKind.PENDING_UPDATES, rows=2)
    console.click(Verb.APPROVE)
    dialog = console.asked()
    assert dialog.question.question == "Approve the pending version of 2 updates?"
    model.approve()
    console.press(dialog.yes)
    qtbot.waitUntil(lambda: bool(console.window.findChildren(OutcomeDialog)), timeout=_MS)
    (told,) = console.window.findChildren(OutcomeDialog)
    done, refused = told.lines.toPlainText().splitlines()
    assert done == f"Approved: Polycom {model.name}X A ENU CPE."
    assert refused.startswith(f"Polycom {model.name} A ENU CPE: ")
    assert refused.endswith("(changed-meanwhile)")
    told.close()


def test_a_service_that_takes_its_time_is_seen_to_and_asked_once(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, model: _Model
) -> None:
    model.upload(FIRST)
    with threaded_relay(shared_service.admin) as relay:
        console = open_console(relay).connected()
        console.open(NodeKind.PENDING_UPDATES)
        console.filter(search=model.name)
        console.select_all()
        later = QTimer()  # of two timers the one that is due first comes first, however busy the machine is
        later.setSingleShot(True)
        later.setInterval(2_000)
        for stopped in (True, False):
            release = relay.hold("POST /api/v1/rules/approve")
            console.click(Verb.APPROVE)
            console.click(Verb.APPROVE)
            later.start()
            qtbot.waitUntil(lambda: not later.isActive(), timeout=_MS)
            assert len(_waiting()) == 1
            if stopped:
                console.press(_waiting()[0].findChildren(QPushButton)[0])
            release()
            qtbot.waitUntil(lambda: not _waiting(), timeout=_MS)
        console.press(console.asked().yes)
        qtbot.waitUntil(lambda: model.rule["state"] == "deployed", timeout=_MS)
        assert [
            each for each in QApplication.topLevelWidgets() if isinstance(each, RuleVerbDialog) and each.isVisible()
        ] == []
        console.close()


def test_whoever_closed_the_window_meanwhile_is_asked_nothing(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, model: _Model
) -> None:
    model.upload(FIRST)
    with threaded_relay(shared_service.admin) as relay:
        console = open_console(relay).connected()
        console.another_window()
        console.open(NodeKind.PENDING_UPDATES)
        console.filter(search=model.name)
        console.select_all()
        release = relay.hold("POST /api/v1/rules/approve")
        console.click(Verb.APPROVE)
        console.window.close()
        release()
        qtbot.waitUntil(lambda: not console.window.item_verbs.rules._is_previewing, timeout=_MS)
        assert console.window.item_verbs.rules.dialog is None
        console.close()


def _waiting() -> list[QProgressDialog]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, QProgressDialog) and each.isVisible()]
