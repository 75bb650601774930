"""Texts are shown in the language that was chosen; files are written in none but English."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import NullTranslations
from threading import Thread

import pytest

from device_update_console.core.texts.conventions import Conventions
from device_update_console.core.texts.language import (
    SHIPPED,
    Language,
    UnknownLanguage,
    choose,
    counted_text,
    fitting_language,
    for_files,
    language_of,
    marked,
    marked_counted,
    spoken,
    text,
)


class _Backwards(NullTranslations):
    """A language whose words are those of English, read from behind; its singular is also that of nought."""

    def gettext(self, message: str) -> str:
        return " ".join(reversed(message.split()))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n < 2 else msgid2)


@pytest.fixture
def backwards() -> Iterator[None]:
    choose(Language("backwards", _Backwards(), Conventions(grouping="'")))
    yield
    choose(language_of("en"))


def test_english_is_shown_where_nobody_chose_a_language() -> None:
    assert spoken().code == "en"
    assert text("Sent {sent} of {total:,}.", sent="1 KB", total=2000) == "Sent 1 KB of 2,000."
    assert counted_text("{count} device", "{count} devices", 1) == "1 device"
    assert counted_text("{count} device on {server}", "{count} devices on {server}", 1204, server="a") == (
        "1,204 devices on a"
    )


@pytest.mark.usefixtures("backwards")
def test_places_stand_where_the_language_puts_them_and_numbers_are_written_as_it_does() -> None:
    assert text("sent {sent} of {total:,}", sent="{1}", total=2000) == "2'000 of {1} sent"
    assert text("nothing {to} fill") == "fill {to} nothing"
    assert text(marked("of a table")) == "table a of"
    assert text("") == ""


@pytest.mark.usefixtures("backwards")
def test_the_language_decides_which_form_a_count_takes() -> None:
    forms = marked_counted("{count} one", "{count} many")
    assert [counted_text(*forms, count) for count in (0, 1, 2, 1000)] == ["one 0", "one 1", "many 2", "many 1'000"]


@pytest.mark.usefixtures("backwards")
def test_a_language_is_shown_in_every_thread() -> None:
    shown: list[str] = []
    thread = Thread(target=lambda: shown.append(text("a b")))
    thread.start()
    thread.join()
    assert shown == ["b a"]


@pytest.mark.usefixtures("backwards")
def test_files_are_written_in_english_without_separators_whatever_the_language() -> None:
    with for_files():
        assert text("{count:,} of them", count=2000) == "2000 of them"
        with pytest.raises(ZeroDivisionError), for_files():
            raise ZeroDivisionError
        assert text("a b") == "a b"
    assert text("a b") == "b a"


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        (["de-AT", "en"], "de"),
        (["de_DE.UTF-8"], "de"),
        (["fr-FR", "de", "en"], "de"),
        (["en-GB", "de"], "en"),
        (["fr"], "en"),
        (["C"], "en"),
        ([], "en"),
    ],
)
def test_the_first_language_that_there_are_texts_in_is_taken(wishes: list[str], code: str) -> None:
    assert fitting_language(wishes) == code


@pytest.mark.parametrize("code", SHIPPED)
def test_every_shipped_language_is_there(code: str) -> None:
    assert language_of(code).code == code


@pytest.mark.parametrize("code", ["fr", "de_DE", "../de", ""])
def test_a_language_without_texts_is_refused(code: str) -> None:
    with pytest.raises(UnknownLanguage, match=r"there are: en, de\.") as refused:
        language_of(code)
    assert refused.value.code == "unknown-language"
