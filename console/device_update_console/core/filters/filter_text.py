"""Filters as one line of text, the same above the console's lists and on the command line.

``status:install-failed model:CX700 4F2``: the names are the API's parameters, ``_`` and ``-`` are one; whatever is no
field is searched for. What has blanks in it stands in quotes, a quote within them is doubled.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from device_update_console.core.texts.language import text
from device_update_contract.identifiers import quoted
from device_update_contract.refusals import InvalidValue

SEARCH = "search"
"""The parameter that takes what is no field."""

_WORD = re.compile(r'(?:[^\s"]+|"(?:[^"]|"")*(?:"|$))+')
_QUOTED = re.compile(r'"((?:[^"]|"")*)(?:"|$)')
_FIELD = re.compile(r"([A-Za-z][A-Za-z_-]*):(.*)", re.DOTALL)
_ADDRESS = re.compile(r"[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4})+|[0-9A-Fa-f]{1,4}::.*")
"""Parts of MAC and IPv6 addresses, whose colons are their own."""


class InvalidFilter(InvalidValue):
    """What was typed is nothing that the list can be filtered by."""

    code = "invalid-filter"


def parse_filter(line: str, names: Collection[str]) -> dict[str, str]:
    """The fields of a line, by their names; a field without a value is left out.

    Raises:
        InvalidFilter: it names a field that the list does not have, or one field twice.
    """
    found: dict[str, str] = {}
    sought: list[str] = []
    for word in _words(line):
        field = None if word.startswith('"') else _FIELD.fullmatch(word)
        name = "" if field is None else field[1].lower().replace("-", "_")
        if field is None or (name not in names and _ADDRESS.fullmatch(word)):
            sought.append(_plain(word))
        elif name not in names:
            raise _unknown(field[1], names)
        elif name in found:
            raise InvalidFilter(text("The field {name} is given twice.", name=name), parameters={"field": name})
        else:
            found[name] = _plain(field[2]).strip()
    if sought:
        if found.get(SEARCH):
            raise InvalidFilter(text("The field {name} is given twice.", name=SEARCH), parameters={"field": SEARCH})
        found[SEARCH] = " ".join(sought).strip()
    return {name: value for name, value in found.items() if value}


def filter_text(values: Mapping[str, str]) -> str:
    """The line that `parse_filter` reads as these fields."""
    fields = [f"{name}:{_written(value)}" for name, value in values.items() if value and name != SEARCH]
    sought = values.get(SEARCH, "")
    if sought:
        words = sought.split(" ")
        plain = not any(word == "" or _FIELD.fullmatch(word) or _written(word) != word for word in words)
        fields.append(sought if plain else _in_quotes(sought))
    return " ".join(fields)


def _words(line: str) -> Iterator[str]:
    for found in _WORD.finditer(line):
        yield found[0]


def _plain(word: str) -> str:
    return _QUOTED.sub(lambda part: part[1].replace('""', '"'), word)


def _written(value: str) -> str:
    return value if re.fullmatch(r'[^\s"]+', value) else _in_quotes(value)


def _in_quotes(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def _unknown(name: str, names: Collection[str]) -> InvalidFilter:
    known = ", ".join(each for each in names if each != SEARCH)
    return InvalidFilter(
        text("There is no field {name}; there are: {known}.", name=quoted(name, 40), known=known),
        parameters={"field": name[:40]},
    )
