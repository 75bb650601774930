"""What is known instead of an empty list, and what changed, over the administration API."""

from __future__ import annotations

import pytest
from tests.support.administration import Administration

from device_update_contract.administration.roles import Role


async def test_help_desk_is_told_codes_parameters_and_the_english_text(administration: Administration) -> None:
    reply = await administration.call("GET", "/evidence?search=4F2", Role.HELP_DESK)
    assert reply.json == {
        "evidence": [
            {
                "code": "never-asked",
                "parameters": {"search": "4F2"},
                "text": "No device with 4F2 ever asked this pool.",
                "link": None,
            }
        ]
    }


async def test_help_desk_is_told_what_changed(administration: Administration) -> None:
    reply = await administration.call("GET", "/devices/changes?model=CX700", Role.HELP_DESK)
    assert reply.json == {
        "since": "2026-05-02T14:00:00.000Z",
        "complete": True,
        "changes": [],
        "text": "Nothing changed in the last 24 hours.",
    }


@pytest.mark.parametrize("path", ["/evidence", "/devices/changes"])
@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("address=nowhere", 422, "invalid-address"),
        ("version=new", 422, "invalid-version"),
        ("status=asleep", 400, "invalid-parameter"),
        ("colour=red", 400, "unknown-parameter"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_name(
    administration: Administration, path: str, query: str, status: int, code: str
) -> None:
    reply = await administration.call("GET", f"{path}?{query}&search=4F2")
    assert (reply.status, reply.json["code"]) == (status, code)
