"""What help desk reads about an account."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.filled_service import filled_service

from device_update_console.core.sheets.account_status import (
    KnownStatus,
    fetch_status,
    name_without_domain,
    refused_row,
    status_details,
    status_sentence,
)
from device_update_console.core.texts.formats import moment_text
from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import AccountStatus

UNTIL = datetime(2026, 5, 3, 14, 20, tzinfo=UTC)


def status(*, enabled: bool = True, locked: bool = False, addresses: tuple[str, ...] = ()) -> AccountStatus:
    return AccountStatus(
        name="kenmyer",
        enabled=enabled,
        locked_until=UNTIL if locked else None,
        last_sign_in_at=None,
        locked_addresses=list(addresses),
    )


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (status(), "kenmyer can sign in."),
        (
            status(enabled=False, locked=True),
            "kenmyer is disabled: nobody can sign in with it until an administrator enables it.",
        ),
        (
            status(locked=True, addresses=("192.0.2.1", "192.0.2.7")),
            f"kenmyer is locked out at 192.0.2.1, 192.0.2.7 until {moment_text(UNTIL)}; elsewhere it can sign in.",
        ),
        (status(locked=True), f"kenmyer is locked out until {moment_text(UNTIL)}."),
    ],
)
def test_the_answer_is_one_sentence(known: AccountStatus, sentence: str) -> None:
    assert status_sentence(known) == sentence


@pytest.mark.parametrize("claimed", ["kenmyer", "CONTOSO\\kenmyer", "kenmyer@contoso.com"])
def test_the_domain_of_a_claimed_name_is_told_from_the_name(claimed: str) -> None:
    assert name_without_domain(claimed) == "kenmyer"


def test_a_name_that_nobody_has_is_said_to_be_none() -> None:
    assert status_details(KnownStatus("\x07no\u202ebody", None, ())).heading == (
        r"There is no account \x07no\u202ebody."
    )


async def test_help_desk_finds_the_account_and_what_was_refused_to_it_by_the_name_that_was_claimed(
    tmp_path: Path,
) -> None:
    async with filled_service(tmp_path) as filled, filled.client(Role.HELP_DESK) as client:
        for claimed in ("anna", "CONTOSO\\anna"):
            known = await fetch_status(client, claimed)
            assert known.status is not None
            assert (known.status.name, known.status.enabled) == ("anna", True)
            assert [refused_row(each)[2:] for each in known.refused] == [
                ("Wrong password", "127.0.0.1", "Administration")
            ]
        assert (await fetch_status(client, "nobody")).status is None
