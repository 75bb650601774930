"""Every setting is edited with something that shows it, takes it, and can be reached by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import JsonValue
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.setting_answers import answered

from device_update_console.core.settings.setting_fields import SettingsPage, settings_of
from device_update_console.core.settings.settings_form import SettingsForm
from device_update_console.core.settings.signer_certificates import SignerCertificate
from device_update_console.qt.settings.entry_list import CertificateList, NameList
from device_update_console.qt.settings.setting_editors import NumberEditor, TimeOfDayEditor, YesNoEditor, editor_for
from device_update_console.qt.settings.settings_page import EditedSettingsPage
from device_update_contract.administration.server import SettingModel
from device_update_contract.settings import SETTINGS

SETTING = {setting.name: setting for setting in answered()}
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

OTHERS: dict[str, tuple[JsonValue, ...]] = {
    "integer": (7, 10_737_418_240, "ten", "", "-"),
    "boolean": (True, False),
    "names": (["CELog"], ["x y", "Z"], []),
    "extensions": ([".clg"], []),
    "time-of-day": ("00:00", "03:30", "23:59", None),
    "certificates": ([PEM], []),
    "of-a-newer-service": ("red", 7, True),
}


@pytest.fixture
def page(qtbot: QtBot) -> Callable[[SettingsPage], EditedSettingsPage]:
    kept: list[EditedSettingsPage] = []

    def show(place: SettingsPage) -> EditedSettingsPage:
        form = SettingsForm(answered())
        made = EditedSettingsPage("Page", form, settings_of(place, form.settings))
        qtbot.addWidget(made)
        made.resize(640, 520)
        made.show()
        kept.append(made)
        return made

    return show


@pytest.mark.parametrize("name", SETTINGS)
def test_an_editor_shows_the_value_that_it_is_given_whatever_it_was_before(qtbot: QtBot, name: str) -> None:
    setting = SETTING[name]
    editor = editor_for(setting)
    qtbot.addWidget(editor)
    for value in (setting.default, *OTHERS[setting.kind], setting.default):
        with qtbot.assertNotEmitted(editor.edited):
            editor.show_value(value)
        assert editor.value() == value
        assert type(editor.value()) is type(value)


def test_a_setting_of_a_kind_that_only_a_newer_service_has_can_still_be_written(qtbot: QtBot) -> None:
    new = SettingModel(name="colour", value="red", default="red", label="Colour", kind="of-a-newer-service")
    editor = editor_for(new)
    qtbot.addWidget(editor)
    for value in OTHERS[new.kind]:
        editor.show_value(value)
        assert editor.value() == value


def test_a_number_out_of_range_stays_as_it_was_typed_and_the_arrows_come_back_into_the_range(qtbot: QtBot) -> None:
    editor = NumberEditor(SETTING["log_cleanup_days"])
    qtbot.addWidget(editor)
    editor.show_value(10)
    editor.box.selectAll()
    qtbot.keyClicks(editor.box, "5000")
    editor.box.interpretText()
    assert editor.value() == 5000
    editor.box.stepBy(1)
    assert editor.value() == 365
    editor.box.stepBy(1)
    assert editor.value() == 365
    editor.box.lineEdit().setText("1,0")
    assert editor.value() == "1,0"


def test_separators_between_groups_of_digits_may_be_typed(qtbot: QtBot) -> None:
    editor = NumberEditor(SETTING["max_log_file_size"])
    qtbot.addWidget(editor)
    editor.box.lineEdit().setText(" 1,024,000 ")
    assert editor.value() == 1_024_000


def test_no_time_of_day_is_a_value_of_its_own(qtbot: QtBot) -> None:
    editor = TimeOfDayEditor()
    qtbot.addWidget(editor)
    editor.show_value("03:30")
    with qtbot.waitSignal(editor.edited):
        editor.daily.click()
    assert editor.value() is None
    assert not editor.time.isEnabled()
    editor.daily.click()
    assert editor.value() == "03:30"


def test_what_is_typed_into_a_list_and_not_added_counts_and_enter_adds_it(qtbot: QtBot) -> None:
    editor = NameList(SETTING["valid_log_file_extensions"])
    qtbot.addWidget(editor)
    editor.show_value([".clg"])
    qtbot.keyClicks(editor.line, ".log")
    assert editor.value() == [".clg", ".log"]
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert (editor.line.text(), editor.value()) == ("", [".clg", ".log"])


def test_what_is_no_entry_cannot_be_added(qtbot: QtBot) -> None:
    editor = NameList(SETTING["valid_log_file_extensions"])
    qtbot.addWidget(editor)
    editor.show_value([])
    qtbot.keyClicks(editor.line, "log")
    assert not editor.add_button.isEnabled()
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert editor.line.text() == "log"


def test_del_takes_the_selected_entries_out(qtbot: QtBot) -> None:
    editor = NameList(SETTING["valid_log_file_types"])
    qtbot.addWidget(editor)
    editor.show_value(["A", "B", "C", "D"])
    for row in (1, 2):
        editor.list.item(row).setSelected(True)
    with qtbot.waitSignal(editor.edited):
        qtbot.keyClick(editor.list, Qt.Key.Key_Delete)
    assert editor.value() == ["A", "D"]


def test_certificates_are_shown_by_whose_they_are_once_somebody_has_read_them(qtbot: QtBot) -> None:
    editor = CertificateList()
    qtbot.addWidget(editor)
    with qtbot.waitSignal(editor.titles_wanted) as wanted:
        editor.show_value([PEM])
    assert wanted.args == [[PEM]]
    editor.know_titles([SignerCertificate(PEM, "CN=Polycom")])
    assert editor.list.item(0).text() == "CN=Polycom"
    with qtbot.assertNotEmitted(editor.titles_wanted):
        editor.show_value([PEM])
    editor.add([SignerCertificate(PEM, "CN=Polycom"), SignerCertificate("other", "CN=Other")])
    assert editor.value() == [PEM, "other"]


@pytest.mark.parametrize("place", [place for place in SettingsPage if place is not SettingsPage.OTHER])
def test_every_field_of_a_page_says_what_it_is_to_who_cannot_see_it(
    page: Callable[[SettingsPage], EditedSettingsPage], place: SettingsPage
) -> None:
    for name, row in page(place).rows.items():
        buddy = row.editor.buddy()
        assert SETTINGS[name].label in buddy.accessibleName()
        assert buddy.accessibleDescription() == row.explanation
        if row.label is not None:
            assert row.label.buddy() is buddy


def test_what_is_wrong_is_said_at_the_field_while_one_types_and_goes_with_the_default(
    qtbot: QtBot, page: Callable[[SettingsPage], EditedSettingsPage]
) -> None:
    row = page(SettingsPage.LOGS).rows["log_cleanup_days"]
    assert isinstance(row.editor, NumberEditor)
    assert not row.restore.isEnabled()
    row.editor.box.selectAll()
    qtbot.keyClicks(row.editor.box, "366")
    assert row.wrong.isVisible()
    assert row.wrong.text() == "A whole number from 1 to 365."
    assert row.editor.buddy().accessibleDescription() == "A whole number from 1 to 365."
    qtbot.mouseClick(row.restore, Qt.MouseButton.LeftButton)
    assert row.editor.value() == 10
    assert not row.wrong.isVisible()
    assert not row.restore.isEnabled()


def test_the_setting_with_the_cursor_is_explained(
    qtbot: QtBot, page: Callable[[SettingsPage], EditedSettingsPage]
) -> None:
    shown = page(SettingsPage.PACKAGES)
    row = shown.rows["require_signature"]
    assert isinstance(row.editor, YesNoEditor)
    row.take_focus()
    qtbot.waitUntil(lambda: row.explanation in [label.text() for label in shown.findChildren(type(row.wrong))])
