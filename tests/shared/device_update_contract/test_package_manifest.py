"""The rules of `updateInfo.xml` (contract section 4), read with the standard library's parser."""

from __future__ import annotations

import datetime as dt
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.device_classes import DeviceClass
from device_update_contract.findings import Finding, FindingList
from device_update_contract.identifiers import UnsafeFileName
from device_update_contract.package_manifest import (
    ManifestFile,
    ManifestUpdate,
    PackageManifest,
    note_configuration_files,
    read_manifest,
    render_manifest,
    source_path,
)
from device_update_contract.versions import Version


def read(text: str | bytes) -> tuple[PackageManifest, tuple[Finding, ...]]:
    findings = FindingList()
    manifest = read_manifest(ET.fromstring(text), findings)
    return manifest, findings.listed()


def test_defaults_are_those_of_the_contract() -> None:
    manifest, findings = read(
        '<U><Update version="1" brand="LG" model="8540"><File name="a" signature="b"/></Update></U>'
    )
    assert findings == ()
    assert manifest.updates == (
        ManifestUpdate(
            Version.parse("1"),
            DeviceClass("UCPhone", "LG", "8540", "A", "ENU"),
            "LG",
            "CPE",
            (ManifestFile("a", "a", "b", "b"),),
        ),
    )


@pytest.mark.parametrize(
    ("source", "beside"), [("x/y/a.nbt", "x/y/a.cat"), (r"x\y\a.nbt", r"x\y\a.cat"), ("a.nbt", "a.cat")]
)
def test_a_signature_lies_beside_its_image_unless_said_otherwise(source: str, beside: str) -> None:
    text = f'<Update version="1" brand="b" model="m"><File name="n" signature="a.cat" source="{source}" %s/></Update>'
    assert read(text % "")[0].updates[0].files[0].signature_source == beside
    assert read(text % 'signatureSource="s/t"')[0].updates[0].files[0].signature_source == "s/t"


def test_fields_may_be_elements_in_any_case_and_namespace() -> None:
    manifest, findings = read(
        '<x:updates xmlns:x="urn:u" xmlns="urn:v"><UPDATE Version="9"><x:VERSION> 2.0 </x:VERSION>'
        "<brand>Polycom</brand>"
        "<Model>CX\n</Model><Unknown/><Unknown>1</Unknown><Unknown>2</Unknown><!-- no --><?no?>"
        "<Files><file><NAME>\n a.nbt\n</NAME><Source>f/a.nbt</Source></file></Files></UPDATE></x:updates>"
    )
    assert findings == ()
    (update,) = manifest.updates
    assert (update.version.text, update.device_class.model) == ("2.0", "CX")
    assert update.files == (ManifestFile("a.nbt", "f/a.nbt"),)


def test_a_blank_field_counts_as_absent() -> None:
    manifest, findings = read(
        '<Update version="1" brand="b" vendor=" " model="m" revision=""><File name="a"/></Update>'
    )
    assert findings == ()
    assert (manifest.updates[0].vendor, manifest.updates[0].device_class.revision) == ("b", "A")


def test_an_element_given_twice_is_refused() -> None:
    _, findings = read('<Update brand="b" model="m"><version>1</version><version>2</version><File name="a"/></Update>')
    assert [found.code for found in findings] == ["malformed-manifest"]
    assert "version is given more than once" in findings[0].text


def test_each_missing_field_is_named_once() -> None:
    _, findings = read("<Update/>")
    assert [str(found.parameters["problem"]) for found in findings] == [
        "update 1: the field version is missing",
        "update 1: the field brand is missing",
        "update 1: the field model is missing",
        "update 1: it names no file",
    ]


@pytest.mark.parametrize("name", ["a ", " a", "a.", "con", r"x\y", "../a", "a:b/c", "x" * 129])
def test_a_file_name_outside_the_contract_is_unsafe(name: str) -> None:
    manifest, findings = read(f'<Update version="1" brand="b" model="m"><File name="{name}" source="s"/></Update>')
    assert [found.code for found in findings] == ["unsafe-name"]
    assert manifest.updates == ()


