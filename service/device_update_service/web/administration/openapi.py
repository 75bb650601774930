"""The administration API as an OpenAPI 3.1 document, made from the contract's table and models (contract section 5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pydantic_core
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from device_update_contract.administration.base import PageQuery, sort_choices
from device_update_contract.administration.endpoints import (
    DEVICE_LOG_CONTENT,
    ENDPOINTS,
    IMPORT_PACKAGE,
    LIST_UPDATE_LOG,
    Endpoint,
)
from device_update_contract.administration.problems import CONTENT_TYPE, Problem
from device_update_contract.administration.rules import RuleVerbAnswer

_REFERENCE = "#/components/schemas/{model}"
_PART = re.compile(r"{(\w+)}")
_VERBS = frozenset({"approve_rules", "reject_rules", "rollback_rules", "remove_rules"})

_BODILESS = {
    DEVICE_LOG_CONTENT.name: {
        "304": "It is what the caller has.",
        "412": "It is not what the caller has.",
        "416": "No bytes lie where they were asked for.",
    }
}
"""Answers without a body beside the others."""

Json = dict[str, Any]


def openapi_bytes(version: str, endpoints: Sequence[Endpoint] = ENDPOINTS) -> bytes:
    """The document as JSON; it takes some tenths of a second, so callers keep it."""
    return pydantic_core.to_json(openapi_document(version, endpoints))


def openapi_document(version: str, endpoints: Sequence[Endpoint] = ENDPOINTS) -> Json:
    """The document as values."""
    schemas = _Schemas(endpoints)
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Device Update Service: administration",
            "version": version,
            "description": (
                "Names are in snake_case, times in RFC 3339 UTC, sizes in bytes, identifiers are texts. "
                "Errors are application/problem+json (RFC 9457) with a stable code. "
                "HEAD is answered wherever GET is, with the headers alone."
            ),
        },
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer", "description": "The token of POST /session."},
                "password": {"type": "http", "scheme": "basic", "description": "Over TLS or loopback only."},
                "negotiate": {"type": "http", "scheme": "negotiate", "description": "Kerberos or NTLM, as configured."},
                "ntlm": {"type": "http", "scheme": "ntlm", "description": "NTLMv2, as configured."},
            },
        },
    }


class _Schemas:
    """The models' schemas, made together so that each is in the document once."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        taken: list[tuple[type[BaseModel], Any]] = [(Problem, "serialization"), (RuleVerbAnswer, "serialization")]
        for endpoint in endpoints:
            if endpoint.query is not None:
                taken.append((endpoint.query, "validation"))
            if endpoint.body is not None:
                taken.append((endpoint.body, "validation"))
            if isinstance(endpoint.answer, type) and issubclass(endpoint.answer, BaseModel):
                taken.append((endpoint.answer, "serialization"))
        references, definitions = models_json_schema(list(dict.fromkeys(taken)), ref_template=_REFERENCE)
        self._references = references
        self.components: Json = definitions.get("$defs", {})

    def taken(self, model: type[BaseModel]) -> Json:
        """The schema of what a client sends."""
        return dict(self._references[model, "validation"])

    def given(self, model: type[BaseModel]) -> Json:
        """The schema of what the service answers."""
        return dict(self._references[model, "serialization"])

    def properties_of(self, model: type[BaseModel]) -> tuple[Json, list[str]]:
        """The fields of a query model, and which of them are required."""
        name = self.taken(model)["$ref"].rpartition("/")[2]
        schema = self.components[name]
        return schema.get("properties", {}), schema.get("required", [])


def _operation(endpoint: Endpoint, schemas: _Schemas) -> Json:
    operation: Json = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.path.removeprefix("/api/v1/").strip("/").partition("/")[0]],
        "x-permission": None if endpoint.permission is None else endpoint.permission.value,
        "security": _security(endpoint),
        "responses": _responses(endpoint, schemas),
    }
    parameters = _parameters(endpoint, schemas)
    if parameters:
        operation["parameters"] = parameters
    if endpoint.sorts:
        operation["x-sorts"] = list(endpoint.sorts)
    body = _body(endpoint, schemas)
    if body is not None:
        operation["requestBody"] = body
    return operation


