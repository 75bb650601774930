"""Device logs over the administration API: listed, read with an entry on the trail, purged (contract section 5)."""

from __future__ import annotations

from datetime import timedelta
from email.parser import BytesParser
from functools import partial

import pytest
from tests.support.administration import Administration
from tests.support.kept_logs import MAC, keep_log

from device_update_contract.administration.roles import Role
from device_update_service.storage.errors import StorageUnavailable
from device_update_service.storage.logs.device_log_records import sweep_orphans
from device_update_service.web.log_upkeep import index_device_logs, remove_device_logs


async def names(administration: Administration, query: str) -> list[str]:
    reply = await administration.call("GET", f"/device-logs?{query}", Role.HELP_DESK)
    assert reply.status == 200, reply.json
    return [item["name"] for item in reply.json["items"]]


async def test_help_desk_finds_a_log_by_its_parts(administration: Administration) -> None:
    await keep_log(administration, b"one", name="boot.txt")
    await keep_log(administration, b"two", name="crash.txt", log_type="Watson", mac="00-04-F2-00-01-77")
    assert await names(administration, "") == ["crash.txt", "boot.txt"]
    assert await names(administration, "type=watson") == ["crash.txt"]
    assert await names(administration, "search=f20001-76") == ["boot.txt"]
    assert await names(administration, "search=crash%20kenmyer") == ["crash.txt"]
    assert await names(administration, "search=100%25") == []
    assert await names(administration, "device=7") == []
    assert await names(administration, "since=2100-01-01T00:00:00Z") == []
    assert await names(administration, "sort=size&limit=1") == ["boot.txt"]


async def test_pages_follow_each_other(administration: Administration) -> None:
    for number in range(5):
        await keep_log(administration, b"x", name=f"{number}.txt")
    found: list[str] = []
    query = "limit=2"
    while query:
        page = (await administration.call("GET", f"/device-logs?{query}")).json
        found += [item["name"] for item in page["items"]]
        query = f"limit=2&after={page['next']}" if page["next"] else ""
        assert page["total"] == 5
    assert found == ["4.txt", "3.txt", "2.txt", "1.txt", "0.txt"]


async def test_a_log_is_read_whole_and_in_ranges_and_each_reading_is_one_entry(administration: Administration) -> None:
    log_id = await keep_log(administration, b"0123456789", name='b"oot\u00f6.txt')
    whole = await administration.call("GET", f"/device-logs/{log_id}/content", Role.HELP_DESK)
    assert (whole.status, whole.body) == (200, b"0123456789")
    assert whole.headers["Content-Type"] == "application/octet-stream"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Disposition"] == "attachment; filename*=UTF-8''b%22oot%C3%B6.txt"
    part = await administration.call(
        "GET", f"/device-logs/{log_id}/content", Role.HELP_DESK, headers={"Range": "bytes=2-4"}
    )
    assert (part.status, part.body) == (206, b"234")
    trail = (await administration.call("GET", "/audit-trail?verb=device-log.read")).json["items"]
    assert [(entry["object"], entry["account"]) for entry in trail] == [(f"device-log {log_id}", "helen")]


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ({"Range": "bytes=2-"}, 206, b"23456789"),
        ({"Range": "bytes=-2"}, 206, b"89"),
        ({"Range": "bytes=10-"}, 416, b""),
        ({"Range": "bytes=-0"}, 416, b""),
        ({"Range": "lines=1-2"}, 200, b"0123456789"),
        ({"Range": "bytes=0-1", "If-Range": '"another"'}, 200, b"0123456789"),
        ({"If-None-Match": "*"}, 304, b""),
    ],
)
async def test_a_range_of_a_log_is_what_the_standard_says(
    administration: Administration, asked: dict[str, str], status: int, body: bytes
) -> None:
    log_id = await keep_log(administration, b"0123456789")
    reply = await administration.call("GET", f"/device-logs/{log_id}/content", headers=asked)
    assert (reply.status, reply.body) == (status, body)


async def test_several_ranges_of_a_log_come_in_parts(administration: Administration) -> None:
    log_id = await keep_log(administration, b"0123456789")
    asked = {"Range": "bytes=0-1, 7-8"}
    reply = await administration.call("GET", f"/device-logs/{log_id}/content", headers=asked)
    assert (reply.status, reply.content_type) == (206, "multipart/byteranges")
    parts = BytesParser().parsebytes(f"Content-Type: {reply.headers['Content-Type']}\r\n\r\n".encode() + reply.body)
    assert [part.get_payload(decode=True) for part in parts.walk() if not part.is_multipart()] == [b"01", b"78"]


async def test_what_a_log_has_is_told_without_its_content(administration: Administration) -> None:
    log_id = await keep_log(administration, b"0123456789")
    asked = {"Range": "bytes=0-1"}  # of which HEAD has none
    reply = await administration.call("HEAD", f"/device-logs/{log_id}/content", headers=asked)
    assert (reply.status, reply.headers["Content-Length"], reply.body) == (200, "10", b"")
    assert (await administration.call("GET", "/audit-trail?verb=device-log.read")).json["items"] == []


