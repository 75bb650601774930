from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.support.canned_device_service import CannedDeviceService, refusal, update_available, xml

from device_update_simulator import __main__ as entry_point
from device_update_simulator.command_line import run

CONTENT = b"firmware" * 1000
WHO = ("--mac", "0004f2000176", "--serial", "07823-A345", "--vendor", "Polycom", "--model", "CX700")
Captured = pytest.CaptureFixture[str]


@pytest.fixture
async def service() -> AsyncIterator[CannedDeviceService]:
    async with CannedDeviceService() as running:
        yield running


async def check(service: CannedDeviceService, *options: str, path: str = "") -> int:
    """Run `check` in a thread, because it has a loop of its own."""
    return await asyncio.to_thread(run, ["check", "--url", service.url + path, *WHO, *options])


async def test_a_decision_is_told_in_sentences(service: CannedDeviceService, capsys: Captured) -> None:
    assert await check(service) == 0
    assert capsys.readouterr().out.splitlines() == [
        "No update: Nothing to do. (up-to-date)",
        "Told to ask again in 86400 seconds.",
    ]


async def test_what_is_given_is_sent(service: CannedDeviceService) -> None:
    options = ["--installed", "CPE.nbt=1.0.522.101", "--installed", "b=2.nbt=2.0", "--user", "kenmyer@contoso.com"]
    report = ["--installed-result", "failed", "--installed-version", "4.0.7577.4387", "--code", "7", "--message", "no"]
    assert await check(service, *options, *report) == 0
    sent = service.checks[0]
    assert (sent.mac, sent.serial, sent.user_id) == ("00-04-F2-00-01-76", "07823-A345", "kenmyer@contoso.com")
    assert (sent.device_type, sent.vendor, sent.model, sent.revision, sent.locale) == (
        "UCPhone",
        "Polycom",
        "CX700",
        "A",
        "ENU",
    )
    assert [(module.file_name, str(module.version)) for module in sent.modules] == [
        ("CPE.nbt", "1.0.522.101"),
        ("b=2.nbt", "2.0"),
    ]
    told = sent.last_install
    assert told is not None
    assert (told.succeeded, str(told.version), told.code, told.message) == (False, "4.0.7577.4387", "7", "no")
    assert told.time is not None


