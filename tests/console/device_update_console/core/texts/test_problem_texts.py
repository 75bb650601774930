"""Refusals are said in the person's language with all their facts, and none of them is without words."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any

import pytest
from tests.shared.device_update_contract.test_refusal_sentences import FOR_PROGRAMS, OF_BACKUPS, refused_codes

from device_update_console.core.texts.language import SHIPPED, choose, language_of
from device_update_console.core.texts.problem_texts import PROBLEM_TEXTS, exact_refusal_text, problem_text, refusal_text
from device_update_contract.administration.problems import Problem
from device_update_contract.reasons import VerbRefusalCode
from device_update_contract.refusal_sentences import REFUSAL_SENTENCES

ON_THE_HOST = {
    "data-folder-in-use",
    "malformed-answer",
    "newer-schema",
    "invalid-head",
    "unreadable-entry",
    *OF_BACKUPS,
}
"""Codes that no answer of the service has."""


@pytest.fixture
def german() -> Iterator[None]:
    choose(language_of("de"))
    yield
    choose(language_of("en"))


def problem(code: str, detail: str, **parameters: Any) -> Problem:
    return Problem(title="Refused", status=409, detail=detail, code=code, parameters=parameters)


def test_no_code_of_a_refusal_is_without_words() -> None:
    assert set(FOR_PROGRAMS) - ON_THE_HOST <= set(PROBLEM_TEXTS)
    assert sorted(refused_codes() - set(PROBLEM_TEXTS) - set(VerbRefusalCode) - ON_THE_HOST) == []
    assert set(REFUSAL_SENTENCES) <= set(PROBLEM_TEXTS)


def test_in_english_a_refusal_is_the_services_own_sentence() -> None:
    assert problem_text(problem("not-found", "There is no such device.")) == "There is no such device."
    assert problem_text(problem("busy", "Come again.")) == "Come again."


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("code", sorted(REFUSAL_SENTENCES))
def test_every_known_form_is_said_without_a_rest_of_english(code: str) -> None:
    for form in REFUSAL_SENTENCES[code]:
        names = [name for _, name, _, _ in string.Formatter().parse(form) if name is not None]
        facts = {name: str(number + 17) for number, name in enumerate(names)}
        said = problem_text(problem(code, form.format(**facts)))
        assert said != form.format(**facts)
        assert "Der Dienst sagt" not in said
        assert all(fact in said for fact in facts.values()), (form, said)


@pytest.mark.usefixtures("german")
def test_numbers_and_roles_in_a_refusal_are_written_as_the_person_does() -> None:
    too_many = "12000 devices match, and at most 10000 can be changed at once; narrow the filter."
    assert "12.000" in problem_text(problem("too-many-devices", too_many))
    role = "The account anna has the role help_desk, which may not do this."
    assert "Helpdesk" in problem_text(problem("not-permitted", role))


@pytest.mark.usefixtures("german")
def test_a_refusal_within_a_refusal_is_said_too() -> None:
    said = refusal_text("malformed-request", "The field Mac is invalid: The MAC address 0 names no device.")
    assert said == "Das Feld Mac ist ungültig: Die MAC-Adresse 0 bezeichnet kein Gerät."


@pytest.mark.usefixtures("german")
def test_a_refused_sign_in_among_the_refused_requests_is_said_by_its_cause() -> None:
    assert refusal_text("wrong-password", "Wrong password. Kerberos says: x.") == "Falsches Kennwort. Kerberos says: x."


@pytest.mark.usefixtures("german")
def test_a_sentence_of_an_unknown_form_stands_after_what_its_code_says() -> None:
    said = problem_text(problem("invalid-value", "The field 'x' is wrong: y."))
    assert said == "Ein Wert ist falsch. Der Dienst sagt: The field 'x' is wrong: y."
    assert problem_text(problem("dreaming", "Of sheep.")) == "Of sheep."
    assert refusal_text("invalid-value", "The field 'x' is wrong: y.") == "The field 'x' is wrong: y."


@pytest.mark.usefixtures("german")
def test_a_refused_verb_is_said_with_its_facts_and_several_are_told_one_by_one() -> None:
    one = problem("already-approved", "Version 4.0 is approved already.", version="4.0", count=1)
    assert problem_text(one) == "Version 4.0 ist bereits genehmigt."
    many = problem("nothing-pending", "None of the 2 rules was changed; the first: x", count=2)
    assert problem_text(many) == "Keines der Updates wurde geändert."
    assert problem_text(problem("package-refused", "The package is refused. x")) == "Das Paket wird abgewiesen."


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("sent", ["{account}", "{0.__class__}", "x'y", "\x1b[2J", "a\nb"])
def test_what_was_sent_is_neither_a_format_nor_brings_control_characters(sent: str) -> None:
    said = exact_refusal_text("not-found", f"There is no account '{sent}'.")
    assert said is not None
    assert said.isprintable()


def test_every_shipped_language_says_what_the_service_said_where_nothing_else_is_known() -> None:
    for code in SHIPPED:
        choose(language_of(code))
        assert problem_text(problem("teleported", "It is elsewhere.")) == "It is elsewhere."
    choose(language_of("en"))
