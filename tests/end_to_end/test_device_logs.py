"""A device log's way: sent by a device, found by three characters of its MAC, saved, searched, purged."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.binary_logs import CE_LOG, CRASH_DUMP
from tests.support.command_line import Finished, environment_for, run_device_update
from tests.support.plain_calls import Administrator
from tests.support.programs import required_program
from tests.support.service_process import ACCOUNT, PASSWORD, ServiceProcess, eventually

pytestmark = pytest.mark.end_to_end

DEVICE = ("--mac", "00-04-F2-00-01-76", "--vendor", "Polycom", "--model", "CX700")


def run(*command: str) -> str:
    """What a program prints; it succeeds."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def check(service: ServiceProcess, *more: str) -> None:
    run(sys.executable, "-m", "device_update_simulator", "check", "--url", service.internal, *DEVICE, *more)


def device_update(service: ServiceProcess, *arguments: str) -> Finished:
    return run_device_update(*arguments, environment=environment_for(service.admin, ACCOUNT, PASSWORD))


def test_help_desk_finds_reads_and_purges_a_log(
    service: ServiceProcess, administrator: Administrator, tmp_path: Path
) -> None:
    log = tmp_path / "boot.clg"
    log.write_bytes(b"power on\r\nregistered\r\n")
    check(service)
    run(sys.executable, "-m", "device_update_simulator", "log", str(log), "--url", service.internal, *DEVICE)
    listed = device_update(service, "--json", "logs", "--device", "F20001")
    [found] = json.loads(listed.stdout)["items"]
    assert (found["name"], found["device_id"]) == ("boot.clg", "1")
    saved = tmp_path / "saved.clg"
    assert device_update(service, "log", found["id"], "--save", str(saved)).exit_code == 0
    assert saved.read_bytes() == log.read_bytes()
    assert b"device-log 1" in device_update(service, "audit", "--verb", "device-log.read").stdout
    assert b"It sent the CELog log boot.clg" in device_update(service, "device", "F20001", "--history").stdout
    assert device_update(service, "purge", "logs", "--yes").exit_code == 0
    assert json.loads(device_update(service, "--json", "logs").stdout)["items"] == []


def test_help_desk_reads_a_ce_log_a_crash_dump_and_a_text_at_the_command_line(
    service: ServiceProcess, administrator: Administrator, tmp_path: Path
) -> None:
    contents = {
        "PC7-2026-05-01170926-WATSON-1.0.522.101.kdmp": CRASH_DUMP,
        "20090501170926-CELOG0.clg": CE_LOG,
        "update.txt": "\ufeffpower on\r\nGer\u00e4t \x1b[31m".encode(),
        "junk.bin": bytes(range(256)),
    }
    for name, content in contents.items():
        log = tmp_path / name
        log.write_bytes(content)
        run(sys.executable, "-m", "device_update_simulator", "log", str(log), "--url", service.internal, *DEVICE)
    dump, events, text, junk = (device_update(service, "log", str(place + 1), "--text") for place in range(4))
    assert "Program:          cpe.exe 1.0.522.101" in dump.stdout.decode().splitlines()
    assert "  sip.dll      1.0.522.101" in dump.stdout.decode().splitlines()
    assert events.stdout.decode().splitlines()[-1] == "0:00:04.000274  RAW_WCHAR             text=registered"
    assert "Events: 30 in 4 s" in events.stderr.splitlines()
    assert text.stdout.decode() == "power on\nGer\u00e4t \\x1b[31m\n"
    assert (junk.exit_code, junk.stderr) == (
        1, "This log is neither text nor a CeLog nor a crash dump. Save it with --save.\n",
    )  # fmt: skip
    assert b"Written:          2026-05-01 17:09:26" in device_update(service, "log", "1").stdout
    assert device_update(service, "log", "1", "--text", "--save", str(tmp_path / "x")).exit_code == 2


def test_curl_sends_a_log_as_phones_do(service: ServiceProcess, tmp_path: Path) -> None:
    request = tmp_path / "request.xml"
    request.write_text(
        "<Request><DeviceType>UCPhone</DeviceType><MacAddress>00-04-F2-00-01-77</MacAddress><Vendor>Polycom</Vendor>"
        "<Model>CX700</Model><Revision>A</Revision><Locale>ENU</Locale><LogType>watson</LogType></Request>"
    )
    dump = tmp_path / "crash.kdmp"
    dump.write_bytes(bytes(range(256)) * 1000)
    curl = required_program("curl", "curl")
    answer = run(
        curl, "--silent", "--form", f"request=@{request};type=text/xml", "--form", f"file=@{dump}",
        f"{service.internal}/RequestHandler/ucdevice.upx",
    )  # fmt: skip
    assert "<Result>Stored</Result>" in answer
    [found] = json.loads(device_update(service, "--json", "logs", "--type", "Watson").stdout)["items"]
    assert found["size"] == 256_000


def test_the_update_log_is_read_as_a_table_as_json_and_as_its_twelve_columns(
    service: ServiceProcess, administrator: Administrator
) -> None:
    check(service, "--user", "kenmyer@contoso.com")
    eventually(
        lambda: json.loads(device_update(service, "--json", "update-log").stdout)["items"], "the check is recorded"
    )
    table = device_update(service, "update-log", "--search", "kenmyer f20001").stdout
    assert b"no-rule-for-device-class" in table
    printed = device_update(service, "update-log", "--csv", "--device", "00-04-F2-00-01-76").stdout.decode()
    [header, line] = csv.reader(io.StringIO(printed, newline=""))
    assert (len(header), line[3], line[11]) == (12, "00-04-F2-00-01-76", "kenmyer@contoso.com")
    check(service, "--user", "zoe@contoso.com")
    eventually(
        lambda: b"zoe" in device_update(service, "update-log", "--search", "zoe").stdout, "the next check is recorded"
    )
    for sort, users in (("at", ["kenmyer", "zoe"]), ("-at", ["zoe", "kenmyer"])):
        listed = json.loads(device_update(service, "--json", "update-log", "--sort", sort).stdout)["items"]
        lines = device_update(service, "update-log", "--csv", "--sort", sort).stdout.decode().splitlines()[1:]
        assert [item["user"].partition("@")[0] for item in listed] == users
        assert [line.rpartition(",")[2].partition("@")[0] for line in lines] == users
    assert device_update(service, "update-log", "--sort", "user").exit_code == 2
    refused = device_update(service, "update-log", "--search", "ab")
    assert (refused.exit_code, refused.stderr) == (
        1, "'ab' is too short to search for; at least 3 characters are needed.\n",
    )  # fmt: skip
