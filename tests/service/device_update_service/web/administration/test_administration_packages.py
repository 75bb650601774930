"""Uploading, inspecting and importing packages over HTTP (contract sections 4 and 5)."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import io
import json
import os
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.support.administration import API, Administration, Reply, running_administration
from tests.support.cabinets import cabinet

from device_update_contract.administration.roles import Role
from device_update_service.configuration.configuration import Limits
from device_update_service.storage.rules.upload_records import remove_expired_uploads
from device_update_service.web import received_files

MANIFEST = (
    b'<Updates><Updates><Update version="4.0.7577.4387" brand="Polycom" model="CX700">'
    b'<File name="CPE.nbt"/></Update></Updates></Updates>'
)
IMAGE = b"image " * 5000
PACKAGE = cabinet([("updateInfo.xml", MANIFEST), ("CPE.nbt", IMAGE)])
WITHOUT_MANIFEST = cabinet([("CPE.nbt", IMAGE)])


@pytest.fixture
async def administration(tmp_path: Path) -> AsyncIterator[Administration]:
    async with running_administration(tmp_path, limits=Limits(package_bytes=1024 * 1024)) as running:
        yield running


def parts(*named: tuple[str, bytes]) -> aiohttp.MultipartWriter:
    writer = aiohttp.MultipartWriter("form-data")
    for name, content in named:
        part = writer.append(io.BytesIO(content))
        if name == "file":
            part.set_content_disposition("form-data", name=name, filename="C:\\packages\\Phone.cab")
        else:
            part.set_content_disposition("form-data", name=name)
    return writer


async def until(holds: Callable[[], bool]) -> None:
    """Let the server, which runs on the same loop, go on until something holds."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 -- a file that comes or goes is no event
            await asyncio.sleep(0)


async def inspect(administration: Administration, data: Any, name: str = "a.cab", **options: Any) -> Reply:
    return await administration.call("POST", f"/packages/inspect?name={name}", Role.OPERATOR, data=data, **options)


async def test_an_inspected_package_says_what_would_change_and_changes_nothing(
    administration: Administration,
) -> None:
    reply = await inspect(administration, PACKAGE)
    assert reply.status == 200
    assert reply.json["sha256"] == hashlib.sha256(PACKAGE).hexdigest()
    assert (reply.json["name"], reply.json["size"]) == ("a.cab", len(PACKAGE))
    assert [update["effect"] for update in reply.json["updates"]] == ["pending"]
    assert reply.json["expires_at"] == "2026-05-03T15:00:00.000Z"
    assert administration.uploads == [reply.json["upload_id"]]
    assert (await administration.call("GET", "/rules")).json["total"] == 0


async def test_an_inspected_upload_is_imported_without_being_sent_again(administration: Administration) -> None:
    upload_id = (await inspect(administration, PACKAGE)).json["upload_id"]
    reply = await administration.call("POST", "/packages", Role.OPERATOR, json={"upload_id": upload_id})
    assert reply.status == 201
    assert (reply.json["name"], reply.json["account"]) == ("a.cab", "otto")
    assert administration.uploads == []
    rules = (await administration.call("GET", "/rules")).json["items"]
    assert [rule["pending"]["version"] for rule in rules] == ["4.0.7577.4387"]
    stored = administration.service.images.path(hashlib.sha256(IMAGE).hexdigest())
    assert stored.read_bytes() == IMAGE
    again = await administration.call("POST", "/packages", Role.OPERATOR, json={"upload_id": upload_id})
    assert (again.status, again.json["code"]) == (404, "not-found")


async def test_a_package_is_imported_in_one_request(administration: Administration) -> None:
    reply = await administration.call("POST", "/packages?name=Phone.cab", data=PACKAGE)
    assert reply.status == 201
    shown = await administration.call("GET", f"/packages/{reply.json['id']}", Role.HELP_DESK)
    assert shown.json == reply.json
    assert administration.uploads == []


async def test_a_manifest_beside_the_package_replaces_its_own(administration: Administration) -> None:
    other = MANIFEST.replace(b"CX700", b"CX500")
    reply = await administration.call("POST", "/packages", data=parts(("manifest", other), ("file", PACKAGE)))
    assert reply.status == 201, reply.json
    assert reply.json["name"] == "Phone.cab"
    assert [update["model"] for update in reply.json["updates"]] == ["CX500"]


