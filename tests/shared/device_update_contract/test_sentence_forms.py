"""Sentences are taken apart by their forms, and left whole where they have none."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.health_sentences import HEALTH_SENTENCES
from device_update_contract.sentence_forms import all_taken_apart, taken_apart

FORMS = ("There is no moon.", "There is no account '{account}'.", "{free} are free; the warning comes below {warning}.")


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("There is no moon.", (FORMS[0], {})),
        ("There is no account 'a.b'.", (FORMS[1], {"account": "a.b"})),
        ("There is no account '{x}\n'.", (FORMS[1], {"account": "{x}\n"})),
        ("7 GB are free; the warning comes below 2 GB.", (FORMS[2], {"free": "7 GB", "warning": "2 GB"})),
    ],
)
def test_a_sentence_is_taken_apart_by_its_form(sentence: str, found: tuple[str, dict[str, str]]) -> None:
    assert taken_apart(FORMS, sentence) == found


@pytest.mark.parametrize("sentence", ["", "There is no sun.", "There is no moon", "There is no moon. Or is there?"])
def test_a_sentence_of_another_form_is_left_whole(sentence: str) -> None:
    assert taken_apart(FORMS, sentence) is None


@given(st.lists(st.sampled_from(HEALTH_SENTENCES), max_size=4))
def test_several_sentences_are_taken_apart_one_by_one(forms: list[str]) -> None:
    names = [name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name is not None]
    text = " ".join(form.format(**dict.fromkeys(names, "a.b/c 7")) for form in forms)
    found = all_taken_apart(HEALTH_SENTENCES, text)
    assert found is not None
    assert [form for form, _ in found] == forms


def test_what_is_not_known_among_several_leaves_all_of_them_whole() -> None:
    assert all_taken_apart(FORMS, "There is no moon. There is no sun. There is no moon.") is None
