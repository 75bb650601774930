"""Saving settings: nothing that somebody else changed meanwhile is overwritten without a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from device_update_console.core.lists.source import Caller
from device_update_console.core.texts.language import text
from device_update_contract.administration.endpoints import CHANGE_SETTINGS, SHOW_SETTINGS
from device_update_contract.administration.server import SettingModel, SettingsAnswer, SettingsChange
from device_update_contract.refusals import Refusal


class SettingsChangedMeanwhile(Refusal):
    """Somebody else changed a setting that was to be sent; nothing was. ``settings`` are as they are now."""

    code = "changed-meanwhile"

    def __init__(self, sentence: str, settings: Iterable[SettingModel]) -> None:
        super().__init__(sentence)
        self.settings = tuple(settings)


async def read_settings(caller: Caller) -> list[SettingModel]:
    """All settings as they are now.

    Raises:
        FailedCall.
    """
    return (await caller.ask(SHOW_SETTINGS, SettingsAnswer)).items


async def save_settings(
    caller: Caller, changes: Mapping[str, JsonValue], seen: Mapping[str, JsonValue]
) -> list[SettingModel]:
    """Send changes, all or nothing, and give all settings as they are then; ``seen`` are the values before.

    Events tell of others' changes while the form is open; this looks once more, since an event can be lost.

    Raises:
        SettingsChangedMeanwhile. FailedCall.
    """
    now = await read_settings(caller)
    if any(each.name in changes and each.value not in (seen.get(each.name), changes[each.name]) for each in now):
        raise SettingsChangedMeanwhile(text("Somebody else changed a setting meanwhile."), now)
    return (await caller.ask(CHANGE_SETTINGS, SettingsAnswer, body=SettingsChange(dict(changes)))).items
