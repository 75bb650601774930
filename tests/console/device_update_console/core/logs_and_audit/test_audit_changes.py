"""An entry of the audit trail can be read field by field."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from device_update_console.core.logs_and_audit.audit_changes import ChangedField, change_line, changed_fields
from device_update_contract.administration.audit_trail import AuditEntry


def entry(thing: str, before: JsonValue = None, after: JsonValue = None) -> AuditEntry:
    return AuditEntry(
        id="1", at=datetime(2026, 5, 3, tzinfo=UTC), account="anna", address=None, through="api", verb="x.y",
        object=thing, before=before, after=after, outcome="done", code=None, previous_hash="0", hash="1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (
            entry("account bob", {"role": "operator", "enabled": True}, {"role": "help_desk", "enabled": True}),
            [("Role", "Operator", "Help desk", True), ("Enabled", "yes", "yes", False)],
        ),
        (entry("account bob", None, {"role": "operator"}), [("Role", "", "Operator", True)]),
        (entry("account bob", {"role": "operator"}, None), [("Role", "Operator", "", True)]),
        (
            entry("device-log 1", None, {"name": "update.txt", "log_type": "DiagLog", "device": "00-04-F2-00-01-76"}),
            [
                ("Name", "", "update.txt", True),
                ("Type", "", "DiagLog", True),
                ("Device", "", "00-04-F2-00-01-76", True),
            ],
        ),
        (
            entry("setting log_cleanup_days", 10, 20),
            [("Number of days to keep log files (1-365)", "10 days", "20 days", True)],
        ),
        (
            entry("setting log_cleanup_time_of_day", None, "03:30"),
            [("Daily clean-up time (server's local time)", "hourly, when due", "03:30", True)],
        ),
        (entry("setting of_a_newer_service", 1, [2, "x"]), [("of_a_newer_service", "1", "2\nx", True)]),
        (
            entry("rule 7", {"pending": "2.0", "approved": None}, {"approved": "2.0", "pending": None, "rule": "X"}),
            [("Pending", "2.0", "none", True), ("Approved", "none", "2.0", True), ("Update", "", "X", False)],
        ),
        (entry("devices", None, {"count": 1204, "ids": ["1", "2"]}), [
            ("How many", "", "1,204", True), ("Numbers", "", "1\n2", True),
        ]),
        (entry("session 3"), []),
        (entry("setting log_cleanup_days"), []),
    ],
)  # fmt: skip
def test_what_changed_is_told_before_and_after(told: AuditEntry, fields: list[tuple[str, str, str, bool]]) -> None:
    assert list(changed_fields(told)) == [ChangedField(*field[:3], changed=field[3]) for field in fields]


def test_a_change_reads_from_what_was_to_what_is() -> None:
    lines = [change_line(field) for field in changed_fields(entry("account bob", {"role": "operator"}, {"role": "x"}))]
    assert lines == ["Role: Operator \N{RIGHTWARDS ARROW} x"]
    assert [change_line(field) for field in changed_fields(entry("x", None, {"name": "Lobby"}))] == ["Name: Lobby"]
    assert [change_line(field) for field in changed_fields(entry("x", 1, 2))] == ["1 \N{RIGHTWARDS ARROW} 2"]
    assert [change_line(field) for field in changed_fields(entry("x", None, 2))] == ["none \N{RIGHTWARDS ARROW} 2"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc\n\u202e", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["rule 7", "setting log_cleanup_days", "setting x", ""]), _JSON, _JSON)
def test_whatever_stands_on_the_trail_is_shown_without_what_could_deceive(
    thing: str, before: JsonValue, after: JsonValue
) -> None:
    for field in changed_fields(entry(thing, before, after)):
        assert "\n" not in field.name
        for shown in (field.name, field.before, field.after):
            assert not {unicodedata.category(each) for each in shown if each != "\n"} & {"Cc", "Cf", "Zl", "Zp"}
