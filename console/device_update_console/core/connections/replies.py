"""The service's answer as it came, and as the contract's models read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from device_update_console.core.failures import (
    FailedCall,
    NotAuthenticated,
    NotPermitted,
    NotTheService,
    RefusedByService,
)
from device_update_console.core.texts.language import text
from device_update_console.core.texts.problem_texts import problem_text
from device_update_contract.administration.problems import Problem
from device_update_http_authentication.challenges import Offers

Expected = TypeVar("Expected")


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}
"""Building one takes milliseconds, and a list reads the same form page after page."""


def _adapter(expected: Any) -> TypeAdapter[Any]:
    if expected not in _ADAPTERS:
        _ADAPTERS[expected] = TypeAdapter(expected)
    return _ADAPTERS[expected]


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer: its HTTP status and its bytes, untouched."""

    status: int
    body: bytes

    def read(self, expected: type[Expected]) -> Expected:
        """The answer as a model of the contract; fields that a newer service adds are ignored.

        Raises:
            NotTheService: the answer has another form.
        """
        try:
            value: Expected = _adapter(expected).validate_json(self.body)
        except ValidationError as error:
            # Only the places are named: the values may be secrets.
            places = ", ".join(
                sorted({".".join(map(str, fault["loc"][:3])) or "answer" for fault in error.errors()})[:3]
            )
            raise NotTheService(
                text("The answer of the service is not of the form this version knows ({places}).", places=places),
                body=self.body,
            ) from None
        return value


def failure_of(status: int, body: bytes, origin: str, offers: Offers | None = None) -> FailedCall:
    """The failure that an unsuccessful answer stands for; ``offers`` is how one may sign in."""
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        if status == 401:
            return NotAuthenticated(text("The service did not accept who you are."), offers=offers)
        return NotTheService(
            text(
                "What answers at {origin} is not a Device Update Service (HTTP status {status}).",
                origin=origin,
                status=status,
            )
        )
    if status == 401:
        return NotAuthenticated(problem_text(problem), code=problem.code, body=body, offers=offers)
    if status == 403:
        return NotPermitted(problem_text(problem), code=problem.code, body=body)
    return RefusedByService(problem, body=body)
