"""Whether a column holds a text, without regard to case in ASCII: patterns for LIKE in SQL that is written by hand.

Where rows are looked at one by one, LIKE takes a third of the time of a change of case with a look behind it.
"""

from __future__ import annotations

from typing import Final

_MEANINGFUL: Final = str.maketrans({"%": "~%", "_": "~_", "~": "~~", "\0": "\x1f"})
"""A pattern would end at a NUL, and then match everything; no stored text holds either."""


def like(column: str) -> str:
    """The condition that a column is like a pattern, which is its parameter."""
    return f"{column} LIKE ? ESCAPE '~'"


def anywhere(text: str) -> str:
    """The pattern of what holds a text."""
    return f"%{text.translate(_MEANINGFUL)}%"


def at_start(text: str) -> str:
    """The pattern of what begins with a text."""
    return f"{text.translate(_MEANINGFUL)}%"


def at_end(text: str) -> str:
    """The pattern of what ends with a text."""
    return f"%{text.translate(_MEANINGFUL)}"
