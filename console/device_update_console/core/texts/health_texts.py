"""What the service tells of its health, in the person's language."""

from __future__ import annotations

import re

from device_update_console.core.texts.code_texts import LISTENER_TEXTS, text_of
from device_update_console.core.texts.formats import one_line, size_text
from device_update_console.core.texts.language import SHIPPED, spoken, text
from device_update_console.core.texts.problem_texts import refusal_text
from device_update_contract.administration.server import HealthCheck
from device_update_contract.health_sentences import HEALTH_SENTENCES
from device_update_contract.sentence_forms import all_taken_apart


def health_text(check: HealthCheck) -> str:
    """What one check tells; in English, and where its form is not known, in the service's own words."""
    found = None if spoken().code == SHIPPED[0] else all_taken_apart(HEALTH_SENTENCES, check.detail)
    if found is None:
        return refusal_text("storage-unavailable", check.detail)
    return " ".join(text(form, **{name: _shown(name, value) for name, value in facts.items()}) for form, facts in found)


def _shown(name: str, value: str) -> str:
    if name == "listener":
        return text_of(LISTENER_TEXTS, value)
    if _BYTES.fullmatch(value):
        return size_text(int(value.split(maxsplit=1)[0]))
    return value.replace(".", spoken().conventions.decimal) if _DECIMAL.fullmatch(value) else one_line(value)


_BYTES = re.compile(r"[0-9]{1,3} bytes?")
_DECIMAL = re.compile(r"[0-9]{1,9}\.[0-9]{3}")
