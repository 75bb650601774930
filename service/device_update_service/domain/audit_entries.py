"""What was done, or refused, as entries of the audit trail: each covers the one before (contract, `audit`).

What goes into an entry is bounded and made fit for its one canonical form, so that no action can fail by what a person
or a device wrote. Passwords, hashes and tokens have no place in it; whoever makes an `AuditedAction` leaves them out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from device_update_contract.administration.audit_trail import AuditOutcome
from device_update_contract.administration.base import rfc3339
from device_update_contract.audit import MAX_INTEGER, AuditVerb, canonical_json, entry_hash
from device_update_service.domain.actors import Actor
from device_update_service.domain.stored_times import from_milliseconds

MAX_NAMED: Final = 1_000
"""Ids that one entry names; beyond that it counts."""
MAX_TEXT: Final = 300
"""Characters of who, from where, through what and on what."""
MAX_VALUE_BYTES: Final = 64 * 1024
"""Of `before` or `after`; of a larger one (certificates) its size and SHA-256 are kept."""


@dataclass(frozen=True, slots=True)
class AuditedAction:
    """One action of somebody on one object: what of it was so before and is so after; `refused` is the code if it was.

    An action on many things at once has an object that says so and names them (`named_ids`).
    """

    actor: Actor
    verb: AuditVerb
    object: str
    before: JsonValue = None
    after: JsonValue = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry in its place in the chain; `before` and `after` are canonical JSON, `at` is in milliseconds."""

    id: int
    at: int
    account: str
    address: str | None
    through: str
    verb: str
    object: str
    outcome: AuditOutcome
    code: str | None
    before: str
    after: str
    hash: bytes


def named_object(kind: str, ids: Sequence[int] | Sequence[str]) -> str:
    """The one thing of a kind that is meant, or only that they are several."""
    return f"{kind} {ids[0]}" if len(ids) == 1 else f"{kind}s"


def named_ids(ids: Sequence[int] | Sequence[str]) -> JsonValue:
    """How many there are, and the first thousand by id."""
    return {"count": len(ids), "ids": [str(id_)[:64] for id_ in ids[:MAX_NAMED]]}


def chained(actions: Iterable[AuditedAction], *, last_id: int, last_hash: bytes, at: int) -> list[AuditEntry]:
    """The entries of some actions, at `at` milliseconds, that continue a chain after its last entry."""
    entries: list[AuditEntry] = []
    for action in actions:
        entry = _entry(action, last_id + 1, at, last_hash)
        entries.append(entry)
        last_id, last_hash = entry.id, entry.hash
    return entries


def _entry(action: AuditedAction, number: int, at: int, last_hash: bytes) -> AuditEntry:
    actor = action.actor
    before, before_text = _bounded(action.before)
    after, after_text = _bounded(action.after)
    account, through, named = _text(actor.account), _text(actor.through), _text(action.object)
    address = None if actor.address is None else _text(actor.address)
    outcome: AuditOutcome = "done" if action.refused is None else "refused"
    facts: dict[str, JsonValue] = {
        "id": str(number),
        "at": rfc3339(from_milliseconds(at)),
        "account": account,
        "address": address,
        "through": through,
        "verb": action.verb.value,
        "object": named,
        "before": before,
        "after": after,
        "outcome": outcome,
        "code": action.refused,
    }
    return AuditEntry(
        id=number,
        at=at,
        account=account,
        address=address,
        through=through,
        verb=action.verb.value,
        object=named,
        outcome=outcome,
        code=action.refused,
        before=before_text,
        after=after_text,
        hash=entry_hash(last_hash, facts),
    )


def _bounded(value: JsonValue) -> tuple[JsonValue, str]:
    """A value as it goes into an entry, and its canonical JSON."""
    fit = _fit(value)
    text = canonical_json(fit)
    if len(text) <= MAX_VALUE_BYTES:
        return fit, text.decode()
    return _bounded({"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()})


def _fit(value: JsonValue) -> JsonValue:
    """The value in what canonical JSON has: whole texts, exact numbers, members with ASCII names."""
    match value:
        case str():
            return _whole(value)
        case dict():
            return {name.encode("ascii", "backslashreplace").decode(): _fit(member) for name, member in value.items()}
        case list():
            return [_fit(item) for item in value]
        case bool() | None:
            return value
        case int() if abs(value) <= MAX_INTEGER:
            return value
        case _:
            return str(value)


def _text(text: str) -> str:
    return _whole(text[:MAX_TEXT])


def _whole(text: str) -> str:
    """Text without halves of characters, and without NUL, at which databases end a text."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
