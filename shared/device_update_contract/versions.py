"""Versions: one to four dotted decimal numbers, compared number by number (contract section 1)."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from device_update_contract.refusals import InvalidValue

MAX_TEXT = 20
_LIMIT = 2**32
_SHAPE = re.compile(r"[0-9]+(?:\.[0-9]+){0,3}")


class InvalidVersion(InvalidValue):
    """The text is not one to four dotted decimal numbers below 2^32 in at most 20 characters."""

    code = "invalid-version"


@functools.total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version; equal when the numbers are equal, displayed as it was given.

    Missing parts are zero and leading zeros do not count: ``1.0.522.0101`` equals ``1.0.522.101``.
    """

    text: str
    numbers: tuple[int, int, int, int] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read a version; surrounding white space is dropped.

        Raises:
            InvalidVersion: with a sentence that names the text.
        """
        text = text.strip()
        if len(text) > MAX_TEXT or not _SHAPE.fullmatch(text):
            raise InvalidVersion(
                f"The version {text[:40]!r} is not one to four dotted decimal numbers in at most {MAX_TEXT} characters."
            )
        parts = [int(part) for part in text.split(".")]
        if any(part >= _LIMIT for part in parts):
            raise InvalidVersion(f"The version {text!r} has a number that is not below 2^32.")
        a, b, c, d = [*parts, 0, 0, 0][:4]
        return cls(text, (a, b, c, d))

    @property
    def key(self) -> str:
        """A text that is equal for equal versions and sorts as the versions do."""
        return ".".join(f"{number:010d}" for number in self.numbers)

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return self.numbers == other.numbers if isinstance(other, Version) else NotImplemented

    def __lt__(self, other: Version) -> bool:
        return self.numbers < other.numbers

    def __hash__(self) -> int:
        return hash(self.numbers)


def same_version(first: Version | None, second: Version | None) -> bool:
    """Whether both are given and equal."""
    return first is not None and second is not None and first.numbers == second.numbers
