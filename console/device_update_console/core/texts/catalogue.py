"""The texts of a language, read from the very file that its translators write (gettext's ``.po``).

The usual way is to compile such files and to keep what comes of it; this reads in a few milliseconds and leaves nothing
that could be out of step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from gettext import NullTranslations, c2py
from pathlib import Path

_ENTRY = re.compile(r"\n[ \t]*\n")
_PART = re.compile(r'^(msg\S+) +(".*"(?:\n".*")*)$', re.MULTILINE)
_BETWEEN_LINES = re.compile(r'"\n"')
_PLURAL = re.compile(r"plural\s*=\s*([^;]+)")


class CatalogueUnreadable(Exception):
    """A catalogue of this program is not of the form that it has to have."""


class Catalogue(NullTranslations):
    """Texts by their sources; a text that it lacks, or whose translation is marked as a guess, is its source."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self._texts: dict[str, tuple[str, ...]] = {}
        self._form_of: Callable[[int], int] = c2py("n != 1")
        for source, forms in _entries(content):
            if source:
                self._texts[source] = forms
            elif (rule := _PLURAL.search(forms[0])) is not None:
                self._form_of = c2py(rule[1])

    def gettext(self, message: str) -> str:
        """Override NullTranslations.gettext."""
        return self._texts[message][0] if message in self._texts else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Override NullTranslations.ngettext: the form that the language's own rule says."""
        if msgid1 not in self._texts:
            return super().ngettext(msgid1, msgid2, n)
        forms = self._texts[msgid1]
        return forms[min(self._form_of(n), len(forms) - 1)]


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue in a file.

    Raises:
        CatalogueUnreadable: naming the file. OSError: it is not there.
    """
    try:
        return Catalogue(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError) as error:
        raise CatalogueUnreadable(f"{path}: {error}") from error


def _entries(content: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each source with the forms of its translation, where there is one."""
    for entry in _ENTRY.split(content):
        if "#, fuzzy" in entry:
            continue
        parts = {name: _unquoted(lines) for name, lines in _PART.findall(entry)}
        forms = tuple(text for name, text in parts.items() if name.startswith("msgstr"))
        if forms and all(forms):
            yield parts["msgid"], forms


def _unquoted(lines: str) -> str:
    """The text that stands in quotation marks on one line or on several."""
    text = _BETWEEN_LINES.sub("", lines)
    return str(json.loads(text)) if "\\" in text else text[1:-1]
