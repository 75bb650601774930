"""What the service answers when it is asked for its settings."""

from __future__ import annotations

from pydantic import JsonValue

from device_update_contract.administration.server import SettingModel
from device_update_contract.settings import SETTINGS


def answered(**values: JsonValue) -> list[SettingModel]:
    """The service's answer, with these values and otherwise its defaults."""
    return [
        SettingModel.model_validate(
            {
                "name": name,
                "value": values.get(name, setting.default),
                "default": setting.default,
                "label": setting.label,
                "kind": setting.kind,
                "minimum": setting.minimum,
                "maximum": setting.maximum,
            }
        )
        for name, setting in SETTINGS.items()
    ]
