from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from tests.support.answering_sites import until
from tests.support.canned_device_service import CannedDeviceService, no_update, refusal, update_available, xml

from device_update_contract.checks import CheckRequest
from device_update_contract.log_contents.ce_log_events import CeLogReading, log_marker
from device_update_contract.log_contents.ce_log_lines import event_text
from device_update_contract.log_contents.crash_dumps import read_crash_dump
from device_update_contract.log_contents.dump_facts import Module
from device_update_contract.log_contents.log_bytes import whole_log
from device_update_contract.log_contents.log_names import told_by_name
from device_update_contract.versions import Version
from device_update_simulator.device_models import identity_of
from device_update_simulator.downloads import Patience
from device_update_simulator.fleet import Fleet
from device_update_simulator.fleet_plan import FleetPlan
from device_update_simulator.fleet_report import FleetReport
from device_update_simulator.service_address import parse_service_address

CONTENT = b"firmware" * 10_000
PATIENCE = Patience(fruitless_attempts=2, first_pause_seconds=0)
TARGET = Version.parse("4.0.7577.4387")


@pytest.fixture
async def service() -> AsyncIterator[CannedDeviceService]:
    async with CannedDeviceService() as running:
        yield running


def offer_until_installed(service: CannedDeviceService) -> None:
    """Answer as the service does: the update to a device that does not report it, nothing to one that does."""
    offer = service.offer({"CPE.nbt": CONTENT}, signature=b"signed")

    def answer(check: CheckRequest) -> web.StreamResponse:
        if any(module.version == TARGET for module in check.modules):
            return xml(no_update())
        return xml(update_available(offer))

    service.answer = answer


async def run_until(service: CannedDeviceService, plan: FleetPlan, enough: asyncio.Event) -> FleetReport:
    """Run a fleet until the other side has seen enough."""
    fleet = Fleet(parse_service_address(service.url), plan, say=lambda _line: None, patience=PATIENCE)
    run = asyncio.create_task(fleet.run())
    async with asyncio.timeout(60):
        await enough.wait()
    fleet.stop()
    return await run


def after_checks(service: CannedDeviceService, count: int) -> asyncio.Event:
    """Set when so many checks have arrived."""
    enough, answer = asyncio.Event(), service.answer

    def counting(check: CheckRequest) -> web.StreamResponse:
        if len(service.checks) >= count:
            enough.set()
        return answer(check)

    service.answer = counting
    return enough


async def test_devices_check_download_install_and_report(service: CannedDeviceService) -> None:
    offer_until_installed(service)
    enough = after_checks(service, 40)
    plan = FleetPlan(devices=20, seconds=0, ramp=0.1, install_seconds=0.01, seed=5, connections=4)
    report = await run_until(service, plan, enough)
    assert report.counts.downloads == report.counts.installs_succeeded == report.counts.reports_acknowledged == 20
    assert report.counts.bytes_received == 20 * (len(CONTENT) + len(b"signed"))
    assert report.counts.decisions == Counter({"approved-update": 20, "up-to-date": 20})
    assert report.counts.failures == Counter()
    assert sum(report.versions_before.values()) == 20
    assert {version for _, version in report.versions_after} == {TARGET.text}
    assert report.phases == Counter(idle=20)
    reports = [check.last_install for check in service.checks if check.last_install is not None]
    assert len(reports) == 20
    assert {(told.succeeded, told.version, told.code) for told in reports} == {(True, TARGET, "0")}
    assert {check.mac for check in service.checks} == {identity_of(5, number).mac for number in range(20)}
    assert report.connections_opened <= 4


async def test_downloads_are_cut_and_resumed_and_installations_fail_as_planned(service: CannedDeviceService) -> None:
    offer = service.offer({"CPE.nbt": CONTENT, "Second.nbt": CONTENT})
    service.answer = lambda _check: xml(update_available(offer))
    enough = after_checks(service, 20)
    plan = FleetPlan(devices=10, seconds=0, ramp=0, install_seconds=0, failure_rate=1, cut_rate=1, connections=3)
    report = await run_until(service, plan, enough)
    assert report.counts.downloads == report.counts.downloads_cut == report.counts.downloads_resumed == 10
    assert report.counts.installs_failed == 10
    assert report.versions_after == report.versions_before
    told = [check.last_install for check in service.checks if check.last_install is not None]
    assert not any(install.succeeded for install in told)
    assert all(install.code and install.message for install in told)


