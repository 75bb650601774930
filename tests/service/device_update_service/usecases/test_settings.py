from __future__ import annotations

from functools import partial

import pytest
from tests.support.administered_store import AdministeredStore

from device_update_contract.administration.server import SettingsAnswer
from device_update_contract.settings import SETTINGS, InvalidSetting
from device_update_service.storage import tables
from device_update_service.usecases.outcomes import Change
from device_update_service.usecases.settings import SettingNotSupported, change_settings, show_settings


def _change(store: AdministeredStore, **values: object) -> SettingsAnswer:
    return store.change(partial(change_settings, values, actor=store.actor))


def _values(answer: SettingsAnswer) -> dict[str, object]:
    return {item.name: item.value for item in answer.items}


def _rows(store: AdministeredStore) -> int:
    return store.stores.read(lambda: tables.Setting.select().count())


def test_every_setting_is_listed_with_its_default_in_the_contracts_order(store: AdministeredStore) -> None:
    answer = store.stores.read(show_settings)
    assert [item.name for item in answer.items] == list(SETTINGS)
    assert all(item.value == item.default for item in answer.items)


def test_a_change_is_stored_and_told_and_a_default_needs_no_row(store: AdministeredStore) -> None:
    answer = _change(store, log_cleanup_days=30, log_cleanup_time_of_day="03:30")
    assert (_values(answer)["log_cleanup_days"], _values(answer)["log_cleanup_time_of_day"]) == (30, "03:30")
    assert store.outcome is not None
    assert store.outcome.changes == (Change("settings-changed", ["log_cleanup_days", "log_cleanup_time_of_day"]),)
    assert not store.outcome.catalog_changed
    assert _rows(store) == 2
    _change(store, log_cleanup_days=10, log_cleanup_time_of_day=None)
    assert _rows(store) == 0


def test_settings_of_the_catalog_make_a_new_generation(store: AdministeredStore) -> None:
    before = store.catalog()
    _change(store, check_interval_seconds=3600, deploy_on_import=["RoundTable"])
    after = store.catalog()
    assert after.generation == before.generation + 1
    assert after.settings.check_interval_seconds == 3600
    assert after.settings.deploy_on_import == frozenset({"roundtable"})
    assert store.outcome is not None
    assert store.outcome.catalog_changed


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"log_cleanup_days": 30, "silent_after_hours": 0}, InvalidSetting),
        ({"log_cleanup_days": 30, "no_such_setting": 1}, InvalidSetting),
        ({"log_cleanup_days": 30, "require_signature": True}, SettingNotSupported),
    ],
)
def test_one_bad_value_refuses_all(store: AdministeredStore, values: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        _change(store, **values)
    assert _rows(store) == 0


def test_values_as_they_were_change_nothing(store: AdministeredStore) -> None:
    _change(store, require_signature=False, check_interval_seconds=86400)
    assert store.outcome is not None
    assert (store.outcome.changes, store.outcome.catalog_changed) == ((), False)