def _security(endpoint: Endpoint) -> list[Json]:
    if endpoint.name == "open_session":
        return [{"password": []}, {"negotiate": []}, {"ntlm": []}]
    return [] if endpoint.permission is None else [{"session": []}]


def _parameters(endpoint: Endpoint, schemas: _Schemas) -> list[Json]:
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PART.findall(endpoint.path)
    ]
    if endpoint.query is None:
        return parameters
    properties, required = schemas.properties_of(endpoint.query)
    for name, schema in properties.items():
        parameters.append(_parameter(endpoint, name, schema, is_required=name in required))
    return parameters


def _parameter(endpoint: Endpoint, name: str, schema: Json, *, is_required: bool) -> Json:
    parameter: Json = {"name": name, "in": "query", "required": is_required, "schema": schema}
    if endpoint.query is None or not issubclass(endpoint.query, PageQuery):
        return parameter
    if name == "limit":
        parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
    elif name == "after":
        parameter["description"] = "The opaque cursor from 'next', with the same sort and filters."
    elif name == "sort":
        choices = list(sort_choices(endpoint.sorts))
        parameter["schema"] = {"type": "string", "enum": choices} if choices else {"type": "string"}
        parameter["description"] = "A field, '-' before it for descending; every filter combines with every sort."
    return parameter


def _body(endpoint: Endpoint, schemas: _Schemas) -> Json | None:
    content: Json = {}
    if endpoint.raw_body:
        file = {"type": "string", "contentMediaType": "application/octet-stream"}
        content["application/octet-stream"] = {"schema": {}}
        content["multipart/form-data"] = {
            "schema": {
                "type": "object",
                "description": "The part 'manifest', if any, comes before 'file'.",
                "properties": {"manifest": {"type": "string", "contentMediaType": "application/xml"}, "file": file},
                "required": ["file"],
            }
        }
    if endpoint.body is not None:
        content["application/json"] = {"schema": schemas.taken(endpoint.body)}
    return {"required": True, "content": content} if content else None


def _responses(endpoint: Endpoint, schemas: _Schemas) -> Json:
    problem = {"description": "Refused.", "content": {CONTENT_TYPE: {"schema": schemas.given(Problem)}}}
    responses: Json = {str(endpoint.status): _answer(endpoint, schemas), "default": problem}
    if endpoint.bad_news_status is not None:
        responses[str(endpoint.bad_news_status)] = {
            **_answer(endpoint, schemas),
            "description": "Something is failing.",
        }
    if endpoint.name == IMPORT_PACKAGE.name:
        responses["422"] = {**problem, "description": "The package is refused; its findings are the errors."}
    for status, description in _BODILESS.get(endpoint.name, {}).items():
        responses[status] = {"description": description}
    if endpoint.name == DEVICE_LOG_CONTENT.name:
        responses["206"] = {**_answer(endpoint, schemas), "description": "The bytes that a Range asked for."}
        responses["206"]["content"]["multipart/byteranges"] = {"schema": {"type": "string"}}
    if endpoint.name == LIST_UPDATE_LOG.name:
        responses["200"]["content"]["text/csv"] = {"schema": {"type": "string"}}
    if endpoint.name in _VERBS:
        both = {"allOf": [schemas.given(Problem), schemas.given(RuleVerbAnswer)]}
        refused = {"content": {CONTENT_TYPE: {"schema": both}}}
        responses["409"] = {"description": "Nothing changed, and each rule says why.", **refused}
        responses["404"] = {"description": "Every rule is unknown.", **refused}
    return responses


def _answer(endpoint: Endpoint, schemas: _Schemas) -> Json:
    if endpoint.status == 204:
        return {"description": "Done."}
    answer = endpoint.answer
    if isinstance(answer, type) and issubclass(answer, BaseModel):
        schema = schemas.given(answer)
    elif endpoint.answer_type == "application/json":
        schema = {"type": "object"}
    else:
        schema = {"type": "string"}
    return {"description": endpoint.summary, "content": {endpoint.answer_type: {"schema": schema}}}
