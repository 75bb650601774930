"""Every route answers an error as a problem, and nothing that goes wrong tells more than it should."""

from __future__ import annotations

import asyncio
import gzip
import io
import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.administration import API, Administration, Reply, running_administration
from tests.support.cut_answers import read_until_cut
from tests.support.logged_checks import add_checks

from device_update_contract.administration.endpoints import ENDPOINTS, Endpoint
from device_update_contract.administration.problems import CONTENT_TYPE, Problem
from device_update_service.storage.checks.update_log_search import FoundLines, UpdateLogSearch
from device_update_service.storage.errors import StorageUnavailable

pytestmark = pytest.mark.expects_log_records(
    r"^Sign-in of ", r"^Error [0-9a-f]{12} while answering GET /api/v1/settings$"
)

UNKNOWN = "999999999999999999999999"


def provoke(endpoint: Endpoint) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests that this route has to refuse: an unknown parameter everywhere, and what else it can stumble over."""
    path = endpoint.path.replace("{id}", UNKNOWN).replace("{name}", "no such name")
    yield f"{path}?surprise=1", {}
    if "{" in endpoint.path:
        yield path, {"json": {}} if endpoint.body is not None else {}
    if endpoint.query is not None and "limit" in endpoint.query.model_fields:
        for query in ("limit=0", "limit=1001", "limit=ten", "sort=surprise", "after=surprise", "limit=1&limit=2"):
            yield f"{path}?{query}", {}
    if endpoint.body is not None and not endpoint.raw_body:
        json = {"Content-Type": "application/json"}
        for body in (b"", b"{", b"[]", b"null", b'{"surprise": 1}', b"\xff\xfe", b"[" * 5000):
            yield path, {"data": body, "headers": json}
        yield path, {"data": b"{}", "headers": {"Content-Type": "text/plain"}}
        yield path, {"data": io.BytesIO(b'"' + b"x" * (1024 * 1024) + b'"'), "headers": json}
    if endpoint.raw_body:
        yield (
            path,
            {"data": b"no cabinet"}
            if endpoint.name == "import_package"
            else {"data": b"--", "headers": {"Content-Type": "multipart/form-data; boundary=-"}},
        )


def check(reply: Reply, endpoint: Endpoint, path: str) -> None:
    where = f"{endpoint.method} {path} {reply.status} {reply.body[:200]!r}"
    assert 400 <= reply.status < 500, where
    assert reply.content_type == CONTENT_TYPE, where
    problem = Problem.model_validate(reply.json)
    assert problem.status == reply.status, where
    assert problem.detail.endswith("."), where
    assert "Traceback" not in problem.detail


async def test_every_route_answers_its_errors_as_problems(tmp_path: Path) -> None:
    async with running_administration(tmp_path) as administration:
        for endpoint in ENDPOINTS:
            for path, options in provoke(endpoint):
                reply = (
                    await administration.call(endpoint.method, path.removeprefix(API), **options)
                    if path.startswith(API)
                    else await administration.send(endpoint.method, path, **options)
                )
                check(reply, endpoint, path)


@pytest.fixture
async def administration(tmp_path: Path) -> Any:
    async with running_administration(tmp_path) as running:
        yield running


async def test_an_unknown_address_is_a_problem(administration: Administration) -> None:
    reply = await administration.call("GET", "/nothing/here")
    assert (reply.status, reply.content_type, reply.json["code"]) == (404, CONTENT_TYPE, "not-found")


async def test_a_wrong_method_names_the_right_ones(administration: Administration) -> None:
    reply = await administration.call("PUT", "/accounts")
    assert (reply.status, reply.content_type, reply.json["code"]) == (405, CONTENT_TYPE, "method-not-allowed")
    assert reply.headers["Allow"] == "GET, HEAD, POST"
    assert reply.json["detail"] == "This address takes only GET, HEAD, POST."


async def test_fields_at_fault_are_named_and_their_values_are_not_repeated(administration: Administration) -> None:
    reply = await administration.call("POST", "/accounts", json={"name": "x", "role": "boss", "password": "s3cr3t"})
    assert reply.status == 422
    assert {error["field"] for error in reply.json["errors"]} == {"role", "password"}
    assert b"s3cr3t" not in reply.body
    assert b"boss" not in reply.body


async def test_a_verb_on_unknown_rules_only_is_404_and_says_so_for_each(administration: Administration) -> None:
    rules = [{"id": "7"}, {"id": "x"}]
    reply = await administration.call("POST", "/rules/approve", json={"rules": rules})
    assert (reply.status, reply.content_type, reply.json["code"]) == (404, CONTENT_TYPE, "unknown-rule")
    assert reply.json["changed"] == []
    assert [refused["id"] for refused in reply.json["refused"]] == ["7", "x"]


@pytest.mark.expects_log_records("^Error [0-9a-f]+ while answering GET")
async def test_an_unexpected_error_tells_a_reference_that_the_log_has_too(
    administration: Administration, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await administration.token()

    def broken() -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("device_update_service.usecases.settings.show_settings", broken)
    with caplog.at_level(logging.ERROR):
        reply = await administration.call("GET", "/settings")
    assert (reply.status, reply.content_type, reply.json["code"]) == (500, CONTENT_TYPE, "internal-error")
    assert b"secret" not in reply.body
    assert reply.json["parameters"]["reference"] in caplog.text
    assert "secret inside" in caplog.text


async def test_a_database_that_takes_no_writes_is_503_with_a_time_to_come_back(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    await administration.token()

    def full(*_: object, **__: object) -> None:
        raise StorageUnavailable("The database cannot take writes now: disk full.")

    monkeypatch.setattr("device_update_service.usecases.settings.change_settings", full)
    reply = await administration.call("PATCH", "/settings", json={"session_days": 5})
    assert (reply.status, reply.content_type, reply.json["code"]) == (503, CONTENT_TYPE, "storage-unavailable")
    assert int(reply.headers["Retry-After"]) > 0


@pytest.mark.expects_log_records("^Error handling request from")
@pytest.mark.parametrize("fault", [StorageUnavailable("The disk is gone."), RuntimeError("secret inside")])
async def test_what_fails_after_an_answer_has_begun_cuts_it_and_stands_nowhere_in_it(
    administration: Administration, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    add_checks(administration, 1500)
    headers = {"Authorization": f"Bearer {await administration.token()}", "Accept": "text/csv"}
    lines, asked = UpdateLogSearch.lines, itertools.count()

    def failing_later(*values: Any) -> FoundLines:
        if next(asked):
            raise fault
        return lines(*values)

    monkeypatch.setattr(UpdateLogSearch, "lines", failing_later)
    async with administration.http.get(f"{administration.url}{API}/update-log", headers=headers) as reply:
        assert reply.status == 200
        got = await read_until_cut(reply)
    assert got.count(b"\r\n") == 1001
    assert got.endswith(b"kenmyer501\r\n")


async def test_a_body_that_never_ends_is_given_up(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device_update_service.web.administration.administration_requests.BODY_SECONDS", 0.05)
    never = asyncio.Event()

    async def body() -> Any:
        yield b"{"
        await never.wait()

    async with asyncio.timeout(60):
        reply = await administration.call(
            "PATCH", "/settings", data=body(), headers={"Content-Type": "application/json"}
        )
    assert (reply.status, reply.json["code"]) == (408, "request-timeout")


async def test_answers_are_not_kept_by_anybody_on_the_way(administration: Administration) -> None:
    reply = await administration.call("GET", "/accounts")
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_body_that_is_not_encoded_as_it_says_is_refused_and_is_no_error_of_the_service(
    administration: Administration, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    for path in ("/settings", "/settings"):
        reply = await administration.call("PATCH", path, data=b"no gzip", headers=headers)
        assert (reply.status, reply.json["code"]) == (400, "malformed-request")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("encoding", ["compress", "gzip, gzip", "x"])
async def test_a_body_that_is_packed_otherwise_is_not_taken_as_it_is(
    administration: Administration, encoding: str
) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    reply = await administration.call("PATCH", "/settings", data=b"{}", headers=headers)
    assert (reply.status, reply.json["code"]) == (415, "unsupported-media-type")


async def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(administration: Administration) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    bomb = gzip.compress(bytes(50_000_000))
    reply = await administration.call("PATCH", "/settings", data=bomb, headers=headers)
    assert (reply.status, reply.json["code"]) == (413, "request-too-large")


HOSTILE = [
    *(
        "%00",
        "%ed%a0%80",
        "1" + "0" * 400,
        "-1",
        "nan",
        "inf",
        "%25",
        "9223372036854775808",
        "9999-12-31T23:59:59-12:00",
    ),
    *("0001-01-01T00:00:00%2B12:00", "%F0%9F%98%80", "'%22--", "*", "::/0", "10.0.0.0/33", "x" * 3000),
]


async def test_no_parameter_makes_the_service_stumble(administration: Administration) -> None:
    for endpoint in ENDPOINTS:
        if endpoint.query is None or endpoint.method != "GET":
            continue
        path = endpoint.path.removeprefix(API).replace("{id}", "1")
        for name in endpoint.query.model_fields:
            for value in HOSTILE:
                reply = await administration.call("GET", f"{path}?{name}={value}")
                assert reply.status < 500, f"{endpoint.name} {name}={value}"


async def test_no_field_of_a_body_makes_the_service_stumble(administration: Administration) -> None:
    values = [
        '"\\ud800"',
        "1e999",
        "NaN",
        "1" + "0" * 400,
        "-1",
        '"\\u0000"',
        '"' + "x" * 70_000 + '"',
        "9223372036854775808",
    ]
    beside = {"rules": '[{"id":"1"}]', "ids": '["1"]', "name": '"x"', "role": '"operator"', "password": '"12345678"'}
    for endpoint in ENDPOINTS:
        if endpoint.body is None:
            continue
        path = endpoint.path.removeprefix(API).replace("{id}", "1").replace("{name}", "otto")
        fields = ["session_days"] if endpoint.name == "change_settings" else list(endpoint.body.model_fields)
        for field in fields:
            for value in values:
                others = {name: text for name, text in beside.items() if name in endpoint.body.model_fields}
                body = ",".join(f'"{name}":{text}' for name, text in {**others, field: value}.items())
                reply = await administration.call(
                    endpoint.method, path, data=f"{{{body}}}".encode(), headers={"Content-Type": "application/json"}
                )
                assert reply.status < 500, f"{endpoint.name} {body[:200]}"


@pytest.mark.parametrize("number", ["5_0", "%205", "%2B5", "5.0", "-5", "0x5", "%D9%A5", "true", ""])
async def test_a_whole_number_of_a_parameter_is_decimal_digits(administration: Administration, number: str) -> None:
    reply = await administration.call("GET", f"/devices?limit={number}")
    assert (reply.status, reply.json["parameters"]) == (400, {"parameter": "limit"})
    assert (await administration.call("GET", "/devices?limit=0050")).status == 200


@pytest.mark.parametrize(("number", "status"), [("0.5", 200), ("1e-05", 200), ("1", 200), ("0_1", 400), ("nan", 400)])
async def test_a_place_in_a_list_is_a_decimal_number(administration: Administration, number: str, status: int) -> None:
    assert (await administration.call("GET", f"/devices?at={number}")).status == status


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/devices/remove", {"filter": {}, "expected_count": "5_0"}, "expected_count"),
        ("/devices/remove", {"filter": {}, "expected_count": "5"}, "expected_count"),
        ("/devices/remove", {"filter": {}, "expected_count": True}, "expected_count"),
        ("/rules/approve", {"rules": [{"id": "1", "change_number": "7"}]}, "rules.0.change_number"),
        ("/purge", {"what": "logs", "preview": "yes"}, "preview"),
        ("/accounts", {"name": "x", "role": "operator", "password": "12345678", "enabled": 1}, "enabled"),
    ],
)
async def test_what_is_a_number_or_a_truth_in_a_body_is_one_of_json(
    administration: Administration, path: str, body: dict[str, Any], field: str
) -> None:
    reply = await administration.call("POST", path, json=body)
    assert (reply.status, reply.json["parameters"]) == (422, {"field": field})
