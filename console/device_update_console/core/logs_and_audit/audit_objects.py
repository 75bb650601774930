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
    title = object_title(entry.object)
    called = _called(entry.object.partition(" ")[0], entry)
    return f"{title}: {one_line(called)}" if called else title


def object_title(thing: str) -> str:
    """An object without what its facts call it: the kind, and the number or name."""
    if thing in _WHOLE:
        return text(_WHOLE[thing])
    kind, _, named = thing.partition(" ")
    if kind == "setting":
        setting = setting_called(named)
        return one_line(thing) if setting is None else label_of(setting)
    if kind not in _KINDS or not named:
        return one_line(thing)
    return f"{text(_KINDS[kind])} {one_line(named)}"


def object_meant(typed: str) -> str:
    """What the service calls an object that somebody typed as it is shown, in the person's language or in English.

    ``Update 7``, ``Update 7: UCPhone Polycom CX700 A ENU CPE`` and ``rule 7`` are one; what is no title stays as it is.
    """
    sought = typed.strip().casefold()
    for name in SETTINGS:
        if sought == object_title(f"setting {name}").casefold():
            return f"setting {name}"
    for thing, title in _WHOLE.items():
        if sought in {title.casefold(), text(title).casefold()}:
            return thing
    titles = ((each.casefold(), kind) for kind, title in _KINDS.items() for each in (title, text(title)))
    for title, kind in sorted(titles, key=lambda pair: -len(pair[0])):
        if sought.startswith(f"{title} "):
            named = typed.strip()[len(title) :].partition(":")[0].strip()
            return f"{kind} {named}"
    return typed


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
