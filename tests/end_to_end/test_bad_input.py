"""Bad input that only the whole process shows: refused in a sentence, nothing is changed or left behind."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import Finished, environment_for, run_device_update
from tests.support.plain_calls import Administrator, Answer
from tests.support.sample_packages import image_bytes, package
from tests.support.service_process import ACCOUNT, PASSWORD, NotReady, ServiceProcess, eventually
from tests.support.soundness import assert_sound, stored_images
from tests.support.story import simulate

from device_update_service.storage.data_folder import DataFolder

pytestmark = pytest.mark.end_to_end


# Starting


def refused_start(service: ServiceProcess) -> str:
    """The one sentence with which a start is refused."""
    with pytest.raises(NotReady) as refused:
        service.start()
    assert refused.value.exit_code == 1
    [sentence] = [line for line in refused.value.stderr.splitlines() if "[info " not in line]
    assert sentence.endswith(".")
    return sentence


def test_a_second_service_on_the_same_data_folder_is_refused(
    service: ServiceProcess, administrator: Administrator, tmp_path: Path
) -> None:
    second = ServiceProcess(service.folder, log=tmp_path / "second")
    assert "Another service uses the data folder" in refused_start(second)
    administrator.import_package(package("1.0"))
    service.stop()
    second.start()
    assert_sound(second)
    second.stop()


def test_an_address_that_is_taken_is_refused_and_the_data_folder_is_free_again(
    service: ServiceProcess, tmp_path: Path
) -> None:
    other = ServiceProcess(tmp_path / "other")
    other.internal_port = service.internal_port
    assert f"127.0.0.1:{service.internal_port} cannot be listened on" in refused_start(other)
    service.stop()
    other.start()
    other.stop()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(
    service: ServiceProcess, administrator: Administrator
) -> None:
    administrator.import_package(package("1.0"))
    service.stop()
    database = DataFolder(service.folder).database
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01 00:00:00')")
        connection.commit()
    content = database.read_bytes()
    assert "newer version of this service (9999_later)" in refused_start(service)
    assert database.read_bytes() == content


# Uploads


def test_an_upload_that_is_cut_in_the_middle_leaves_nothing(
    service: ServiceProcess, administrator: Administrator
) -> None:
    content = package("1.0", image=image_bytes("cut", 4_000_000))
    uploads = DataFolder(service.folder).uploads
    head = (
        f"POST /api/v1/packages HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
        f"Authorization: Bearer {administrator.token}\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", service.admin_port)) as connection:
        connection.sendall(head.encode() + content[: len(content) // 2])
        eventually(lambda: any(uploads.iterdir()), "the upload has begun")
    eventually(lambda: not any(uploads.iterdir()), "the upload is gone")
    assert administrator.items("/packages") == []
    assert stored_images(service) == set()
    administrator.import_package(content)


def test_a_version_that_comes_again_with_other_bytes_is_refused(
    service: ServiceProcess, administrator: Administrator, tmp_path: Path
) -> None:
    administrator.import_package(package("1.0", image=b"one"))
    [before] = administrator.items("/rules")
    other = tmp_path / "other.cab"
    other.write_bytes(package("1.0", image=b"other"))
    refused = device_update(service, "--json", "import", str(other))
    assert refused.exit_code == 1
    problem = json.loads(refused.stdout)
    assert (problem["status"], problem["code"]) == (422, "package-refused")
    assert [error["code"] for error in problem["errors"]] == ["version-content-differs"]
    assert administrator.items("/rules") == [before]
    assert len(administrator.items("/packages")) == 1
    assert_sound(service)


# Two at once


def test_of_two_clients_who_approve_at_once_exactly_one_wins(
    service: ServiceProcess, administrator: Administrator
) -> None:
    models = [f"M{number}" for number in range(30)]
    administrator.import_package(package("1.0", models=models))
    together = threading.Barrier(2)

    def approve(rule: Any) -> Answer:
        together.wait(30)
        return administrator.verb("approve", {"id": rule["id"], "change_number": rule["change_number"]})

    with ThreadPoolExecutor(2) as pool:
        for rule in administrator.items("/rules"):
            answers = list(pool.map(approve, [rule, rule]))
            assert sorted(answer.status for answer in answers) == [200, 409]
            [loser] = [answer.json for answer in answers if answer.status == 409]
            assert loser["code"] in {"changed-meanwhile", "nothing-pending"}
            history = administrator.items(f"/rules/{rule['id']}/history")
            assert [entry["verb"] for entry in history] == ["approve", "import"]


def test_of_two_commands_that_approve_at_once_exactly_one_ends_with_0(
    service: ServiceProcess, administrator: Administrator
) -> None:
    administrator.import_package(package("1.0"))
    with ThreadPoolExecutor(2) as pool:
        commands = [pool.submit(device_update, service, "approve", "1", "--yes") for _ in range(2)]
        finished = sorted((command.result() for command in commands), key=lambda done: done.exit_code)
    assert [done.exit_code for done in finished] == [0, 1]
    assert finished[1].stderr.strip()
    assert "Traceback" not in finished[1].stderr


# Devices


def test_a_mac_and_a_serial_of_two_devices_never_merge_them(
    service: ServiceProcess, administrator: Administrator
) -> None:
    first, second = ("--mac", "00-04-F2-00-00-01"), ("--serial", "S-2")
    both = (*first, *second)
    for identifiers in (first, second, both, both):
        code, told, stderr = simulate(
            "check", "--url", service.internal, "--vendor", "Polycom", "--model", "CX700", "--json", *identifiers
        )
        assert (code, told["code"]) == (0, "no-rule-for-device-class"), stderr
    eventually(lambda: len(noted := devices_with_notes(administrator)) == 2 and noted, "the conflict is noted on both")
    devices = administrator.items("/devices")
    assert {(device["mac"], device["serial"]) for device in devices} == {("00-04-F2-00-00-01", None), (None, "S-2")}
    for device in devices:
        history = administrator.get(f"/devices/{device['id']}/history")["items"]
        assert "identity-conflict" in {event["code"] for event in history}


def devices_with_notes(administrator: Administrator) -> list[Any]:
    """The devices about which the service has noted something."""
    return [device for device in administrator.items("/devices") if device["notes_by_service"]]


# Paths


@pytest.fixture(scope="module")
def serving(
    folder_with_administrator: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ServiceProcess, str]]:
    """A service that serves one image file, and the file's path below the listener."""
    service = ServiceProcess(shutil.copytree(folder_with_administrator, tmp_path_factory.mktemp("paths") / "data"))
    service.start()
    administrator = Administrator(service)
    administrator.import_package(package("1.0", image=b"the image"))
    administrator.approve_all()
    yield service, "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.0/CPE/CPE.nbt"
    service.end()
    assert "Traceback" not in service.stderr


