"""Accounts in the real window, kept by the real service: added, changed, locked out, unlocked, removed, looked into."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator, Answer, call
from tests.support.service_process import ACCOUNT, PASSWORD, ServiceProcess, add_administrator, eventually
from tests.support.threaded_relay import threaded_relay

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.sheets.account_pages import AccountPage, NewAccountPage, PasswordPage
from device_update_console.qt.sheets.account_sheets import AccountSheet, AccountStatusSheet
from device_update_console.qt.sheets.record_sheets import ChangePage
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import AccountModel

_MS = 60_000
NEW_PASSWORD = "a new and better one"

OpenConsole = Callable[..., Console]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """One with a single administrator, who locks out after three wrong passwords."""
    folder = tmp_path_factory.mktemp("accounts-service") / "data"
    add_administrator(folder)
    running = ServiceProcess(folder)
    running.start()
    Administrator(running).ask("PATCH", "/settings", {"lockout_attempts": 3})
    yield running
    running.end()


@pytest.fixture
def administrator(service: ServiceProcess) -> Administrator:
    return Administrator(service)


@pytest.fixture
def name(request: pytest.FixtureRequest, administrator: Administrator) -> str:
    """An operator of this test's own."""
    chosen = f"a{zlib.crc32(request.node.name.encode()):08x}"
    body = {"name": chosen, "role": "operator", "password": PASSWORD}
    assert administrator.ask("POST", "/accounts", body).status == 201
    return chosen


@pytest.fixture
def console(open_console: OpenConsole, service: ServiceProcess) -> Console:
    opened = open_console(service).connected()
    opened.open(NodeKind.ACCOUNTS)
    return opened


def account(administrator: Administrator, name: str) -> Any:
    """What the service knows of an account; None where there is none."""
    found = administrator.ask("GET", f"/accounts/{name}")
    return found.json if found.status == 200 else None


def sign_in(service: ServiceProcess, name: str, password: str) -> Answer:
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return call(service.admin_port, "POST", "/api/v1/session", b"", {"Authorization": f"Basic {pair}"})


def select(qtbot: QtBot, console: Console, name: str) -> None:
    console.filter(search=name)
    console.select_first()


def asked(qtbot: QtBot, console: Console) -> ConfirmationDialog:
    verbs = console.window.item_verbs.accounts
    qtbot.waitUntil(lambda: verbs.dialog is not None, timeout=_MS)
    assert verbs.dialog is not None
    return verbs.dialog


def page_of(console: Console, kind: type[Any]) -> tuple[Any, Any]:
    """The small dialog that is open, and its page."""
    dialog = console.window.item_verbs.accounts.form
    assert dialog is not None
    (page,) = dialog.pages
    assert isinstance(page, kind)
    return dialog, page


def test_an_account_is_added_with_what_was_typed_and_shown_in_the_list(
    qtbot: QtBot, console: Console, service: ServiceProcess, administrator: Administrator
) -> None:
    console.click(Verb.ADD_ACCOUNT)
    dialog, page = page_of(console, NewAccountPage)
    qtbot.keyClicks(page.name.editor, "kenmyer")
    page.role.choice.setCurrentIndex(page.role.choice.findData(Role.OPERATOR))
    for line in page.passwords.lines:
        qtbot.keyClicks(line, PASSWORD)
    console.press(dialog.ok_button)
    qtbot.waitUntil(lambda: account(administrator, "kenmyer") is not None, timeout=_MS)
    assert account(administrator, "kenmyer")["role"] == "operator"
    assert sign_in(service, "kenmyer", PASSWORD).status == 201
    qtbot.waitUntil(lambda: "kenmyer" in [row[0] for row in console.rows()], timeout=_MS)


