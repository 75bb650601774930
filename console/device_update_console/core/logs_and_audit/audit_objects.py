"""What an entry of the audit trail is about, in words: ``rule 7`` is *Update 7: UCPhone Polycom CX700 A ENU CPE*."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from device_update_console.core.settings.setting_fields import label_of
from device_update_console.core.texts.formats import one_line
from device_update_console.core.texts.language import marked, text
from device_update_contract.administration.audit_trail import AuditEntry
from device_update_contract.administration.server import SettingModel
from device_update_contract.settings import SETTINGS

_KINDS: Final[Mapping[str, str]] = {
    "account": marked("Account"),
    "device": marked("Device"),
    "device-log": marked("Device log"),
    "package": marked("Package"),
    "rule": marked("Update"),
    "session": marked("Session"),
    "test-device": marked("Test device"),
}
_WHOLE: Final[Mapping[str, str]] = {
    "account key": marked("Account key"),
    "devices": marked("Devices"),
    "test-devices": marked("Test devices"),
}
"""Things of which there is one, or that stand for many at once."""
_NAMED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "device": ("mac", "serial"),
    "device-log": ("name",),
    "package": ("name",),
    "rule": ("rule",),
    "test-device": ("name",),
}
"""The facts of an entry that tell more of its object than a number does."""


def object_text(entry: AuditEntry) -> str:
    """The kind, the number or name, and what its facts call it; an object of another kind is shown as it is."""
    if entry.object in _WHOLE:
        return text(_WHOLE[entry.object])
    kind, _, named = entry.object.partition(" ")
    if kind == "setting":
        setting = setting_called(named)
        return one_line(entry.object) if setting is None else label_of(setting)
    if kind not in _KINDS or not named:
        return one_line(entry.object)
    title = f"{text(_KINDS[kind])} {one_line(named)}"
    called = _called(kind, entry)
    return f"{title}: {one_line(called)}" if called else title


def setting_called(name: str) -> SettingModel | None:
    """The setting of an entry, without a value; None when this console does not know it."""
    known = SETTINGS.get(name)
    if known is None:
        return None
    return SettingModel(name=name, value=None, default=None, label=known.label, kind=known.kind)


def _called(kind: str, entry: AuditEntry) -> str | None:
    for facts in (entry.after, entry.before):
        if isinstance(facts, dict):
            for name in _NAMED_BY.get(kind, ()):
                if isinstance(value := facts.get(name), str) and value:
                    return value
    return None