async def test_offers_are_counted_and_not_taken_up_without_downloads(service: CannedDeviceService) -> None:
    offer_until_installed(service)
    enough = after_checks(service, 5)
    report = await run_until(service, FleetPlan(devices=5, seconds=0, ramp=0, downloads=False), enough)
    assert report.counts.decisions == Counter({"approved-update": 5})
    assert service.file_requests == []


async def test_a_busy_service_is_asked_again_after_it_said(service: CannedDeviceService) -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    enough = asyncio.Event()

    def answer(_check: CheckRequest) -> web.StreamResponse:
        times.append(loop.time())
        if len(times) == 1:
            return refusal(503, "busy", "Come later.", {"Retry-After": "1"})
        enough.set()
        return xml(no_update())

    service.answer = answer
    report = await run_until(service, FleetPlan(devices=1, seconds=0, ramp=0), enough)
    assert times[1] - times[0] >= 0.9
    assert (report.counts.busy, report.counts.checks_answered) == (1, 1)
    assert report.counts.failures == Counter(busy=1)


async def test_somebody_signs_in_and_is_named_from_then_on(service: CannedDeviceService) -> None:
    number = next(n for n in range(1000) if (FleetPlan(1000, 0, 0, users=True).sign_in_of(n) or 99) < 1.01)
    assert number > 0
    enough = asyncio.Event()

    def answer(check: CheckRequest) -> web.StreamResponse:
        if check.user_id is not None:
            enough.set()
        return xml(no_update())

    service.answer = answer
    plan = FleetPlan(devices=number + 1, seconds=0, ramp=0, users=True)
    await run_until(service, plan, enough)
    named = [check for check in service.checks if check.user_id is not None]
    users = {identity_of(0, device).mac: identity_of(0, device).user for device in range(number + 1)}
    assert named
    assert all(check.mac is not None and check.user_id == users[check.mac] for check in named)
    first = next(check for check in service.checks if check.mac == named[0].mac)
    assert first.user_id is None


async def test_in_an_open_loop_devices_take_turns_at_the_given_rate(service: CannedDeviceService) -> None:
    enough = after_checks(service, 30)
    plan = FleetPlan(devices=10, seconds=0, ramp=0, rate=200, connections=1)
    await run_until(service, plan, enough)
    expected = [identity_of(0, number % 10).mac for number in range(30)]
    assert [check.mac for check in service.checks[:30]] == expected


async def test_a_latency_counts_from_when_the_check_was_due_not_from_when_a_connection_was_free(
    service: CannedDeviceService,
) -> None:
    arrived: list[float] = []

    def answer(_check: CheckRequest) -> web.StreamResponse:
        arrived.append(asyncio.get_running_loop().time())
        return xml(no_update())

    service.answer = answer
    plan = FleetPlan(devices=400, seconds=0, ramp=0, connections=1)
    report = await run_until(service, plan, after_checks(service, 400))
    latencies = report.counts.latencies
    # All were due before the first arrived, and one connection sent them in turn.
    assert latencies.percentile(50) >= arrived[199] - arrived[0]
    assert report.counts.all_answered_after is not None
    assert arrived[399] - arrived[0] <= latencies.greatest <= report.counts.all_answered_after


async def test_each_site_has_an_address_of_its_own(service: CannedDeviceService) -> None:
    offer_until_installed(service)
    enough = after_checks(service, 12)
    seen: set[str] = set()

    plan = FleetPlan(devices=6, seconds=0, ramp=0, install_seconds=0, sites=3, connections=3)
    service.heard = seen.add
    await run_until(service, plan, enough)
    assert seen == {"127.0.1.1", "127.0.1.2", "127.0.1.3"}


async def test_files_that_are_not_what_was_offered_are_never_installed(service: CannedDeviceService) -> None:
    offer_until_installed(service)
    service.file().content = CONTENT[::-1]
    enough = after_checks(service, 6)
    plan = FleetPlan(devices=2, seconds=0, ramp=0, install_seconds=0, check_interval=0.01)
    report = await run_until(service, plan, enough)
    assert report.counts.installs_succeeded == 0
    assert report.counts.did_not_hold >= 2
    assert report.counts.failures["download: download-did-not-hold"] == report.counts.did_not_hold


async def test_a_run_ends_by_itself_and_says_what_was_due_but_not_sent(service: CannedDeviceService) -> None:
    service.answer = lambda _check: xml(no_update())
    plan = FleetPlan(devices=10, seconds=1, ramp=0, check_interval=0.02, connections=2)
    fleet = Fleet(parse_service_address(service.url), plan, say=lambda _line: None)
    report = await fleet.run()
    assert report.counts.checks_answered == report.counts.checks_sent == len(service.checks) > 10
    assert report.seconds >= 1
    told = report.as_json()
    checks = told["checks"]
    assert isinstance(checks, dict)
    assert checks["due_but_not_sent"] == report.counts.due_but_not_sent
    assert checks["devices_answered"] == 10


