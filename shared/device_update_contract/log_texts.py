"""What the beginning of a device log tells: whether it is text, and in which encoding.

Most logs are text, whatever their extension says; the binary ones of Windows CE are told by `log_contents`.
"""

from __future__ import annotations

import codecs
from typing import Final

LOOKED_AT: Final = 4096
"""Bytes of a log's beginning that are enough to tell."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL: Final = frozenset(range(32)) - {9, 10, 12, 13, 27}
_MOST_CONTROL: Final = 0.02


def encoding_of(head: bytes) -> str | None:
    """The encoding of a log that begins so; None when it is no text.

    Without a byte-order mark it is UTF-8, in which a few control characters are borne.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    control = sum(byte in _CONTROL for byte in head)
    return "utf-8" if control <= len(head) * _MOST_CONTROL else None
