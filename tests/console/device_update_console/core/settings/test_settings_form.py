"""What a person enters into a form over settings is checked, sent and kept as the rules say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue
from tests.support.setting_answers import answered

from device_update_console.core.failures import RefusedByService
from device_update_console.core.settings.setting_fields import SETTING_FIELDS, SettingsPage, field_of, settings_of
from device_update_console.core.settings.settings_form import SettingsForm, expectation, meanwhile_text
from device_update_contract.administration.problems import Problem
from device_update_contract.administration.server import SettingModel
from device_update_contract.settings import SETTINGS, InvalidSetting, check_settings

DAYS = "log_cleanup_days"
EXTENSIONS = "valid_log_file_extensions"


def refused(**parameters: object) -> RefusedByService:
    problem = Problem(title="Refused", status=422, detail="The service said no.", code="no", parameters=parameters)
    return RefusedByService(problem, body=b"")


def test_every_setting_of_the_contract_has_a_field_with_a_meaning() -> None:
    assert set(SETTING_FIELDS) == set(SETTINGS)
    assert all(field.meaning.endswith(".") for field in SETTING_FIELDS.values())


def test_every_setting_stands_on_exactly_one_page() -> None:
    listed = [setting.name for page in SettingsPage for setting in settings_of(page, answered())]
    assert sorted(listed) == sorted(SETTINGS)


def test_a_setting_that_only_a_newer_service_has_is_shown_and_left_to_its_judgement() -> None:
    new = SettingModel(name="colour", value="red", default="red", label="Colour", kind="colour")
    form = SettingsForm([*answered(), new])
    assert field_of(new).page is SettingsPage.OTHER
    form.enter("colour", "no such colour")
    assert form.fault("colour") == ""
    assert form.changes() == {"colour": "no such colour"}


def test_only_what_differs_is_sent() -> None:
    form = SettingsForm(answered())
    form.enter(DAYS, 20)
    form.enter("retire_after_days", 30)
    form.enter("retire_after_days", 90)
    assert form.changes() == {DAYS: 20}
    assert form.request().model_dump() == {DAYS: 20}
    assert form.can_be_sent


def test_a_value_in_another_spelling_is_no_change() -> None:
    form = SettingsForm(answered(valid_log_file_extensions=[".txt"]))
    form.enter(EXTENSIONS, [".TXT", ".txt"])
    assert not form.can_be_sent
    form.enter(EXTENSIONS, [".TXT", ".Xml"])
    assert form.changes() == {EXTENSIONS: [".txt", ".xml"]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (DAYS, 0),
        (DAYS, 366),
        (DAYS, "ten"),
        (DAYS, ""),
        ("log_cleanup_time_of_day", "24:00"),
        (EXTENSIONS, ["txt"]),
        ("deploy_on_import", ["a/b"]),
        ("trusted_signers", ["no certificate"]),
        ("require_signature", 1),
    ],
)
def test_what_is_out_of_range_is_said_and_never_sent(name: str, value: JsonValue) -> None:
    form = SettingsForm(answered())
    form.enter(DAYS if name != DAYS else "history_days", 40)
    form.enter(name, value)
    assert form.fault(name) == expectation(form.setting(name))
    assert form.faulty() == [name]
    assert not form.can_be_sent


def test_the_range_is_the_service_s_own() -> None:
    settings = [each if each.name != DAYS else each.model_copy(update={"maximum": 1000}) for each in answered()]
    form = SettingsForm(settings)
    form.enter(DAYS, 1000)
    assert form.fault(DAYS) == ""
    form.enter(DAYS, 1001)
    assert form.fault(DAYS) == "A whole number from 1 to 1,000."


def test_restoring_the_default_enters_it() -> None:
    form = SettingsForm(answered(log_cleanup_days=30))
    assert not form.is_default(DAYS)
    form.restore_default(DAYS)
    assert form.is_default(DAYS)
    assert form.changes() == {DAYS: 10}


def test_a_refusal_stands_at_the_setting_that_it_names_until_another_value_is_entered() -> None:
    form = SettingsForm(answered())
    form.enter("require_signature", True)
    assert form.take_refusal(refused(setting="require_signature")) == "require_signature"
    assert form.fault("require_signature") == "The service said no."
    assert not form.can_be_sent
    form.enter("require_signature", False)
    assert form.fault("require_signature") == ""


@pytest.mark.parametrize("parameters", [{}, {"setting": "history_days"}, {"setting": 7}])
def test_a_refusal_that_names_nothing_that_was_sent_is_left_to_the_caller(parameters: dict[str, object]) -> None:
    form = SettingsForm(answered())
    form.enter(DAYS, 20)
    assert form.take_refusal(refused(**parameters)) is None
    assert form.fault(DAYS) == ""


def test_what_was_saved_is_no_longer_a_change() -> None:
    form = SettingsForm(answered())
    form.enter(DAYS, 20)
    assert form.take_saved(answered(log_cleanup_days=20)) == []
    assert not form.can_be_sent
    assert form.value(DAYS) == 20


def test_what_somebody_else_changed_while_it_was_saved_is_told_too() -> None:
    form = SettingsForm(answered())
    form.enter(DAYS, 20)
    told = form.take_saved(answered(log_cleanup_days=20, history_days=40))
    assert [(each.name, each.now, each.mine) for each in told] == [("history_days", 40, False)]


def test_what_somebody_else_changed_meanwhile_is_taken_over_and_told() -> None:
    form = SettingsForm(answered())
    [changed] = form.take_changes(answered(log_cleanup_days=20))
    assert form.value(DAYS) == 20
    assert meanwhile_text(changed, form.setting(DAYS)) == (
        "Number of days to keep log files (1-365): somebody else changed it from 10 days to 20 days."
    )


def test_what_is_entered_stays_when_somebody_else_changed_the_same_setting_and_both_are_told() -> None:
    form = SettingsForm(answered())
    form.enter(DAYS, 30)
    [changed] = form.take_changes(answered(log_cleanup_days=20))
    assert form.value(DAYS) == 30
    assert form.changes() == {DAYS: 30}
    assert meanwhile_text(changed, form.setting(DAYS)) == (
        "Number of days to keep log files (1-365): somebody else set it to 20 days meanwhile."
        " Your value is not saved yet."
    )


def test_somebody_else_with_the_same_idea_is_no_news() -> None:
    form = SettingsForm(answered())
    form.enter(DAYS, 20)
    assert form.take_changes(answered(log_cleanup_days=20)) == []
    assert not form.can_be_sent


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 2**41), st.text(max_size=8), st.lists(st.text(max_size=8), max_size=3)
)


@given(st.dictionaries(st.sampled_from(sorted(SETTINGS)), _VALUES, max_size=4))
def test_what_can_be_sent_is_what_the_contract_takes(entered: dict[str, JsonValue]) -> None:
    form = SettingsForm(answered())
    for name, value in entered.items():
        form.enter(name, value)
    changes = form.changes()
    if form.can_be_sent:
        assert check_settings(changes) == changes
        assert all(value != SETTINGS[name].default for name, value in changes.items())
    elif changes:
        with pytest.raises(InvalidSetting):
            check_settings(changes)
