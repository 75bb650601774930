"""The sentences of a device's history: one for each code, whatever parameters an old entry has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.history import EVENT_CODES, event_sentence
from device_update_contract.reasons import IdentityNoteCode

PARAMETERS = (
    "version", "bytes_total", "code", "message", "installed_version", "previous", "model", "revision", "locale",
    "serial", "mac", "fields", "device_type", "vendor",
)  # fmt: skip


def test_what_is_noted_of_identifiers_has_a_sentence() -> None:
    assert set(IdentityNoteCode) <= EVENT_CODES


@pytest.mark.parametrize("code", sorted(EVENT_CODES))
@pytest.mark.parametrize("parameters", [{}, dict.fromkeys(PARAMETERS), dict.fromkeys(PARAMETERS, "x")])
def test_every_code_has_a_whole_sentence_whatever_is_known(code: str, parameters: dict[str, object]) -> None:
    sentence = event_sentence(code, parameters)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "{" not in sentence


@given(st.sampled_from(sorted(EVENT_CODES)), st.text(max_size=30))
def test_what_a_device_sent_is_never_a_format_string(code: str, text: str) -> None:
    for received in (text, "{version}", "{0.__class__}", "%s"):
        assert event_sentence(code, dict.fromkeys(PARAMETERS, received))


def test_a_code_of_a_newer_version_is_shown_as_it_is() -> None:
    assert event_sentence("teleported", {"version": "1"}) == "teleported"


@pytest.mark.parametrize(
    ("parameters", "cause"),
    [
        ({}, ""),
        ({"code": "0x80004005"}, ": 0x80004005"),
        ({"code": "0x8", "message": "disk full"}, ": 0x8, disk full"),
        ({"code": None, "message": "disk full"}, ": disk full"),
    ],
)
def test_a_failed_installation_says_why_as_far_as_the_device_told(parameters: dict[str, object], cause: str) -> None:
    said = event_sentence("install-failed", {"version": "4.0", **parameters})
    assert said == f"The installation of version 4.0 failed{cause}."
