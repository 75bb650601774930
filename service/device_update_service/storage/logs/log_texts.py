"""The text in a device log, for the search."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from device_update_contract.log_texts import LOOKED_AT, encoding_of

LONGEST_SEARCHED: Final = 8 * 1024 * 1024
"""Bytes of one log that are searched; what comes behind is found by nobody, and seldom what matters."""


def text_of_file(path: Path) -> str:
    """The text in a log, up to `LONGEST_SEARCHED` bytes; empty for one that is no text, or is gone.

    What is not of its encoding becomes U+FFFD, and NUL a space: SQLite ends texts there.
    """
    try:
        with path.open("rb") as file:
            head = file.read(LOOKED_AT)
            encoding = encoding_of(head)
            if encoding is None:
                return ""
            content = head + file.read(LONGEST_SEARCHED - len(head))
    except FileNotFoundError:
        return ""
    return content.decode(encoding, "replace").replace("\0", " ")
