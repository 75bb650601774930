"""A form over settings: what is entered, what is wrong with it, what to send, and what somebody else changed meanwhile.

What is entered is checked with the contract's own rules and the service's own ranges, so that the service has nothing
to refuse but what only it can know; that refusal is then shown at the setting that it names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from device_update_console.core.failures import RefusedByService
from device_update_console.core.settings.setting_fields import label_of
from device_update_console.core.settings.setting_values import value_text
from device_update_console.core.texts.language import text
from device_update_contract.administration.server import SettingModel, SettingsChange
from device_update_contract.settings import InvalidSetting, Kind, Setting, Value

_EXPECTED_TEXTS: Mapping[str, str] = {
    "integer": "A whole number from {least:,} to {most:,}.",
    "boolean": "Yes or no.",
    "names": "At most 100 names of letters, digits, spaces and . _ - + ( ).",
    "extensions": "At most 100 extensions, each a full stop and 1 to 15 letters, digits, _ or -.",
    "time-of-day": "A time of day such as 03:30.",
    "certificates": "Certificates in PEM form, each smaller than 64 KiB.",
}


@dataclass(frozen=True, slots=True)
class ChangedMeanwhile:
    """Somebody else changed a setting while the form was open; ``mine``: another value is entered here for it."""

    name: str
    was: JsonValue
    now: JsonValue
    mine: bool


class SettingsForm:
    """The settings as the service gave them, and what a person entered on top."""

    def __init__(self, settings: Sequence[SettingModel]) -> None:
        self._settings = {setting.name: setting for setting in settings}
        self._entered: dict[str, JsonValue] = {}
        self._refused: dict[str, str] = {}

    @property
    def settings(self) -> list[SettingModel]:
        """As the service gave them last."""
        return list(self._settings.values())

    def setting(self, name: str) -> SettingModel:
        """One setting as the service gave it last.

        Raises:
            KeyError.
        """
        return self._settings[name]

    def value(self, name: str) -> JsonValue:
        """What is entered, right or wrong; the service's value where nothing else is."""
        return self._entered[name] if name in self._entered else self._settings[name].value

    def enter(self, name: str, value: JsonValue) -> None:
        """Take what a person entered; what the service said about the value before it no longer counts."""
        self._refused.pop(name, None)
        self._entered[name] = value
        if not self._differs(name):
            del self._entered[name]

    def restore_default(self, name: str) -> None:
        """Enter the default."""
        self.enter(name, self._settings[name].default)

    def is_default(self, name: str) -> bool:
        """Whether the default is what is entered."""
        setting = self._settings[name]
        return _same(_canonical(setting, self.value(name)), _canonical(setting, setting.default))

    def fault(self, name: str) -> str:
        """What is wrong with what is entered: by the rules, or as the service said; empty when nothing is."""
        if name in self._refused:
            return self._refused[name]
        setting = self._settings[name]
        try:
            _rule(setting).check(self.value(name))
        except InvalidSetting:
            return expectation(setting)
        except KeyError:
            return ""  # a kind that only a newer service knows, which judges it
        return ""

    def faulty(self) -> list[str]:
        """The settings with which something is wrong."""
        return [name for name in self._entered if self.fault(name)]

    def changes(self) -> dict[str, JsonValue]:
        """What to send: the settings that differ, each in its canonical form."""
        return {name: _canonical(self._settings[name], value) for name, value in self._entered.items()}

    def request(self) -> SettingsChange:
        """The request that carries the changes."""
        return SettingsChange(self.changes())

    @property
    def can_be_sent(self) -> bool:
        """Whether something is to be sent and nothing is wrong."""
        return bool(self._entered) and not self.faulty()

    def take_refusal(self, refusal: RefusedByService) -> str | None:
        """Keep a refusal at the setting that it names; None when it names none of those that were sent."""
        name = refusal.problem.parameters.get("setting")
        if not isinstance(name, str) or name not in self._entered:
            return None
        self._refused[name] = refusal.sentence
        return name

    def take_saved(self, settings: Iterable[SettingModel]) -> list[ChangedMeanwhile]:
        """The service did what was asked for, and answered with all settings; what else is new there is told."""
        sent = set(self._entered)
        self._entered.clear()
        self._refused.clear()
        return self._take(settings, but=sent)

    def take_changes(self, settings: Iterable[SettingModel]) -> list[ChangedMeanwhile]:
        """The service's settings read anew; what a person entered stays, and who else changed something is told.

        A value that somebody else set to what is entered here is no news.
        """
        told = self._take(settings)
        settled = {name for name in self._entered if name not in self._settings or not self._differs(name)}
        for name in settled:
            del self._entered[name]
            self._refused.pop(name, None)
        return [
            ChangedMeanwhile(each.name, each.was, each.now, mine=each.name in self._entered)
            for each in told
            if each.name not in settled
        ]

    def _take(self, settings: Iterable[SettingModel], but: Collection[str] = ()) -> list[ChangedMeanwhile]:
        before, self._settings = self._settings, {setting.name: setting for setting in settings}
        return [
            ChangedMeanwhile(name, before[name].value, now.value, mine=False)
            for name, now in self._settings.items()
            if name in before and name not in but and not _same(before[name].value, now.value)
        ]

    def _differs(self, name: str) -> bool:
        setting = self._settings[name]
        return not _same(_canonical(setting, self._entered[name]), _canonical(setting, setting.value))


def expectation(setting: SettingModel) -> str:
    """What a setting's value has to be, in a sentence."""
    source = _EXPECTED_TEXTS.get(setting.kind, "")
    return text(source, least=setting.minimum, most=setting.maximum)


def item_fault(setting: SettingModel, item: str) -> str:
    """What is wrong with one entry of a list; empty when nothing is."""
    try:
        _rule(setting).check([item])
    except InvalidSetting:
        return expectation(setting)
    return ""


def meanwhile_text(changed: ChangedMeanwhile, setting: SettingModel) -> str:
    """What somebody else did, and what becomes of what is entered here, in a sentence."""
    values = {"label": label_of(setting), "now": value_text(setting, changed.now)}
    if changed.mine:
        return text("{label}: somebody else set it to {now} meanwhile. Your value is not saved yet.", **values)
    return text(
        "{label}: somebody else changed it from {was} to {now}.", was=value_text(setting, changed.was), **values
    )


def _rule(setting: SettingModel) -> Setting:
    """The contract's rule with the service's range.

    It is looked up by kind, so an unknown kind is a KeyError at the check.
    """
    kind = cast("Kind", setting.kind)
    return Setting(setting.name, kind, None, setting.label, setting.minimum, setting.maximum)


def _canonical(setting: SettingModel, value: JsonValue) -> JsonValue:
    """The form in which the service keeps a value; what is no value of the setting stays as it is."""
    try:
        kept: Value = _rule(setting).check(value)
    except (InvalidSetting, KeyError):
        return value
    return list(kept) if isinstance(kept, list) else kept


def _same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values are one; ``True`` is not 1, whatever Python thinks."""
    return type(one) is type(other) and one == other