async def test_a_package_without_a_manifest_is_kept_so_that_one_can_be_given(administration: Administration) -> None:
    inspected = await inspect(administration, WITHOUT_MANIFEST)
    assert [finding["code"] for finding in inspected.json["findings"]][:1] == ["no-manifest"]
    body = {"upload_id": inspected.json["upload_id"], "manifest": MANIFEST.decode()}
    reply = await administration.call("POST", "/packages", Role.OPERATOR, json=body)
    assert reply.status == 201, reply.json


async def test_a_package_that_no_manifest_mends_is_not_kept(administration: Administration) -> None:
    reply = await inspect(administration, b"MSCF" + bytes(100))
    assert reply.status == 200
    assert (reply.json["upload_id"], reply.json["expires_at"]) == (None, None)
    assert administration.uploads == []


async def test_a_refused_import_names_every_finding_and_leaves_nothing(administration: Administration) -> None:
    reply = await administration.call("POST", "/packages", data=WITHOUT_MANIFEST)
    assert (reply.status, reply.content_type, reply.json["code"]) == (
        422,
        "application/problem+json",
        "package-refused",
    )
    assert {"no-manifest"} <= {error["code"] for error in reply.json["errors"]}
    assert administration.uploads == []
    assert administration.service.images.names() == []


async def test_a_refused_import_of_an_upload_keeps_it_for_another_manifest(administration: Administration) -> None:
    upload_id = (await inspect(administration, WITHOUT_MANIFEST)).json["upload_id"]
    refused = await administration.call(
        "POST", "/packages", Role.OPERATOR, json={"upload_id": upload_id, "manifest": "<x>"}
    )
    assert refused.status == 422
    assert administration.uploads == [upload_id]


async def test_a_kept_upload_is_inspected_again_with_a_manifest_and_kept_on(administration: Administration) -> None:
    inspected = await inspect(administration, WITHOUT_MANIFEST)
    administration.clock.move(minutes=30)
    body = {"upload_id": inspected.json["upload_id"], "manifest": MANIFEST.decode()}
    again = await administration.call("POST", "/packages/inspect", Role.OPERATOR, json=body)
    assert again.status == 200, again.json
    assert (again.json["findings"], [each["effect"] for each in again.json["updates"]]) == ([], ["pending"])
    assert {name: again.json[name] for name in ("upload_id", "name", "size", "sha256", "expires_at")} == {
        **{name: inspected.json[name] for name in ("upload_id", "name", "size", "sha256")},
        "expires_at": "2026-05-03T15:30:00.000Z",
    }
    assert administration.uploads == [inspected.json["upload_id"]]
    assert (await administration.call("GET", "/rules")).json["total"] == 0


async def test_an_inspection_names_the_files_that_a_manifest_can_name(administration: Administration) -> None:
    inner = cabinet([("CPE.nbt", IMAGE), ("catalogs\\CPE.cat", b"signed"), ("con.nbt", b"unsafe")])
    reply = await inspect(administration, cabinet([("inner.cab", inner), ("readme.txt", b"hello")]))
    assert [(member["name"], member["size"]) for member in reply.json["members"]] == [
        ("readme.txt", 5),
        ("CPE.nbt", len(IMAGE)),
        ("catalogs\\CPE.cat", 6),
    ]


async def test_a_manifest_of_any_allowed_size_can_be_given_for_a_kept_upload(administration: Administration) -> None:
    inspected = await inspect(administration, WITHOUT_MANIFEST)
    large = MANIFEST + b'<!-- "quoted" -->\n' * 180_000
    body = json.dumps({"upload_id": inspected.json["upload_id"], "manifest": large.decode()}).encode()
    headers = {"Content-Type": "application/json"}
    reply = await administration.call("POST", "/packages", Role.OPERATOR, data=io.BytesIO(body), headers=headers)
    assert reply.status == 201, reply.json


