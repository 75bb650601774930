"""The console's texts in the person's language: what is shown to people goes through here.

Sources are English sentences with named places, ``{name}``, so that another language may put them elsewhere. Until a
catalogue is chosen, and where it lacks a text, English is shown.
"""

from __future__ import annotations

from gettext import NullTranslations

_catalogue = NullTranslations()


def text(source: str, **values: object) -> str:
    """A text in the person's language, with its places filled in."""
    translated = _catalogue.gettext(source) if source else ""
    return translated.format(**values) if values else translated


def counted_text(one: str, many: str, count: int, **values: object) -> str:
    """A text in the plural form that ``count`` takes; the place ``{count}`` holds it with separators."""
    return _catalogue.ngettext(one, many, count).format(count=f"{count:,}", **values)


def marked(source: str) -> str:
    """A text of a table: it is in the catalogues, and translated by `text` where it is shown."""
    return source
