"""Values of settings as people read them: with their unit, and large numbers also in units that say something."""

from __future__ import annotations

from pydantic import JsonValue

from device_update_console.core.settings.setting_fields import SettingField, Unit, field_of
from device_update_console.core.settings.setting_texts import setting_text
from device_update_console.core.texts.formats import duration_text, one_line, size_text
from device_update_console.core.texts.language import counted_text, marked_counted, text
from device_update_contract.administration.server import SettingModel

_SECONDS_OF = {Unit.SECONDS: 1, Unit.MINUTES: 60, Unit.HOURS: 3_600, Unit.DAYS: 86_400}
_COUNTED = {
    Unit.BYTES: marked_counted("{count} byte", "{count} bytes"),
    Unit.SECONDS: marked_counted("{count} second", "{count} seconds"),
    Unit.MINUTES: marked_counted("{count} minute", "{count} minutes"),
    Unit.HOURS: marked_counted("{count} hour", "{count} hours"),
    Unit.DAYS: marked_counted("{count} day", "{count} days"),
    Unit.NOTHING: ("{count}", "{count}"),
}
_MANY_OF = {Unit.SECONDS: 60, Unit.MINUTES: 60, Unit.HOURS: 24}
"""From so many on another unit says it better."""


def value_text(setting: SettingModel, value: JsonValue) -> str:
    """A value in words: ``10 days``, ``1,024,000 bytes (1.0 MB)``, ``none``, ``hourly, when due``."""
    field = field_of(setting)
    if isinstance(value, bool):
        return text("yes") if value else text("no")
    if isinstance(value, int):
        return _number_text(field, value)
    if setting.kind == "time-of-day" and value is None:
        return text("hourly, when due")
    if setting.kind == "certificates" and isinstance(value, list):
        return counted_text("{count} certificate", "{count} certificates", len(value)) if value else text("none")
    return text("none") if value in (None, []) else one_line(setting_text(value))


def reading(field: SettingField, value: JsonValue) -> str:
    """A number of small units in larger ones; empty where that would say nothing more."""
    if isinstance(value, bool) or not isinstance(value, int):
        return ""
    if field.unit is Unit.BYTES:
        return size_text(value) if value >= 1000 else ""
    least = _MANY_OF.get(field.unit)
    if least is None or value < least:
        return ""
    return duration_text(value * _SECONDS_OF[field.unit])


def explanation(setting: SettingModel) -> str:
    """What a setting does, what it may be and what it is by default, each in a sentence."""
    sentences = [text(field_of(setting).meaning), _range_sentence(setting)]
    sentences.append(text("Default: {default}.", default=value_text(setting, setting.default)))
    return " ".join(sentence for sentence in sentences if sentence)


def _range_sentence(setting: SettingModel) -> str:
    if setting.minimum is None or setting.maximum is None:
        return ""
    most = _number_text(field_of(setting), setting.maximum)
    return text("From {least:,} to {most}.", least=setting.minimum, most=most)


def _number_text(field: SettingField, value: int) -> str:
    number = counted_text(*_COUNTED[field.unit], value)
    larger = reading(field, value)
    return f"{number} ({larger})" if larger else number