async def test_an_offer_is_fetched_verified_and_told(
    service: CannedDeviceService, tmp_path: Path, capsys: Captured
) -> None:
    offer = service.offer({"CPE.nbt": CONTENT}, signature=b"signed")
    service.answer = lambda _check: xml(update_available(offer))
    assert await check(service, "--download", str(tmp_path / "new" / "folder")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Update available: An update is approved. (approved-update)"
    assert lines[1] == f"  CPE.nbt 4.0.7577.4387, 8000 bytes, signature CPE.cat: {offer.base_url}/CPE.nbt"
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert lines[3] == f"CPE.nbt: fetched, 8000 bytes, SHA-256 {digest} verified."
    assert (tmp_path / "new" / "folder" / "CPE.nbt").read_bytes() == CONTENT


async def test_json_holds_decision_files_and_no_error(
    service: CannedDeviceService, tmp_path: Path, capsys: Captured
) -> None:
    offer = service.offer({"CPE.nbt": CONTENT})
    service.answer = lambda _check: xml(update_available(offer, next_check_seconds=900))
    assert await check(service, "--json", "--download", str(tmp_path)) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["result"], told["code"], told["next_check_seconds"]) == ("UpdateAvailable", "approved-update", 900)
    assert told["base_url"] == offer.base_url
    assert told["modules"][0]["sha256"] == told["files"][0]["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert told["files"][0]["path"] == str(tmp_path / "CPE.nbt")
    assert told["error"] is None


async def test_a_refusal_is_its_sentence_and_ends_with_1(service: CannedDeviceService, capsys: Captured) -> None:
    service.answer = lambda _check: refusal(400, "malformed-request", "The field Model is missing.")
    assert await check(service, "--json") == 1
    told = capsys.readouterr()
    assert told.err == "The field Model is missing.\n"
    assert json.loads(told.out)["error"] == {"code": "malformed-request", "text": "The field Model is missing."}


async def test_a_file_that_does_not_hold_ends_with_1_and_leaves_nothing(
    service: CannedDeviceService, tmp_path: Path, capsys: Captured
) -> None:
    offer = service.offer({"CPE.nbt": CONTENT})
    service.file().content = CONTENT[::-1]
    service.answer = lambda _check: xml(update_available(offer))
    assert await check(service, "--download", str(tmp_path)) == 1
    assert "CPE.nbt does not have the SHA-256 that the service named." in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == []  # noqa: ASYNC240


async def test_a_busy_service_ends_with_1(service: CannedDeviceService, capsys: Captured) -> None:
    service.answer = lambda _check: refusal(503, "busy", "The service is busy.", {"Retry-After": "7"})
    assert await check(service) == 1
    assert capsys.readouterr().err == "The service is busy. It may be asked again in 7 seconds.\n"


async def test_a_demanded_account_ends_with_4(service: CannedDeviceService, capsys: Captured) -> None:
    service.answer = lambda _check: web.Response(status=401, headers={"WWW-Authenticate": "NTLM"})
    assert await check(service) == 4
    assert "demands an account" in capsys.readouterr().err


def test_a_password_that_is_no_text_ends_with_2_and_is_not_repeated(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_bytes(b"correct \xff horse\n")
    with password.open(encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert run(["check", "--url", "http://127.0.0.1:9", *WHO, "--account", "phone", "--password-stdin"]) == 2
    assert "The password is not UTF-8 text." in capsys.readouterr().err


async def test_a_device_outside_takes_the_external_address(
    service: CannedDeviceService, tmp_path: Path, capsys: Captured
) -> None:
    inside = service.offer({"CPE.nbt": CONTENT})
    service.answer = lambda _check: xml(update_available(inside))
    external = "/RequestHandlerExt/ucdevice.upx"
    assert await check(service, "--download", str(tmp_path), path=external) == 1
    assert "names no address for devices outside" in capsys.readouterr().err
    both = service.offer({"CPE.nbt": CONTENT}, external=True)
    service.answer = lambda _check: xml(update_available(both))
    assert await check(service, "--download", str(tmp_path), path=external) == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--mac", "00-04-F2-00-01"],
        ["--serial", "a b"],
        ["--model", ".."],
        ["--installed", "CPE.nbt"],
        ["--installed", "=1.0"],
        ["--installed", "CPE.nbt=soon"],
        ["--installed-result", "Succeeded"],
        ["--code", "7"],
        ["--account", "phone"],
        ["--password-stdin"],
        ["--unknown"],
        ["--url", "ftp://x"],
        ["--ca", "/nowhere"],
        ["--pin", "abc"],
        ["--account", "a:b", "--password-stdin"],
    ],
)
def test_wrong_usage_ends_with_2_and_asks_nobody(options: list[str], capsys: Captured) -> None:
    assert run(["check", "--url", "http://127.0.0.1:9", *WHO, *options]) == 2
    assert capsys.readouterr().err


async def test_a_service_that_is_not_there_ends_with_3(service: CannedDeviceService, capsys: Captured) -> None:
    url = service.url
    await service.__aexit__()
    assert await asyncio.to_thread(run, ["check", "--url", url, *WHO]) == 3
    assert capsys.readouterr().err == "The service refused the connection.\n"


def test_devices_are_named_without_a_service(capsys: Captured) -> None:
    assert run(["devices", "--devices", "3", "--seed", "7", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["number"] for row in rows] == [0, 1, 2]
    assert run(["devices", "--devices", "3", "--seed", "7"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [row["mac"] for row in rows]


@pytest.mark.parametrize(
    "options",
    [
        ["--devices", "0"],
        ["--cut-rate", "2"],
        ["--sites", "65"],
        ["--sites", "2", "--url", "http://10.0.0.1"],
        ["--report", "/nowhere/report.json"],
        ["--rate", "0"],
    ],
)
def test_a_fleet_that_cannot_be_is_wrong_usage(options: list[str], capsys: Captured) -> None:
    assert run(["fleet", "--url", "http://127.0.0.1:9", "--devices", "1", "--seconds", "1", *options]) == 2
    assert capsys.readouterr().err


async def start_fleet(url: str, *options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "device_update_simulator", "fleet", "--url", url, "--devices", "5", "--ramp", "0", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for the loopback address, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a service")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "service.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM) + secret)
    return path


async def test_over_tls_a_device_checks_and_fetches_only_from_a_service_that_it_trusts(
    certificate: Path, tmp_path: Path, capsys: Captured
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    async with CannedDeviceService(tls=tls) as service:
        offer = service.offer({"CPE.nbt": CONTENT})
        service.answer = lambda _check: xml(update_available(offer))
        assert await check(service, "--ca", str(certificate), "--download", str(tmp_path)) == 0
        assert "CPE.nbt: fetched" in capsys.readouterr().out
        service.checks.clear()
        assert await check(service, "--download", str(tmp_path)) == 3
    assert "TLS was not accepted" in capsys.readouterr().err
    assert service.checks == []


async def test_tls_towards_a_plain_listener_is_said(service: CannedDeviceService, capsys: Captured) -> None:
    url = service.url.replace("http:", "https:")
    assert await asyncio.to_thread(run, ["check", "--url", url, *WHO]) == 3
    assert "TLS was not accepted" in capsys.readouterr().err


def test_a_file_without_certificates_is_wrong_usage(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    assert run(["check", "--url", "https://127.0.0.1:9", *WHO, "--ca", str(tmp_path / "ca.pem")]) == 2
    assert "holds no certificates" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_a_fleet_with_its_report(
    service: CannedDeviceService, tmp_path: Path, number: signal.Signals
) -> None:
    asked, answer = asyncio.Event(), service.answer

    def answering(request: object) -> web.StreamResponse:
        if len(service.checks) == 5:
            asked.set()
        return answer(service.checks[-1])

    service.answer = answering
    process = await start_fleet(service.url, "--seconds", "0", "--json", "--report", str(tmp_path / "report.json"))
    async with asyncio.timeout(60):
        await asked.wait()
        process.send_signal(number)
        out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    told = json.loads(out)
    assert told["checks"]["answered"] == 5
    assert json.loads((tmp_path / "report.json").read_text()) == told


async def test_a_fleet_that_nobody_ever_answered_ends_with_3(service: CannedDeviceService) -> None:
    url = service.url
    await service.__aexit__()
    process = await start_fleet(url, "--seconds", "2")  # less than it takes until one tries again
    out, err = await process.communicate()
    assert process.returncode == 3
    assert b"No check was answered; the commonest cause is connection-refused." in err
    assert b"connection-refused 5" in out


def test_a_missing_extra_is_one_sentence_and_2(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "aiohttp" else find(name))
    assert entry_point.main() == 2
    assert capsys.readouterr().err == (
        "device-update-simulator needs the extra 'simulator', which is not installed: aiohttp is missing.\n"
    )


def test_nothing_but_the_standard_library_is_imported_before_the_extra_is_looked_for() -> None:
    code = "import sys; a = set(sys.modules); import device_update_simulator.__main__; print(*set(sys.modules) - a)"
    imported = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    roots = {name.partition(".")[0] for name in imported}
    assert roots - sys.stdlib_module_names == {"device_update_simulator"}
