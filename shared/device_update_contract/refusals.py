"""The root of every refusal: one clear sentence with a stable code (design section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class Refusal(Exception):
    """Something was refused; nothing has changed and nothing is left behind.

    ``code`` is stable and part of the contract, ``sentence`` is for people, ``parameters`` are the facts in it.
    """

    code: str = "refused"

    def __init__(
        self, sentence: str, *, code: str | None = None, parameters: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if code is not None:
            self.code = code
        self.parameters: dict[str, object] = dict(parameters or {})


class InvalidValue(Refusal, ValueError):
    """A value does not have the form that the contract gives it."""

    code = "invalid-value"
    kind: ClassVar[str] = "value"
