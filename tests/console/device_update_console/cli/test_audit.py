"""`device-update audit`: the table, the exports, and checking the chain here instead of believing the service."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.administration_stand_in import StandIn
from tests.support.command_line import Finished

from device_update_contract.administration.endpoints import LIST_AUDIT_TRAIL
from device_update_contract.audit import START, entry_hash

DeviceUpdate = Callable[..., Finished]
Entry = dict[str, Any]


def chain(*accounts: str) -> list[Entry]:
    entries: list[Entry] = []
    previous = START
    for number, account in enumerate(accounts, start=1):
        entry: Entry = {
            "id": str(number),
            "at": "2026-05-03T14:02:00.000Z",
            "account": account,
            "address": "10.0.0.7",
            "through": "administration-api, session 3",
            "verb": "rule.approve",
            "object": "rule 7",
            "before": {"approved": "1.0", "pending": "4.0"},
            "after": {"approved": "4.0", "pending": None},
            "outcome": "done",
            "code": None,
            "of_a_newer_service": "\u00e9",
            "previous_hash": previous.hex(),
        }
        previous = entry_hash(previous, entry)
        entries.append({**entry, "hash": previous.hex()})
    return entries


def page(entries: list[Entry], following: str | None = None) -> bytes:
    return json.dumps({"items": entries, "next": following, "total": None, "total_at_least": len(entries)}).encode()


def exported(entries: list[Entry]) -> str:
    return "".join(f"{json.dumps(entry)}\n" for entry in entries)


def test_the_table_says_who_did_what_with_what_result(service: StandIn, device_update: DeviceUpdate) -> None:
    refused = {**chain("otto")[0], "outcome": "refused", "code": "not-permitted", "before": None, "after": None}
    service.lay(LIST_AUDIT_TRAIL, page([refused, *chain("anna")]))
    first, second = device_update("audit").stdout.decode().splitlines()[1:]
    assert "refused: not-permitted" in first
    assert "anna" in second
    assert "approved: 1.0 -> 4.0; pending: 4.0 -> none" in second


def test_what_was_taken_away_is_said_to_have_been(service: StandIn, device_update: DeviceUpdate) -> None:
    gone = {**chain("anna")[0], "before": {"enabled": True, "role": "operator"}, "after": None}
    service.lay(LIST_AUDIT_TRAIL, page([gone]))
    assert "enabled was true; role was operator" in device_update("audit").stdout.decode()


def test_filters_are_sent_and_times_are_utc(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(LIST_AUDIT_TRAIL, page([]))
    filters = ("--since", "2026-05-03T14:02:00+02:00", "--account", "anna", "--object", "rule 7", "--outcome", "done")
    assert device_update("audit", *filters).stdout == b"There are no such entries.\n"
    query = service.asked_of(LIST_AUDIT_TRAIL)[0].query
    assert {name: value for name, value in query.items() if name != "limit"} == {
        "since": "2026-05-03T12:02:00.000Z",
        "account": "anna",
        "object": "rule 7",
        "outcome": "done",
    }


def test_json_lines_carry_every_member_and_are_what_verify_checks(
    service: StandIn, device_update: DeviceUpdate, tmp_path: Path
) -> None:
    entries = chain("anna", "otto", "anna")
    service.lay(LIST_AUDIT_TRAIL, page(entries[:2], "c1"), page(entries[2:]))
    lines = device_update("audit", "--jsonl").stdout
    assert [json.loads(line) for line in lines.splitlines()] == entries
    assert service.asked_of(LIST_AUDIT_TRAIL)[0].query["sort"] == "id"
    export = tmp_path / "trail.jsonl"
    export.write_bytes(lines)
    sound = device_update("audit", "--verify", "--file", str(export))
    assert (sound.exit_code, sound.stderr) == (0, "")
    assert sound.stdout.decode().startswith("The audit trail is sound: 3 entries.\n")
    assert f"3:{entries[2]['hash']}" in sound.stdout.decode()


def test_csv_is_safe_for_a_spreadsheet(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(LIST_AUDIT_TRAIL, page(chain('=HYPERLINK("http://x")')))
    printed = device_update("audit", "--csv").stdout.decode()
    assert printed.count("\r\n") == 2
    heading, row = csv.reader(io.StringIO(printed, newline=""))
    cells = dict(zip(heading, row, strict=True))
    assert cells["account"] == '\'=HYPERLINK("http://x")'
    assert json.loads(cells["after"]) == {"approved": "4.0", "pending": None}
    assert cells["code"] == ""


def test_verify_checks_all_pages_and_names_the_first_entry_at_fault(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    entries = chain("anna", "otto", "anna", "otto")
    entries[2]["account"] = "nobody"
    service.lay(LIST_AUDIT_TRAIL, page(entries[:2], "c1"), page(entries[2:]))
    finished = device_update("audit", "--verify")
    assert (finished.exit_code, finished.stdout) == (1, b"")
    assert finished.stderr == "Entry 3 was changed: its hash does not fit what it says.\n"


@pytest.mark.parametrize(
    ("tamper", "sentence"),
    [
        (lambda c: [c[0], c[2], c[3]], "Entry 2 is missing: entry 3 stands in its place."),
        (lambda c: [c[0], c[2], c[1], c[3]], "Entry 2 is missing: entry 3 stands in its place."),
        (lambda c: c[1:], "Entry 1 is missing: entry 2 stands in its place."),
        (
            lambda c: [*c[:2], c[1], *c[2:]],
            "Entry 3 is not in its place: entry 2, which belongs before it, stands there.",
        ),
        (lambda c: [*c[:3], {**c[3], "hash": "0" * 64}], "Entry 4 was changed: its hash does not fit what it says."),
        (lambda c: [*c[:3], ["no entry"]], "Entry 4 cannot be read: It is no JSON object."),
    ],
)
def test_a_chain_with_an_entry_removed_moved_inserted_or_changed_ends_with_1_and_a_sentence(
    device_update: DeviceUpdate, tmp_path: Path, tamper: Callable[[list[Entry]], list[Entry]], sentence: str
) -> None:
    export = tmp_path / "trail.jsonl"
    export.write_text(exported(tamper(chain("anna", "otto", "anna", "otto"))), encoding="utf-8")
    finished = device_update("audit", "--verify", "--file", str(export))
    assert (finished.exit_code, finished.stdout, finished.stderr) == (1, b"", f"{sentence}\n")


def test_a_noted_head_shows_that_the_end_was_cut_off(device_update: DeviceUpdate, tmp_path: Path) -> None:
    entries = chain("anna", "otto", "anna")
    head = f"3:{entries[2]['hash']}"
    export = tmp_path / "trail.jsonl"
    for kept, exit_code in ((3, 0), (2, 1)):
        export.write_text(exported(entries[:kept]), encoding="utf-8")
        finished = device_update("audit", "--verify", "--file", str(export), "--head", head)
        assert finished.exit_code == exit_code, finished.stderr
    assert finished.stderr.startswith("Entry 3 is missing: the end was cut off")


def test_json_of_a_check_is_for_scripts(service: StandIn, device_update: DeviceUpdate) -> None:
    entries = chain("anna")
    service.lay(LIST_AUDIT_TRAIL, page(entries))
    printed = json.loads(device_update("--json", "audit", "--verify").stdout)
    assert printed == {"entries": 1, "head": f"1:{entries[0]['hash']}", "fault": None}


def test_a_file_that_is_no_export_is_refused_in_a_sentence(device_update: DeviceUpdate, tmp_path: Path) -> None:
    export = tmp_path / "trail.jsonl"
    export.write_bytes(b"\x00" * 100)
    finished = device_update("audit", "--verify", "--file", str(export))
    assert (finished.exit_code, finished.stderr) == (1, "Entry 1 cannot be read: It is not JSON.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--csv", "--jsonl"),
        ("--verify", "--csv"),
        ("--file", "x"),
        ("--head", f"1:{'a' * 64}"),
        ("--verify", "--head", "1"),
        ("--verify", "--file", "/nowhere/trail.jsonl"),
        ("--verify", "--file", "x", "--since", "2026-05-03"),
        ("--since", "yesterday"),
    ],
)
def test_options_that_do_not_fit_together_are_wrong_usage(
    device_update: DeviceUpdate, arguments: tuple[str, ...]
) -> None:
    finished = device_update("audit", *arguments)
    assert (finished.exit_code, finished.stdout) == (2, b"")