async def test_an_upload_that_is_not_wanted_any_more_is_deleted_at_once(administration: Administration) -> None:
    upload_id = (await inspect(administration, PACKAGE)).json["upload_id"]
    for role, status in ((Role.ADMINISTRATOR, 404), (Role.OPERATOR, 204), (Role.OPERATOR, 404)):
        reply = await administration.call("DELETE", f"/packages/uploads/{upload_id}", role)
        assert reply.status == status
    assert administration.uploads == []


async def test_an_import_that_is_done_is_answered_so_even_if_the_upload_cannot_be_deleted(
    administration: Administration, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    upload_id = (await inspect(administration, PACKAGE)).json["upload_id"]
    unlink = Path.unlink

    def unlink_all_but(path: Path, missing_ok: bool = False) -> None:
        if path.name == upload_id:
            raise OSError(errno.EIO, "Input/output error")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_all_but)
    reply = await administration.call("POST", "/packages", Role.OPERATOR, json={"upload_id": upload_id})
    assert reply.status == 201, reply.json
    assert "could not be deleted" in caplog.text
    caplog.clear()


async def test_an_upload_belongs_to_the_account_that_sent_it(administration: Administration) -> None:
    upload_id = (await inspect(administration, PACKAGE)).json["upload_id"]
    reply = await administration.call("POST", "/packages", Role.ADMINISTRATOR, json={"upload_id": upload_id})
    assert (reply.status, reply.json["code"]) == (404, "not-found")


@pytest.mark.parametrize("upload_id", ["", "..", "../account.key", "x" * 500, "\x00"])
async def test_an_upload_id_is_never_a_path(administration: Administration, upload_id: str) -> None:
    reply = await administration.call("POST", "/packages", json={"upload_id": upload_id})
    assert (reply.status, reply.json["code"]) == (404, "not-found")


async def test_an_upload_expires_after_an_hour_and_its_file_goes(administration: Administration) -> None:
    upload_id = (await inspect(administration, PACKAGE)).json["upload_id"]
    service = administration.service

    async def remove_expired() -> int:
        return await service.write(partial(remove_expired_uploads, service.folder.uploads, service.clock()))

    administration.clock.move(minutes=59)
    assert await remove_expired() == 0
    administration.clock.move(minutes=1)
    reply = await administration.call("POST", "/packages", Role.OPERATOR, json={"upload_id": upload_id})
    assert reply.status == 404
    assert await remove_expired() == 1
    assert administration.uploads == []


