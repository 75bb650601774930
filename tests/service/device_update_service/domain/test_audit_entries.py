"""Entries of the audit trail: no action fails by what a person or a device wrote, and none grows without bounds."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.administration.base import rfc3339
from device_update_contract.audit import START, AuditVerb, verify_chain
from device_update_service.domain.actors import Actor
from device_update_service.domain.audit_entries import (
    MAX_NAMED,
    MAX_TEXT,
    MAX_VALUE_BYTES,
    AuditedAction,
    AuditEntry,
    chained,
    named_ids,
    named_object,
)
from device_update_service.domain.stored_times import from_milliseconds

ANY_TEXT = st.text(max_size=400)
ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
ACTORS = st.builds(Actor, ANY_TEXT, st.none() | ANY_TEXT, ANY_TEXT)
ACTIONS = st.builds(
    AuditedAction, ACTORS, st.sampled_from(AuditVerb), ANY_TEXT, ANY_VALUE, ANY_VALUE, st.none() | st.just("not-found")
)


def as_given_by_the_api(entry: AuditEntry, previous: bytes) -> dict[str, Any]:
    return {
        "id": str(entry.id),
        "at": rfc3339(from_milliseconds(entry.at)),
        "account": entry.account,
        "address": entry.address,
        "through": entry.through,
        "verb": entry.verb,
        "object": entry.object,
        "before": json.loads(entry.before),
        "after": json.loads(entry.after),
        "outcome": entry.outcome,
        "code": entry.code,
        "previous_hash": previous.hex(),
        "hash": entry.hash.hex(),
    }


@given(st.lists(ACTIONS, min_size=1, max_size=5), st.integers(0, 2**42))
def test_whatever_was_written_becomes_a_chain_that_can_be_checked(actions: list[AuditedAction], at: int) -> None:
    entries = chained(actions, last_id=0, last_hash=START, at=at)
    before = [START, *(entry.hash for entry in entries)]
    verdict = verify_chain(as_given_by_the_api(*pair) for pair in zip(entries, before, strict=False))
    assert (verdict.fault, verdict.entries) == (None, len(actions))


@given(ACTIONS)
def test_the_texts_and_values_of_an_entry_are_bounded_and_can_be_stored(action: AuditedAction) -> None:
    [entry] = chained([action], last_id=0, last_hash=START, at=0)
    for text in (entry.account, entry.address or "", entry.through, entry.object):
        assert len(text) <= MAX_TEXT
        assert "\0" not in text
        text.encode()
    assert max(len(entry.before.encode()), len(entry.after.encode())) <= MAX_VALUE_BYTES


def test_a_value_that_is_too_large_leaves_its_size_and_hash() -> None:
    action = AuditedAction(Actor("anna"), AuditVerb.SETTING_CHANGE, "setting trusted_signers", None, "x" * 100_000)
    [entry] = chained([action], last_id=0, last_hash=START, at=0)
    assert json.loads(entry.after)["bytes"] == 100_002
    assert len(json.loads(entry.after)["sha256"]) == 64


def test_entries_continue_the_chain_they_are_given() -> None:
    action = AuditedAction(Actor("anna"), AuditVerb.PURGE, "updates")
    together = chained([action, action], last_id=0, last_hash=START, at=5)
    again = chained([action], last_id=1, last_hash=together[0].hash, at=5)
    assert again == together[1:]


def test_many_things_are_counted_and_the_first_thousand_named() -> None:
    facts = named_ids(list(range(1, 10_001)))
    assert isinstance(facts, dict)
    assert facts["count"] == 10_000
    assert facts["ids"] == [str(number) for number in range(1, MAX_NAMED + 1)]
    assert (named_object("device", [7]), named_object("device", [7, 8])) == ("device 7", "devices")
