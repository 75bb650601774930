"""What of a device log is text, for search and for people: most logs are, whatever their extension says."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

LONGEST_SEARCHED: Final = 8 * 1024 * 1024
"""Bytes of one log that are searched; what comes behind is found by nobody, and seldom what matters."""

_LOOKED_AT: Final = 4096
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL: Final = frozenset(range(32)) - {9, 10, 12, 13, 27}
_MOST_CONTROL: Final = 0.02


def encoding_of(head: bytes) -> str | None:
    """The encoding of a file that begins so; None when it is no text."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    control = sum(byte in _CONTROL for byte in head)
    return "utf-8" if control <= len(head) * _MOST_CONTROL else None


def text_of_file(path: Path) -> str:
    """The text in a log, up to `LONGEST_SEARCHED` bytes; empty for one that is no text, or is gone.

    What is not of its encoding becomes U+FFFD, and NUL a space: SQLite ends texts there.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_LOOKED_AT)
            encoding = encoding_of(head)
            if encoding is None:
                return ""
            content = head + file.read(LONGEST_SEARCHED - len(head))
    except FileNotFoundError:
        return ""
    return content.decode(encoding, "replace").replace("\0", " ")
