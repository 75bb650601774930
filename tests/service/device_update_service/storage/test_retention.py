"""What is forgotten with time, a slice at once, and the space that comes back (contract section 7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from tests.support.stores import Stores

from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage import retention
from device_update_service.storage.tables import DATABASE

NOW = datetime(2013, 5, 3, 14, 2, tzinfo=UTC)


def ago(days: float) -> int:
    return to_milliseconds(NOW - timedelta(days=days))


def insert(stores: Stores, statement: str, *rows: tuple[object, ...]) -> None:
    stores.write(lambda: [DATABASE.execute_sql(statement, row) for row in rows])


def values(stores: Stores, statement: str) -> list[object]:
    return [row[0] for row in stores.read(lambda: DATABASE.execute_sql(statement).fetchall())]


def forget(stores: Stores) -> bool:
    more = stores.write(partial(retention.forget_old_history, NOW, 400))
    return stores.write(partial(retention.forget_old_logs, NOW, 10)) or more


EVENT = "INSERT INTO device_event (device_id, at, kind, code, parameters) VALUES (1, ?, 'note', ?, '{}')"
REFUSED = (
    "INSERT INTO refused_request (id, kind, code, detail, device, account, address, first_at, last_at, count) "
    "VALUES (?, 'check', 'busy', ?, '', '', '', 0, ?, 1)"
)


def test_history_is_kept_as_long_as_the_setting_says(stores: Stores) -> None:
    insert(stores, EVENT, (ago(400.01), "older"), (ago(399.99), "younger"))
    assert forget(stores) is False
    assert values(stores, "SELECT code FROM device_event") == ["younger"]


def test_refused_requests_go_by_when_they_came_last_and_take_their_bodies_along(stores: Stores) -> None:
    insert(stores, REFUSED, (1, "older", ago(10.01)), (2, "younger", ago(9.99)))
    body = "INSERT INTO unread_body (refused_request_id, at, body) VALUES (?, 0, ?)"
    insert(stores, body, (1, b"older"), (2, b"younger"))
    forget(stores)
    assert values(stores, "SELECT detail FROM refused_request") == ["younger"]
    assert values(stores, "SELECT body FROM unread_body") == [b"younger"]


def test_hours_are_kept_for_a_month_though_the_log_is_not(stores: Stores) -> None:
    insert(stores, "INSERT INTO checks_in_hour VALUES (?, 1)", (ago(32),), (ago(30),))
    forget(stores)
    assert values(stores, "SELECT hour FROM checks_in_hour") == [ago(30)]


def test_old_things_go_slice_by_slice_until_none_is_left(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "SLICE", 10)
    insert(stores, EVENT, *((ago(500), str(number)) for number in range(25)))
    left = []
    while forget(stores):
        left += values(stores, "SELECT count(*) FROM device_event")
    assert left == [15, 5]
    assert values(stores, "SELECT count(*) FROM device_event") == [0]


def test_space_is_given_back_to_the_disk(stores: Stores) -> None:
    insert(stores, EVENT, *((ago(500), "x" * 1000) for _ in range(2000)))
    before = stores.read(stores.database.size)
    forget(stores)
    while stores.write(retention.give_space_back):
        pass
    assert stores.read(stores.database.size) < before / 2
    assert values(stores, "PRAGMA freelist_count") == [0]


def test_space_is_given_back_a_piece_at_once(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_FREE_PAGES", 10)
    insert(stores, EVENT, *((ago(500), "x" * 1000) for _ in range(500)))
    forget(stores)
    pages = stores.read(stores.database.size)
    assert stores.write(retention.give_space_back) is True
    assert 0 < pages - stores.read(stores.database.size) <= 10 * 4096
