"""What the head of a part of ``multipart/form-data`` says, as devices and other clients write it.

In names some write backslashes and quotes as they are, others put a backslash before a quote, others percent-encode
what a quoted text cannot hold, some of them more than that. aiohttp takes every backslash for an escape of the
character behind it, and gives up a head in which a name holds two semicolons.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from aiohttp import BodyPartReader, hdrs

NO_PARTS: Final = (ValueError, AssertionError, RuntimeError)
"""aiohttp's words for boundaries, part headers and character sets that are none."""

_PLAIN_ENCODINGS: Final = frozenset({"", "binary", "8bit", "7bit"})
_END: Final = r'"(?=\s*(?:;\s*[\w*-]+\s*=|;?\s*$))'
"""A quote ends a name where another parameter or nothing follows; any other is part of it."""
_NAME: Final = re.compile(rf';\s*name="(.*?){_END}', re.IGNORECASE)
_FILE_NAME: Final = re.compile(rf';\s*filename="(.*?){_END}', re.IGNORECASE)


def is_sent_plainly(part: BodyPartReader) -> bool:
    """Whether a part's bytes are sent as they are, in no transfer encoding."""
    return part.headers.get("Content-Transfer-Encoding", "").lower() in _PLAIN_ENCODINGS


def part_name(part: BodyPartReader) -> str:
    """What a part is; empty for one that does not say it."""
    return _written(part, _NAME) or part.name or ""


def part_file_name(part: BodyPartReader) -> str:
    """The sender's name of the file in a part, percent-decoded; empty for one without."""
    written = _written(part, _FILE_NAME)
    return unquote((part.filename or "") if written is None else written.replace('\\"', '"'))


def _written(part: BodyPartReader, parameter: re.Pattern[str]) -> str | None:
    found = parameter.search(part.headers.get(hdrs.CONTENT_DISPOSITION, ""))
    return None if found is None else found[1]
