"""What a refused request was about, as far as it is known: the objects and codes of its entries on the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel, JsonValue

from device_update_contract.administration.devices import ManyDevicesAnswer, ManyDevicesRequest, RefusedDevice
from device_update_contract.administration.endpoints import Endpoint
from device_update_contract.administration.rules import RefusedRule, RuleVerbAnswer, RuleVerbRequest
from device_update_contract.administration.server import PurgeRequest, SettingsChange
from device_update_contract.refusals import Refusal
from device_update_service.domain.audit_entries import named_ids, named_object
from device_update_service.web.administration.problems import RequestRefused, status_of


class EachRefused(RequestRefused):
    """A verb changed none of several rules; each has its own code (contract section 2.1)."""

    def __init__(self, sentence: str, *, code: str, status: int, refused: Sequence[RefusedRule]) -> None:
        members = {"changed": [], "refused": [rule.model_dump(mode="json") for rule in refused]}
        parameters = {**refused[0].parameters, "count": len(refused)}
        super().__init__(sentence, code=code, status=status, parameters=parameters, members=members)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class RefusedAction:
    """What was refused, with the code; several objects with one code are one action that names them in `after`."""

    object: str
    code: str
    after: JsonValue = None


def refused_actions(
    endpoint: Endpoint, request: web.Request, body: BaseModel | None, refusal: Refusal
) -> list[RefusedAction]:
    """What a refusal means; nothing for a preview, nor when it was the service that could not (status 5xx)."""
    if endpoint.audited is None or status_of(refusal) >= 500 or getattr(body, "preview", False):
        return []
    if isinstance(refusal, EachRefused):
        return _by_code(endpoint, refusal.refused)
    return [RefusedAction(_object(endpoint, request, body), refusal.code)]


def refused_parts(endpoint: Endpoint, answer: object) -> list[RefusedAction]:
    """What was refused of many beside what was done."""
    if endpoint.audited is None or not isinstance(answer, RuleVerbAnswer | ManyDevicesAnswer):
        return []
    if isinstance(answer, RuleVerbAnswer) and answer.preview is not None:
        return []
    return _by_code(endpoint, answer.refused)


def _by_code(endpoint: Endpoint, refused: Iterable[RefusedRule | RefusedDevice]) -> list[RefusedAction]:
    ids: dict[str, list[str]] = {}
    for item in refused:
        ids.setdefault(item.code, []).append(item.id)
    return [_of_ids(_kind(endpoint), named, code) for code, named in ids.items()]


def _of_ids(kind: str, ids: Sequence[str], code: str) -> RefusedAction:
    return RefusedAction(named_object(kind, ids), code, named_ids(ids) if len(ids) > 1 else None)


def _object(endpoint: Endpoint, request: web.Request, body: BaseModel | None) -> str:
    """The thing in the path, else the one that the body names, else what kind of things it was about."""
    kind = _kind(endpoint)
    if named := request.match_info.get("id") or request.match_info.get("name"):
        return f"{kind} {named}"
    match body:
        case RuleVerbRequest(rules=[only]) | ManyDevicesRequest(ids=[only]):
            return f"{kind} {only if isinstance(only, str) else only.id}"
        case SettingsChange(root=values) if len(values) == 1:
            return f"{kind} {next(iter(values))}"
        case PurgeRequest(what=what):
            return what
    name = getattr(body, "name", None)
    if name is None:
        return kind if kind == endpoint.audited else f"{kind}s"
    return f"{kind} {name}"


def _kind(endpoint: Endpoint) -> str:
    """What kind of thing the verb is about: what stands before the dot; devices, where ids of devices are given."""
    if endpoint.body is ManyDevicesRequest:
        return "device"
    return str(endpoint.audited).partition(".")[0]