def test_names_within_an_update_are_distinct_but_a_signature_may_be_shared() -> None:
    update = '<Update version="1" brand="b" model="m">%s</Update>'
    shared = '<File name="a" signature="s"/><File name="b" signature="S"/>'
    assert read(update % shared)[1] == ()
    for files in (
        '<File name="a"/><File name="A"/>',
        '<File name="a" signature="b"/><File name="b"/>',
        '<File name="a" signature="s" source="x/a"/><File name="b" signature="s" source="y/b"/>',
    ):
        assert [found.code for found in read(update % files)[1]] == ["malformed-manifest"], files


def test_an_update_with_a_fault_does_not_hide_another_one() -> None:
    manifest, findings = read(
        '<U><Update version="x" brand="b" model="m"><File name="a"/></Update>'
        '<Update version="1" brand="b" model="m"><File name="a"/></Update></U>'
    )
    assert [found.code for found in findings] == ["invalid-version"]
    assert [update.version.text for update in manifest.updates] == ["1"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2013-04-16T00:00:00Z", dt.datetime(2013, 4, 16, tzinfo=dt.UTC)),
        ("2013-04-16T02:00:00+02:00", dt.datetime(2013, 4, 16, tzinfo=dt.UTC)),
        ("2013-04-16", dt.datetime(2013, 4, 16, tzinfo=dt.UTC)),
    ],
)
def test_timestamps_are_utc(text: str, moment: dt.datetime) -> None:
    manifest, _ = read(f'<Update version="1" brand="b" model="m"><File name="a" timestamp="{text}"/></Update>')
    assert manifest.updates[0].files[0].timestamp == moment


def test_rtconfig_is_noted_for_each_update_that_has_it() -> None:
    manifest, _ = read('<Update version="1" brand="b" model="m"><File name="rtCONFIG.xml"/></Update>')
    findings = FindingList()
    note_configuration_files(manifest, findings)
    assert [found.code for found in findings.listed()] == ["overwrites-rtconfig"]


def test_source_paths_ignore_case_separator_and_dot() -> None:
    assert source_path(r"A\b/Ü.nbt") == source_path("./a/B/u\u0308.NBT")
    for unsafe in ("", ".", "..", "a/../b", "/a", r"\a", "a//b", "C:/a", "a/nul", "a/"):
        with pytest.raises(UnsafeFileName):
            source_path(unsafe)


NAMES = st.text(st.sampled_from("abcXYZ019_"), min_size=1, max_size=12)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=60)
UPDATES = st.builds(
    ManifestUpdate,
    st.just(Version.parse("1.2.3")),
    st.builds(DeviceClass, NAMES, NAMES, NAMES, NAMES, NAMES),
    NAMES,
    NAMES,
    st.builds(
        lambda name, time: (ManifestFile(f"{name}.nbt", f"{name}/&<>\"' \n.nbt", f"{name}.cat", "a/b", time),),
        NAMES,
        st.none() | st.datetimes(timezones=st.just(dt.UTC)),
    ),
    st.none() | st.dates(),
    TEXTS.filter(lambda text: not text or text.strip()),
)


@given(st.lists(UPDATES, min_size=1, max_size=4, unique_by=lambda update: update.rule_key))
def test_a_rendered_manifest_reads_back_as_it_was(updates: list[ManifestUpdate]) -> None:
    manifest = PackageManifest(tuple(updates))
    assert read(render_manifest(manifest)) == (manifest, ())


def test_characters_that_xml_cannot_hold_do_not_spoil_a_rendered_manifest() -> None:
    manifest, _ = read('<Update version="1" brand="b" model="m"><File name="a"/></Update>')
    update = manifest.updates[0]
    odd = PackageManifest(
        (ManifestUpdate(update.version, update.device_class, "v", "CPE", update.files, None, "a\0\ud800\tb"),)
    )
    assert read(render_manifest(odd))[0].updates[0].description == "a\ufffd\ufffd\tb"
