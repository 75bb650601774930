"""Packages that are damaged, lie or attack: always a finding, soon, and never a path of their choosing."""

from __future__ import annotations

import dataclasses
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.support.cabinets import (
    Compression,
    Lies,
    bomb,
    cabinet,
    manifest_xml,
    self_extracting,
    update_xml,
)

from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.package_inspection import PackageInspection

Read = Callable[..., PackageInspection]
FILES = [("updateInfo.xml", manifest_xml(update_xml("CPE.nbt"))), ("CPE.nbt", os.urandom(40_000))]
MIB = 1024 * 1024


def codes(inspection: PackageInspection) -> list[str]:
    return [found.code.value for found in inspection.findings]


@pytest.mark.parametrize(
    "package", [b"", b"M", b"MSC", b"PK\x03\x04", b"MZ", b"MZ" + bytes(5000), b"<xml/>", bytes(99)]
)
def test_what_is_no_cabinet_is_called_so(read: Read, package: bytes) -> None:
    assert codes(read(package)) == ["not-a-cabinet"]


@pytest.mark.parametrize("compression", ["stored", "mszip", "lzx"])
def test_a_package_cut_anywhere_is_damaged(read: Read, compression: Compression) -> None:
    package = cabinet(FILES, compression)
    for length in [4, 20, 35, 36, 40, 44, 50, 60, 75, 100, 200, len(package) // 2, len(package) - 1]:
        assert codes(read(package[:length])) == ["damaged-cabinet"], length


@pytest.mark.parametrize("compression", ["stored", "mszip", "lzx"])
def test_a_flipped_bit_in_the_files_bytes_is_noticed(read: Read, compression: Compression) -> None:
    package = bytearray(cabinet(FILES, compression))
    package[-1000] ^= 4
    inspection = read(bytes(package))
    assert codes(inspection) == ["damaged-cabinet"]
    assert "CPE.nbt" in inspection.findings[0].text


@pytest.mark.parametrize(
    ("lies", "code"),
    [
        (Lies(cabinet_size=10**9), "damaged-cabinet"),
        (Lies(cabinet_size=100), "damaged-cabinet"),
        (Lies(cabinet_size=0), "damaged-cabinet"),
        (Lies(file_count=3), "damaged-cabinet"),
        (Lies(folder_count=0), "damaged-cabinet"),
        (Lies(folder_count=500), "damaged-cabinet"),
        (Lies(files_offset=0), "damaged-cabinet"),
        (Lies(files_offset=2**32 - 1), "damaged-cabinet"),
        (Lies(member_size=2**31), "damaged-cabinet"),
        (Lies(member_size=10**6), "damaged-cabinet"),
        (Lies(version=(9, 9)), "damaged-cabinet"),
        (Lies(flags=1), "unsupported-compression"),
        (Lies(flags=2), "unsupported-compression"),
        (Lies(number=1), "unsupported-compression"),
        (Lies(member_folder=0xFFFE), "unsupported-compression"),
    ],
)
def test_a_header_that_lies_is_not_believed(read: Read, lies: Lies, code: str) -> None:
    assert codes(read(cabinet(FILES, "stored", lies=lies))) == [code]


def test_a_file_in_a_folder_that_does_not_exist_is_damage(read: Read) -> None:
    inspection = read(cabinet(FILES, "stored", lies=Lies(member_folder=7)))
    assert codes(inspection) == ["damaged-cabinet"]
    assert "a folder that does not exist" in inspection.findings[0].text


def test_a_count_of_too_many_files_is_refused_before_they_are_looked_for(read: Read) -> None:
    assert codes(read(cabinet(FILES, "stored", lies=Lies(file_count=10_001)))) == ["too-many-files"]


def test_quantum_and_unknown_compression_are_unsupported(read: Read) -> None:
    inspection = read(cabinet(FILES, "quantum"))
    assert codes(inspection) == ["unsupported-compression"]
    assert "Quantum" in inspection.findings[0].text
    package = bytearray(cabinet(FILES, "stored"))
    package[42] = 9
    assert codes(read(bytes(package))) == ["unsupported-compression"]


def test_bytes_behind_a_cabinet_or_its_signature_are_refused(read: Read) -> None:
    assert codes(read(cabinet(FILES) + b"more")) == ["damaged-cabinet"]
    signed = cabinet(FILES, signature=b"s" * 800)
    assert codes(read(signed + bytes(9))) == ["damaged-cabinet"]
    assert codes(read(signed[:-1])) == ["damaged-cabinet"]
    assert codes(read(signed + bytes(7))) == []


def test_a_damaged_cabinet_inside_a_program_or_a_package_is_named(read: Read) -> None:
    assert codes(read(self_extracting(cabinet(FILES))[:-10])) == ["damaged-cabinet"]
    inspection = read(cabinet([("broken.cab", cabinet(FILES)[:-10])], "stored"))
    assert codes(inspection) == ["damaged-cabinet"]
    assert "'broken.cab'" in inspection.findings[0].text


def test_a_bomb_is_stopped_before_it_unpacks(read: Read, tmp_path: Path) -> None:
    package = bomb(512 * MIB)
    assert 512 * MIB / len(package) > 580
    limits = PackageLimits(unpacked_bytes=100 * MIB)
    assert codes(read(package, None, limits)) == ["too-large"]
    assert codes(read(cabinet([("bomb.cab", package)]), None, limits)) == ["too-large"]
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 4 * MIB


def test_a_bomb_that_announces_little_yields_no_more_than_that(read: Read, tmp_path: Path) -> None:
    assert codes(read(bomb(64 * MIB, member_size=1000))) == ["no-manifest"]
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < MIB


def test_the_packages_own_size_is_limited(read: Read) -> None:
    package = cabinet(FILES)
    limits = PackageLimits(package_bytes=len(package))
    assert codes(read(package, None, limits)) == []
    inspection = read(package, None, dataclasses.replace(limits, package_bytes=len(package) - 1))
    assert codes(inspection) == ["too-large"]
    assert str(len(package)) in inspection.findings[0].text


def test_a_hundred_thousand_members_are_too_many(read: Read) -> None:
    """One cabinet cannot hold so many: its count has 16 bits."""
    many = cabinet([(f"{number}", b"") for number in range(9_990)] + [("x", b"x")], "stored")
    package = cabinet([(f"{number}.cab", many) for number in range(11)], "stored")
    inspection = read(package)
    assert codes(inspection) == ["too-many-files"]
    assert inspection.findings[0].text == "The package holds more than 10000 files."
    assert codes(read(cabinet([(f"{number}", b"") for number in range(65_535)], "stored"))) == ["too-many-files"]


@pytest.mark.parametrize(
    "name",
    [
        r"..\..\evil",
        "../../evil",
        "/etc/evil",
        r"\evil",
        r"C:\evil",
        "c:evil",
        r"\\host\share\evil",
        "a/../../evil",
        "nul",
        "CON.nbt",
        r"folder\LPT1.txt",
        "evil.",
        "evil ",
        "a//b",
        "line\nbreak",
        "bell\a",
    ],
)
def test_an_unsafe_member_name_refuses_the_package_and_is_never_a_path(read: Read, name: str, tmp_path: Path) -> None:
    inspection = read(cabinet([*FILES, (name, b"evil")]))
    assert codes(inspection) == ["unsafe-name"]
    assert inspection.is_refused
    assert not list(tmp_path.parent.rglob("*evil*"))


@pytest.mark.parametrize("field", ["name", "source", "signature", "signatureSource"])
def test_an_unsafe_name_in_the_manifest_is_refused(read: Read, field: str) -> None:
    fields = {"name": "CPE.nbt", "signature": "CPE.nbt.cat", field: r"..\..\etc\evil"}
    element = "<File " + " ".join(f'{key}="{value}"' for key, value in fields.items()) + "/>"
    manifest = manifest_xml(update_xml(element))
    inspection = read(cabinet([*FILES[1:], ("updateInfo.xml", manifest), ("CPE.nbt.cat", b"c")]))
    assert "unsafe-name" in codes(inspection)
    assert inspection.updates == ()


def test_thousands_of_findings_are_folded_and_counted(read: Read) -> None:
    inspection = read(cabinet([*FILES, *((f"junk{number}", b"") for number in range(5_000))]))
    assert len(inspection.findings) == 100
    assert inspection.findings[-1].parameters["left_out"] == 4_900
    assert inspection.findings[-1].text.endswith("4900 more findings of this kind are not listed.")


def test_control_characters_never_reach_a_sentence(read: Read) -> None:
    inspection = read(cabinet([*FILES, ("\x1b[31mred\u202eder", b"")]))
    assert not any(character in inspection.findings[0].text for character in "\x1b\u202e")


QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LIMITS = PackageLimits(package_bytes=MIB, unpacked_bytes=MIB, files=50)


@QUICK
@given(data=st.binary(max_size=300), front=st.sampled_from([b"", b"MSCF\0\0\0\0", b"MZ", b"MZ" + b"MSCF\0\0\0\0" * 3]))
@example(data=struct.pack("<IIIIBBHHHHH", 60, 0, 36, 0, 3, 1, 0, 0, 0, 0, 0) + bytes(24), front=b"MSCF\0\0\0\0")
def test_random_bytes_only_ever_give_findings(read: Read, data: bytes, front: bytes) -> None:
    inspection = read(front + data, None, LIMITS)
    assert inspection.is_refused
    assert inspection.updates == ()


@QUICK
@given(
    compression=st.sampled_from(["stored", "mszip", "lzx"]),
    checksums=st.booleans(),
    changes=st.lists(st.tuples(st.integers(0, 1200), st.binary(min_size=1, max_size=4)), min_size=1, max_size=6),
    wrapped=st.booleans(),
)
def test_a_mutated_package_gives_findings_or_an_update(
    read: Read, compression: Compression, checksums: bool, changes: list[tuple[int, bytes]], wrapped: bool
) -> None:
    small = [(FILES[0][0], FILES[0][1]), ("CPE.nbt", b"firmware" * 100)]
    package = bytearray(cabinet(small, compression, checksums=checksums))
    for offset, change in changes:
        at = offset % len(package)
        package[at : at + len(change)] = change
    inspection = read(self_extracting(bytes(package)) if wrapped else bytes(package), None, LIMITS)
    assert inspection.is_refused or len(inspection.updates) == 1


@QUICK
@given(text=st.text(max_size=200), manifest=st.binary(max_size=200))
def test_random_manifests_only_ever_give_findings(read: Read, text: str, manifest: bytes) -> None:
    for candidate in (manifest, text.encode(errors="replace"), f"<Update>{text}</Update>".encode(errors="replace")):
        assert read(cabinet(FILES, "stored"), candidate, LIMITS).is_refused
