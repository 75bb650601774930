"""Server properties, settings and log settings: changed in the real window, kept by the real service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from pytestqt.qtbot import QtBot
from shiboken6 import isValid
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.service_process import PASSWORD, ServiceProcess, add_administrator

from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.qt.settings.entry_list import CertificateList
from device_update_console.qt.settings.setting_editors import NumberEditor, YesNoEditor
from device_update_console.qt.settings.settings_page import SettingRow
from device_update_console.qt.sheets.property_sheet import PropertySheet
from device_update_console.qt.sheets.sheet_pages import FactsPage
from device_update_contract.settings import SETTINGS

_MS = 60_000

OpenConsole = Callable[..., Console]


@pytest.fixture
def administrator(shared_service: ServiceProcess) -> Administrator:
    return Administrator(shared_service)


@pytest.fixture
def console(open_console: OpenConsole, shared_service: ServiceProcess) -> Console:
    return open_console(shared_service).connected()


def value_of(administrator: Administrator, name: str) -> Any:
    """What the service has for a setting."""
    return next(each["value"] for each in administrator.get("/settings")["items"] if each["name"] == name)


def row_of(sheet: PropertySheet, name: str) -> SettingRow:
    """A setting on the sheet, its tab in front."""
    row = next(each for each in sheet.findChildren(SettingRow) if each.name == name)
    page = next(each for each in sheet.pages if each.isAncestorOf(row.editor))
    sheet.show_page(page)
    return row


def type_number(qtbot: QtBot, row: SettingRow, number: str) -> None:
    assert isinstance(row.editor, NumberEditor)
    row.editor.box.selectAll()
    qtbot.keyClicks(row.editor.box, number)


def test_the_properties_of_a_server_show_what_it_is_and_every_setting(console: Console) -> None:
    sheet = console.sheet(Verb.SERVER_PROPERTIES)
    assert [sheet.tabs.tabText(each) for each in range(sheet.tabs.count())] == [
        "General", "Devices", "Packages", "Logs", "Sign-in",
    ]  # fmt: skip
    assert {row.name for row in sheet.findChildren(SettingRow)} == set(SETTINGS)
    assert sheet.tabs.currentIndex() == 0
    console.window.commands.actions[Verb.SETTINGS].trigger()
    assert console.failures == []


def test_settings_are_the_same_sheet_at_its_first_page_of_settings(qtbot: QtBot, console: Console) -> None:
    sheet = console.sheet(Verb.SETTINGS)
    assert sheet.tabs.currentIndex() == 1
    sheet.tabs.setCurrentIndex(0)
    console.window.commands.actions[Verb.SETTINGS].trigger()
    qtbot.waitUntil(lambda: sheet.tabs.currentIndex() == 1, timeout=_MS)
    assert console.window.sheets.open_sheets() == [sheet]


def test_what_is_typed_and_applied_is_what_the_service_has(
    qtbot: QtBot, console: Console, administrator: Administrator
) -> None:
    sheet = console.sheet(Verb.SETTINGS)
    row = row_of(sheet, "silent_after_hours")
    assert not sheet.apply_button.isEnabled()
    type_number(qtbot, row, "96")
    console.press(sheet.apply_button)
    qtbot.waitUntil(lambda: value_of(administrator, "silent_after_hours") == 96, timeout=_MS)
    qtbot.waitUntil(lambda: not sheet.is_saving, timeout=_MS)
    assert not sheet.apply_button.isEnabled()
    assert not sheet.banner.isVisible()
    console.press(row.restore)
    console.press(sheet.ok_button)
    qtbot.waitUntil(lambda: value_of(administrator, "silent_after_hours") == 72, timeout=_MS)
    qtbot.waitUntil(lambda: console.window.sheets.open_sheets() == [], timeout=_MS)


def test_nothing_is_sent_while_anything_is_wrong(qtbot: QtBot, console: Console, administrator: Administrator) -> None:
    sheet = console.sheet(Verb.SETTINGS)
    type_number(qtbot, row_of(sheet, "retire_after_days"), "30")
    wrong = row_of(sheet, "lockout_minutes")
    type_number(qtbot, wrong, "1441")
    sheet.tabs.setCurrentIndex(0)
    console.press(sheet.ok_button)
    assert sheet.banner.text.text() == "Minutes of lock-out: A whole number from 1 to 1,440."
    assert wrong.wrong.isVisible()
    assert value_of(administrator, "retire_after_days") == 90


def test_what_only_the_service_can_know_is_said_at_the_setting_and_nothing_else_is_changed(
    qtbot: QtBot, console: Console, administrator: Administrator
) -> None:
    sheet = console.sheet(Verb.SETTINGS)
    type_number(qtbot, row_of(sheet, "install_loop_offers"), "20")
    row = row_of(sheet, "require_signature")
    assert isinstance(row.editor, YesNoEditor)
    row.editor.box.click()
    sheet.tabs.setCurrentIndex(0)
    console.press(sheet.ok_button)
    qtbot.waitUntil(row.wrong.isVisible, timeout=_MS)
    assert "require_signature cannot be turned on" in row.wrong.text()
    assert row.wrong.text() == sheet.banner.text.text()
    assert value_of(administrator, "install_loop_offers") == 10
    row.editor.box.click()
    console.press(sheet.ok_button)
    qtbot.waitUntil(lambda: value_of(administrator, "install_loop_offers") == 20, timeout=_MS)


def test_what_somebody_else_changes_meanwhile_is_told_and_what_is_entered_stays(
    qtbot: QtBot, console: Console, administrator: Administrator
) -> None:
    sheet = console.sheet(Verb.SETTINGS)
    mine, theirs = row_of(sheet, "keep_earlier_versions"), row_of(sheet, "superseded_grace_hours")
    type_number(qtbot, mine, "5")
    changes = {"keep_earlier_versions": 3, "superseded_grace_hours": 48}
    assert administrator.ask("PATCH", "/settings", changes).status == 200
    qtbot.waitUntil(sheet.banner.isVisible, timeout=_MS)
    said = sheet.banner.text.text()
    assert "somebody else set it to 3 meanwhile. Your value is not saved yet." in said
    assert "somebody else changed it from 24 hours (1 d) to 48 hours (2 d)." in said
    assert (mine.editor.value(), theirs.editor.value()) == (5, 48)
    console.press(sheet.ok_button)
    qtbot.waitUntil(lambda: value_of(administrator, "keep_earlier_versions") == 5, timeout=_MS)
    assert value_of(administrator, "superseded_grace_hours") == 48


def test_the_log_settings_are_the_original_s_dialog_over_every_log_setting(
    qtbot: QtBot, console: Console, administrator: Administrator
) -> None:
    sheet = console.sheet(Verb.LOG_SETTINGS)
    names = [row.name for row in sheet.findChildren(SettingRow)]
    assert names == [
        "max_log_file_size", "max_log_cache_limit", "log_flush_interval_minutes", "log_cleanup_days",
        "log_cleanup_time_of_day", "valid_log_file_types", "valid_log_file_extensions", "max_device_log_size",
        "device_log_quota",
    ]  # fmt: skip
    assert sheet.windowTitle() == "Log Settings"
    assert not sheet.tabs.tabBar().isVisible()
    type_number(qtbot, row_of(sheet, "log_flush_interval_minutes"), "7")
    console.press(sheet.ok_button)
    qtbot.waitUntil(lambda: value_of(administrator, "log_flush_interval_minutes") == 7, timeout=_MS)


def test_certificates_come_from_a_file_and_a_file_without_one_is_refused_by_name(
    qtbot: QtBot, console: Console, administrator: Administrator, tmp_path: Path
) -> None:
    sheet = console.sheet(Verb.SETTINGS)
    row = row_of(sheet, "trusted_signers")
    assert isinstance(row.editor, CertificateList)
    (tmp_path / "notes.txt").write_text("no certificate")
    row.editor.file_chosen.emit(tmp_path / "notes.txt")
    qtbot.waitUntil(sheet.banner.isVisible, timeout=_MS)
    assert sheet.banner.text.text() == "notes.txt holds no certificate in PEM form."
    pem = trustme.CA(organization_name="Polycom").cert_pem.bytes().decode()
    (tmp_path / "signer.pem").write_text(pem)
    row.editor.file_chosen.emit(tmp_path / "signer.pem")
    qtbot.waitUntil(lambda: row.editor.value() == [pem], timeout=_MS)
    assert "O=Polycom" in row.editor.list.item(0).text()
    console.press(sheet.ok_button)
    qtbot.waitUntil(lambda: value_of(administrator, "trusted_signers") == [pem], timeout=_MS)
    qtbot.waitUntil(lambda: console.window.sheets.open_sheets() == [], timeout=_MS)
    again = console.sheet(Verb.SETTINGS)
    shown = row_of(again, "trusted_signers").editor
    assert isinstance(shown, CertificateList)
    qtbot.waitUntil(lambda: "O=Polycom" in shown.list.item(0).text(), timeout=_MS)


def test_whoever_may_not_change_settings_reads_them(
    open_console: OpenConsole, shared_service: ServiceProcess, administrator: Administrator
) -> None:
    body = {"name": "settings-reader", "role": "help_desk", "password": PASSWORD}
    assert administrator.ask("POST", "/accounts", body).status == 201
    sheet = open_console(shared_service, "settings-reader").connected().sheet(Verb.SETTINGS)
    assert sheet.findChildren(SettingRow) == []
    assert all(isinstance(page, FactsPage) for page in sheet.pages)
    general, *others = sheet.pages
    assert isinstance(general, FactsPage)
    assert ("Signed in as", "settings-reader, Help desk") in general.facts()
    labels = {label for page in others if isinstance(page, FactsPage) for label, _ in page.facts()}
    labels |= {label for label, _ in general.facts()}
    assert {setting.label for setting in SETTINGS.values()} <= labels
    assert not sheet.apply_button.isEnabled()


def test_a_sheet_that_was_closed_is_told_nothing_any_more(
    qtbot: QtBot, console: Console, administrator: Administrator
) -> None:
    sheet = console.sheet(Verb.SERVER_PROPERTIES)
    sheet.reject()
    qtbot.waitUntil(lambda: not isValid(sheet), timeout=_MS)
    with qtbot.waitSignal(console.session.event_came, timeout=_MS):
        assert administrator.ask("PATCH", "/settings", {"history_days": 500}).status == 200
    assert console.failures == []


def test_a_server_that_goes_while_a_sheet_is_open_is_said_and_what_was_entered_is_saved_once_it_is_back(
    qtbot: QtBot, open_console: OpenConsole, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    add_administrator(folder)
    service = ServiceProcess(folder)
    service.start()
    try:
        console = open_console(service).connected()
        sheet = console.sheet(Verb.LOG_SETTINGS)
        row = row_of(sheet, "log_cleanup_days")
        service.kill()
        type_number(qtbot, row, "20")
        console.press(sheet.apply_button)
        qtbot.waitUntil(sheet.banner.try_again.isVisible, timeout=_MS)
        assert row.editor.value() == 20
        service.start()
        qtbot.waitUntil(lambda: isinstance(console.session.state, Connected), timeout=_MS)
        console.press(sheet.banner.try_again)
        qtbot.waitUntil(lambda: not sheet.is_saving and not sheet.apply_button.isEnabled(), timeout=_MS)
        assert value_of(Administrator(service), "log_cleanup_days") == 20
        assert console.failures == []
    finally:
        console.close()
        service.end()