def test_what_is_wrong_with_a_new_account_is_said_while_it_is_typed_and_nothing_is_sent(
    qtbot: QtBot, console: Console, administrator: Administrator
) -> None:
    console.click(Verb.ADD_ACCOUNT)
    dialog, page = page_of(console, NewAccountPage)
    qtbot.keyClicks(page.name.editor, "ken myer")
    assert page.name.wrong.isVisible()
    first, second = page.passwords.lines
    qtbot.keyClicks(first, "short")
    assert page.passwords.password.wrong.text() == "A password has 8 to 256 characters."
    qtbot.keyClicks(second, "x")
    assert page.passwords.repeated.wrong.text() == "The two passwords differ."
    console.press(dialog.ok_button)
    assert dialog.banner.isVisible()
    assert not dialog.is_saving
    assert account(administrator, "ken%20myer") is None


def test_a_name_that_is_taken_is_said_at_the_name_and_what_was_typed_stays(
    qtbot: QtBot, console: Console, name: str
) -> None:
    console.click(Verb.ADD_ACCOUNT)
    dialog, page = page_of(console, NewAccountPage)
    qtbot.keyClicks(page.name.editor, name.upper())
    for line in page.passwords.lines:
        qtbot.keyClicks(line, PASSWORD)
    console.press(dialog.ok_button)
    qtbot.waitUntil(page.name.wrong.isVisible, timeout=_MS)
    assert page.name.wrong.text().startswith("There is an account ")
    assert page.passwords.lines[0].text() == PASSWORD


def test_role_and_enabled_are_changed_in_the_properties_after_a_warning(
    qtbot: QtBot, console: Console, service: ServiceProcess, administrator: Administrator, name: str
) -> None:
    select(qtbot, console, name)
    sheet = console.sheet(Verb.EDIT_ACCOUNT)
    assert isinstance(sheet, AccountSheet)
    page = sheet.account_page
    assert not page.warnings.isVisible()
    page.enabled.click()
    assert page.warnings.text() == "Its sessions end, and nobody can sign in with it."
    console.press(sheet.apply_button)
    qtbot.waitUntil(lambda: account(administrator, name)["enabled"] is False, timeout=_MS)
    qtbot.waitUntil(lambda: not sheet.apply_button.isEnabled() and not sheet.is_saving, timeout=_MS)
    assert sign_in(service, name, PASSWORD).status == 401
    assert administrator.ask("PATCH", f"/accounts/{name}", {"enabled": True}).status == 200
    qtbot.waitUntil(page.enabled.isChecked, timeout=_MS)


def test_the_last_administrator_stays_one_and_the_service_s_sentence_says_so(
    qtbot: QtBot, console: Console, administrator: Administrator
) -> None:
    select(qtbot, console, ACCOUNT)
    sheet = console.sheet(Verb.PROPERTIES)
    assert isinstance(sheet, AccountSheet)
    role = sheet.account_page.role
    role.choice.setCurrentIndex(role.choice.findData(Role.HELP_DESK))
    assert sheet.account_page.warnings.text() == "This is the account that you are signed in with."
    console.press(sheet.ok_button)
    qtbot.waitUntil(role.wrong.isVisible, timeout=_MS)
    assert role.wrong.text() == f"{ACCOUNT} is the last enabled administrator and stays one."
    console.click(Verb.REMOVE_ACCOUNT)
    dialog = asked(qtbot, console)
    assert "This is the account that you are signed in with." in dialog.question.warnings
    console.press(dialog.yes)
    qtbot.waitUntil(console.window.banner.isVisible, timeout=_MS)
    assert console.window.banner.text.text().startswith(f"{ACCOUNT} is the last enabled administrator")
    assert account(administrator, ACCOUNT)["role"] == "administrator"


def test_a_password_that_was_set_is_the_one_that_lets_in(
    qtbot: QtBot, console: Console, service: ServiceProcess, name: str
) -> None:
    select(qtbot, console, name)
    console.click(Verb.SET_PASSWORD)
    dialog, page = page_of(console, PasswordPage)
    for line in page.passwords.lines:
        qtbot.keyClicks(line, NEW_PASSWORD)
    console.press(dialog.ok_button)
    qtbot.waitUntil(lambda: console.window.item_verbs.accounts.form is None, timeout=_MS)
    assert sign_in(service, name, NEW_PASSWORD).status == 201


