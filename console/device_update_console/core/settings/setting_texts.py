"""Settings as people write and read them on one line.

Only the form is translated here; whether a value is allowed is for the service to judge.
"""

from __future__ import annotations

import json
import re

from pydantic import JsonValue

from device_update_console.core.texts.language import spoken

_MOST_DIGITS = 18
_LISTS = frozenset({"names", "extensions"})


def setting_text(value: JsonValue) -> str:
    """A value as `value_from_text` reads it: lists joined by commas, ``true``, ``false`` and ``null`` as in JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(
        isinstance(item, str) and "," not in item and "\n" not in item for item in value
    ):
        return ", ".join(str(item) for item in value)
    return json.dumps(value, ensure_ascii=False)


def value_from_text(kind: str, text: str) -> JsonValue:
    """What a person typed, as the JSON value that a setting of this kind takes; text that does not fit stays text."""
    text = text.strip()
    if kind in _LISTS and not text.startswith("["):
        return [item.strip() for item in text.split(",") if item.strip()]
    if kind == "certificates" and not text.startswith("["):
        return [text] if text else []
    if kind == "time-of-day":
        return None if text.lower() in {"", "null", "none"} else text
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        return text
    return value


def number_from_text(typed: str) -> JsonValue:
    """The whole number that was typed, with or without separators of its groups; other text stays text."""
    text = typed.strip()
    grouping = spoken().conventions.grouping
    if grouping and re.fullmatch(rf"\d{{1,3}}(?:{re.escape(grouping)}\d{{3}})+", text, re.ASCII):
        text = text.replace(grouping, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else typed
