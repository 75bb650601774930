"""Devices with an account against the real external listener, and against servers that do not do what it does."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.support.external_listeners import ACCOUNT, PASSWORD, ExternalService, external_service
from tests.support.running_services import approve_versions
from tests.support.signing_in_server import ACCOUNT as PHONE
from tests.support.signing_in_server import PASSWORD as PHONE_PASSWORD
from tests.support.signing_in_server import ServerCertificate, SigningInServer, server_certificate

from device_update_http_authentication.identities import Credentials
from device_update_http_authentication.pinned_certificates import pinned_tls
from device_update_simulator.command_line import run
from device_update_simulator.device_access import DeviceAccess
from device_update_simulator.device_connections import CheckConnection
from device_update_simulator.failures import NotAuthenticated, Unreachable
from device_update_simulator.service_address import parse_service_address

VERSION = "4.0.7577.4387"
WHO = ("--mac", "00-04-F2-00-01-76", "--vendor", "Polycom", "--model", "CX700")
Captured = pytest.CaptureFixture[str]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[ExternalService]:
    folder = tmp_path / "data"
    folder.mkdir()
    await asyncio.to_thread(approve_versions, folder, VERSION)
    async with external_service(folder, channel_binding="require") as running:
        yield running


@pytest.fixture
def certificate(tmp_path: Path) -> ServerCertificate:
    return server_certificate(tmp_path)


async def simulate(monkeypatch: pytest.MonkeyPatch, *arguments: str, password: str = PASSWORD) -> int:
    """One command line, in a thread because it has a loop of its own."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    return await asyncio.to_thread(run, arguments)


def signed_in(url: str, account: str = ACCOUNT) -> tuple[str, ...]:
    return ("--url", url, "--account", account, "--password-stdin")