def lock_out(service: ServiceProcess, administrator: Administrator, name: str) -> None:
    """Fail to sign in until it is known to be locked out and why: both are written behind the answers."""
    for _ in range(3):
        assert sign_in(service, name, "a wrong one").status == 401
    eventually(lambda: administrator.get(f"/accounts/{name}/status")["locked_until"], "the account is locked out")
    eventually(
        lambda: [each["count"] for each in administrator.items(f"/sign-ins?account={name}")] == [3],
        "all three are kept",
    )


def test_an_account_that_is_locked_out_is_said_to_be_and_unlocking_lets_it_in(
    qtbot: QtBot, console: Console, service: ServiceProcess, administrator: Administrator, name: str
) -> None:
    lock_out(service, administrator, name)
    select(qtbot, console, name)
    sheet = console.sheet(Verb.ACCOUNT_STATUS)
    assert isinstance(sheet, AccountStatusSheet)
    facts = dict(sheet.status.facts())
    assert facts["Answer"].startswith(f"{name} is locked out at 127.0.0.1 until ")
    assert facts["Locked for"] == "127.0.0.1"
    assert sheet.refused.table.row_texts(0)[2] == "Wrong password"
    console.click(Verb.UNLOCK_ACCOUNT)
    qtbot.waitUntil(lambda: dict(sheet.status.facts())["Answer"] == f"{name} can sign in.", timeout=_MS)
    assert sign_in(service, name, PASSWORD).status == 201


def test_an_account_that_is_unlocked_while_its_status_is_read_is_not_left_standing_as_locked_out(
    qtbot: QtBot, open_console: OpenConsole, service: ServiceProcess, administrator: Administrator, name: str
) -> None:
    lock_out(service, administrator, name)
    with threaded_relay(service.admin) as relay:
        console = open_console(relay).connected()
        console.open(NodeKind.ACCOUNTS)
        select(qtbot, console, name)
        sheet = console.sheet(Verb.ACCOUNT_STATUS)
        assert isinstance(sheet, AccountStatusSheet)
        asked_before, release = relay.count("/status"), relay.hold("/status")
        assert administrator.ask("PATCH", f"/accounts/{name}", {"role": "help_desk"}).status == 200
        qtbot.waitUntil(lambda: relay.count("/status") > asked_before, timeout=_MS)
        with qtbot.waitSignal(console.session.event_came, timeout=_MS):
            assert administrator.ask("POST", f"/accounts/{name}/unlock").status == 200
        release()
        qtbot.waitUntil(lambda: dict(sheet.status.facts())["Answer"] == f"{name} can sign in.", timeout=_MS)


def test_who_signs_in_while_sessions_are_read_is_shown_after_a_refresh(
    qtbot: QtBot, open_console: OpenConsole, service: ServiceProcess, name: str
) -> None:
    with threaded_relay(service.admin) as relay:
        console = open_console(relay).connected()
        console.open(NodeKind.ACCOUNTS)
        select(qtbot, console, name)
        sheet = console.sheet(Verb.PROPERTIES)
        assert isinstance(sheet, AccountSheet)
        release = relay.hold("/sessions")
        sheet.show_page(sheet.sessions)
        qtbot.waitUntil(lambda: relay.count("/sessions") == 1, timeout=_MS)
        assert sign_in(service, name, PASSWORD).status == 201
        console.press(sheet.sessions.refresh_button)
        release()
        qtbot.waitUntil(lambda: sheet.sessions.table.rowCount() == 1, timeout=_MS)