async def test_what_a_crash_left_in_the_uploads_folder_is_swept_at_the_start(tmp_path: Path) -> None:
    async with running_administration(tmp_path) as administration:
        upload_id = (await inspect(administration, PACKAGE)).json["upload_id"]
        (administration.service.folder.uploads / "abc.part").write_bytes(b"half")
        (administration.service.folder.uploads / "abc.work").mkdir()
        (administration.service.folder.uploads / "abc.work" / "00000001").write_bytes(b"half")
    async with running_administration(tmp_path, with_accounts=False) as administration:
        assert administration.uploads == [upload_id]


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_package_over_the_limit_is_refused_and_leaves_nothing(
    administration: Administration, chunked: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield bytes(128 * 1024)

    reply = await inspect(administration, pieces() if chunked else io.BytesIO(bytes(1024 * 1024 + 1)))
    assert (reply.status, reply.json["code"]) == (413, "too-large")
    assert administration.uploads == []


async def test_a_file_part_over_the_limit_is_refused_too(administration: Administration) -> None:
    with_large = parts(("file", bytes(1024 * 1024 + 1)))
    reply = await inspect(administration, with_large)
    assert (reply.status, reply.json["code"]) == (413, "too-large")
    assert administration.uploads == []


@pytest.mark.parametrize(
    "named",
    [[], ["manifest"], ["file", "manifest"], ["manifest", "manifest", "file"], ["other", "file"], ["file", "file"]],
    ids=repr,
)
async def test_other_parts_are_refused(administration: Administration, named: list[str]) -> None:
    reply = await inspect(administration, parts(*((name, MANIFEST) for name in named)))
    assert (reply.status, reply.json["code"]) == (400, "malformed-request")
    assert administration.uploads == []


async def test_other_multipart_types_are_refused(administration: Administration) -> None:
    reply = await inspect(administration, b"--x--\r\n", headers={"Content-Type": "multipart/mixed; boundary=x"})
    assert (reply.status, reply.json["code"]) == (415, "unsupported-media-type")


@pytest.mark.parametrize("whole", [b"", b"4000\r\n"], ids=["announced length", "chunked"])
async def test_an_upload_that_is_cut_leaves_nothing(administration: Administration, whole: bytes) -> None:
    token = await administration.token()
    length = "Transfer-Encoding: chunked" if whole else "Content-Length: 500000"
    head = f"POST {API}/packages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{length}\r\n\r\n"
    _, writer = await asyncio.open_connection(administration.server.host, administration.server.port)
    writer.write(head.encode() + whole + bytes(10_000))
    await writer.drain()
    await until(lambda: bool(administration.uploads))
    writer.close()
    await until(lambda: not administration.uploads)
    assert (await administration.call("GET", "/packages")).json["total"] == 0


async def test_a_full_disk_is_said_and_leaves_nothing(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    await administration.token()
    monkeypatch.setattr(os, "writev", full)
    reply = await administration.call("POST", "/packages", data=PACKAGE)
    assert (reply.status, reply.json["code"]) == (503, "storage-unavailable")
    assert "No space left" in reply.json["detail"]
    assert administration.uploads == []


async def test_an_upload_that_stops_is_given_up(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received_files, "IDLE_SECONDS", 0.05)
    never = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"MSCF"
        await never.wait()

    async with asyncio.timeout(60):
        reply = await administration.call("POST", "/packages", data=pieces())
    assert (reply.status, reply.json["code"]) == (408, "request-timeout")
    assert administration.uploads == []


async def test_a_manifest_that_stops_is_given_up_as_slow(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received_files, "IDLE_SECONDS", 0.05)
    never = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="manifest"\r\n\r\n<Updates>'
        await never.wait()

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    async with asyncio.timeout(60):
        reply = await administration.call("POST", "/packages", data=pieces(), headers=headers)
    assert (reply.status, reply.json["code"]) == (408, "request-timeout")
    assert administration.uploads == []


@pytest.mark.filterwarnings("ignore::aiohttp.BadContentDispositionHeader")  # as a service does at its start
@pytest.mark.parametrize(
    ("file_name", "shown"),
    [(r"my \"phone\".cab", 'my "phone".cab'), ("a; b; c.cab", "a; b; c.cab"), (r"C:\new\Phone.cab", "Phone.cab")],
)
async def test_a_packages_name_is_read_as_its_sender_meant_it(
    administration: Administration, file_name: str, shown: str
) -> None:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    body = head.encode() + PACKAGE + b"\r\n--b--\r\n"
    reply = await administration.call("POST", "/packages", data=body, headers=headers)
    assert (reply.status, reply.json["name"]) == (201, shown)


async def test_a_part_that_names_no_character_set_is_refused(administration: Administration) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\n' + b"x" * 99 + b"\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    reply = await administration.call("POST", "/packages", data=body, headers=headers)
    assert (reply.status, reply.json["code"]) == (400, "malformed-request")


async def test_many_at_once_are_all_answered(administration: Administration) -> None:
    replies = await asyncio.gather(*(inspect(administration, PACKAGE) for _ in range(5)))
    assert [reply.status for reply in replies] == [200] * 5
    assert len(administration.uploads) == 5


async def test_one_upload_cannot_be_imported_twice_at_once(administration: Administration) -> None:
    upload_id = (await inspect(administration, PACKAGE)).json["upload_id"]
    body = {"upload_id": upload_id}
    replies = await asyncio.gather(
        *(administration.call("POST", "/packages", Role.OPERATOR, json=body) for _ in range(3))
    )
    assert {reply.json.get("code") for reply in replies if reply.status != 201} <= {"upload-in-use", "not-found"}
    assert [reply.status for reply in replies].count(201) == 1


async def test_a_label_is_no_path_and_holds_no_control_characters(administration: Administration) -> None:
    reply = await inspect(administration, PACKAGE, name="..%2F..%2Fevil%0A%1B.cab")
    assert reply.json["name"] == "evil.cab"
