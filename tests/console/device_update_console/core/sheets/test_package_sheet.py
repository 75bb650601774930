"""What the property sheet of a package shows."""

from __future__ import annotations

from tests.support.administration_samples import FINDING_WARNING, package, package_update

from device_update_console.core.sheets.package_sheet import UPDATE_TITLES, finding_lines, general_facts, update_rows
from device_update_contract.administration.rules import RuleFile

FILES = [
    RuleFile(name="CPE.nbt", signature="CPE.cat", size=5, sha256="0" * 64, timestamp=None),
    RuleFile(name="Boot.nbt", signature=None, size=5, sha256="0" * 64, timestamp=None),
]


def test_the_general_facts_say_who_imported_it_and_how_much_it_is() -> None:
    of = package("UCUpdates.cab", [FINDING_WARNING]).model_copy(update={"size": 31_457_280})
    facts = dict(general_facts(of).rows)
    assert facts["By"] == "ada"
    assert facts["Size"] == "31.5 MB (31,457,280 bytes)"
    assert (facts["Updates"], facts["Warnings"]) == ("0", "1")
    assert facts["SHA-256"] == "0" * 64


def test_each_update_is_a_row_with_its_files_and_what_came_of_it() -> None:
    update = package_update(effect="approved", files=FILES, release_date="2013-04-16", description="better sound")
    (row,) = update_rows(package("a.cab").model_copy(update={"updates": [update]}))
    assert dict(zip(UPDATE_TITLES, row, strict=True)) == {
        "Update": "Polycom CX700 A ENU CPE",
        "Device Type": "UCPhone",
        "Version": "4.0.7577.4387",
        "Released": "2013-04-16",
        "What Came of It": "approved at once",
        "Files": "CPE.nbt (CPE.cat), Boot.nbt",
        "Description": "better sound",
    }


def test_each_finding_is_a_line_with_the_picture_of_its_severity() -> None:
    (line,) = finding_lines(package("a.cab", [FINDING_WARNING]))
    assert (line.icon, line.text) == ("warning", "'CPE.nbt' is not signed.")
