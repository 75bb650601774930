from __future__ import annotations

import pytest

from device_update_service.web.administration.accepted_types import prefers


@pytest.mark.parametrize(
    "accept",
    [
        "text/csv",
        "Text/CSV; charset=utf-8",
        "text/csv;header=present;q=0.5",
        "text/csv, */*",
        "application/json, text/csv",
        "application/json;q=0.4, text/csv;q=0.5",
        "text/*",
        "*/*;q=0.1, text/*;q=0.2",
        "text/csv;q=high",
    ],
)
def test_csv_is_given_to_whom_it_is_at_least_as_welcome_and_named(accept: str) -> None:
    assert prefers(accept, "text/csv", "application/json")


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/csv;q=0",
        "text/csv;q=0.000, */*",
        "text/csv; q=0.5, application/json",
        "text/csv;q=0.5, */*",
        "text/html",
        "text/*;q=0.5, */*",
        ", ;q=1, text",
    ],
)
def test_everybody_else_gets_what_is_usual(accept: str) -> None:
    assert not prefers(accept, "text/csv", "application/json")