async def test_a_log_whose_reading_cannot_be_noted_is_not_read(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_id = await keep_log(administration, b"secret")
    path = f"/device-logs/{log_id}/content"

    def full(*_: object, **__: object) -> None:
        raise StorageUnavailable("The database cannot take writes now: disk full.")

    with monkeypatch.context() as while_full:
        while_full.setattr("device_update_service.usecases.device_logs.note_reading", full)
        for _ in range(2):
            assert (await administration.call("GET", path)).status == 503
    assert (await administration.call("GET", path)).body == b"secret"
    assert len((await administration.call("GET", "/audit-trail?verb=device-log.read")).json["items"]) == 1


@pytest.mark.parametrize("path", ["/device-logs/7", "/device-logs/7/content", "/device-logs/x/content"])
async def test_a_log_that_is_not_there_is_not_found(administration: Administration, path: str) -> None:
    assert (await administration.call("GET", path)).status == 404


async def test_a_purge_says_what_goes_first_and_then_takes_rows_and_files(administration: Administration) -> None:
    await keep_log(administration, b"old", name="old.txt")
    await keep_log(administration, b"shared", name="older.txt")
    administration.clock.move(days=3)
    await keep_log(administration, b"shared", name="new.txt")
    wanted = {"what": "logs", "older_than_days": 2}
    preview = await administration.call("POST", "/purge", json={**wanted, "preview": True})
    assert (preview.json["logs"], preview.json["bytes"]) == (2, len(b"old"))  # the other content stays
    assert len(await names(administration, "")) == 3
    assert (await administration.call("POST", "/purge", json=wanted)).json["logs"] == 2
    assert await names(administration, "") == ["new.txt"]
    logs = administration.service.logs
    assert len(logs.names()) == len(logs.links()) == 1


async def test_logs_go_when_their_days_are_over(administration: Administration) -> None:
    await keep_log(administration, b"old", name="old.txt")
    before = administration.clock.now + timedelta(seconds=1)
    assert await remove_device_logs(administration.service, before) == 1
    assert administration.service.logs.names() == []


async def test_files_that_no_row_names_are_swept_and_those_being_stored_are_not(administration: Administration) -> None:
    service = administration.service
    await keep_log(administration, b"kept")
    orphan = "ab" * 32
    service.logs.path(orphan).parent.mkdir()
    service.logs.path(orphan).write_bytes(b"orphan")
    being_stored = "cd" * 32
    service.logs.path(being_stored).parent.mkdir()
    service.logs.path(being_stored).write_bytes(b"soon")
    with service.logs.holding(being_stored):
        link = service.logs.link(
            being_stored, device_type="UCPhone", identifier=MAC, log_type="CELog", at=service.clock(), extension=".txt"
        )
        await service.write(partial(sweep_orphans, service.logs))
        assert link in service.logs.links()
        assert being_stored in service.logs.names()
        assert orphan not in service.logs.names()
    await service.write(partial(sweep_orphans, service.logs))
    assert being_stored not in service.logs.names()
    assert len(service.logs.links()) == 1


async def test_what_is_in_a_log_is_found_by_the_beginnings_of_its_words(administration: Administration) -> None:
    service = administration.service
    await keep_log(administration, b"flash: error 0x80070070: not enough space", name="a.txt")
    await keep_log(administration, "\ufeffSöhnke angemeldet".encode("utf-16-le"), name="b.txt")
    await keep_log(administration, bytes(range(256)) * 10 + b"error 0x80070070", name="c.bin")
    await keep_log(administration, b"\xff\xfe\x00 broken \xc3\x28 0x80070070", name="d.txt")
    assert await names(administration, "search=0x8007") == []
    await index_device_logs(service)
    assert await names(administration, "search=0x8007") == ["a.txt"]
    assert await names(administration, "search=SPACE%20flash") == ["a.txt"]
    assert await names(administration, "search=angem") == ["b.txt"]
    assert await names(administration, 'search="%20OR%20*') == []
    await index_device_logs(service)
    assert await names(administration, "search=0x8007") == ["a.txt"]


async def test_an_index_goes_with_the_logs_of_its_day_and_a_damaged_one_stops_nothing(
    administration: Administration,
) -> None:
    service = administration.service
    await keep_log(administration, b"first")
    await index_device_logs(service)
    administration.clock.move(days=1)
    await keep_log(administration, b"second")
    await index_device_logs(service)
    folder = service.folder.update_log
    assert [path.stem[-8:] for path in sorted(folder.glob("device-logs-*.index"))] == ["20260503", "20260504"]
    await remove_device_logs(service, administration.clock.now - timedelta(hours=1))
    [index] = folder.glob("device-logs-*.index")
    assert index.stem.endswith("20260504")
    index.write_bytes(b"no database" * 1000)
    assert await names(administration, "search=second") == []
    await keep_log(administration, b"third")
    await index_device_logs(service)