def test_removing_needs_a_yes(qtbot: QtBot, console: Console, administrator: Administrator, name: str) -> None:
    select(qtbot, console, name)
    console.click(Verb.REMOVE_ACCOUNT)
    dialog = asked(qtbot, console)
    assert dialog.no.isDefault()
    console.press(dialog.no)
    qtbot.waitUntil(lambda: console.window.item_verbs.accounts.dialog is None, timeout=_MS)
    assert account(administrator, name) is not None
    console.click(Verb.REMOVE_ACCOUNT)
    console.press(asked(qtbot, console).yes)
    qtbot.waitUntil(lambda: account(administrator, name) is None, timeout=_MS)


def test_a_session_is_ended_from_the_properties_of_its_account(
    qtbot: QtBot, console: Console, service: ServiceProcess, name: str
) -> None:
    token = sign_in(service, name, PASSWORD).json["token"]
    select(qtbot, console, name)
    sheet = console.sheet(Verb.PROPERTIES)
    assert isinstance(sheet, AccountSheet)
    sheet.show_page(sheet.sessions)
    qtbot.waitUntil(lambda: sheet.sessions.table.rowCount() == 1, timeout=_MS)
    assert not sheet.sessions.end_button.isEnabled()
    sheet.sessions.table.selectRow(0)
    console.press(sheet.sessions.end_button)
    qtbot.waitUntil(lambda: sheet.sessions.asked.dialog is not None, timeout=_MS)
    dialog = sheet.sessions.asked.dialog
    assert dialog is not None
    console.press(dialog.yes)
    qtbot.waitUntil(lambda: sheet.sessions.table.rowCount() == 0, timeout=_MS)
    headers = {"Authorization": f"Bearer {token}"}
    assert call(service.admin_port, "GET", "/api/v1/session", headers=headers).status == 401


def test_help_desk_goes_from_a_refused_sign_in_to_the_status_of_its_account(
    qtbot: QtBot, open_console: OpenConsole, service: ServiceProcess, administrator: Administrator, name: str
) -> None:
    assert administrator.ask("PATCH", f"/accounts/{name}", {"role": "help_desk"}).status == 200
    assert sign_in(service, f"CONTOSO\\{name}", "a wrong one").status == 401
    console = open_console(service, name).connected()
    console.open(NodeKind.SIGN_INS)
    console.filter(account=name)
    console.select_first()
    properties = console.sheet(Verb.PROPERTIES)
    assert properties.windowTitle() == "Refused Sign-in"
    sheet = console.sheet(Verb.ACCOUNT_STATUS)
    assert isinstance(sheet, AccountStatusSheet)
    assert dict(sheet.status.facts())["Answer"] == f"{name} can sign in."
    assert isinstance(sheet, QDialog)
    assert sheet.refused.table.rowCount() == 1


def test_an_entry_of_the_audit_trail_shows_what_was_and_what_is(
    qtbot: QtBot, console: Console, administrator: Administrator, name: str
) -> None:
    assert administrator.ask("PATCH", f"/accounts/{name}", {"role": "help_desk"}).status == 200
    console.open(NodeKind.AUDIT_TRAIL)
    console.filter(rows=2, object=f"account {name}")
    console.select_first()
    sheet = console.sheet(Verb.PROPERTIES)
    page = sheet.pages[1]
    assert isinstance(page, ChangePage)
    assert [page.table.row_texts(row) for row in range(2)] == [
        ["Role", "Operator", "Help desk"],
        ["Enabled", "yes", "yes"],
    ]


def test_the_role_of_an_account_of_a_domain_is_shown_and_not_offered(
    qtbot: QtBot, administrator: Administrator, name: str
) -> None:
    model = AccountModel.model_validate(account(administrator, name))
    page = AccountPage(model.model_copy(update={"source": "winbind"}), ACCOUNT)
    qtbot.addWidget(page)
    assert not page.role.choice.isEnabled()
    assert page.role.choice.toolTip() == "The groups of its domain decide the role."
    page.enabled.click()
    assert page.form.request().model_dump(exclude_unset=True) == {"enabled": False}
