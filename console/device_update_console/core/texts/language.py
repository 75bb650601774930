"""The console's texts in the person's language: what is shown to people goes through here.

Sources are English sentences with named places, ``{name}``, so that another language may put them elsewhere. Where no
language was chosen (the command line), and where a catalogue lacks a text, English is shown. What is written to files
is English too, whoever runs the console: `for_files`.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from gettext import NullTranslations
from importlib.resources import files
from pathlib import Path

from device_update_console.core.texts.catalogue import read_catalogue
from device_update_console.core.texts.conventions import FOR_FILES, Conventions
from device_update_contract.refusals import InvalidValue

FOLDER = Path(str(files("device_update_resources"))) / "languages"
"""Holds one catalogue a language, called by its code."""

_CONVENTIONS: Mapping[str, Conventions] = {
    "en": Conventions(),
    "de": Conventions(".", ",", "dd.MM.yyyy"),
}
SHIPPED = tuple(_CONVENTIONS)
"""The codes of the languages that there are texts in, the one of the sources first."""


class UnknownLanguage(InvalidValue):
    """There are no texts in this language."""

    code = "unknown-language"


@dataclass(frozen=True, slots=True)
class Language:
    """The texts of a language, and how numbers and moments are written beside them."""

    code: str
    catalogue: NullTranslations
    conventions: Conventions


_ENGLISH = Language("en", NullTranslations(), _CONVENTIONS["en"])
_IN_FILES = replace(_ENGLISH, conventions=FOR_FILES)

_chosen = _ENGLISH
_here: ContextVar[Language | None] = ContextVar("language_here", default=None)


def language_of(code: str, conventions: Conventions | None = None) -> Language:
    """A shipped language, with the conventions of where the person lives or else those that are usual for it.

    Raises:
        UnknownLanguage.
    """
    if code not in SHIPPED:
        raise UnknownLanguage(
            text("There is no language {code!r}; there are: {known}.", code=code[:20], known=", ".join(SHIPPED))
        )
    catalogue = NullTranslations() if code == SHIPPED[0] else read_catalogue(FOLDER / f"{code}.po")
    return Language(code, catalogue, conventions or _CONVENTIONS[code])


def fitting_language(wishes: Iterable[str]) -> str:
    """The first language that there are texts in, of what a person understands (``de-AT``, ``de_DE.UTF-8``)."""
    for wish in wishes:
        code = wish.replace("_", "-").partition("-")[0].lower()
        if code in SHIPPED:
            return code
    return SHIPPED[0]


def choose(language: Language) -> None:
    """From now on texts are shown in this language, in all threads."""
    global _chosen  # noqa: PLW0603 -- one person, one language, for the whole program
    _chosen = language


def spoken() -> Language:
    """The language that texts are shown in."""
    return _here.get() or _chosen


@contextmanager
def for_files() -> Iterator[None]:
    """What is put together within goes to a file: English, numbers without separators, moments as in ISO 8601."""
    token = _here.set(_IN_FILES)
    try:
        yield
    finally:
        _here.reset(token)


def text(source: str, /, **values: object) -> str:
    """A text in the person's language, with its places filled in; ``{number:,}`` is written as the person does."""
    translated = spoken().catalogue.gettext(source) if source else ""
    return _PLACES.vformat(translated, (), values) if values else translated


def counted_text(one: str, many: str, count: int, **values: object) -> str:
    """A text in the plural form that ``count`` takes; the place ``{count}`` holds it with separators."""
    language = spoken()
    translated = language.catalogue.ngettext(one, many, count)
    return _PLACES.vformat(translated, (), {"count": language.conventions.whole(count), **values})


def marked(source: str) -> str:
    """A text of a table: it is in the catalogues, and translated by `text` where it is shown."""
    return source


def marked_counted(one: str, many: str) -> tuple[str, str]:
    """The forms of a counted text of a table, for `counted_text` where it is shown."""
    return one, many


class _Places(string.Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec == "," and isinstance(value, int):
            return spoken().conventions.whole(value)
        return str(super().format_field(value, format_spec))


_PLACES = _Places()