def fetch(service: ServiceProcess, path: str) -> tuple[int, str]:
    """Status and body of a path that curl sends as it is."""
    done = subprocess.run(
        ["curl", "-sS", "--path-as-is", "-g", "-w", "\n%{http_code}", f"{service.internal}{path}"],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def test_the_image_is_served_at_its_path_in_any_case(serving: tuple[ServiceProcess, str]) -> None:
    service, path = serving
    assert fetch(service, path) == (200, "the image")
    assert fetch(service, path.upper()) == (200, "the image")
    assert fetch(service, path.replace("CPE.nbt", "%43PE%2Enbt")) == (200, "the image")


@pytest.mark.parametrize(
    "spoilt",
    [
        "/DeviceUpdateFiles_Int/../../../../etc/passwd",
        "/DeviceUpdateFiles_Int/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/DeviceUpdateFiles_Int/..%2f..%2f..%2faccount.key",
        "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.0/CPE/../CPE/CPE.nbt",
        "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.0/./CPE.nbt",
        "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.0/CPE/%2e%2e",
        "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.0/CPE/CPE.nbt%00",
        "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.0/CPE/CPE.nbt%00.txt",
        "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.0/CPE\\CPE.nbt",
        "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.0/CPE%5CCPE.nbt",
        "/DeviceUpdateFiles_Int/UCPhone%2FPolycom/CX700/A/ENU/1.0/CPE/CPE.nbt",
        "/DeviceUpdateFiles_Int//UCPhone/Polycom/CX700/A/ENU/1.0/CPE/CPE.nbt",
        "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.1/CPE/CPE.nbt",
        "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/..../CPE/CPE.nbt",
        "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.0/CPE/%FF%FE",
        "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.0/CPE/%ZZ",
        "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.0/CPE/%252e%252e",
        "/DeviceUpdateFiles_Int/",
        "/DeviceUpdateFiles_Int",
        "/DeviceUpdateFiles_Ext/UCPhone/Polycom/CX700/A/ENU/1.0/CPE/CPE.nbt",
        "/api/v1/rules",
        "/metrics",
        "/",
    ],
)
def test_any_other_path_is_not_found(serving: tuple[ServiceProcess, str], spoilt: str) -> None:
    service, _ = serving
    status, body = fetch(service, spoilt)
    assert status == 404
    assert '<Error code="not-found">' in body
    assert "the image" not in body


def device_update(service: ServiceProcess, *arguments: str) -> Finished:
    """The command line as the first administrator."""
    return run_device_update(*arguments, environment=environment_for(service.admin, ACCOUNT, PASSWORD))
