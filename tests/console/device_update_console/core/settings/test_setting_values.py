"""Settings in words."""

from __future__ import annotations

import pytest
from pydantic import JsonValue
from tests.support.setting_answers import answered

from device_update_console.core.settings.setting_values import explanation, value_text
from device_update_contract.settings import SETTINGS

SETTING = {setting.name: setting for setting in answered()}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("max_log_file_size", 1_024_000, "1,024,000 bytes (1.0 MB)"),
        ("max_log_file_size", 512, "512 bytes"),
        ("check_interval_seconds", 86_400, "86,400 seconds (1 d)"),
        ("session_idle_minutes", 480, "480 minutes (8 h)"),
        ("log_flush_interval_minutes", 5, "5 minutes"),
        ("silent_after_hours", 72, "72 hours (3 d)"),
        ("log_cleanup_days", 10, "10 days"),
        ("keep_earlier_versions", 2, "2"),
        ("log_cleanup_time_of_day", None, "hourly, when due"),
        ("log_cleanup_time_of_day", "03:30", "03:30"),
        ("deploy_on_import", [], "none"),
        ("valid_log_file_types", ["CELog", "Watson"], "CELog, Watson"),
        ("trusted_signers", [], "none"),
        ("trusted_signers", ["a", "b"], "2 certificates"),
        ("require_signature", False, "no"),
        ("require_signature", True, "yes"),
    ],
)
def test_a_value_is_told_with_its_unit(name: str, value: JsonValue, words: str) -> None:
    assert value_text(SETTING[name], value) == words


@pytest.mark.parametrize("name", SETTINGS)
def test_an_explanation_ends_with_the_default_and_holds_the_range(name: str) -> None:
    told = explanation(SETTING[name])
    setting = SETTINGS[name]
    assert told.endswith(f"Default: {value_text(SETTING[name], SETTING[name].default)}.")
    assert (setting.minimum is None) == ("From " not in told)
