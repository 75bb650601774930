"""An entry of the audit trail says in words what it is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from device_update_console.core.filters.fitting_items import still_fits
from device_update_console.core.lists.record_lists import AUDIT_TRAIL
from device_update_console.core.logs_and_audit.audit_objects import object_text
from device_update_console.core.texts.language import SHIPPED, choose, language_of
from device_update_contract.administration.audit_trail import AuditEntry


def entry(thing: str, before: JsonValue = None, after: JsonValue = None) -> AuditEntry:
    return AuditEntry(
        id="1", at=datetime(2026, 5, 3, tzinfo=UTC), account="anna", address=None, through="api", verb="x.y",
        object=thing, before=before, after=after, outcome="done", code=None, previous_hash="0", hash="1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (entry("rule 7", {"pending": "2.0"}, {"rule": "UCPhone Polycom CX700 A ENU CPE"}),
         "Update 7: UCPhone Polycom CX700 A ENU CPE"),
        (entry("rule 7"), "Update 7"),
        (entry("test-device 3", {"name": "Lobby", "mac": "00-04-F2-00-01-76"}), "Test device 3: Lobby"),
        (entry("test-device 3", {"name": "Lobby"}, {"name": "Hall"}), "Test device 3: Hall"),
        (entry("device 12", {"mac": "00-04-F2-00-01-76", "serial": None}), "Device 12: 00-04-F2-00-01-76"),
        (entry("device 12", {"mac": None, "serial": "07823-A345"}), "Device 12: 07823-A345"),
        (entry("device 12", {"note": ""}, {"note": "rings"}), "Device 12"),
        (entry("device-log 1", None, {"name": "update.txt"}), "Device log 1: update.txt"),
        (entry("package 1", None, {"name": "phones.cab"}), "Package 1: phones.cab"),
        (entry("account bob", None, {"role": "operator"}), "Account bob"),
        (entry("session 22", {"account": "bob"}), "Session 22"),
        (entry("setting log_cleanup_days", 10, 20), "Number of days to keep log files (1-365)"),
        (entry("setting of_a_newer_service", 1, 2), "setting of_a_newer_service"),
        (entry("account key"), "Account key"),
        (entry("devices", None, {"count": 4}), "Devices"),
        (entry("test-devices"), "Test devices"),
        (entry("logs"), "logs"),
    ],
)  # fmt: skip
def test_an_object_is_its_kind_its_number_and_what_it_is_called(told: AuditEntry, words: str) -> None:
    assert object_text(told) == words


@given(st.text(max_size=40), st.dictionaries(st.sampled_from(["name", "mac", "rule"]), st.text(max_size=20)))
def test_whatever_an_object_is_it_is_shown_in_one_line(thing: str, facts: dict[str, JsonValue]) -> None:
    for kind in (thing, f"rule {thing}", f"device {thing}", f"setting {thing}"):
        assert len(object_text(entry(kind, facts)).splitlines()) <= 1


@pytest.mark.parametrize("code", SHIPPED)
@pytest.mark.parametrize(
    "thing",
    ["rule 7", "test-device 3", "device 12", "device-log 1", "package 1", "account bob", "session 22", "devices",
     "account key", "setting log_cleanup_days", "logs", "setting of_a_newer_service"],
)  # fmt: skip
def test_an_object_is_found_by_what_the_list_calls_it_in_every_language(thing: str, code: str) -> None:
    choose(language_of(code))
    try:
        shown = entry(thing, None, {"rule": "X A: B", "name": "X", "mac": "00-04-F2-00-01-76"})
        column = AUDIT_TRAIL.column("object")
        assert column.value is not None
        for typed in (thing, column.text(shown), column.value(shown) or "", column.text(shown).upper()):
            asked = AUDIT_TRAIL.query({"object": typed})
            assert str(asked.model_dump()["object"]).casefold() == thing
            assert still_fits(AUDIT_TRAIL, {"object": typed})(shown)
        assert not still_fits(AUDIT_TRAIL, {"object": "package 99"})(shown)
    finally:
        choose(language_of("en"))
