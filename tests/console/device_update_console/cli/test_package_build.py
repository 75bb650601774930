"""`package build` on the command line: what was written, and which fault is whose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.administration_stand_in import StandIn
from tests.support.cabinets import manifest_xml, update_xml
from tests.support.command_line import Finished

DeviceUpdate = Callable[..., Finished]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "updateInfo.xml"
    path.write_bytes(manifest_xml(update_xml("CPE.nbt")))
    return path


def test_a_package_is_written_without_asking_the_service(
    service: StandIn, device_update: DeviceUpdate, manifest: Path, tmp_path: Path
) -> None:
    (tmp_path / "CPE.nbt").write_bytes(b"firmware")
    output = tmp_path / "out.cab"
    finished = device_update("package", "build", str(manifest), "--output", str(output))
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout.decode().startswith(f"Wrote {output} (")
    assert output.read_bytes().startswith(b"MSCF")
    assert service.asked == []


def test_a_file_that_the_manifest_names_and_nobody_has_ends_with_1(
    device_update: DeviceUpdate, manifest: Path, tmp_path: Path
) -> None:
    finished = device_update("package", "build", str(manifest), "--output", str(tmp_path / "out.cab"))
    assert finished.exit_code == 1
    assert "CPE.nbt" in finished.stderr
    assert not (tmp_path / "out.cab").exists()


def test_paths_that_cannot_be_read_or_written_are_wrong_usage(
    device_update: DeviceUpdate, manifest: Path, tmp_path: Path
) -> None:
    (tmp_path / "CPE.nbt").write_bytes(b"firmware")
    missing, nowhere = tmp_path / "missing.xml", tmp_path / "no" / "folder" / "out.cab"
    assert device_update("package", "build", str(missing), "--output", str(tmp_path / "a.cab")).exit_code == 2
    assert device_update("package", "build", str(manifest), "--output", str(nowhere)).exit_code == 2