async def test_refusals_are_counted_by_their_codes(service: CannedDeviceService) -> None:
    refusals = [
        web.Response(status=401),
        refusal(400, "malformed-request", "The field Model is missing."),
        web.Response(status=404, text="no"),
        web.Response(status=200, text="no"),
    ]
    service.answer = lambda _check: refusals[len(service.checks) - 1]
    enough = after_checks(service, 4)
    report = await run_until(service, FleetPlan(devices=4, seconds=0, ramp=0, connections=1), enough)
    assert report.counts.failures == Counter(
        {"not-authenticated": 1, "malformed-request": 1, "not-the-contract": 1, "malformed-answer": 1}
    )
    assert report.counts.latencies.count == 0


async def test_the_same_seed_does_the_same(service: CannedDeviceService) -> None:
    offer_until_installed(service)
    answer = service.answer
    seen = []
    for connections in (1, 7):
        service.checks.clear()
        service.answer = answer
        enough = after_checks(service, 60)
        plan = FleetPlan(
            devices=30, seconds=0, ramp=0.2, install_seconds=0.05, failure_rate=0.4, seed=9, connections=connections
        )
        await run_until(service, plan, enough)
        seen.append(
            {(c.mac, c.last_install and (c.last_install.succeeded, c.last_install.code)) for c in service.checks}
        )
    assert seen[0] == seen[1]


async def test_progress_and_report_tell_the_same_figures(service: CannedDeviceService) -> None:
    offer_until_installed(service)
    plan = FleetPlan(devices=3, seconds=0, ramp=0, install_seconds=0)
    report = await run_until(service, plan, after_checks(service, 6))
    text = "\n".join(report.as_lines())
    assert "6 answered of 6 sent" in text
    assert "all answered after" in text
    assert "approved-update 3, up-to-date 3" in text
    assert "3 succeeded, 0 failed, 3 reported" in text
    rows = [line.split() for line in report.as_lines() if TARGET.text in line]
    assert sum(int(row[-1]) for row in rows) == 3
    assert {row[-2] for row in rows} == {"0"}


async def test_a_device_sends_a_log_after_a_failed_installation_and_some_after_their_start(
    service: CannedDeviceService,
) -> None:
    offer_until_installed(service)
    plan = FleetPlan(
        devices=3, seconds=0, ramp=0, install_seconds=0, failure_rate=1, connections=2, start_logs=1, check_interval=1
    )
    fleet = Fleet(parse_service_address(service.url), plan, say=lambda _line: None, patience=PATIENCE)
    run = asyncio.create_task(fleet.run())
    await until(lambda: {told.log_type for told, _, _ in service.logs} >= {"CELog", "DiagLog"})
    await until(lambda: fleet.counts.logs_stored >= 2)
    fleet.stop()
    await run
    diagnosis = next(content for told, _, content in service.logs if told.log_type == "DiagLog")
    assert b"error 0x80" in diagnosis
    assert {name for _, name, _ in service.logs if not name.endswith(".kdmp")} == {"boot.clg", "update.txt"}
    start = next(content for told, _, content in service.logs if told.log_type == "CELog")
    assert log_marker(start) is not None
    assert {event_text(event) for event in CeLogReading().feed(start)} >= {"power on", "registered"}


async def test_a_device_that_crashed_sends_a_dump_named_as_the_original_devices_did(
    service: CannedDeviceService,
) -> None:
    plan = FleetPlan(devices=30, seconds=0, ramp=0, start_logs=1, downloads=False)
    fleet = Fleet(parse_service_address(service.url), plan, say=lambda _line: None, patience=PATIENCE)
    run = asyncio.create_task(fleet.run())
    await until(lambda: any(told.log_type == "Watson" for told, _, _ in service.logs))
    fleet.stop()
    await run
    told, name, content = next(log for log in service.logs if log[0].log_type == "Watson")
    named, dump = told_by_name(name), read_crash_dump(whole_log(content))
    assert named is not None
    assert named.device == told.serial
    assert dump.fault is not None
    assert dump.fault.process == Module("cpe.exe", named.software_version)
    assert dump.system is not None
    assert dump.system.device == f"{told.vendor} {told.model}"
