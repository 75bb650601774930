"""Brings the catalogues in step with the sources: ``python -m tests.house.translate``.

New texts are added to each catalogue without a translation, and texts that are gone are dropped. It prints what is
still to be translated, and ends with 1 while there is something.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from tests.house.source_texts import SourceText, source_texts

from device_update_console.core.texts.language import FOLDER, SHIPPED

TRANSLATED = SHIPPED[1:]
_COMMENT = "# The console's texts. Keep them in step with the sources: python -m tests.house.translate\n"
_HEADER = r"""msgid ""
msgstr ""
"Language: {code}\n"
"Plural-Forms: {plural_forms}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""
_WIDTH = 110


def main() -> int:
    """Update all catalogues; 0 when nothing lacks a translation."""
    left = 0
    for code in TRANSLATED:
        catalogue = in_step(read_catalogue(code), source_texts())
        catalogue_path(code).write_bytes(comment_of(code).encode() + written(catalogue))
        for message in catalogue:
            if message.id and not all(forms(message.string)):
                left += 1
                print(f"{code}: {' || '.join(forms(message.id))}")
    print("Everything is translated." if not left else f"{left} texts are to be translated.")
    return min(left, 1)


def catalogue_path(code: str) -> Path:
    """Where a language's catalogue is."""
    return FOLDER / f"{code}.po"


def read_catalogue(code: str) -> Catalog:
    """A catalogue as it is; empty where there is none yet."""
    path = catalogue_path(code)
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as file:
        return read_po(file, locale=code)


def comment_of(code: str) -> str:
    """What stands on top of a catalogue for its translators: it is theirs, and kept."""
    path = catalogue_path(code)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return "".join(takewhile(lambda line: line.startswith("#"), lines)) or _COMMENT


def in_step(catalogue: Catalog, texts: Iterable[SourceText]) -> Catalog:
    """A catalogue of exactly these texts, with the translations that there are, in the order of the sources."""
    files: dict[tuple[str, ...], dict[str, None]] = {}
    for text in texts:
        files.setdefault(text.forms, {})[text.file] = None
    updated = Catalog(locale=catalogue.locale, fuzzy=False)
    for source, found in files.items():
        known = catalogue.get(source[0])
        fits = known is not None and len(forms(known.id)) == len(source)
        updated.add(
            source if len(source) > 1 else source[0],
            known.string if known is not None and fits else None,
            locations=[(file, 0) for file in found],
            user_comments=() if known is None else known.user_comments,
        )
    return updated


def written(catalogue: Catalog) -> bytes:
    """A catalogue as translators and programs read it."""
    out = io.BytesIO()
    write_po(out, catalogue, width=_WIDTH, omit_header=True, include_lineno=False)
    header = _HEADER.format(code=catalogue.locale_identifier, plural_forms=catalogue.plural_forms)
    return header.encode() + out.getvalue()


def forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """The forms of a text, one where it is not counted; an empty one for none."""
    if not text:
        return ("",)
    return (text,) if isinstance(text, str) else tuple(text)


if __name__ == "__main__":
    sys.exit(main())
