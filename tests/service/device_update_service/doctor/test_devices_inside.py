"""The doctor beside a running service: the host, the DNS record and the internal listener, with and without faults."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.support.examinations import THIS_HOST, case_of, examined
from tests.support.running_services import RunningService, approve_versions, configuration
from tests.support.service_process import free_port

from device_update_service.configuration.addresses import Address
from device_update_service.configuration.configuration import Configuration
from device_update_service.configuration.listeners import Listener, Listeners, SecureListener
from device_update_service.doctor.findings import Finding, Verdict
from device_update_service.storage.setting_records import write_settings
from device_update_service.web.serving import running

RECORD = "ucupdates-r2.contoso.com"


@pytest.fixture
def configured(tmp_path: Path) -> Configuration:
    """A service with an approved version, on ports that are known beforehand."""
    folder = tmp_path / "data"
    folder.mkdir(0o700)
    approve_versions(folder, "4.0.7577.4387")
    internal, admin = (Address(host="127.0.0.1", port=free_port()) for _ in range(2))
    listeners = Listeners(internal=Listener(address=internal), admin=SecureListener(address=admin))
    return configuration(folder).model_copy(update={"listeners": listeners})


@pytest.fixture
async def service(configured: Configuration) -> AsyncIterator[RunningService]:
    async with running(configured) as (parts, listening), aiohttp.ClientSession() as client:
        yield RunningService(parts, listening, client)


async def findings(configured: Configuration, *known: tuple[str, tuple[str, ...]], **more: Any) -> dict[str, Finding]:
    internal = configured.listeners.internal
    assert internal is not None
    port = more.pop("discovery_port", internal.address.port)
    return await asyncio.to_thread(examined, case_of(configured, dict(known), discovery_port=port, **more))


def verdicts(found: dict[str, Finding]) -> dict[str, str]:
    return {name: finding.verdict.value for name, finding in found.items()}


async def test_a_service_that_is_well_has_nothing_wrong(service: RunningService, configured: Configuration) -> None:
    published = configured.model_copy(update={"internal_url": configured_url(configured, "updates.contoso.com")})
    found = await findings(published, (RECORD, THIS_HOST), ("updates.contoso.com", THIS_HOST))
    inside = {
        "service", "database", "disk", "image-files", "data-folder", "key-files", "clock",
        "dns-record", "dns-record-answers", "internal-check", "internal-clock", "internal-file",
    }  # fmt: skip
    assert {name for name, finding in found.items() if finding.verdict is Verdict.OK} == inside
    assert not [finding for finding in found.values() if finding.verdict is Verdict.WRONG]
    assert all(finding.sentence.endswith((".", ")")) for finding in found.values())


def configured_url(configured: Configuration, host: str) -> str:
    internal = configured.listeners.internal
    assert internal is not None
    return f"http://{host}:{internal.address.port}"


async def test_its_checks_register_no_device_and_are_known_in_the_update_log(
    service: RunningService, configured: Configuration
) -> None:
    found = await findings(configured, (RECORD, THIS_HOST))
    assert found["internal-check"].verdict is Verdict.OK
    assert await service.rows("SELECT count(*) FROM device") == [(0,)]
    (day,) = (configured.data / "update-log").glob("*.sqlite")
    with closing(sqlite3.connect(day)) as log:
        entries = log.execute("SELECT device_type, vendor, user FROM check_log").fetchall()
    assert set(entries) == {("Doctor", "Doctor", "device-update-service doctor")}


def test_a_service_that_does_not_run_is_said_first_and_plainly(configured: Configuration) -> None:
    found = examined(case_of(configured, {RECORD: THIS_HOST}))
    assert found["service"].verdict is Verdict.WRONG
    assert found["service"].sentence.startswith("The service does not run, so no device is served: ")
    assert "connection refused" in found["service"].sentence
    assert found["internal-check"] == Finding(
        "internal-check", Verdict.NOT_CHECKED, "Not looked at, because of service."
    )
    assert found["database"].verdict is Verdict.OK


async def test_another_program_on_the_administration_port_is_not_the_service(configured: Configuration) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", configured.listeners.admin.address.port)
    async with server:
        found = await findings(configured)
    assert found["service"].verdict is Verdict.WRONG
    assert found["service"].sentence.startswith("Something else than this service answers")


async def test_what_health_complains_of_is_told(service: RunningService, configured: Configuration) -> None:
    await service.parts.service.write(lambda: write_settings({"disk_free_warning": 1024**5}))
    found = await findings(configured)
    assert (found["service"].verdict, "disk: " in found["service"].sentence) == (Verdict.WARNING, True)
    assert (found["disk"].verdict, "warning comes below 1125899 GB" in found["disk"].sentence) == (
        Verdict.WARNING,
        True,
    )


@pytest.mark.parametrize(
    ("addresses", "verdict", "words"),
    [
        (None, "wrong", "add an A record"),
        (("127.0.0.1", "::1"), "ok", "leads to this host (127.0.0.1, ::1)"),
        (("127.0.0.1", "127.0.0.77"), "ok", "leads to this host"),
        (("fe80::1%elsewhere",), "wrong", "which is not an address of this host and answers no check"),
        (("127.0.0.1", "fe80::1%elsewhere"), "wrong", "leads to fe80::1%elsewhere, which is not"),
    ],
)
async def test_the_dns_record_leads_to_this_host(
    service: RunningService,
    configured: Configuration,
    addresses: tuple[str, ...] | None,
    verdict: str,
    words: str,
) -> None:
    known = [] if addresses is None else [(RECORD, addresses)]
    found = await findings(configured, *known)
    assert found["dns-record"].verdict.value == verdict
    assert words in found["dns-record"].sentence


def test_without_a_domain_the_record_is_not_looked_for(configured: Configuration) -> None:
    found = examined(case_of(configured, domain=None))
    assert found["dns-record"].verdict is Verdict.NOT_CHECKED
    assert "--domain" in found["dns-record"].sentence


async def test_a_port_where_phones_do_not_ask_is_wrong(service: RunningService, configured: Configuration) -> None:
    found = await findings(configured, (RECORD, THIS_HOST), discovery_port=free_port())
    assert found["dns-record-answers"].verdict is Verdict.WRONG
    assert "let the internal listener listen on port" in found["dns-record-answers"].sentence


@pytest.mark.parametrize(
    ("url", "finding", "words"),
    [
        ("http://nowhere.contoso.com:8080", "internal-name", "has no address"),
        ("http://updates.contoso.com:{free}", "internal-check", "connection refused"),
        ("http://updates.contoso.com:{admin}", "internal-check", "no answer of this service"),
    ],
)
async def test_an_internal_url_that_leads_nowhere_is_wrong(
    service: RunningService, configured: Configuration, url: str, finding: str, words: str
) -> None:
    places = {"free": free_port(), "admin": configured.listeners.admin.address.port}
    published = configured.model_copy(update={"internal_url": url.format(**places)})
    found = await findings(published, ("updates.contoso.com", THIS_HOST))
    assert found[finding].verdict is Verdict.WRONG
    assert words in found[finding].sentence


async def test_a_file_that_is_gone_is_wrong(service: RunningService, configured: Configuration) -> None:
    for path in configured.data.joinpath("images").rglob("*"):
        if path.is_file():
            path.unlink()
    found = await findings(configured)
    assert found["image-files"].verdict is Verdict.WRONG
    assert "1 of 1 approved files are missing" in found["image-files"].sentence
    assert "CPE.nbt 4.0.7577.4387 for CX700" in found["image-files"].sentence


@pytest.mark.parametrize(
    ("mode", "verdict"), [(0o700, "ok"), (0o750, "warning"), (0o755, "warning"), (0o777, "wrong"), (0o500, "wrong")]
)
def test_the_data_folder_is_the_services_own(configured: Configuration, mode: int, verdict: str) -> None:
    configured.data.chmod(mode)
    assert verdicts(examined(case_of(configured)))["data-folder"] == verdict


def test_a_data_folder_that_is_not_there_is_wrong(configured: Configuration, tmp_path: Path) -> None:
    found = examined(case_of(configured.model_copy(update={"data": tmp_path / "gone"})))
    assert (found["data-folder"].verdict, found["database"].verdict) == (Verdict.WRONG, Verdict.WRONG)
    for name in ("disk", "key-files"):
        assert found[name].verdict is Verdict.NOT_CHECKED
    assert "Errno" not in found["key-files"].sentence


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_file_that_others_can_read_is_wrong(configured: Configuration, mode: int) -> None:
    key = configured.data / "account.key"
    key.write_bytes(os.urandom(32))
    key.chmod(mode)
    found = examined(case_of(configured))
    assert found["key-files"].verdict is Verdict.WRONG
    assert f"chmod 600 {key}" in found["key-files"].sentence


def test_a_clock_that_was_set_back_is_wrong(configured: Configuration) -> None:
    found = examined(case_of(configured, now=datetime.now(UTC) - timedelta(hours=1)))
    assert (found["clock"].verdict, "set back" in found["clock"].sentence) == (Verdict.WRONG, True)


@pytest.mark.parametrize(("synchronized", "verdict"), [(True, "ok"), (False, "warning"), (None, "not-checked")])
def test_a_clock_without_a_time_server_is_a_warning(
    configured: Configuration, synchronized: bool | None, verdict: str
) -> None:
    assert verdicts(examined(case_of(configured, synchronized=synchronized)))["clock"] == verdict


async def test_an_answer_with_another_time_is_noticed(service: RunningService, configured: Configuration) -> None:
    found = await findings(configured, now=datetime.now(UTC) + timedelta(minutes=10))
    assert (found["internal-clock"].verdict, "Kerberos" in found["internal-clock"].sentence) == (Verdict.WRONG, True)


def test_a_newer_database_is_wrong_and_an_older_one_a_warning(configured: Configuration) -> None:
    def write(statement: str) -> Finding:
        with closing(sqlite3.connect(configured.data / "device-update.sqlite")) as database, database:
            database.execute(statement)
        return examined(case_of(configured))["database"]

    older = write("DELETE FROM schema_migration WHERE name <> '0001_initial'")
    assert (older.verdict, "lacks the changes" in older.sentence) == (Verdict.WARNING, True)
    newer = write("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')")
    assert (newer.verdict, "9999_later" in newer.sentence) == (Verdict.WRONG, True)


def test_what_hangs_ends_in_time_and_is_said(configured: Configuration) -> None:
    """A listener that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", configured.listeners.admin.address.port)):
        found = examined(case_of(configured))
    assert (found["service"].verdict, "within 3 seconds" in found["service"].sentence) == (Verdict.WRONG, True)
