"""A full disk: what cannot be kept is refused with a sentence, nothing is half done, and room is enough to go on."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.device_checks import install_report, ordinary_check
from tests.support.plain_calls import Administrator, call, check
from tests.support.sample_packages import image_bytes, package
from tests.support.service_process import NotReady, ServiceProcess, eventually
from tests.support.small_disks import fill, make_room, small_disk
from tests.support.soundness import assert_sound

pytestmark = pytest.mark.end_to_end

MEBIBYTE = 1024 * 1024
NOW = datetime(2026, 5, 3, tzinfo=UTC)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """An empty disk of 16 MiB."""
    with small_disk(tmp_path / "disk", size=16 * MEBIBYTE) as folder:
        yield folder


@pytest.fixture
def service_on_disk(disk: Path, folder_with_administrator: Path) -> Iterator[ServiceProcess]:
    """A service whose data folder is that disk."""
    shutil.copytree(folder_with_administrator, disk, dirs_exist_ok=True)
    service = ServiceProcess(disk)
    yield service
    service.end()
    assert "Traceback" not in service.stderr, service.stderr


@pytest.mark.parametrize(
    ("size", "what"), [(24 * MEBIBYTE, "the upload does not fit"), (9 * MEBIBYTE, "what is unpacked does not fit")]
)
def test_an_import_that_the_disk_cannot_take_leaves_nothing(
    service_on_disk: ServiceProcess, size: int, what: str
) -> None:
    service_on_disk.start()
    administrator = Administrator(service_on_disk)
    refused = administrator.send_package(package("1.0", image=image_bytes(what, size)))
    assert refused.status == 503
    assert refused.json["code"] in {"disk-full", "storage-unavailable"}
    assert refused.json["detail"].endswith(".")
    assert administrator.items("/packages") == []
    assert_sound(service_on_disk)
    administrator.import_package(package("1.0", image=image_bytes(what, MEBIBYTE)))
    assert_sound(service_on_disk)


def test_on_a_full_disk_changes_are_refused_and_checks_are_answered(service_on_disk: ServiceProcess) -> None:
    service_on_disk.start()
    administrator = Administrator(service_on_disk)
    administrator.import_package(package("1.0"))
    [rule] = administrator.items("/rules")
    check(service_on_disk, ordinary_check("00-04-F2-00-00-01"))
    eventually(lambda: administrator.items("/devices"), "the first device is known")
    fill(service_on_disk.folder)

    # What is left in files that the database has already may take a few changes more.
    notes = (administrator.ask("PATCH", "/devices/1", {"note": f"{number} " * 900}) for number in range(200))
    refused = next(answer for answer in notes if answer.status != 200)
    assert (refused.status, refused.json["code"]) == (503, "storage-unavailable")
    assert "disk is full" in refused.json["detail"]
    unchanged = administrator.verb("approve", {"id": rule["id"]})
    assert (unchanged.status, unchanged.json["code"]) == (503, "storage-unavailable")
    assert check(service_on_disk, ordinary_check("00-04-F2-00-00-02")).status == 200
    report = install_report("00-04-F2-00-00-02", NOW)
    assert check(service_on_disk, report).status == 503, "a report that cannot be kept must be sent again"
    [shown] = administrator.items("/rules")
    assert shown["pending"]["version"] == "1.0"

    make_room(service_on_disk.folder)
    administrator.approve_all()
    assert check(service_on_disk, report).status == 200
    eventually(lambda: len(administrator.items("/devices")) == 2, "the checks that waited are kept")
    service_on_disk.restart()
    assert_sound(service_on_disk)
    [shown] = administrator.items("/rules")
    assert shown["approved"]["version"] == "1.0"


@pytest.mark.parametrize("free", [0, 60, 250, 350, 450], ids=lambda kilobytes: f"{kilobytes} KiB free")
def test_a_first_start_on_a_full_disk_ends_with_a_sentence_and_the_next_one_succeeds(
    disk: Path, tmp_path: Path, free: int
) -> None:
    fill(disk, leave=free * 1024)
    service = ServiceProcess(disk / "data", log=tmp_path / "stderr")
    try:
        with pytest.raises(NotReady) as refused:
            service.start()
        assert refused.value.exit_code == 1
        assert_one_sentence(refused.value.stderr)
        make_room(disk)
        service.start()
        assert service.stop() < 10
    finally:
        service.end()


def test_a_later_start_on_a_full_disk_is_ready_or_ends_with_a_sentence(service_on_disk: ServiceProcess) -> None:
    service_on_disk.start()
    administrator = Administrator(service_on_disk)
    administrator.import_package(package("1.0"))
    service_on_disk.kill()
    fill(service_on_disk.folder)
    with contextlib.suppress(NotReady):
        service_on_disk.start()
        assert call(service_on_disk.admin_port, "GET", "/api/v1/health").status in {200, 503}
    service_on_disk.end()
    assert "Traceback" not in service_on_disk.stderr
    make_room(service_on_disk.folder)
    service_on_disk.start()
    assert_sound(service_on_disk)
    assert len(administrator.items("/packages")) == 1


def assert_one_sentence(stderr: str) -> None:
    """Exactly one line that is no log record, and it ends as a sentence does."""
    assert "Traceback" not in stderr, stderr
    sentences = [line for line in stderr.splitlines() if "[info " not in line]
    assert len(sentences) == 1, stderr
    assert sentences[0].endswith("."), stderr
    assert "disk is full" in stderr or "No space left" in stderr, stderr
