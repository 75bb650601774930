"""In every state of a device the German console says the same facts as the service (see `device_states`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from tests.support.device_states import SETTINGS, State, every_state

from device_update_console.core.texts.formats import one_line, size_text
from device_update_console.core.texts.language import choose, language_of, spoken
from device_update_console.core.texts.service_sentences import evidence_text, next_step_text, note_text, why_text
from device_update_contract.administration.devices import Device
from device_update_contract.sentences import STATUS_SENTENCES, fitting_template, named_parameters
from device_update_service.usecases.device_models import device_model


@pytest.fixture(scope="module")
def told() -> Iterator[list[tuple[State, Device]]]:
    choose(language_of("de"))
    yield [(state, device_model(state.device, SETTINGS, state.now, state.catalog)) for state in every_state()]
    choose(language_of("en"))


def test_the_sentence_names_the_facts(told: list[tuple[State, Device]]) -> None:
    for state, device in told:
        said, parameters = why_text(device.why), device.why.parameters
        assert said != device.why.text
        for name in named_parameters(fitting_template(STATUS_SENTENCES[state.status], parameters)):
            assert _shown(name, parameters[name]) in said, (name, said, str(state))
        if state.due is not None and "changed_to" in parameters:
            assert "Seit seiner Anfrage hat sich das geändert: " in said
            assert state.due[1] is None or state.due[1].text in said


def test_no_sentence_has_a_hole_or_two_ends_or_is_left_in_english(told: list[tuple[State, Device]]) -> None:
    for state, device in told:
        pairs = [(why_text(device.why), device.why.text), (next_step_text(device.why), device.why.next_step)]
        pairs += [(evidence_text(fact), fact.text) for fact in device.why.evidence]
        pairs += [(note_text(note), note.text) for note in device.notes_by_service]
        for said, english in pairs:
            assert said != english, str(state)
            assert said.removesuffix(")").endswith((".", "!", "?", "-mal")), said
            for hole in ("None", "unbekannt", "..", ": .", " .", ", ,", "  ", "!.", "?."):
                assert hole not in said, (hole, said, str(state))


def _shown(name: str, value: object) -> str:
    if name.startswith("bytes_"):
        return size_text(int(str(value)))
    if name == "at" or name.endswith("_at"):
        return spoken().conventions.minute(datetime.fromisoformat(str(value)).astimezone())
    if name == "last_byte_seconds":
        return str(int(str(value)) // 60) if int(str(value)) < 3600 else ""
    return one_line(str(value).rstrip(" .")) if name in {"code", "message"} else str(value)
