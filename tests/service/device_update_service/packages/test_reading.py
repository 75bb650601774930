"""What a sound package yields, and the findings about manifests and files (contract section 4)."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.cabinets import Compression, cabinet, manifest_xml, nested, self_extracting, update_xml

from device_update_contract.findings import FindingCode, Severity
from device_update_service.packages.package_inspection import PackageInspection

Read = Callable[..., PackageInspection]
IMAGE = os.urandom(100_001) + b"abc" * 20_000


def codes(inspection: PackageInspection) -> list[str]:
    return [found.code.value for found in inspection.findings]


def simple(*more: tuple[str, bytes], manifest: bytes | None = None, compression: Compression = "mszip") -> bytes:
    manifest = manifest_xml(update_xml("CPE.nbt")) if manifest is None else manifest
    return cabinet([("updateInfo.xml", manifest), ("CPE.nbt", IMAGE), *more], compression)


@pytest.mark.parametrize("compression", ["stored", "mszip", "lzx"])
def test_every_supported_compression_yields_the_bytes_and_their_sha256(read: Read, compression: Compression) -> None:
    inspection = read(simple(compression=compression))
    assert inspection.findings == ()
    (update,) = inspection.updates
    (file,) = update.files
    assert file.content.read_bytes() == IMAGE
    assert (file.name, file.size) == ("CPE.nbt", len(IMAGE))
    assert file.sha256 == hashlib.sha256(IMAGE).hexdigest()


def test_every_field_of_the_contract_is_read(read: Read) -> None:
    manifest = manifest_xml(
        '<Update version="4.0.7577.4387" deviceType="RoundTable" brand="Polycom" vendor="Contoso" model="CX5000"'
        ' revision="B" locale="DEU" updateType="Boot" releaseDate="2013-04-16" description="better sound">'
        r'<File name="a.nbt" signature="a.cat" timestamp="2013-04-16T01:02:03Z" source="Polycom\CX\a.nbt"/></Update>'
    )
    package = cabinet([("UPDATEINFO.XML", manifest), ("polycom/cx/A.NBT", IMAGE), (r"Polycom\CX\a.cat", b"signed")])
    inspection = read(package)
    assert inspection.findings == ()
    (update,) = inspection.updates
    assert str(update.device_class) == "RoundTable Polycom CX5000 B DEU"
    assert (update.vendor, update.update_type, update.version.text) == ("Contoso", "Boot", "4.0.7577.4387")
    assert (update.release_date, update.description) == (dt.date(2013, 4, 16), "better sound")
    (file,) = update.files
    assert file.timestamp == dt.datetime(2013, 4, 16, 1, 2, 3, tzinfo=dt.UTC)
    assert file.signature_name == "a.cat"
    assert file.signature_content is not None
    assert file.signature_content.read_bytes() == b"signed"
    assert (file.signature_size, file.signature_sha256) == (6, hashlib.sha256(b"signed").hexdigest())


def test_a_package_made_by_gcab_is_read(read: Read, tmp_path: Path) -> None:
    (tmp_path / "updateInfo.xml").write_bytes(manifest_xml(update_xml("CPE.nbt")))
    (tmp_path / "CPE.nbt").write_bytes(IMAGE)
    subprocess.run(
        ["gcab", "-c", "-z", "-n", "made.cab", "updateInfo.xml", "CPE.nbt"], cwd=tmp_path, check=True, timeout=30
    )
    inspection = read((tmp_path / "made.cab").read_bytes())
    assert inspection.findings == ()
    assert inspection.updates[0].files[0].content.read_bytes() == IMAGE


def test_a_manifest_in_a_cabinet_inside_the_package_is_found(read: Read) -> None:
    inspection = read(nested(simple(), 1))
    assert inspection.findings == ()
    assert inspection.updates[0].files[0].content.read_bytes() == IMAGE


def test_each_cabinet_inside_may_bring_a_manifest_for_its_own_files(read: Read) -> None:
    other = cabinet([("updateInfo.xml", manifest_xml(update_xml("CPE.nbt", model="CX600"))), ("CPE.nbt", b"600")])
    inspection = read(cabinet([("a.cab", simple()), ("b.cab", other)], "stored"))
    assert inspection.findings == ()
    assert [(u.device_class.model, u.files[0].size) for u in inspection.updates] == [
        ("CX700", len(IMAGE)),
        ("CX600", 3),
    ]


def test_two_cabinets_inside_must_not_bring_an_update_for_one_rule(read: Read) -> None:
    assert codes(read(cabinet([("a.cab", simple()), ("b.cab", simple())], "stored"))) == ["duplicate-update"]


def test_a_cabinet_that_a_root_manifest_names_is_an_image_like_any_other(read: Read) -> None:
    image = cabinet([("firmware", b"x" * 1000)])
    inspection = read(cabinet([("updateInfo.xml", manifest_xml(update_xml("fw.cab"))), ("fw.cab", image)]))
    assert inspection.findings == ()
    assert inspection.updates[0].files[0].content.read_bytes() == image


def test_the_cabinet_in_a_self_extracting_program_is_the_package(read: Read) -> None:
    stub = b"text MSCF\0\0\0\0 is no header here" + bytes(70_000) + os.urandom(999)
    program = self_extracting(nested(simple(), 1), stub=stub, tail=b"a signature of the program")
    inspection = read(program)
    assert inspection.findings == ()
    assert inspection.updates[0].files[0].content.read_bytes() == IMAGE


@pytest.mark.parametrize("distance", range(9))
def test_a_cabinet_across_the_blocks_of_the_search_is_found(read: Read, distance: int) -> None:
    stub = bytes(1024 * 1024 - 128 - distance)
    assert read(self_extracting(simple(), stub=stub)).findings == ()


def test_a_signed_cabinet_is_read(read: Read) -> None:
    files = [("updateInfo.xml", manifest_xml(update_xml("CPE.nbt"))), ("CPE.nbt", IMAGE)]
    inspection = read(cabinet(files, signature=b"pkcs7" * 100))
    assert inspection.findings == ()
    assert len(inspection.updates) == 1


def test_a_given_manifest_replaces_the_packages_own(read: Read) -> None:
    inspection = read(simple(manifest=b"not XML"), manifest_xml(update_xml("CPE.nbt", version="9")))
    assert inspection.findings == ()
    assert inspection.updates[0].version.text == "9"


def test_a_given_manifest_makes_a_package_without_one_usable(read: Read) -> None:
    given = manifest_xml(update_xml("CPE.nbt"))
    assert read(cabinet([("CPE.nbt", IMAGE)]), given).findings == ()
    assert read(nested(cabinet([("CPE.nbt", IMAGE)]), 1), given).findings == ()


def test_a_source_that_fits_several_different_files_is_refused(read: Read) -> None:
    given = manifest_xml(update_xml("CPE.nbt"))
    package = cabinet([("a.cab", cabinet([("CPE.nbt", b"1")])), ("b.cab", cabinet([("CPE.nbt", b"2")]))], "stored")
    assert codes(read(package, given)) == ["malformed-manifest"]
    assert codes(read(simple(("cpe.NBT", b"another")))) == ["malformed-manifest"]


def test_two_manifests_at_one_root_are_refused(read: Read) -> None:
    assert codes(read(simple(("UPDATEINFO.xml", b"<a/>")))) == ["malformed-manifest"]


def test_several_updates_may_share_one_source(read: Read) -> None:
    manifest = manifest_xml(update_xml("CPE.nbt"), update_xml("CPE.nbt", model="CX600"))
    inspection = read(simple(manifest=manifest))
    assert inspection.findings == ()
    assert {update.files[0].content for update in inspection.updates} == {inspection.updates[0].files[0].content}


def test_a_package_without_a_manifest_is_refused(read: Read) -> None:
    assert codes(read(cabinet([("CPE.nbt", IMAGE)]))) == ["no-manifest"]
    assert codes(read(cabinet([("deeper/updateInfo.xml", manifest_xml(update_xml("CPE.nbt")))]))) == ["no-manifest"]


def test_a_cabinet_nested_three_deep_is_refused(read: Read) -> None:
    inspection = read(nested(simple(), 3))
    assert codes(inspection) == ["nested-too-deep"]
    assert "'inner.cab'" in inspection.findings[0].text
    assert codes(read(nested(simple(), 2))) == ["nested-too-deep"]


@pytest.mark.parametrize(
    "manifest",
    [
        b"this is not XML",
        b"",
        b"<Updates>",
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="no-such-thing"?><Updates/>',
        b'<!DOCTYPE Updates [<!ENTITY a "b">]>' + manifest_xml(update_xml("CPE.nbt")),
        b"<!DOCTYPE Updates>" + manifest_xml(update_xml("CPE.nbt")),
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE Updates>' + update_xml("CPE.nbt")).encode("utf-16"),
        b"<Updates/>",
        manifest_xml(update_xml()),
        manifest_xml(update_xml("CPE.nbt", "CPE.nbt")),
        manifest_xml(update_xml("<File/>")),
        manifest_xml(update_xml("CPE.nbt", extra='locale="E/N"')),
        manifest_xml(update_xml("CPE.nbt", extra='releaseDate="April"')),
        manifest_xml(update_xml('<File name="CPE.nbt" timestamp="noon"/>')),
        manifest_xml('<Update version="1" brand="Polycom"><File name="CPE.nbt"/></Update>'),
        manifest_xml('<Update brand="Polycom" model="CX700"><File name="CPE.nbt"/></Update>'),
        b"<a>" * 300 + b"</a>" * 300,
        manifest_xml(update_xml("CPE.nbt")) + b" " * (4 * 1024 * 1024),
    ],
)
def test_a_manifest_that_cannot_be_followed_is_refused(read: Read, manifest: bytes) -> None:
    inspection = read(simple(manifest=manifest))
    assert codes(inspection) == ["malformed-manifest"]
    assert inspection.findings[0].text.startswith("updateInfo.xml cannot be used: ")
    assert codes(read(simple(), manifest)) == ["malformed-manifest"]


def test_an_external_entity_is_never_read(read: Read, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    manifest = f'<!DOCTYPE U [<!ENTITY s SYSTEM "file://{secret}">]>'.encode() + manifest_xml(
        update_xml("CPE.nbt", extra='description="d"').replace("<File", "<vendor>&s;</vendor><File")
    )
    inspection = read(simple(manifest=manifest))
    assert codes(inspection) == ["malformed-manifest"]
    assert "hidden" not in str(inspection)


@pytest.mark.parametrize("version", ["1.2.3.4.5", "1234567890.1234567890", "1.x", "4294967296", "-1"])
def test_a_version_outside_the_contract_is_refused_by_name(read: Read, version: str) -> None:
    inspection = read(simple(manifest=manifest_xml(update_xml("CPE.nbt", version=version))))
    assert codes(inspection) == ["invalid-version"]
    assert repr(version) in inspection.findings[0].text


def test_a_missing_file_is_named_for_images_and_signatures(read: Read) -> None:
    manifest = manifest_xml(update_xml('<File name="CPE.nbt" signature="CPE.cat"/>', "other.nbt"))
    inspection = read(simple(manifest=manifest))
    assert codes(inspection) == ["missing-file", "missing-file"]
    assert "'CPE.cat'" in inspection.findings[0].text
    assert "'other.nbt'" in inspection.findings[1].text
    assert inspection.updates == ()


@pytest.mark.parametrize("versions", [("1.0", "1.0"), ("1.0", "2.0")])
def test_the_same_rule_twice_is_refused(read: Read, versions: tuple[str, str]) -> None:
    updates = [update_xml("CPE.nbt", version=versions[0]), update_xml("CPE.nbt", version=versions[1], brand="POLYCOM")]
    assert codes(read(simple(manifest=manifest_xml(*updates)))) == ["duplicate-update"]


def test_a_file_that_several_updates_share_is_noticed_once(read: Read) -> None:
    updates = [update_xml("empty.bin", model=model) for model in ("CX500", "CX600")]
    inspection = read(cabinet([("updateInfo.xml", manifest_xml(*updates)), ("empty.bin", b"")]))
    assert codes(inspection) == ["empty-file"]
    assert len(inspection.updates) == 2


def test_warnings_do_not_refuse_a_package(read: Read) -> None:
    manifest = manifest_xml(update_xml("CPE.nbt", "RTCONFIG.xml", "empty.bin"))
    package = simple(("RTConfig.xml", b"<c/>"), ("empty.bin", b""), ("readme.txt", b"hello"), manifest=manifest)
    inspection = read(package)
    assert sorted(codes(inspection)) == ["empty-file", "overwrites-rtconfig", "unused-file"]
    assert {found.severity for found in inspection.findings} == {Severity.WARNING}
    assert not inspection.is_refused
    assert "'readme.txt'" in next(f.text for f in inspection.findings if f.code is FindingCode.UNUSED_FILE)
    assert len(inspection.updates[0].files) == 3


def test_only_files_that_an_update_uses_stay_in_the_work_folder(read: Read) -> None:
    inspection = read(nested(simple(("readme.txt", b"hello")), 1))
    content = inspection.updates[0].files[0].content
    assert {path.name for path in content.parent.iterdir()} == {content.name, "package"}


def test_all_faults_are_found_at_once(read: Read) -> None:
    manifest = manifest_xml(
        update_xml("absent.nbt"),
        update_xml("CPE.nbt", version="x", model="A/B"),
        update_xml("../evil", brand="LG"),
    )
    inspection = read(simple((r"..\..\evil", b"x"), manifest=manifest))
    assert set(codes(inspection)) == {"missing-file", "invalid-version", "malformed-manifest", "unsafe-name"}
    assert codes(inspection).count("unsafe-name") == 2


@pytest.mark.parametrize(
    "name", ["büro.nbt".encode(), "büro.nbt".encode("cp1252"), "büro.nbt", b"\x81\x8d\xff.nbt", "\N{OCTOPUS}.nbt"]
)
def test_names_beyond_ascii_are_read_whatever_their_code_page(read: Read, name: str | bytes) -> None:
    inspection = read(simple((name, b"more")))  # type: ignore[arg-type]
    assert codes(inspection) == ["unused-file"]


def test_a_name_in_another_normal_form_is_the_same_name(read: Read) -> None:
    manifest = manifest_xml(update_xml("CPE.nbt", "bu\u0308ro.nbt"))
    inspection = read(simple(("BÜRO.nbt", b"more"), manifest=manifest))
    assert inspection.findings == ()
    assert inspection.updates[0].files[1].name == "büro.nbt"
