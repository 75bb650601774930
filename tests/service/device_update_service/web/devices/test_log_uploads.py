"""Device logs over real HTTP: what is stored, what is refused, and what is left behind (contract section 3.4)."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from tests.support.answering_sites import until
from tests.support.log_uploads import BOUNDARY, ROUTE, log_body, log_request, send_log
from tests.support.running_services import RunningService, running_service
from tests.support.small_disks import fill, make_room, small_disk

from device_update_contract.device_messages.answers import ErrorAnswer, StoredLogAnswer, parse_log_answer
from device_update_service.storage import tables
from device_update_service.storage.setting_records import write_settings
from device_update_service.web import received_files
from device_update_service.web.log_upkeep import remove_device_logs


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running_service(tmp_path) as running:
        yield running


async def check(service: RunningService) -> int:
    """A check of the device, durable when it returns: only a known device has a history that tells of refusals."""
    async with service.client.post(service.internal + ROUTE, data=log_request(log_type=None)) as got:
        status = got.status
    await service.parts.service.write(lambda: None)
    return status


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def leaves_nothing(service: RunningService) -> bool:
    return files_below(service.parts.service.folder.root / "Logs") == [] and service.parts.service.log_space.used == 0


async def test_a_log_is_stored_with_a_readable_copy_and_tied_to_its_device(service: RunningService) -> None:
    assert await check(service) == 200
    status, answer = await send_log(service, b"line 1\r\nline 2", file_name="C:\\Logs\\boot.CLG")
    assert status == 200
    assert isinstance(answer, StoredLogAnswer)
    row = await service.rows(
        "SELECT id, device_id, mac, log_type, name, extension, size, sha256, link, address FROM device_log"
    )
    sha256 = hashlib.sha256(b"line 1\r\nline 2").hexdigest()
    link = row[0][8]
    assert row == [
        (int(answer.log_id), 1, "00-04-F2-00-01-76", "CELog", "boot.CLG", ".clg", 14, sha256, link, "127.0.0.1")
    ]
    folder = service.parts.service.folder
    assert (folder.readable_device_logs / link).read_bytes() == b"line 1\r\nline 2"
    assert (folder.readable_device_logs / link).samefile(folder.device_logs / sha256[:2] / sha256)
    assert link.startswith("CELog/UCPhone_00-04-F2-00-01-76-")
    assert link.endswith("_0.clg")
    assert await service.rows("SELECT kind, code FROM device_event WHERE kind = 'log'") == [("log", "log-stored")]


async def test_an_empty_log_is_accepted(service: RunningService) -> None:
    status, answer = await send_log(service, b"")
    assert (status, isinstance(answer, StoredLogAnswer)) == (200, True)


async def test_logs_of_one_second_have_names_of_their_own_and_one_content(service: RunningService) -> None:
    for _ in range(3):
        assert (await send_log(service, b"same"))[0] == 200
    folder = service.parts.service.folder
    assert len(files_below(folder.readable_device_logs)) == 3
    assert len(files_below(folder.device_logs)) == 1


@pytest.mark.parametrize("log_type", ["...", "a b", "(..)"])
async def test_whatever_a_type_is_called_its_readable_copies_are_in_a_folder_and_go_with_it(
    service: RunningService, log_type: str
) -> None:
    parts, folder = service.parts.service, service.parts.service.folder
    await parts.write(lambda: write_settings({"valid_log_file_types": [log_type]}))
    assert (await send_log(service, body=log_body(b"x", log_type=log_type)))[0] == 200
    [(link,)] = await service.rows("SELECT link FROM device_log")
    assert (folder.readable_device_logs / link).read_bytes() == b"x"
    await remove_device_logs(parts, parts.clock() + timedelta(seconds=1))
    assert leaves_nothing(service)


async def test_when_the_folder_of_readable_copies_was_deleted_it_is_made_again(service: RunningService) -> None:
    assert (await send_log(service, b"x"))[0] == 200
    folder = service.parts.service.folder
    shutil.rmtree(folder.readable_device_logs)
    await service.parts.housekeeping.clean()
    assert (await send_log(service, b"y"))[0] == 200
    assert [path.read_bytes() for path in files_below(folder.readable_device_logs)] == [b"y"]


async def test_a_log_of_a_device_that_never_checked_is_stored_and_found_when_it_does(service: RunningService) -> None:
    assert (await send_log(service, b"x"))[0] == 200
    assert await service.rows("SELECT device_id, mac FROM device_log") == [(None, "00-04-F2-00-01-76")]


async def test_a_log_names_the_update_that_the_device_last_attempted(service: RunningService) -> None:
    assert await check(service) == 200
    await service.parts.service.write(lambda: None)
    await service.parts.service.write(lambda: tables.Device.update(install_version="1.2.3.4").execute())
    assert (await send_log(service, b"x"))[0] == 200
    assert await service.rows("SELECT update_version FROM device_log") == [("1.2.3.4",)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(log_body(b"x", log_type=None), 400, "malformed-request", id="no type"),
        pytest.param(log_body(b"x", log_type="Diary"), 415, "log-type-not-accepted", id="a type that is not listed"),
        pytest.param(log_body(b"x", file_name="a.exe"), 415, "log-extension-not-accepted", id="a program"),
        pytest.param(log_body(b"x", file_name="a.txt.exe"), 415, "log-extension-not-accepted", id="behind a text"),
        pytest.param(log_body(b"x", file_name="noextension"), 415, "log-extension-not-accepted", id="no extension"),
        pytest.param(log_body(b"x", file_name="..\\..\\"), 415, "log-extension-not-accepted", id="a path alone"),
        pytest.param(log_body(b"x", file_name=""), 400, "malformed-request", id="no file name"),
        pytest.param(log_body(b"x", order=("file", "request")), 400, "malformed-request", id="the wrong order"),
        pytest.param(log_body(b"x", order=("request", "file", "file")), 400, "malformed-request", id="two files"),
        pytest.param(log_body(b"x", order=("request",)), 400, "malformed-request", id="no file"),
        pytest.param(log_body(b"x", order=("request", "other")), 400, "malformed-request", id="another part"),
        pytest.param(b"", 400, "malformed-request", id="nothing"),
        pytest.param(log_body(b"x")[:-20], 400, "malformed-request", id="no end"),
        pytest.param(log_body(b"x", request=b"<Request"), 400, "malformed-request", id="no XML"),
        pytest.param(log_body(b"x", file_name=f"{'n' * 9_000}.clg"), 400, "malformed-request", id="a head too long"),
        pytest.param(log_body(b"x", file_name="a\0.clg"), 400, "malformed-request", id="a head with NUL"),
        pytest.param(log_body(b"x", request=b" " * 70_000), 413, "request-too-large", id="a long first part"),
    ],
)
async def test_a_refused_log_has_its_code_and_leaves_nothing(
    service: RunningService, body: bytes, status: int, code: str
) -> None:
    got, answer = await send_log(service, body=body)
    assert isinstance(answer, ErrorAnswer)
    assert (got, answer.code) == (status, code)
    assert answer.sentence.endswith(".")
    assert leaves_nothing(service)
    assert await service.rows("SELECT count(*) FROM device_log") == [(0,)]
    assert await check(service) == 200


async def test_a_name_that_climbs_is_a_label_only(service: RunningService) -> None:
    assert (await send_log(service, b"x", file_name="..\\..\\evil.txt"))[0] == 200
    assert await service.rows("SELECT name FROM device_log") == [("evil.txt",)]


@pytest.mark.parametrize("file_name", [f"{'n' * 9_000}.clg", "a\0.clg"])
async def test_a_part_whose_head_cannot_be_read_is_told_from_one_that_did_not_arrive(
    service: RunningService, file_name: str
) -> None:
    _, answer = await send_log(service, b"x", file_name=file_name)
    assert isinstance(answer, ErrorAnswer)
    assert answer.sentence == "The head of a part cannot be read."


async def test_a_long_name_is_cut_before_its_extension(service: RunningService) -> None:
    assert (await send_log(service, b"x", file_name=f"{'n' * 4_000}.clg"))[0] == 200
    assert await service.rows("SELECT name, extension FROM device_log") == [(f"{'n' * 256}.clg", ".clg")]
    status, answer = await send_log(service, b"x", file_name=f"a.{'e' * 300}")
    assert (status, answer.code if isinstance(answer, ErrorAnswer) else "") == (415, "log-extension-not-accepted")


async def test_each_cause_of_refusals_is_a_row_of_the_devices_history_up_to_some_a_day(
    service: RunningService,
) -> None:
    assert await check(service) == 200
    for ending in ("exe", "zip", "exe", "zip"):
        await send_log(service, b"x", file_name=f"a.{ending}")
    history = await service.rows(
        "SELECT json_extract(parameters, '$.extension') FROM device_event WHERE kind = 'refusal'"
    )
    assert sorted(history) == [(".exe",), (".zip",)]
    for number in range(20):
        await send_log(service, b"x", file_name=f"a.x{number}")
    assert await service.rows("SELECT count(*) FROM device_event WHERE kind = 'refusal'") == [(10,)]


async def test_a_refusal_is_a_row_of_the_devices_history_once_a_day(service: RunningService) -> None:
    assert await check(service) == 200
    for _ in range(3):
        assert (await send_log(service, b"x", file_name="a.exe"))[0] == 415
    history = await service.rows("SELECT kind, code FROM device_event WHERE kind = 'refusal'")
    assert history == [("refusal", "log-extension-not-accepted")]
    await service.parts.service.write(lambda: None)
    refused = await service.rows("SELECT kind, code, device, count FROM refused_request")
    assert refused in ([], [("log", "log-extension-not-accepted", "00-04-F2-00-01-76", 3)])


async def test_a_log_of_five_gigabytes_is_refused_before_it_is_sent(service: RunningService) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(service.internal.rpartition(":")[2]))
    begun = log_body(bytes(200_000))[:-100]
    writer.write(
        f"POST {ROUTE} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {5 * 1024**3}\r\n\r\n".encode()
        + begun
    )
    async with asyncio.timeout(60):
        answer = await reader.readuntil(b"</Response>")
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'code="log-too-large"' in answer
    assert leaves_nothing(service)


async def test_a_log_that_turns_out_too_large_is_refused(service: RunningService) -> None:
    await service.parts.service.write(lambda: write_settings({"max_device_log_size": 300_000}))
    status, answer = await send_log(service, bytes(300_001))
    assert isinstance(answer, ErrorAnswer)
    assert (status, answer.code) == (413, "log-too-large")
    assert leaves_nothing(service)
    assert (await send_log(service, bytes(300_000)))[0] == 200


async def test_past_the_quota_logs_are_refused_until_there_is_room(service: RunningService) -> None:
    await service.parts.service.write(lambda: write_settings({"device_log_quota": 1024 * 1024}))
    assert (await send_log(service, bytes(700_000)))[0] == 200
    status, answer = await send_log(service, bytes(700_000))
    assert isinstance(answer, ErrorAnswer)
    assert (status, answer.code) == (507, "log-store-full")
    assert (await send_log(service, bytes(300_000)))[0] == 200
    assert service.parts.service.log_space.used == 1_000_000


def bytes_of_contents(service: RunningService) -> int:
    """What the contents of logs have on the disk; each has a readable link too, which takes nothing."""
    store = service.parts.service.logs
    return sum(store.path(name).stat().st_size for name in store.names())


@pytest.mark.expects_log_records("Housekeeping failed")  # the update log's text files meet the full disk too
async def test_a_full_disk_refuses_logs_in_the_device_s_history_and_no_check(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with small_disk(tmp_path / "data" / "Logs", size=3_000_000) as disk:
        async with running_service(tmp_path / "data") as service:
            assert await check(service) == 200
            fill(disk)
            status, answer = await send_log(service, bytes(300_000))
            assert isinstance(answer, ErrorAnswer)
            assert (status, answer.code) == (507, "log-store-full")
            assert files_below(service.parts.service.folder.device_logs) == []
            assert service.parts.service.log_space.used == 0
            history = await service.rows("SELECT code FROM device_event WHERE kind = 'refusal'")
            assert history == [("log-disk-full",)]
            assert await check(service) == 200
            make_room(disk)
            assert (await send_log(service, bytes(300_000)))[0] == 200


async def test_the_quota_is_of_bytes_on_the_disk_so_that_a_content_of_several_logs_counts_once(tmp_path: Path) -> None:
    async with running_service(tmp_path) as running:
        service, now = running.parts.service, running.parts.service.clock()
        await service.write(lambda: write_settings({"device_log_quota": 1024 * 1024}))
        for _ in range(4):
            assert (await send_log(running, bytes(400_000)))[0] == 200
        assert (await send_log(running, b"x" * 300_000))[0] == 200
        assert service.log_space.used == bytes_of_contents(running) == 700_000
        first_to_yesterday = "UPDATE device_log SET stored_at = stored_at - 86400000 WHERE id = 1"
        await service.write(lambda: tables.DATABASE.execute_sql(first_to_yesterday))
        assert await remove_device_logs(service, now) == 1
        assert service.log_space.used == bytes_of_contents(running) == 700_000
    async with running_service(tmp_path) as running:
        service = running.parts.service
        assert service.log_space.used == 700_000
        assert await remove_device_logs(service, now + timedelta(days=1)) == 4
        assert service.log_space.used == bytes_of_contents(running) == 0


async def test_the_same_content_at_once_counts_once_and_so_does_one_that_comes_again(service: RunningService) -> None:
    answers = await asyncio.gather(*(send_log(service, bytes(200_000)) for _ in range(8)))
    assert {status for status, _ in answers} == {200}
    assert service.parts.service.log_space.used == bytes_of_contents(service) == 200_000
    later = service.parts.service.clock() + timedelta(days=1)
    removing = asyncio.create_task(remove_device_logs(service.parts.service, later))
    await asyncio.gather(removing, *(send_log(service, bytes(200_000)) for _ in range(8)))
    assert service.parts.service.log_space.used in {0, 200_000}
    [[named]] = await service.rows("SELECT count(DISTINCT sha256) FROM device_log")
    assert service.parts.service.log_space.used == 200_000 * named


async def test_a_cut_log_leaves_nothing(service: RunningService) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", int(service.internal.rpartition(":")[2]))
    body = log_body(bytes(900_000))
    writer.write(
        f"POST {ROUTE} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body[:700_000]
    )
    await writer.drain()
    folder = service.parts.service.folder.device_logs
    await until(lambda: bool(files_below(folder)))
    writer.close()
    await writer.wait_closed()
    await until(lambda: leaves_nothing(service))
    assert await service.rows("SELECT count(*) FROM device_log") == [(0,)]


async def test_a_log_that_stops_is_given_up(service: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(received_files, "IDLE_SECONDS", 0.05)
    never = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield log_body(bytes(100))[:-50]
        await never.wait()

    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    async with (
        asyncio.timeout(60),
        service.client.post(service.internal + ROUTE, data=pieces(), headers=headers) as got,
    ):
        answer = parse_log_answer(await got.read())
    assert isinstance(answer, ErrorAnswer)
    assert (got.status, answer.code) == (408, "request-timeout")
    assert answer.sentence == "No byte came for 0.05 seconds."
    assert leaves_nothing(service)


async def test_many_logs_at_once_are_all_stored_or_refused_with_a_code(service: RunningService) -> None:
    content = bytes(200_000)
    answers = await asyncio.gather(*(send_log(service, content + str(n).encode()) for n in range(60)))
    assert [status for status, _ in answers] == [200] * 60
    assert await service.rows("SELECT count(*), count(DISTINCT sha256) FROM device_log") == [(60, 60)]
    folder = service.parts.service.folder
    assert len(files_below(folder.device_logs)) == len(files_below(folder.readable_device_logs)) == 60


async def test_other_clients_forms_are_read(service: RunningService) -> None:
    form = aiohttp.FormData()
    form.add_field("request", log_request(), content_type="text/xml", filename="ignored.xml")
    form.add_field("file", b"text", filename="b\u00f6ot.txt", content_type="text/plain")
    async with service.client.post(service.internal + ROUTE, data=form) as got:
        assert got.status == 200
    assert await service.rows("SELECT name FROM device_log") == [("b\u00f6ot.txt",)]


@pytest.mark.parametrize(
    ("file_name", "label"),
    [
        pytest.param(r"C:\logs\boot.clg", "boot.clg", id="backslashes as they are"),
        pytest.param(r"my \"boot\".clg", 'my "boot".clg', id="quotes with a backslash before each"),
        pytest.param('my "boot".clg', 'my "boot".clg', id="quotes as they are"),
        pytest.param("a; b; c.clg", "a; b; c.clg", id="semicolons"),
        pytest.param("b%C3%B6ot.clg", "b\u00f6ot.clg", id="percent-encoded"),
    ],
)
async def test_a_file_name_is_read_as_its_sender_meant_it(service: RunningService, file_name: str, label: str) -> None:
    assert (await send_log(service, b"x", file_name=file_name))[0] == 200
    assert await service.rows("SELECT name, extension FROM device_log") == [(label, ".clg")]
