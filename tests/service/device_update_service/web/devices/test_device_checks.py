"""Checks over real HTTP: what is answered, what is refused, and what a refusal leaves behind (contract section 3.2)."""

from __future__ import annotations

import asyncio
import re
import threading
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from tests.support.running_services import RunningService, approve_versions, running_service
from yarl import URL

from device_update_contract.device_messages.answers import CheckAnswer, ErrorAnswer, parse_check_answer
from device_update_service.storage.checks import sighting_rows
from device_update_service.web.devices import check_bodies

ROUTE = "/RequestHandler/ucdevice.upx"
VERSION = "4.0.7577.4387"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[RunningService]:
    approve_versions(tmp_path, VERSION)
    async with running_service(tmp_path) as running:
        yield running


def xml(inner: str = "", *, model: str = "CX700", mac: str = "00-04-F2-00-01-76", encoding: str = "utf-8") -> bytes:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><Request><DeviceType>UCPhone</DeviceType>'
        f"<MacAddress>{mac}</MacAddress><SerialNumber/><Vendor>Polycom</Vendor><Model>{model}</Model>"
        f"<Revision>A</Revision><Locale>ENU</Locale>{inner}</Request>"
    )
    return text.encode(encoding)


def modules(count: int) -> str:
    return "<Modules>" + "<Module><FileName>x.nbt</FileName><Version>1</Version></Module>" * count + "</Modules>"


async def post(
    service: RunningService, body: bytes, *, route: str = ROUTE, content_type: str | None = "text/xml"
) -> tuple[int, CheckAnswer | ErrorAnswer]:
    headers = {} if content_type is None else {"Content-Type": content_type}
    skip = ["Content-Type"] if content_type is None else []
    async with service.client.post(service.internal + route, data=body, headers=headers, skip_auto_headers=skip) as got:
        assert got.headers["Content-Type"] == "text/xml; charset=utf-8"
        return got.status, parse_check_answer(await got.read())


async def test_a_check_gets_the_approved_update_and_its_address(service: RunningService) -> None:
    status, answer = await post(service, xml())
    assert isinstance(answer, CheckAnswer)
    assert answer.update is not None
    assert (status, answer.reason_code) == (200, "approved-update")
    assert answer.update.base_url == (
        f"{service.internal}/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/{VERSION}/CPE"
    )
    assert answer.update.external_base_url is None
    assert 77_760 <= answer.next_check_seconds <= 95_040


@pytest.mark.parametrize("route", ["/requesthandler/UCDEVICE.UPX", "/RequestHandler/ucdevice.upx?x=1"])
async def test_the_route_is_compared_without_regard_to_case_and_query(service: RunningService, route: str) -> None:
    assert (await post(service, xml(), route=route))[0] == 200


@pytest.mark.parametrize("content_type", ["text/xml", "application/octet-stream", "text/plain; charset=x", None])
async def test_any_content_type_but_multipart_is_read_as_a_check(
    service: RunningService, content_type: str | None
) -> None:
    assert (await post(service, xml(), content_type=content_type))[0] == 200


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
async def test_utf_16_and_byte_order_marks_are_read(service: RunningService, encoding: str) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    declared = "utf-8" if encoding == "utf-8-sig" else "utf-16"
    text = xml().decode().replace('encoding="utf-8"', f'encoding="{declared}"')
    assert (await post(service, mark + text.encode(encoding)))[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"<Request>",
        xml("<Vendor>x</Vendor>"),
        xml(model=""),
        xml(model="../../etc"),
        xml(mac="00-04-F2-00-01"),
        xml(modules(65)),
        b'<!DOCTYPE r [<!ENTITY x "y">]>' + xml().split(b"?>", 1)[1],
        xml().replace(b"CX700", b"CX\x00700"),
        xml().replace(b"CX700", b"CX\xed\xa0\x80700"),
        xml().decode().replace("utf-8", "utf-16").replace("CX700", "CX\ud800").encode("utf-16", "surrogatepass"),
        xml(encoding="iso-8859-15"),
        b"<a>" * 20_000,
    ],
    ids=[
        "empty",
        "no-xml",
        "cut",
        "scalar-twice",
        "model-missing",
        "model-invalid",
        "five-pairs",
        "65-modules",
        "doctype",
        "nul",
        "surrogate-utf-8",
        "surrogate-utf-16",
        "other-encoding",
        "deep",
    ],
)
async def test_what_can_not_be_read_is_a_malformed_request_in_one_sentence_and_is_kept(
    service: RunningService, body: bytes
) -> None:
    status, answer = await post(service, body)
    assert isinstance(answer, ErrorAnswer)
    assert (status, answer.code) == (400, "malformed-request")
    assert answer.sentence.endswith(".")
    assert len(answer.sentence) < 300
    assert await service.rows("SELECT kind, code, detail, address, count FROM refused_request") == [
        ("check", "malformed-request", answer.sentence, "127.0.0.1", 1)
    ]
    assert await service.rows("SELECT body FROM unread_body") == [(body,)]
    assert await service.rows("SELECT * FROM device") == []


