"""Which answers wait until their check is durable, and when the service is busy (contract section 3.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.recorded_checks import RecordingStore, recording_store
from tests.support.sample_rules import FIRST, NOW, SECOND, check, rule

from device_update_contract.checks import CheckRequest, InstallReport
from device_update_contract.device_messages.requests import render_check_request
from device_update_contract.versions import Version
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.usecases.checks import AnsweredCheck
from device_update_service.web.devices import check_recording
from device_update_service.web.devices.check_recording import CheckRecorder

CATALOG = CatalogSnapshot(1, [rule(approved=SECOND)])
LIMIT = 1000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordingStore]:
    with recording_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def recorder(store: RecordingStore) -> CheckRecorder:
    return CheckRecorder(store.database, store.sightings, LIMIT)


def reporting(version: Version, *, mac: str = "00-04-F2-00-01-76") -> CheckRequest:
    plain = check(SECOND, mac=mac)
    return CheckRequest(
        plain.device_type, plain.vendor, plain.model, plain.revision, plain.locale, plain.mac,
        modules=plain.modules, last_install=InstallReport(succeeded=True, version=version),
    )  # fmt: skip


def answered(store: RecordingStore, request: CheckRequest) -> AnsweredCheck:
    return store.answering.answer(
        render_check_request(request),
        catalog=CATALOG,
        address="10.1.2.3",
        now=to_milliseconds(NOW),
        spread=lambda: 0.0,
        looping={},
    )


async def test_an_ordinary_check_waits_for_nothing(store: RecordingStore, recorder: CheckRecorder) -> None:
    assert recorder.record(answered(store, check(FIRST))) is None
    store.flush()
    assert store.row("SELECT count(*) FROM device") == (1,)


async def test_an_install_report_is_durable_when_its_answer_may_go(
    store: RecordingStore, recorder: CheckRecorder
) -> None:
    durable = recorder.record(answered(store, reporting(SECOND)))
    assert durable is not None
    await asyncio.wait_for(durable, 60)
    assert store.row("SELECT install_version FROM device") == (SECOND.text,)


async def committed(store: RecordingStore, recorder: CheckRecorder, request: CheckRequest) -> bool:
    """Record a check; whether its answer had to wait."""
    durable = recorder.record(answered(store, request))
    if durable is not None:
        await asyncio.wait_for(durable, 60)
    return durable is not None


async def test_a_report_that_is_repeated_waits_no_second_time(store: RecordingStore, recorder: CheckRecorder) -> None:
    assert await committed(store, recorder, reporting(SECOND))
    assert not await committed(store, recorder, reporting(SECOND))
    assert not await committed(store, recorder, reporting(SECOND))


async def test_a_report_that_comes_back_after_another_waits_again(
    store: RecordingStore, recorder: CheckRecorder
) -> None:
    for version in (FIRST, SECOND, FIRST):
        assert await committed(store, recorder, reporting(version))


async def test_reports_of_other_devices_wait_for_themselves(store: RecordingStore, recorder: CheckRecorder) -> None:
    assert await committed(store, recorder, reporting(SECOND))
    assert await committed(store, recorder, reporting(SECOND, mac="00-04-F2-00-01-77"))


async def test_only_so_many_reports_are_remembered(
    store: RecordingStore, recorder: CheckRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_recording, "_REMEMBERED_REPORTS", 2)
    macs = [f"00-04-F2-00-00-{number:02X}" for number in range(1, 4)]
    for mac in macs:
        assert await committed(store, recorder, reporting(SECOND, mac=mac))
    assert not await committed(store, recorder, reporting(SECOND, mac=macs[2]))
    assert await committed(store, recorder, reporting(SECOND, mac=macs[0]))


async def test_the_service_is_busy_while_more_than_half_the_room_for_waiting_checks_is_taken(
    store: RecordingStore, recorder: CheckRecorder
) -> None:
    filled = store.database.write(
        lambda: (
            [recorder.record(answered(store, check(FIRST))) for _ in range(LIMIT // 2)],
            recorder.is_busy(),
            recorder.record(answered(store, check(FIRST))),
            recorder.is_busy(),
        )
    ).result(30)
    assert (filled[1], filled[3]) == (False, True)
    store.flush()
    assert not recorder.is_busy()


async def test_a_database_that_fails_is_no_reason_to_turn_checks_away(
    store: RecordingStore, recorder: CheckRecorder
) -> None:
    store.database.failure = "The database cannot take writes now: disk full."
    for _ in range(LIMIT):
        store.sightings._waiting.append(answered(store, check(FIRST)).sighting)
    assert not recorder.is_busy()