async def test_a_device_outside_checks_and_fetches_as_its_account(
    service: ExternalService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    options = ("--ca", str(service.certificate.authority), "--json", "--download", str(tmp_path / "files"))
    assert await simulate(monkeypatch, "check", *signed_in(service.external), *WHO, *options) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["code"] == "approved-update"
    assert {file["name"] for file in told["files"]} == {"CPE.nbt", "CPE.cat"}
    assert await service.refusals() == []


async def test_a_download_goes_on_where_it_was_cut(
    service: ExternalService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    check = ("check", *signed_in(service.external), *WHO, "--json", "--download", str(tmp_path))
    options = ("--pin", service.certificate.fingerprint)
    assert await simulate(monkeypatch, *check, *options) == 0
    first = {file["name"]: file for file in json.loads(capsys.readouterr().out)["files"]}
    whole = Path(first["CPE.nbt"]["path"]).read_bytes()  # noqa: ASYNC240
    (tmp_path / "CPE.nbt").unlink()
    (tmp_path / "CPE.nbt.partial").write_bytes(whole[:3])
    (tmp_path / "CPE.nbt.partial-etag").write_text(f'"{first["CPE.nbt"]["sha256"]}"')
    assert await simulate(monkeypatch, *check, *options) == 0
    again = {file["name"]: file for file in json.loads(capsys.readouterr().out)["files"]}
    assert again["CPE.nbt"]["resumed_at"] == 3


async def test_a_device_outside_sends_a_log_as_its_account(
    service: ExternalService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    log = tmp_path / "boot.clg"
    log.write_bytes(b"power on" * 100_000)
    options = ("--ca", str(service.certificate.authority))
    assert await simulate(monkeypatch, "log", str(log), *signed_in(service.external), *WHO, *options) == 0
    assert await service.rows("SELECT name, size, account FROM device_log") == [("boot.clg", 800_000, ACCOUNT)]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("account", ["CONTOSO\\phone", "phone@contoso.com", "PHONE"])
async def test_an_account_may_name_a_domain(
    service: ExternalService, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    options = ("--pin", service.certificate.fingerprint)
    assert await simulate(monkeypatch, "check", *signed_in(service.external, account), *WHO, *options) == 0


async def test_a_wrong_password_ends_with_4_and_a_sentence(
    service: ExternalService, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    options = (*signed_in(service.external), "--pin", service.certificate.fingerprint)
    assert await simulate(monkeypatch, "check", *WHO, *options, password="not the password") == 4
    assert capsys.readouterr().err == (
        "The service did not let phone in: the account or the password is wrong, or it is not allowed in now.\n"
    )
    assert [code for _, code, _, _ in await service.refusals()] == ["wrong-password"]


async def fleet(*options: str, password: str = PASSWORD) -> tuple[int | None, bytes, str]:
    """A fleet as its own process: exit code, stdout, stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "device_update_simulator", "fleet", "--ramp", "0", "--seconds", "2", *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(password.encode())
    return process.returncode, out, err.decode()


async def test_a_fleet_with_a_wrong_password_ends_with_4(service: ExternalService) -> None:
    options = (*signed_in(service.external), "--pin", service.certificate.fingerprint, "--devices", "3")
    exit_code, _, told = await fleet(*options, password="not the password")
    assert (exit_code, told) == (4, "No check was answered; the commonest cause is sign-in-refused.\n")


async def test_without_an_account_the_external_listener_ends_with_4(
    service: ExternalService, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    options = ("--url", service.check_url, "--pin", service.certificate.fingerprint)
    assert await simulate(monkeypatch, "check", *options, *WHO) == 4
    assert capsys.readouterr().err == "The service demands an account: give --account and --password-stdin.\n"


async def test_another_certificate_than_the_pinned_one_ends_with_3_and_names_both(
    service: ExternalService, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    arguments = ("check", *signed_in(service.external), *WHO, "--pin", "ab" * 32)
    assert await simulate(monkeypatch, *arguments) == 3
    told = capsys.readouterr().err
    assert service.certificate.fingerprint in told
    assert "ab" * 32 in told


async def test_a_fleet_signs_in_once_on_each_connection(service: ExternalService) -> None:
    options = (*signed_in(service.external), "--pin", service.certificate.fingerprint)
    plan = ("--devices", "12", "--install-seconds", "0.1", "--connections", "3", "--check-interval", "0.2")
    exit_code, out, _ = await fleet(*options, *plan, "--json")
    told: Any = json.loads(out)
    assert exit_code == 0
    assert (told["checks"]["devices_answered"], told["failures"]) == (12, {})
    assert told["checks"]["connections_opened"] == 3
    assert told["downloads"]["complete"] > 0


async def test_a_check_signs_in_on_the_connection_that_it_keeps() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text="hi")

    access = DeviceAccess(credentials=Credentials(PHONE, PHONE_PASSWORD))
    for schemes in (("NTLM",), ("Negotiate",)):
        async with SigningInServer(answer=answer, schemes=schemes) as server:
            connection = CheckConnection(parse_service_address(server.url), access)
            for _ in range(3):
                assert (await connection.check(b"<Request/>", timeout_seconds=5)).status == 200
            connection.close()
            assert (await connection.check(b"<Request/>", timeout_seconds=5)).status == 200
            connection.close()
            assert connection.opened == 2
            assert server.bodies == [b"<Request/>"] * 4
            assert [request.scheme for request in server.requests].count(None) == 2 + 2


async def test_a_connection_closed_within_the_sign_in_is_a_broken_one() -> None:
    async with SigningInServer() as server:
        server.closes_after_challenge = 10
        access = DeviceAccess(credentials=Credentials(PHONE, PHONE_PASSWORD))
        with pytest.raises(Unreachable) as caught:
            await CheckConnection(parse_service_address(server.url), access).check(b"x", timeout_seconds=5)
    assert caught.value.code == "connection-broken"


async def test_an_account_that_is_let_in_no_longer_signs_in_anew(certificate: ServerCertificate) -> None:
    statuses = [200, 401, 200]

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=statuses.pop(0))

    access = DeviceAccess(pinned_tls(certificate.fingerprint), Credentials(PHONE, PHONE_PASSWORD))
    async with SigningInServer(certificate=certificate, answer=answer, channel_binding="require") as server:
        connection = CheckConnection(parse_service_address(server.url), access)
        found = [(await connection.check(b"x", timeout_seconds=5)).status for _ in range(3)]
        connection.close()
    assert (found, connection.opened) == ([200, 401, 200], 2)


async def test_no_account_travels_where_others_can_read_along() -> None:
    access = DeviceAccess(credentials=Credentials(PHONE, PHONE_PASSWORD))
    connection = CheckConnection(parse_service_address("http://updates.contoso.com"), access)
    with pytest.raises(NotAuthenticated, match="Nothing was sent"):
        await connection.check(b"x", timeout_seconds=5)