async def test_64_modules_are_read(service: RunningService) -> None:
    assert (await post(service, xml(modules(64))))[0] == 200


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_of_65_kib_is_too_large(service: RunningService, chunked: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * (65 * 1024)

    body = pieces() if chunked else b"x" * (65 * 1024)
    async with service.client.post(service.internal + ROUTE, data=body) as got:
        answer = parse_check_answer(await got.read())
    assert isinstance(answer, ErrorAnswer)
    assert (got.status, answer.code) == (413, "request-too-large")


async def test_multipart_of_another_type_is_refused_as_an_unsupported_media_type(service: RunningService) -> None:
    status, answer = await post(service, b"--x--", content_type="multipart/mixed; boundary=x")
    assert isinstance(answer, ErrorAnswer)
    assert (status, answer.code) == (415, "unsupported-media-type")


async def test_a_check_is_only_a_post(service: RunningService) -> None:
    async with service.client.get(service.internal + ROUTE) as got:
        assert (got.status, got.headers["Allow"]) == (405, "POST")


async def test_the_device_listener_serves_no_administration_route(service: RunningService) -> None:
    for path in ("/api/v1/health", "/metrics", "/"):
        async with service.client.get(service.internal + path) as got:
            assert got.status == 404
            assert isinstance(parse_check_answer(await got.read()), ErrorAnswer)


async def test_an_invalid_serial_beside_a_valid_mac_is_ignored_and_noted(service: RunningService) -> None:
    body = xml().replace(b"<SerialNumber/>", b"<SerialNumber>a b!</SerialNumber>")
    assert (await post(service, body))[0] == 200
    assert await service.rows("SELECT mac, serial, notes_by_service FROM device") == [
        ("00-04-F2-00-01-76", None, '{"invalid-serial":1}')
    ]


async def test_an_unreadable_install_report_is_ignored_and_noted(service: RunningService) -> None:
    assert (await post(service, xml("<LastInstall><Result>Perhaps</Result></LastInstall>")))[0] == 200
    assert await service.rows("SELECT notes_by_service FROM device") == [('{"unreadable-install-report":1}',)]


async def test_an_install_report_is_durable_when_it_is_answered(service: RunningService, tmp_path: Path) -> None:
    report = f"<LastInstall><Result>Failed</Result><Version>{VERSION}</Version><Code>7</Code></LastInstall>"
    assert (await post(service, xml(report)))[0] == 200
    stored = await asyncio.to_thread(_read_beside_the_service, tmp_path / "device-update.sqlite")
    assert stored == [("Failed", VERSION, "7")]


def _read_beside_the_service(database: Path) -> list[tuple[str, str, str]]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT install_result, install_version, install_code FROM device").fetchall()


@pytest.mark.expects_log_records("^Housekeeping failed$")
async def test_an_install_report_that_can_not_be_stored_is_not_acknowledged(
    service: RunningService, tmp_path: Path
) -> None:
    (tmp_path / "update-log").rename(tmp_path / "away")
    report = f"<LastInstall><Result>Failed</Result><Version>{VERSION}</Version></LastInstall>"
    async with service.client.post(service.internal + ROUTE, data=xml(report)) as got:
        answer = parse_check_answer(await got.read())
    (tmp_path / "away").rename(tmp_path / "update-log")
    assert isinstance(answer, ErrorAnswer)
    assert (got.status, answer.code) == (503, "busy")
    assert 30 <= int(got.headers["Retry-After"]) <= 90


@pytest.mark.parametrize(("earlier", "waits"), [(["Failed"], False), (["Failed", "Succeeded"], True)])
async def test_only_the_report_that_a_device_repeats_is_answered_before_it_is_stored(
    service: RunningService, earlier: list[str], waits: bool
) -> None:
    def report(result: str) -> bytes:
        return xml(f"<LastInstall><Result>{result}</Result><Version>{VERSION}</Version></LastInstall>")

    for result in earlier:
        assert (await post(service, report(result)))[0] == 200
    writer_may_go_on = threading.Event()
    service.parts.service.database.write(writer_may_go_on.wait)
    answer = asyncio.create_task(post(service, report("Failed")))
    answered, _ = await asyncio.wait([answer], timeout=0.3 if waits else 60)
    writer_may_go_on.set()
    assert (await answer)[0] == 200
    assert bool(answered) is not waits


async def test_a_thousand_checks_at_once_are_all_answered(service: RunningService) -> None:
    connector = aiohttp.TCPConnector(limit=200)
    async with aiohttp.ClientSession(connector=connector) as client:

        async def one(number: int) -> int:
            body = xml(mac=f"00-04-F2-00-{number >> 8:02X}-{number & 255:02X}")
            async with client.post(service.internal + ROUTE, data=body) as got:
                return got.status

        assert set(await asyncio.gather(*map(one, range(1, 1001)))) == {200}
    assert await service.rows("SELECT count(*) FROM device") == [(1000,)]


@pytest.mark.parametrize(
    ("framing", "body", "status", "code"),
    [
        ("Transfer-Encoding: chunked", b"200000\r\n" + b"a" * 0x200000 + b"\r\n0\r\n\r\n", 413, "request-too-large"),
        ("Content-Encoding: gzip\r\nContent-Length: 9", b"<Request>", 400, "malformed-request"),
    ],
)
async def test_a_body_that_does_not_arrive_as_its_headers_say_is_refused_in_xml_and_kept(
    service: RunningService, framing: str, body: bytes, status: int, code: str
) -> None:
    head, answer = await raw_post(service, framing, body)
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "Content-Type: text/xml; charset=utf-8" in head
    parsed = parse_check_answer(answer)
    assert isinstance(parsed, ErrorAnswer)
    assert parsed.code == code
    assert await service.rows("SELECT code, count FROM refused_request") == [(code, 1)]


GZIP, DEFLATE, BARE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


def packed(body: bytes, window_bits: int) -> bytes:
    packer = zlib.compressobj(wbits=window_bits)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "window_bits"), [("gzip", GZIP), ("GZIP ", GZIP), ("deflate", DEFLATE), ("deflate", BARE)]
)
async def test_a_compressed_check_is_read(service: RunningService, encoding: str, window_bits: int) -> None:
    body = packed(xml(), window_bits)
    head, answer = await raw_post(service, f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}", body)
    assert head.startswith("HTTP/1.1 200 ")
    assert isinstance(parse_check_answer(answer), CheckAnswer)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (packed(bytes(10_000_000), GZIP), 413, "request-too-large"),
        (packed(xml(), GZIP)[:-1], 400, "malformed-request"),
        (packed(xml(), GZIP) + b"x", 400, "malformed-request"),
        (b"", 400, "malformed-request"),
    ],
)
async def test_a_compressed_check_has_the_bounds_of_any_other(
    service: RunningService, body: bytes, status: int, code: str
) -> None:
    head, answer = await raw_post(service, f"Content-Encoding: gzip\r\nContent-Length: {len(body)}", body)
    parsed = parse_check_answer(answer)
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert isinstance(parsed, ErrorAnswer)
    assert parsed.code == code


