"""What of a logged check is searched, and what a search asks for (contract section 5, ``/update-log``)."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Final

from device_update_contract.identifiers import bare_mac
from device_update_contract.refusals import InvalidValue
from device_update_service.domain.sought_texts import SHORTEST
from device_update_service.storage.text_patterns import anywhere, like

_MAC_PART: Final = re.compile(r"[0-9A-Fa-f]{3,16}")
_ASCII_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
"""SQLite compares other letters as they are written."""
_COLUMNS: Final = (
    "mac", "serial", "user", "address", "device_type", "vendor", "model", "revision", "locale", "reason", "version",
    "request_modules",
)  # fmt: skip

BARE_MAC: Final = "ifnull(replace(mac, '-', ''), '')"
"""The expression over a row of ``check_log`` that a MAC address is looked for in, however it was written."""
TEXT: Final = " || ' ' || ".join((BARE_MAC, *(f"ifnull({column}, '')" for column in _COLUMNS)))
"""The expression over a row of ``check_log`` that is searched; checks of one device mostly have the same."""


class SearchTooShort(InvalidValue):
    """A search has a term that is too short to be found among millions of checks."""

    code = "search-too-short"


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a search, in the forms in which a check may hold it: as written, and as part of a MAC address."""

    forms: tuple[str, ...]

    def condition(self, text: str, bare_mac_text: str) -> tuple[str, tuple[str, ...]]:
        """Whether a text expression holds it as written, or one of a bare MAC address does; and the parameters."""
        likes = [like(text), *[like(bare_mac_text)] * (len(self.forms) - 1)]
        return f"({' OR '.join(likes)})", tuple(map(anywhere, self.forms))


def terms_of(search: str) -> tuple[Term, ...]:
    """The terms of a search, the longest first: a check matches when it holds all of them, in any order and case.

    Raises:
        SearchTooShort: naming the term.
    """
    terms = []
    for word in search.translate(_ASCII_LOWER).split():
        if len(word) < SHORTEST:
            raise SearchTooShort(
                f"{word!r} is too short to search for; at least {SHORTEST} characters are needed.",
                parameters={"parameter": "search", "term": word},
            )
        bare = bare_mac(word)
        terms.append(Term((word, bare) if bare != word and _MAC_PART.fullmatch(bare) else (word,)))
    return tuple(sorted(terms, key=lambda term: -len(term.forms[0])))
