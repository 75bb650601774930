"""What is kept of sign-ins is written behind their answers, and no more often than anybody needs it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from tests.support.stores import Stores, open_stores

from device_update_contract.administration.roles import Role
from device_update_service.storage.accounts import account_records
from device_update_service.storage.checks.refusals import RefusalWriter
from device_update_service.web.sign_in_records import SignInRecords

NOW = datetime(2026, 5, 3, 14, 2, tzinfo=UTC)


class Clock:
    """A clock that is set."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


def last_sign_in(stores: Stores, name: str) -> datetime | None:
    """Once what waits is durable."""
    stores.write(lambda: None)
    record = stores.read(partial(account_records.find_account, name))
    assert record is not None
    return record.last_sign_in_at


def test_the_last_sign_in_is_noted_at_most_once_a_minute_for_each_account(stores: Stores) -> None:
    add = partial(account_records.add_account, role=Role.DEVICE_USER, nt_hash=b"", now=NOW, enabled=True)
    first, second = (stores.write(partial(add, name)).id for name in ("first", "second"))
    clock = Clock()
    records = SignInRecords(stores.database, RefusalWriter(), clock)
    records.accepted(first)
    clock.now = NOW + timedelta(seconds=59)
    records.accepted(first)
    records.accepted(second)
    records.accepted(None)
    assert (last_sign_in(stores, "first"), last_sign_in(stores, "second")) == (NOW, clock.now)
    clock.now = NOW + timedelta(seconds=60)
    records.accepted(first)
    assert last_sign_in(stores, "first") == clock.now
    clock.now = NOW - timedelta(hours=1)
    records.accepted(first)
    assert last_sign_in(stores, "first") == clock.now, "a clock that was set back"


@pytest.mark.expects_log_records("^A sign-in could not be noted")
def test_a_service_that_stops_refuses_no_sign_in_because_it_cannot_be_noted(tmp_path: Path) -> None:
    with open_stores(tmp_path) as stores:
        records = SignInRecords(stores.database, RefusalWriter(), Clock())
    records.accepted(1)
