from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.administration import API, running_administration

from device_update_contract.administration.endpoints import ENDPOINTS
from device_update_service.web.administration.openapi import openapi_bytes, openapi_document

DOCUMENT = openapi_document("1.2.3")


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert len(found) > 30
    for reference in found:
        place: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            assert part in place, reference
            place = place[part]


def test_names_of_schemas_are_allowed_by_the_specification() -> None:
    for name in DOCUMENT["components"]["schemas"]:
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)


def test_every_endpoint_is_described_with_its_permission() -> None:
    described = {
        operation["operationId"]: (path, method, operation["x-permission"]) for path, method, operation in operations()
    }
    assert described == {
        endpoint.name: (endpoint.path, endpoint.method.lower(), endpoint.permission and endpoint.permission.value)
        for endpoint in ENDPOINTS
    }


def test_what_else_a_file_or_the_update_log_is_answered_with_is_described() -> None:
    described = {operation["operationId"]: operation["responses"] for *_, operation in operations()}
    assert {"200", "206", "304", "412", "416"} < set(described["device_log_content"])
    parts = {"application/octet-stream", "multipart/byteranges"}
    assert set(described["device_log_content"]["206"]["content"]) == parts
    assert set(described["list_update_log"]["200"]["content"]) == {"application/json", "text/csv"}


def test_every_way_to_be_let_in_is_described() -> None:
    ways = {way for *_, operation in operations() for each in operation["security"] for way in each}
    assert ways == set(DOCUMENT["components"]["securitySchemes"]) == {"session", "password", "negotiate", "ntlm"}


def test_parts_of_a_path_are_its_parameters() -> None:
    for path, _, operation in operations():
        named = {item["name"] for item in operation.get("parameters", []) if item["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))
        names = [(item["name"], item["in"]) for item in operation.get("parameters", [])]
        assert len(names) == len(set(names))


def test_lists_name_their_sorts_and_filters() -> None:
    operation = DOCUMENT["paths"][f"{API}/devices"]["get"]
    parameters = {item["name"]: item for item in operation["parameters"]}
    assert {"search", "status", "address", "at", "limit", "after", "sort"} <= set(parameters)
    assert "-last_check_at" in parameters["sort"]["schema"]["enum"]
    assert parameters["limit"]["schema"]["maximum"] == 1000


def test_a_list_that_goes_one_way_only_names_that() -> None:
    operation = DOCUMENT["paths"][f"{API}/devices/{{id}}/history"]["get"]
    [sort] = [item for item in operation["parameters"] if item["name"] == "sort"]
    assert sort["schema"]["enum"] == operation["x-sorts"] == ["-at"]


def test_every_operation_says_what_it_answers_and_how_it_refuses() -> None:
    for endpoint in ENDPOINTS:
        responses = DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]["responses"]
        assert str(endpoint.status) in responses
        assert "application/problem+json" in responses["default"]["content"]
        assert all(response["description"] for response in responses.values())


def test_an_upload_is_described_as_file_parts_and_json() -> None:
    body = DOCUMENT["paths"][f"{API}/packages"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/octet-stream", "multipart/form-data", "application/json"}


def test_it_is_json() -> None:
    assert json.loads(openapi_bytes("1.2.3")) == json.loads(json.dumps(DOCUMENT))


async def test_anybody_may_read_it(tmp_path: Path) -> None:
    async with running_administration(tmp_path, with_accounts=False) as administration:
        reply = await administration.send("GET", f"{API}/openapi.json")
    assert (reply.status, reply.content_type) == (200, "application/json")
    assert reply.json["openapi"] == "3.1.0"
