"""What an action on the audit trail changed, field by field, whole and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from device_update_console.core.logs_and_audit.audit_objects import setting_called
from device_update_console.core.settings.setting_fields import label_of
from device_update_console.core.settings.setting_values import value_text
from device_update_console.core.texts.code_texts import IDENTIFIER_TYPE_TEXTS, ROLE_TEXTS, text_of
from device_update_console.core.texts.formats import one_line
from device_update_console.core.texts.language import marked, text
from device_update_contract.administration.audit_trail import AuditEntry
from device_update_contract.audit import canonical_json

FIELD_TEXTS: Mapping[str, str] = {
    **IDENTIFIER_TYPE_TEXTS,
    "account": marked("Account"),
    "accounts": marked("Accounts"),
    "approved": marked("Approved"),
    "asset_tag": marked("Asset tag"),
    "bytes": marked("Bytes"),
    "comment": marked("Comment"),
    "count": marked("How many"),
    "device": marked("Device"),
    "enabled": marked("Enabled"),
    "files": marked("Files"),
    "identities": marked("Devices"),
    "ids": marked("Numbers"),
    "label": marked("Label"),
    "location": marked("Location"),
    "log_type": marked("Type"),
    "lost": marked("Lost"),
    "name": marked("Name"),
    "note": marked("Note"),
    "older_than_days": marked("Older than days"),
    "password": marked("Password"),
    "pending": marked("Pending"),
    "removed": marked("Removed"),
    "restore": marked("Restore"),
    "retired": marked("Retired"),
    "role": marked("Role"),
    "rule": marked("Update"),
    "sha256": marked("SHA-256"),
    "size": marked("Size"),
    "updates": marked("Updates"),
    "vendor": marked("Vendor"),
    "versions": marked("Versions"),
}
"""Names of what actions change; another one is shown as it is."""

CHANGE_TITLES = (marked("Field"), marked("Before"), marked("After"))
"""Of the columns of a table of `ChangedField`."""


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One thing that an entry tells of its object; ``changed``: it is another one afterwards."""

    name: str
    before: str
    after: str
    changed: bool


def changed_fields(entry: AuditEntry) -> tuple[ChangedField, ...]:
    """What an entry tells: first what changed, then what stayed as it was."""
    kind, _, named = entry.object.partition(" ")
    if kind == "setting" and not isinstance(entry.before, dict) and not isinstance(entry.after, dict):
        fields = [_setting_field(named, entry)] if (entry.before, entry.after) != (None, None) else []
    else:
        fields = list(_fields(entry.before, entry.after))
    return tuple(sorted(fields, key=lambda field: not field.changed))


def change_line(field: ChangedField) -> str:
    """A field in one line, or in as many as its values have."""
    if field.before and field.after:
        values = {"before": field.before, "after": field.after}
        if not field.name:
            return text("{before} \N{RIGHTWARDS ARROW} {after}", **values)
        return text("{field}: {before} \N{RIGHTWARDS ARROW} {after}", field=field.name, **values)
    value = field.before or field.after
    return text("{field}: {value}", field=field.name, value=value) if field.name else value


def _setting_field(name: str, entry: AuditEntry) -> ChangedField:
    setting = setting_called(name)
    if setting is None:
        before, after = _value_text("", entry.before), _value_text("", entry.after)
        return ChangedField(one_line(name), before, after, changed=entry.before != entry.after)
    return ChangedField(
        label_of(setting),
        value_text(setting, entry.before),
        value_text(setting, entry.after),
        changed=entry.before != entry.after,
    )


def _fields(before: JsonValue, after: JsonValue) -> Iterator[ChangedField]:
    if not isinstance(before, dict) and not isinstance(after, dict):
        if (before, after) != (None, None):
            yield ChangedField("", _value_text("", before), _value_text("", after), changed=before != after)
        return
    was = before if isinstance(before, dict) else {}
    is_now = after if isinstance(after, dict) else {}
    # A field that is told of one side only did not change if there are two sides: it is said beside them.
    for name in {**was, **is_now}:
        old = _value_text(name, was[name]) if name in was else ""
        new = _value_text(name, is_now[name]) if name in is_now else ""
        both = name in was and name in is_now
        changed = was[name] != is_now[name] if both else before is None or after is None
        yield ChangedField(text(FIELD_TEXTS.get(name, one_line(name))), old, new, changed)


def _value_text(name: str, value: JsonValue) -> str:
    if value is None:
        return text("none")
    if isinstance(value, bool):
        return text("yes") if value else text("no")
    if isinstance(value, int | float):
        return text("{number:,}", number=value) if isinstance(value, int) else str(value)
    if isinstance(value, str):
        words = text_of(ROLE_TEXTS, value) if name == "role" else value
        return "\n".join(one_line(line) for line in words.splitlines())
    if isinstance(value, list):
        return "\n".join(_value_text(name, each) for each in value) or text("none")
    parts = (f"{text(FIELD_TEXTS.get(key, one_line(key)))}: {_value_text(key, each)}" for key, each in value.items())
    return ", ".join(parts) or one_line(canonical_json(value).decode())
