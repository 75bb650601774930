"""Writing a manifest for a package that has none: what is suggested, what is wrong, what the service reads of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.cabinets import manifest_xml as xml_of
from tests.support.cabinets import update_xml

from device_update_console.core.uploads.manifest_draft import (
    FIELDS,
    ManifestUnusable,
    UpdateDraft,
    load_manifest,
    manifest_xml,
    problems,
    suggested_update,
)
from device_update_console.core.uploads.package_files import UnreadableFile
from device_update_contract.administration.packages import PackageMember
from device_update_contract.findings import FindingList
from device_update_contract.package_manifest import PackageManifest
from device_update_service.packages.manifest import parse_manifest

MEMBERS = [PackageMember(name=name, size=5) for name in ("Boot/CPE.nbt", "Boot\\cpe.CAT", "other.nbt", "readme.txt")]
NEEDED = {"version": "4.0.7577.4387", "brand": "Polycom", "model": "CX700"}


def finished(**texts: str) -> UpdateDraft:
    return UpdateDraft({**NEEDED, **texts}).with_image("Boot/CPE.nbt", "Boot\\cpe.CAT")


def as_the_service_reads_it(*drafts: UpdateDraft) -> PackageManifest:
    findings = FindingList()
    manifest = parse_manifest(manifest_xml(drafts).encode(), findings)
    assert findings.listed() == ()
    assert manifest is not None
    return manifest


def test_what_looks_like_firmware_is_suggested_with_the_catalog_beside_it() -> None:
    images = suggested_update(MEMBERS).images
    assert [(image.name, image.source, image.signature, image.signature_source) for image in images] == [
        ("CPE.nbt", "Boot/CPE.nbt", "cpe.CAT", "Boot\\cpe.CAT"),
        ("other.nbt", "other.nbt", None, None),
    ]


def test_fields_that_are_left_empty_have_the_contract_s_defaults() -> None:
    (update,) = as_the_service_reads_it(finished()).updates
    assert str(update.device_class) == "UCPhone Polycom CX700 A ENU"
    assert (update.vendor, update.update_type, update.version.text) == ("Polycom", "CPE", "4.0.7577.4387")


def test_every_field_of_the_form_reaches_the_service() -> None:
    draft = finished(device_type="RoundTable", vendor="Contoso & Co", revision="B", locale="DEU", update_type="Boot")
    assert problems([draft], MEMBERS) != []
    (update,) = as_the_service_reads_it(draft.filled_in("vendor", "Contoso (Co)")).updates
    assert str(update.device_class) == "RoundTable Polycom CX700 B DEU"
    assert (update.vendor, update.update_type) == ("Contoso (Co)", "Boot")
    assert [(file.name, file.signature) for file in update.files] == [("CPE.nbt", "cpe.CAT")]


@pytest.mark.parametrize("name", ["version", "brand", "model"])
def test_what_has_no_default_is_needed(name: str) -> None:
    field = next(each for each in FIELDS if each.name == name)
    assert field.check("") == "This is needed."
    (sentence,) = problems([finished(**{name: " "})], MEMBERS)
    assert "not all fields" in sentence


@pytest.mark.parametrize("version", ["4.0.7577.", "1.2.3.4.5", "4294967296", "v4", "1,0", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_a_version_that_the_service_would_refuse_is_said_while_it_is_typed(version: str) -> None:
    field = next(each for each in FIELDS if each.name == "version")
    assert field.check(version).startswith("A version is one to four numbers")
    assert field.check("4.0.7577.4387") == ""


def test_an_update_without_images_is_no_update() -> None:
    (sentence,) = problems([UpdateDraft(NEEDED)], MEMBERS)
    assert sentence == "Polycom CX700: choose the files that are its images."


def test_two_updates_for_one_rule_are_refused_in_the_contract_s_words() -> None:
    (sentence,) = problems([finished(), finished(version="5.0", model="cx700")], MEMBERS)
    assert sentence.endswith("is given more than once.")


def test_two_images_of_one_name_are_refused_in_the_contract_s_words() -> None:
    members = [*MEMBERS, PackageMember(name="Main/CPE.nbt", size=5)]
    (sentence,) = problems([finished().with_image("Main/CPE.nbt", None)], members)
    assert sentence == ("The manifest cannot be used: update 1: the file name 'CPE.nbt' is given more than once.")


def test_a_file_is_an_image_once_and_none_when_it_is_taken_out() -> None:
    draft = finished().with_image("BOOT\\cpe.nbt", None)
    assert [(image.source, image.signature) for image in draft.images] == [("Boot/CPE.nbt", None)]
    assert draft.without_image("boot/cpe.nbt").images == ()


def test_a_loaded_manifest_keeps_what_the_form_does_not_show(tmp_path: Path) -> None:
    path = tmp_path / "mine.xml"
    file = r'<File name="phone.nbt" source="Boot\CPE.nbt" timestamp="2013-04-16T01:02:03Z"/>'
    path.write_bytes(xml_of(update_xml(file, extra='releaseDate="2013-04-16" description="better sound"')))
    drafts = load_manifest(path, MEMBERS)
    assert problems(drafts, MEMBERS) == []
    (update,) = as_the_service_reads_it(*drafts).updates
    assert (str(update.release_date), update.description) == ("2013-04-16", "better sound")
    (image,) = update.files
    assert (image.name, image.source, str(image.timestamp)) == (
        "phone.nbt", "Boot/CPE.nbt", "2013-04-16 01:02:03+00:00",
    )  # fmt: skip


def test_a_loaded_manifest_that_names_what_is_not_in_the_package_is_said(tmp_path: Path) -> None:
    path = tmp_path / "mine.xml"
    path.write_bytes(xml_of(update_xml("missing.nbt")))
    assert problems(load_manifest(path, MEMBERS), MEMBERS) == [
        "Polycom CX700 A ENU CPE: missing.nbt is not in the package."
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"MSCF", "it is not XML"),
        (b"<!DOCTYPE x><x/>", "DOCTYPE"),
        (b"<Updates/>", "it names no update"),
        (xml_of('<Update version="1" brand="a/b" model="m"><File name="x"/></Update>'), "the field brand"),
        (b"<x>" + b" " * (4 * 1024 * 1024), "larger than"),
    ],
    ids=["binary", "doctype", "empty", "field", "large"],
)
def test_a_file_that_is_no_manifest_is_refused_in_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "mine.xml"
    path.write_bytes(content)
    with pytest.raises(ManifestUnusable, match=sentence):
        load_manifest(path, MEMBERS)


def test_a_manifest_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"mine.xml cannot be read: No such file or directory\."):
        load_manifest(tmp_path / "mine.xml", MEMBERS)


WORDS = st.text(st.sampled_from("abcXYZ019 ._+()-&<\"'\N{SNOWMAN}"), max_size=12)


@given(st.fixed_dictionaries({field.name: WORDS for field in FIELDS}))
def test_a_draft_without_a_problem_is_one_that_the_service_accepts(texts: dict[str, str]) -> None:
    draft = UpdateDraft({**texts, "version": texts["version"] or "1.0"}).with_image("other.nbt", None)
    if not problems([draft], MEMBERS):
        (update,) = as_the_service_reads_it(draft).updates
        assert update.device_class.brand == texts["brand"].strip()
