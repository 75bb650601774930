"""Errors of the administration API: RFC 9457 problem details with a stable code (contract section 5)."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from device_update_contract.administration.base import Answer

CONTENT_TYPE = "application/problem+json"


class ProblemDetail(Answer):
    """One of several errors in a problem: what was wrong, and where."""

    code: str
    detail: str
    field: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)


class Problem(Answer):
    """Why a request was refused: ``detail`` is one sentence for people, ``code`` is stable."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    errors: list[ProblemDetail] | None = None