async def test_a_body_that_does_not_come_is_not_waited_for_without_end(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_bodies, "BODY_SECONDS", 0.05)
    head, answer = await raw_post(service, "Content-Length: 100", b"<Request>")
    assert head.startswith("HTTP/1.1 408 ")
    assert b'code="request-timeout"' in answer


@pytest.mark.parametrize(("version", "expectation"), [("1.0", "100-continue"), ("1.1", "something-else")])
async def test_only_who_asks_for_it_is_told_to_continue(
    service: RunningService, version: str, expectation: str
) -> None:
    framing = f"Content-Length: {len(xml())}\r\nExpect: {expectation}"
    head, _ = await raw_post(service, framing, xml(), version=version)
    assert head.startswith(f"HTTP/{version} 200 ")


async def test_what_is_no_http_is_logged_in_one_line_without_what_was_sent(
    service: RunningService, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "aiohttp.server"):
        await raw_post(service, "Authorization: Basic c2VjcmV0\r\nContent-Length: x", b"")
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("INFO", None)]
    assert "c2VjcmV0" not in caplog.text


async def raw_post(service: RunningService, framing: str, body: bytes, *, version: str = "1.1") -> tuple[str, bytes]:
    """The head and body of the answer to a check that is sent as it stands."""
    url = URL(service.internal)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST {ROUTE} HTTP/{version}\r\nHost: x\r\nConnection: close\r\n{framing}\r\n\r\n"
    writer.write(head.encode() + body)
    answer_head, _, rest = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: ([0-9]+)", answer_head)
    content = await reader.readexactly(int(length.group(1))) if length else b""
    writer.close()
    assert rest == b""
    return answer_head.decode(), content


async def test_a_refused_request_names_its_device_where_that_could_be_read(service: RunningService) -> None:
    await post(service, xml(model=""))
    assert await service.rows("SELECT device FROM refused_request") == [("00-04-F2-00-01-76",)]


@pytest.mark.expects_log_records("^A record could not be written$")
async def test_an_install_report_that_is_given_up_is_not_acknowledged(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody_foresaw_this(_sightings: object) -> None:
        raise KeyError("unforeseen")

    monkeypatch.setattr(sighting_rows, "fill", nobody_foresaw_this)
    report = f"<LastInstall><Result>Failed</Result><Version>{VERSION}</Version></LastInstall>"
    status, answer = await post(service, xml(report))
    assert isinstance(answer, ErrorAnswer)
    assert (status, answer.code) == (503, "busy")
