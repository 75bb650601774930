"""What the property sheet of a rule shows."""

from __future__ import annotations

import pytest
from tests.support.administration_samples import rule, version

from device_update_console.core.sheets.rule_sheet import file_rows, general_facts, how_far_tested
from device_update_contract.administration.rules import PendingTest, RuleFile

_HASH = "a" * 64


def test_general_says_what_is_in_each_slot_since_when_by_whom_and_on_how_many_devices() -> None:
    facts = dict(general_facts(rule()).rows)
    assert facts["Brand"] == "Polycom"
    assert facts["Devices"] == "12 devices"
    assert facts["Pending"].startswith("4.0.7577.4387, since ")
    assert facts["Pending"].endswith("by ada\non 1 device")
    assert facts["Restore"] == "none"


def test_files_of_each_slot_have_name_size_hash_and_signature() -> None:
    file = RuleFile(name="CPE.nbt", signature="CPE.cat", size=31_457_280, sha256=_HASH, timestamp=None)
    pending = version("4.0.7577.4387").model_copy(update={"files": [file]})
    assert file_rows(rule(pending=pending)) == [("Pending", "4.0.7577.4387", "CPE.nbt", "31.5 MB", _HASH, "CPE.cat")]


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        (PendingTest(), "Version 4.0.7577.4387 is pending, and there is no test device of this device class"),
        (PendingTest(devices=4, installed=2, failed=1), "2 of 4 test devices have installed version 4.0.7577.4387. On"),
        (PendingTest(devices=4, installed=2, failed=1), "On 1 it failed. 1 has not asked since."),
        (PendingTest(devices=2, offered=2), "To 2 it was offered so far."),
    ],
)
def test_how_far_the_test_devices_got_is_a_sentence(test: PendingTest, sentence: str) -> None:
    assert sentence in how_far_tested(rule(pending_test=test))


def test_without_a_pending_version_there_is_nothing_to_test() -> None:
    assert how_far_tested(rule(pending=None)).startswith("No version is pending.")
