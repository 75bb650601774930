"""The summary behind charts and the overview: it counts what the lists show, and what was turned away lately."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.fleets import NEWEST, fill_devices
from tests.support.stores import Stores

from device_update_contract.administration.devices import DeviceQuery
from device_update_contract.administration.server import CountBy, RefusedRequestQuery
from device_update_service.storage.checks.refused_request_records import Refused, record_refusals
from device_update_service.storage.tables import DATABASE, Device
from device_update_service.usecases import devices
from device_update_service.usecases.refused_requests import list_refused_requests
from device_update_service.usecases.summary import summary

NOW = datetime(2026, 5, 3, 14, 2, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
COUNT = 500


@pytest.fixture
def fleet(stores: Stores) -> Stores:
    fill_devices(stores.folder.database, COUNT, NOW_MS)
    return stores


def test_the_summary_counts_what_the_lists_show(fleet: Stores) -> None:
    fleet.write(lambda: Device.update(installed_version="4.0.7577.04387").where(Device.id < 4).execute())
    counts = fleet.read(lambda: summary(NOW))
    assert counts.devices == COUNT
    for rows in (
        counts.by_class,
        counts.by_version,
        counts.by_status,
        counts.by_class_and_status,
        counts.by_version_and_status,
    ):
        assert sum(row.devices for row in rows) == COUNT
        assert [row.devices for row in rows] == sorted((row.devices for row in rows), reverse=True)
    assert ("UCPhone", "POLYCOM", "CX700") in {(row.device_type, row.vendor, row.model) for row in counts.by_class}
    versions = [row.version for row in counts.by_version]
    assert versions.count(NEWEST) + versions.count("4.0.7577.04387") == 1
    by_status = {row.status: row.devices for row in counts.by_status}
    page = fleet.read(lambda: devices.list_devices(DeviceQuery(status="offered", limit=1000), now=NOW))
    assert by_status["offered"] == page.total == len(page.items)


def test_how_far_models_and_versions_are_adds_up_to_all_of_them(fleet: Stores) -> None:
    counts = fleet.read(lambda: summary(NOW))
    by_model: dict[tuple[str | None, ...], int] = {}
    for row in counts.by_class_and_status:
        assert row.status is not None
        by_model[_model(row)] = by_model.get(_model(row), 0) + row.devices
    assert by_model == {_model(row): row.devices for row in counts.by_class}
    by_version: dict[str | None, int] = {}
    for row in counts.by_version_and_status:
        assert row.status is not None
        by_version[row.version] = by_version.get(row.version, 0) + row.devices
    assert by_version == {row.version: row.devices for row in counts.by_version}
    row = next(row for row in counts.by_class_and_status if (row.model, row.status) == ("CX700", "up-to-date"))
    query = DeviceQuery(model="CX700", status="up-to-date", limit=1000)
    assert row.devices == fleet.read(lambda: devices.list_devices(query, now=NOW)).total


def test_every_hour_of_two_days_is_told_also_without_a_check(stores: Stores) -> None:
    this_hour = NOW_MS // 3_600_000 * 3_600_000
    insert = "INSERT INTO checks_in_hour VALUES (?, 12), (?, 5)"
    stores.write(lambda: DATABASE.execute_sql(insert, (this_hour, 0)))
    hours = stores.read(lambda: summary(NOW)).checks_per_hour
    assert len(hours) == 48
    assert (hours[-1].hour, hours[-1].checks) == (NOW.replace(minute=0), 12)
    assert sum(row.checks for row in hours) == 12


def test_what_was_turned_away_in_a_day_is_what_its_list_shows_since_then(stores: Stores) -> None:
    day = 24 * 3_600_000
    stores.write(
        lambda: record_refusals(
            [
                _refused("check", "10.0.0.1", NOW_MS - day),
                _refused("check", "10.0.0.1", NOW_MS),
                _refused("check", "10.0.0.2", NOW_MS - day - 1),
                _refused("external-sign-in", "10.0.0.1", NOW_MS - 1),
                _refused("external-sign-in", "10.0.0.2", NOW_MS - 1),
            ]
        )
    )
    counts = stores.read(lambda: summary(NOW))
    assert counts.refused_since == NOW - timedelta(hours=24)
    assert [(row.kind, row.refused) for row in counts.refused] == [("external-sign-in", 2), ("check", 1)]
    for row in counts.refused:
        query = RefusedRequestQuery(kind=row.kind, since=counts.refused_since)
        assert stores.read(lambda query=query: list_refused_requests(query)).total == row.refused  # type: ignore[misc]


def _model(row: CountBy) -> tuple[str | None, ...]:
    return row.device_type, row.vendor, row.model


def _refused(kind: str, address: str, at: int) -> Refused:
    return Refused(kind, "malformed-request", "The field Model is missing.", "", "", address, at, None)
