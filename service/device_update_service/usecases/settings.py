"""Settings: all of them with their defaults, and changes that take effect whole or not at all (contract section 7)."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from pydantic import JsonValue

from device_update_contract.administration.server import SettingModel, SettingsAnswer
from device_update_contract.audit import AuditVerb
from device_update_contract.refusals import Refusal
from device_update_contract.settings import SETTINGS, Value, check_settings
from device_update_service.storage.rules.catalog_records import bump_generation
from device_update_service.storage.setting_records import CATALOG_SETTINGS, read_settings, write_settings
from device_update_service.usecases.outcomes import Actor, AuditedAction, Change, Outcome

_log = logging.getLogger(__name__)


class SettingNotSupported(Refusal):
    """The setting has its place, but this version of the service cannot do what it asks for."""

    code = "not-supported"


def show_settings() -> SettingsAnswer:
    """Every setting with its value and what it may be, in the contract's order."""
    values = read_settings()
    return SettingsAnswer(
        items=[
            SettingModel(
                name=name,
                value=_json(values[name]),
                default=_json(setting.default),
                label=setting.label,
                kind=setting.kind,
                minimum=setting.minimum,
                maximum=setting.maximum,
            )
            for name, setting in SETTINGS.items()
        ]
    )


def change_settings(values: Mapping[str, object], *, actor: Actor) -> Outcome[SettingsAnswer]:
    """Change settings, all or nothing; values that are as they were change nothing.

    Raises:
        InvalidSetting: naming the first one that is unknown or wrong.
        SettingNotSupported: `require_signature` is to be turned on, and signatures cannot be verified yet (section 4).
    """
    checked = check_settings(values)
    if checked.get("require_signature"):
        raise SettingNotSupported(
            "The setting require_signature cannot be turned on: this version does not verify signatures.",
            parameters={"setting": "require_signature"},
        )
    before = read_settings()
    changed = {name: value for name, value in checked.items() if value != before[name]}
    if not changed:
        return Outcome(show_settings())
    write_settings(changed)
    for name in changed:
        _log.info("%s changed the setting %s", actor.account, name)
    in_catalog = not CATALOG_SETTINGS.isdisjoint(changed)
    if in_catalog:
        bump_generation()
    audited = tuple(
        AuditedAction(actor, AuditVerb.SETTING_CHANGE, f"setting {name}", _json(before[name]), _json(value))
        for name, value in changed.items()
    )
    return Outcome(
        show_settings(), (Change("settings-changed", sorted(changed)),), catalog_changed=in_catalog, audited=audited
    )


def _json(value: Value) -> JsonValue:
    """The same value; a list of texts becomes a list of anything, which only the type checker tells apart."""
    return list(value) if isinstance(value, list) else value
