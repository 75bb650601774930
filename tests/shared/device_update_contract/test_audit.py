"""The hash chain: what it finds, and that anybody can check it as its docstring says (contract section 5)."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract import audit
from device_update_contract.audit import (
    START,
    ChainHead,
    InvalidHead,
    UnreadableEntry,
    canonical_json,
    entry_hash,
    read_entry,
    verify_chain,
)

Entry = dict[str, Any]

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text(st.characters(codec="ascii"), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
FACTS = st.fixed_dictionaries(
    {"account": TEXTS, "address": st.none() | TEXTS, "verb": TEXTS, "before": VALUES, "after": VALUES}
)


def chain_of(facts: list[Entry]) -> list[Entry]:
    entries: list[Entry] = []
    previous = START
    for number, fact in enumerate(facts, start=1):
        entry = {**fact, "id": str(number), "previous_hash": previous.hex()}
        previous = entry_hash(previous, entry)
        entries.append({**entry, "hash": previous.hex()})
    return entries


CHAINS = st.lists(FACTS, min_size=2, max_size=7).map(chain_of)


@given(CHAINS)
def test_a_chain_that_nobody_touched_is_sound_and_names_its_head(chain: list[Entry]) -> None:
    verdict = verify_chain(chain)
    assert verdict.fault is None
    assert verdict.entries == len(chain)
    assert str(verdict.head) == f"{len(chain)}:{chain[-1]['hash']}"


@given(CHAINS, st.data())
def test_an_entry_with_any_member_changed_is_found(chain: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(chain) - 1))
    member = data.draw(st.sampled_from(sorted(chain[place])))
    other = data.draw(VALUES.filter(lambda value: canonical_json(value) != canonical_json(chain[place][member])))
    chain[place] = {**chain[place], member: other}
    verdict = verify_chain(chain)
    assert verdict.fault is not None
    assert str(verdict.fault).startswith(f"Entry {place + 1} ")
    assert verdict.entries == place


@given(CHAINS, st.data())
def test_an_entry_with_a_member_more_or_less_is_found(chain: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(chain) - 1))
    changed = dict(chain[place])
    if data.draw(st.booleans()):
        del changed[data.draw(st.sampled_from(sorted(changed)))]
    else:
        changed["one more"] = data.draw(VALUES)
    chain[place] = changed
    assert str(verify_chain(chain).fault).startswith(f"Entry {place + 1} ")


@given(CHAINS, st.data())
def test_a_removed_entry_is_found_unless_it_is_the_last(chain: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(chain) - 2))
    del chain[place]
    assert str(verify_chain(chain).fault) == f"Entry {place + 1} is missing: entry {place + 2} stands in its place."


@given(CHAINS, st.data())
def test_entries_in_another_order_are_found(chain: list[Entry], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(chain))).filter(lambda order: order != sorted(order)))
    first = next(place for place, number in enumerate(order) if place != number)
    fault = verify_chain([chain[number] for number in order]).fault
    assert str(fault) == f"Entry {first + 1} is missing: entry {order[first] + 1} stands in its place."


@given(CHAINS, st.data())
def test_an_entry_that_stands_a_second_time_is_said_to_be_out_of_place_and_none_to_be_missing(
    chain: list[Entry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(chain) - 1))
    again = data.draw(st.sampled_from(["0", "-5", *(entry["id"] for entry in chain[: place + 1])]))
    fault = verify_chain([*chain[: place + 1], {**chain[0], "id": again}, *chain[place + 1 :]]).fault
    assert str(fault) == f"Entry {place + 2} is not in its place: entry {again}, which belongs before it, stands there."


def test_what_is_nested_too_deep_is_a_fault_and_ends_no_check() -> None:
    for depth in (audit.MAX_DEPTH + 1, 990):
        value: Any = None
        for _ in range(depth):
            value = [value]
        entry = {"id": "1", "previous_hash": START.hex(), "hash": "00", "before": value}
        assert str(verify_chain([entry]).fault) == "Entry 1 cannot be read: It is nested too deep."


@given(CHAINS, FACTS, st.data())
def test_an_inserted_entry_is_found_although_it_is_hashed_well_itself(
    chain: list[Entry], facts: Entry, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(chain) - 1))
    previous = bytes.fromhex(chain[place]["previous_hash"])
    forged = {**facts, "id": str(place + 1), "previous_hash": previous.hex()}
    forged["hash"] = entry_hash(previous, forged).hex()
    verdict = verify_chain([*chain[:place], forged, *chain[place:]])
    assert str(verdict.fault).startswith(f"Entry {place + 2} ")


@given(CHAINS, FACTS, st.data())
def test_a_replaced_entry_that_is_hashed_well_breaks_the_chain_at_the_next_one(
    chain: list[Entry], facts: Entry, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(chain) - 2))
    previous = bytes.fromhex(chain[place]["previous_hash"])
    forged = {**facts, "id": str(place + 1), "previous_hash": previous.hex(), "forged": True}
    chain[place] = {**forged, "hash": entry_hash(previous, forged).hex()}
    assert str(verify_chain(chain).fault).startswith(f"Entry {place + 2} does not continue the chain")


@given(CHAINS, st.data())
def test_a_cut_end_and_a_chain_made_anew_show_against_a_noted_head_only(
    chain: list[Entry], data: st.DataObject
) -> None:
    head = verify_chain(chain).head
    assert head is not None
    kept = data.draw(st.integers(0, len(chain) - 1))
    assert verify_chain(chain[:kept]).fault is None
    assert str(verify_chain(chain[:kept], head).fault).startswith(f"Entry {kept + 1} is missing: the end was cut off")
    anew = chain_of([{**entry, "account": f"{entry['account']}."} for entry in chain])
    assert verify_chain(anew).fault is None
    assert str(verify_chain(anew, head).fault) == (
        f"Entry {head.id} is not the one that was noted: the trail was cut off or made anew before it."
    )


@given(CHAINS, FACTS)
def test_a_head_that_was_noted_earlier_stays_in_a_chain_that_grew(chain: list[Entry], facts: Entry) -> None:
    head = verify_chain(chain[:-1]).head
    assert verify_chain(chain, head).fault is None


def test_an_empty_chain_is_sound_and_has_no_head() -> None:
    assert verify_chain([]) == audit.ChainVerdict(0, None, None)


@given(VALUES)
def test_canonical_json_is_the_same_value_without_white_space_and_in_one_order(value: Any) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text
    if isinstance(value, dict):
        assert canonical_json(dict(reversed(value.items()))) == text


def test_canonical_json_escapes_as_rfc_8785_does() -> None:
    value = {"b": ["\u20ac$\u000f\nA'\u0042\u0022\u005c\\\"/\u2028\x7f"], "a": None}
    assert canonical_json(value) == b'{"a":null,"b":["\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\xe2\x80\xa8\x7f"]}'


@pytest.mark.parametrize("value", [1.0, float("nan"), 2**53, {"\u00e9": 1}, {1: 1}, "\ud800", b"", {"a": [1.5]}])
def test_what_has_no_one_form_everywhere_is_refused(value: object) -> None:
    with pytest.raises(UnreadableEntry):
        canonical_json(value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a":1,"a":2}', '{"a":{"b":1,"b":1}}', "[" * 100_000, b"\xff"])
def test_a_line_that_readers_would_understand_differently_or_not_at_all_is_refused(text: str | bytes) -> None:
    with pytest.raises(UnreadableEntry):
        read_entry(text)


@given(st.integers(1, 2**60), st.binary(min_size=32, max_size=32))
def test_a_head_can_be_written_down_and_read_again(number: int, hash_: bytes) -> None:
    head = ChainHead(number, hash_.hex())
    assert ChainHead.parse(f" {str(head).upper()}\n") == head


@pytest.mark.parametrize("text", ["", "1", f"0:{'a' * 64}", f"1:{'a' * 63}", f"1:{'g' * 64}", f"-1:{'a' * 64}"])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(InvalidHead):
        ChainHead.parse(text)


def test_the_program_in_the_docstring_checks_an_export(tmp_path: Path) -> None:
    lines = (audit.__doc__ or "").splitlines()
    first = lines.index("    import hashlib, json, sys")
    program = textwrap.dedent("\n".join(lines[first : lines.index("", first)]))
    chain = chain_of([{"account": "\u00e9va", "after": {"b": 1, "a": "\u20ac\n"}}, {"account": "otto", "after": None}])
    export = tmp_path / "trail.jsonl"

    def run(entries: list[Entry]) -> subprocess.CompletedProcess[str]:
        export.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries), encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-c", program, str(export)], capture_output=True, text=True, timeout=60, check=False
        )

    sound, changed = run(chain), run([{**chain[0], "account": "eva"}, chain[1]])
    assert sound.stdout == f"{verify_chain(chain).head}\n"
    assert (changed.returncode, "entry 1 is at fault" in changed.stderr) == (1, True)


def test_the_hash_is_that_of_the_format_as_it_is_written_down() -> None:
    entry = {"id": "1", "at": "2026-05-03T14:02:00.000Z", "after": {"b": True, "a": "\u00e9"}}
    text = b'{"after":{"a":"\xc3\xa9","b":true},"at":"2026-05-03T14:02:00.000Z","id":"1"}'
    assert entry_hash(START, {**entry, "hash": "x"}) == hashlib.sha256(bytes(32) + text).digest()
