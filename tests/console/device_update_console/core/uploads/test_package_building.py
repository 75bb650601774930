"""Building packages: what is written reads back with other programs and with the service, and what it refuses."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.cabinets import manifest_xml, update_xml

from device_update_console.core.uploads.package_building import PackageNotBuilt, UnreadablePath, build_package
from device_update_service.packages.inspection import inspect_package
from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.package_inspection import PackageInspection

IMAGE = os.urandom(150_000) + b"firmware " * 30_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "firmware"
    (folder / "Polycom" / "CX700").mkdir(parents=True)
    (folder / "Polycom" / "CX700" / "CPE.nbt").write_bytes(IMAGE)
    (folder / "Polycom" / "CX700" / "CPE.cat").write_bytes(b"signed")
    return folder


def write_manifest(folder: Path, *updates: str) -> Path:
    path = folder / "my manifest.xml"
    path.write_bytes(manifest_xml(*updates))
    return path


def inspected(package: Path, tmp_path: Path) -> PackageInspection:
    work_folder = tmp_path / "work"
    work_folder.mkdir()
    return inspect_package(package, work_folder, None, PackageLimits())


POLYCOM = r'<File name="CPE.nbt" signature="CPE.cat" source="Polycom\CX700\CPE.nbt"/>'


def test_a_built_package_is_read_by_cabextract_gcab_and_the_service(folder: Path, tmp_path: Path) -> None:
    manifest = write_manifest(folder, update_xml(POLYCOM, extra='description="a &lt; b"'))
    built = build_package(manifest, tmp_path / "out.cab")
    assert (built.updates, built.files, built.warnings) == (1, 2, ())
    assert built.size == built.output.stat().st_size

    subprocess.run(["cabextract", "-t", built.output], check=True, capture_output=True, timeout=60)
    listing = subprocess.run(["gcab", "-t", built.output], check=True, capture_output=True, text=True, timeout=60)
    assert r"Polycom\CX700\CPE.nbt" in listing.stdout
    for command in (["cabextract", "-q", "-d"], ["gcab", "-x", "-C"]):
        target = tmp_path / command[0]
        target.mkdir()
        subprocess.run([*command, target, built.output], check=True, capture_output=True, timeout=60)
        assert (target / "Polycom" / "CX700" / "CPE.nbt").read_bytes() == IMAGE

    inspection = inspected(built.output, tmp_path)
    assert inspection.findings == ()
    (update,) = inspection.updates
    assert update.description == "a < b"
    assert update.files[0].sha256 == hashlib.sha256(IMAGE).hexdigest()
    assert update.files[0].signature_sha256 == hashlib.sha256(b"signed").hexdigest()


def test_a_built_package_with_names_beyond_ascii_and_an_empty_file_reads_back(folder: Path, tmp_path: Path) -> None:
    (folder / "büro.nbt").write_bytes(IMAGE)
    (folder / "empty").write_bytes(b"")
    built = build_package(write_manifest(folder, update_xml("büro.nbt", "empty")), tmp_path / "out.cab")
    assert [found.code for found in built.warnings] == ["empty-file"]
    subprocess.run(["cabextract", "-t", built.output], check=True, capture_output=True, timeout=60)
    subprocess.run(["gcab", "-t", built.output], check=True, capture_output=True, timeout=60)
    inspection = inspected(built.output, tmp_path)
    assert [found.code for found in inspection.findings] == ["empty-file"]
    assert [file.name for file in inspection.updates[0].files] == ["büro.nbt", "empty"]


def test_sources_are_found_in_any_case_outside_the_folder_and_absolute(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.nbt").write_bytes(b"outside")
    absolute = tmp_path / "absolute.nbt"
    absolute.write_bytes(b"absolute")
    manifest = write_manifest(
        folder,
        update_xml(
            '<File name="a" source="POLYCOM/cx700\\cpe.NBT"/>',
            '<File name="b" source="..\\outside.nbt"/>',
            f'<File name="c" source="{absolute}"/>',
        ),
        update_xml('<File name="b" source="../outside.nbt"/>', model="CX600"),
    )
    built = build_package(manifest, tmp_path / "out.cab")
    assert (built.updates, built.files) == (2, 3)
    inspection = inspected(built.output, tmp_path)
    assert inspection.findings == ()
    contents = [[file.content.read_bytes() for file in update.files] for update in inspection.updates]
    assert contents == [[IMAGE, b"outside", b"absolute"], [b"outside"]]


def test_a_file_of_the_manifests_name_does_not_take_its_place(folder: Path, tmp_path: Path) -> None:
    (folder / "updateinfo.xml").write_bytes(b"an image, oddly named")
    built = build_package(write_manifest(folder, update_xml("updateinfo.xml")), tmp_path / "out.cab")
    inspection = inspected(built.output, tmp_path)
    assert inspection.findings == ()
    assert inspection.updates[0].files[0].content.read_bytes() == b"an image, oddly named"


@pytest.mark.parametrize(
    ("updates", "code"),
    [
        ((update_xml("absent.nbt"),), "missing-file"),
        ((update_xml('<File name="a" source="Polycom"/>'),), "missing-file"),
        ((update_xml('<File name="a" source="bad&#10;name"/>'),), "missing-file"),
        ((update_xml('<File name="con" source="Polycom/CX700/CPE.nbt"/>'),), "unsafe-name"),
        ((update_xml(POLYCOM, version="1.2.3.4.5"),), "invalid-version"),
        ((update_xml(POLYCOM, version="1234567890.1234567890"),), "invalid-version"),
        ((update_xml(POLYCOM), update_xml(POLYCOM, version="5")), "duplicate-update"),
        ((update_xml(POLYCOM, model="../x"),), "malformed-manifest"),
        ((), "malformed-manifest"),
    ],
)
def test_what_the_service_would_refuse_is_not_built(
    folder: Path, tmp_path: Path, updates: tuple[str, ...], code: str
) -> None:
    output = tmp_path / "out.cab"
    output.write_bytes(b"what was there")
    with pytest.raises(PackageNotBuilt) as refused:
        build_package(write_manifest(folder, *updates), output)
    assert refused.value.code == code
    assert refused.value.sentence.endswith(".")
    assert output.read_bytes() == b"what was there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["firmware", "out.cab"]


@pytest.mark.parametrize(
    "text",
    [
        b"no XML",
        b"",
        b"<!DOCTYPE a><Updates/>",
        b'<!DOCTYPE a [<!ENTITY a "b">]>' + manifest_xml(update_xml(POLYCOM)),
        b'<?xml version="1.0" encoding="no-such-thing"?><Updates/>',
        b'<?xml version="1.0" encoding="shift_jis"?><Updates/>',
        b" " * (5 * 1024 * 1024),
    ],
)
def test_a_manifest_that_is_no_plain_xml_is_refused(folder: Path, tmp_path: Path, text: bytes) -> None:
    manifest = folder / "m.xml"
    manifest.write_bytes(text)
    with pytest.raises(PackageNotBuilt, match=r"^m\.xml cannot be used: ") as refused:
        build_package(manifest, tmp_path / "out.cab")
    assert refused.value.code == "malformed-manifest"


def test_paths_that_cannot_be_read_or_written_are_wrong_usage(folder: Path, tmp_path: Path) -> None:
    manifest = write_manifest(folder, update_xml(POLYCOM))
    with pytest.raises(UnreadablePath, match="No such file"):
        build_package(folder / "absent.xml", tmp_path / "out.cab")
    with pytest.raises(UnreadablePath, match="cannot be written"):
        build_package(manifest, tmp_path / "absent" / "out.cab")
    with pytest.raises(UnreadablePath, match="cannot be written"):
        build_package(manifest, folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["firmware"]


def test_building_needs_no_lxml() -> None:
    script = "import sys; import device_update_console.core.uploads.package_building; print('lxml' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=30)
    assert run.stdout == "False\n"
