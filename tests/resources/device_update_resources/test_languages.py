"""Every language says everything that the sources say, with the same facts in it, and programs read it so."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from tests.house.source_texts import source_texts
from tests.house.translate import TRANSLATED, forms, read_catalogue

from device_update_console.core.texts import code_texts
from device_update_console.core.texts.language import language_of
from device_update_console.core.texts.problem_texts import PROBLEM_TEXTS
from device_update_contract.audit import FAULT_SENTENCES, FaultCode
from device_update_contract.findings import SENTENCES as FINDING_SENTENCES
from device_update_contract.findings import FindingCode
from device_update_contract.history import EVENT_CODES, EVENT_SENTENCES
from device_update_contract.reasons import EvidenceCode, NoticeCode, ReasonCode, StatusCode, VerbRefusalCode
from device_update_contract.refusal_sentences import REFUSAL_SENTENCES
from device_update_contract.sentences import (
    EVIDENCE_SENTENCES,
    NEXT_STEPS,
    NOTICE_SENTENCES,
    REASON_SENTENCES,
    STATUS_SENTENCES,
    VERB_REFUSAL_SENTENCES,
)
from device_update_contract.settings import SETTINGS
from device_update_contract.sign_ins import SIGN_IN_SENTENCES, SignInCause

_ENDS = ("...", ":", "?", ".")


def _pairs(code: str) -> Iterator[tuple[str, str]]:
    """Each form of each translated text, with what it becomes."""
    for message in read_catalogue(code):
        if message.id and all(forms(message.string)):
            yield from zip(forms(message.id), forms(message.string), strict=True)


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_of_the_sources_is_translated_and_nothing_else_is(code: str) -> None:
    """``python -m tests.house.translate`` brings them in step, and says what is to be translated."""
    catalogue = {forms(message.id): forms(message.string) for message in read_catalogue(code) if message.id}
    sources = {text.forms for text in source_texts()}
    assert sorted(sources - set(catalogue)) == []
    assert sorted(set(catalogue) - sources) == []
    assert [source for source, said in catalogue.items() if not all(said)] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_has_the_places_of_its_source(code: str) -> None:
    assert [(source, said) for source, said in _pairs(code) if _places(source) != _places(said)] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_has_a_mnemonic_where_its_source_has_one(code: str) -> None:
    def mnemonics(text: str) -> int:
        return text.replace("&&", "").count("&")

    assert [(source, said) for source, said in _pairs(code) if mnemonics(source) != mnemonics(said)] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_ends_as_its_source_does(code: str) -> None:
    """A title stays a title, a sentence a sentence, and what asks for more goes on asking for it."""
    wrong = [
        (source, said)
        for source, said in _pairs(code)
        if any(source.endswith(end) and not said.endswith(end) for end in _ENDS)
        or any(said.endswith(end) and not source.endswith(end) for end in _ENDS[:3])
    ]
    assert wrong == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_programs_read_what_translators_wrote(code: str) -> None:
    read = language_of(code).catalogue
    for message in read_catalogue(code):
        source, said = forms(message.id), forms(message.string)
        if len(source) == 2 and all(said):
            assert [read.ngettext(source[0], source[1], count) for count in (1, 2)] == list(said)
        elif message.id and all(said):
            assert read.gettext(source[0]) == said[0]


ENUMERATIONS: tuple[tuple[Mapping[Any, str | tuple[str, ...]], Iterable[str]], ...] = (
    (REASON_SENTENCES, ReasonCode),
    (STATUS_SENTENCES, StatusCode),
    (NEXT_STEPS, StatusCode),
    (EVIDENCE_SENTENCES, EvidenceCode),
    (NOTICE_SENTENCES, NoticeCode),
    (VERB_REFUSAL_SENTENCES, VerbRefusalCode),
    (FINDING_SENTENCES, FindingCode),
    (FAULT_SENTENCES, FaultCode),
    (SIGN_IN_SENTENCES, SignInCause),
    (EVENT_SENTENCES, EVENT_CODES - set(ReasonCode)),
    (REFUSAL_SENTENCES, REFUSAL_SENTENCES),
    (PROBLEM_TEXTS, PROBLEM_TEXTS),
    ({name: setting.label for name, setting in SETTINGS.items()}, SETTINGS),
    *((texts, texts) for name, texts in vars(code_texts).items() if name.endswith("_TEXTS")),
)


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.parametrize(("texts", "codes"), ENUMERATIONS, ids=lambda value: "")
def test_no_code_of_any_enumeration_lacks_a_text(
    code: str, texts: Mapping[Any, str | tuple[str, ...]], codes: Iterable[str]
) -> None:
    said = {forms(message.id)[0] for message in read_catalogue(code) if all(forms(message.string))}
    assert set(texts) == set(codes)
    for sources in texts.values():
        assert set(forms(sources)) <= said
