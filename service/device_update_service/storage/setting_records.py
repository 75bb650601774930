"""Settings in the main database: only what differs from its default has a row."""

from __future__ import annotations

import json
from collections.abc import Mapping

from device_update_contract.settings import SETTINGS, Value
from device_update_service.domain.catalog import DecisionSettings
from device_update_service.storage.tables import Setting

CATALOG_SETTINGS = frozenset(
    {
        "check_interval_seconds",
        "test_device_check_interval_seconds",
        "more_due_check_interval_seconds",
        "deploy_on_import",
    }
)
"""The settings that are part of the catalog snapshot: a change of one makes a new generation."""


def read_settings() -> dict[str, Value]:
    """Every setting with its value now, in the contract's order; rows of unknown names are ignored."""
    stored = {row.name: json.loads(row.value) for row in Setting.select()}
    return {name: stored.get(name, setting.default) for name, setting in SETTINGS.items()}


def read_integer_setting(name: str) -> int:
    """One setting that is a whole number."""
    return integer_of(read_settings(), name)


def integer_of(values: Mapping[str, Value], name: str) -> int:
    """One of the settings that were read, which is a whole number."""
    value = values[name]
    assert isinstance(value, int)  # noqa: S101 -- the name is the caller's own, and stored values were checked
    return value


def write_settings(values: Mapping[str, Value]) -> None:
    """Store checked values; one that equals its default loses its row."""
    for name, value in values.items():
        if value == SETTINGS[name].default:
            Setting.delete().where(Setting.name == name).execute()
        else:
            Setting.replace(name=name, value=json.dumps(value)).execute()


def decision_settings() -> DecisionSettings:
    """The settings that the catalog snapshot carries."""
    values = read_settings()
    deployed = values["deploy_on_import"]
    return DecisionSettings(
        check_interval_seconds=integer_of(values, "check_interval_seconds"),
        test_device_check_interval_seconds=integer_of(values, "test_device_check_interval_seconds"),
        more_due_check_interval_seconds=integer_of(values, "more_due_check_interval_seconds"),
        deploy_on_import=frozenset(name.lower() for name in deployed) if isinstance(deployed, list) else frozenset(),
    )
