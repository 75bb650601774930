"""The settings: every bound of contract section 7, and that a value is checked the same however often."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.settings import GIB, KIB, MIB, SETTINGS, InvalidSetting, check_settings

BOUNDS = {
    "max_log_file_size": (KIB, GIB, 1_024_000),
    "max_log_cache_limit": (0, 64 * MIB, 512_000),
    "log_flush_interval_minutes": (1, 60, 5),
    "log_cleanup_days": (1, 365, 10),
    "history_days": (30, 3650, 400),
    "check_interval_seconds": (60, 2_592_000, 86_400),
    "test_device_check_interval_seconds": (60, 2_592_000, 900),
    "more_due_check_interval_seconds": (60, 2_592_000, 900),
    "silent_after_hours": (1, 8760, 72),
    "retire_after_days": (1, 3650, 90),
    "install_loop_offers": (2, 100, 10),
    "keep_earlier_versions": (0, 20, 2),
    "superseded_grace_hours": (0, 720, 24),
    "lockout_attempts": (3, 100, 10),
    "lockout_minutes": (1, 1440, 15),
    "session_idle_minutes": (5, 1440, 480),
    "session_days": (1, 30, 7),
}
OTHERS = {
    "valid_log_file_types", "valid_log_file_extensions", "log_cleanup_time_of_day", "max_device_log_size",
    "device_log_quota", "deploy_on_import", "require_signature", "trusted_signers", "disk_free_warning",
}  # fmt: skip


def test_the_settings_are_those_of_the_contract() -> None:
    assert set(SETTINGS) == set(BOUNDS) | OTHERS


@pytest.mark.parametrize("name", BOUNDS)
def test_a_number_is_taken_within_its_bounds_and_refused_beyond(name: str) -> None:
    low, high, default = BOUNDS[name]
    assert SETTINGS[name].default == default
    for value in (low, high):
        assert check_settings({name: value}) == {name: value}
    for wrong in (low - 1, high + 1, float(low), str(low), None, True):
        with pytest.raises(InvalidSetting, match=f"The setting {name} must be a whole number from {low} to {high}"):
            check_settings({name: wrong})


@pytest.mark.parametrize("name", SETTINGS)
def test_every_default_is_a_valid_value_in_its_canonical_form_with_a_label(name: str) -> None:
    setting = SETTINGS[name]
    assert setting.check(setting.default) == setting.default
    assert setting.label


@pytest.mark.parametrize(
    ("name", "value", "canonical"),
    [
        ("valid_log_file_types", [" CELog ", "celog", "Watson"], ["CELog", "Watson"]),
        ("valid_log_file_extensions", [".TXT", ".txt", ".clg1"], [".txt", ".clg1"]),
        ("log_cleanup_time_of_day", "23:59", "23:59"),
        ("log_cleanup_time_of_day", None, None),
        ("require_signature", False, False),
        ("deploy_on_import", [], []),
    ],
)
def test_a_value_is_brought_into_its_canonical_form(name: str, value: object, canonical: object) -> None:
    assert check_settings({name: value}) == {name: canonical}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("valid_log_file_types", "CELog"),
        ("valid_log_file_types", ["a/b"]),
        ("valid_log_file_types", [1]),
        ("valid_log_file_types", [f"t{number}" for number in range(101)]),
        ("valid_log_file_extensions", ["txt"]),
        ("valid_log_file_extensions", [".tar.gz"]),
        ("valid_log_file_extensions", ["."]),
        ("log_cleanup_time_of_day", "24:00"),
        ("log_cleanup_time_of_day", "3:30"),
        ("log_cleanup_time_of_day", 330),
        ("require_signature", 1),
        ("require_signature", "true"),
        ("trusted_signers", ["no certificate"]),
        ("trusted_signers", "-----BEGIN CERTIFICATE-----"),
    ],
)
def test_a_value_of_another_kind_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(InvalidSetting, match=f"The setting {name} must be") as refused:
        check_settings({name: value})
    assert refused.value.parameters == {"setting": name}


def test_an_unknown_setting_is_refused_by_name_and_nothing_is_taken() -> None:
    with pytest.raises(InvalidSetting, match="There is no setting 'colour'"):
        check_settings({"session_days": 1, "colour": "red"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=5), values, max_size=2),
    max_leaves=5,
)


@given(st.sampled_from(sorted(SETTINGS)), JSON)
def test_any_value_is_taken_in_a_form_that_stays_or_refused_in_a_sentence(name: str, value: object) -> None:
    try:
        checked = SETTINGS[name].check(value)
    except InvalidSetting:
        return
    assert SETTINGS[name].check(checked) == checked
