"""The worker process: what it inherits, when it ends, what it may use, and what the service makes of its answer.

A FIFO as the package makes these tests exact: opening it for writing waits until the worker has opened it for reading,
and the worker then reads for as long as the test likes.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.cabinets import bomb, cabinet, manifest_xml, update_xml, write_large_stored

from device_update_service.packages.inspection import (
    InspectionStopped,
    NoSpaceForPackage,
    PackageNotInspected,
    inspect_package,
    judge_answer,
)
from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.package_inspection import PackageInspection
from device_update_service.packages.worker_messages import Failure, WorkerRequest, answer_with_failure

MIB = 1024 * 1024
IMAGE = os.urandom(50_000)
LIMITS = PackageLimits()
WORKER = [sys.executable, "-I", "-m", "device_update_service.packages.worker"]


@pytest.fixture
def work_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "package.cab"
    path.write_bytes(cabinet([("updateInfo.xml", manifest_xml(update_xml("CPE.nbt"))), ("CPE.nbt", IMAGE)]))
    return path


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "endless.cab"
    os.mkfifo(path)
    return path


@dataclass(frozen=True)
class Inspecting:
    """An inspection under way in a thread, whose worker has opened its package and waits for bytes."""

    worker: int
    writer: int
    result: Future[PackageInspection]


@contextmanager
def inspecting(fifo: Path, work_folder: Path) -> Iterator[Inspecting]:
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(inspect_package, fifo, work_folder, None, LIMITS)
        writer = os.open(fifo, os.O_WRONLY)
        try:
            (worker,) = workers_of(os.getpid())
            yield Inspecting(worker, writer, result)
        finally:
            os.close(writer)
            result.exception(timeout=60)


@contextmanager
def without_bytes(fifo: Path) -> Iterator[None]:
    """The package gives no byte and no end, also to a worker that is slow to open it."""
    both_ends = os.open(fifo, os.O_RDWR)
    try:
        yield
    finally:
        os.close(both_ends)


def workers_of(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            is_child = f"\nPPid:\t{parent}\n" in status.read_text()
            if is_child and b"packages.worker" in status.with_name("cmdline").read_bytes():
                found.append(int(status.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def assert_ends(process_descriptor: int) -> None:
    """Waits on the kernel's word that the process is gone."""
    readable, _, _ = select.select([process_descriptor], [], [], 60)
    os.close(process_descriptor)
    assert readable


def codes(inspection: PackageInspection) -> list[str]:
    return [found.code.value for found in inspection.findings]


def test_a_package_is_inspected_and_no_worker_stays(package: Path, work_folder: Path) -> None:
    inspection = inspect_package(package, work_folder, None, LIMITS)
    assert inspection.findings == ()
    assert inspection.updates[0].files[0].content.read_bytes() == IMAGE
    assert inspection.updates[0].files[0].content.parent == work_folder
    assert workers_of(os.getpid()) == []


def test_a_given_manifest_reaches_the_worker(package: Path, work_folder: Path) -> None:
    manifest = manifest_xml(update_xml("CPE.nbt", version="77"))
    assert inspect_package(package, work_folder, manifest, LIMITS).updates[0].version.text == "77"


def test_an_enormous_given_manifest_is_refused(package: Path, work_folder: Path) -> None:
    assert codes(inspect_package(package, work_folder, bytes(5 * MIB), LIMITS)) == ["malformed-manifest"]


def test_a_refused_package_leaves_findings_and_no_worker(package: Path, work_folder: Path) -> None:
    package.write_bytes(package.read_bytes()[:-100])
    inspection = inspect_package(package, work_folder, None, LIMITS)
    assert codes(inspection) == ["damaged-cabinet"]
    assert inspection.findings[0].parameters["where"] == "The package"
    assert workers_of(os.getpid()) == []


@pytest.mark.expects_log_records("^The worker that reads packages failed")
def test_the_worker_holds_nothing_of_the_service(fifo: Path, work_folder: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, (tmp_path / "lock").open("w") as lock:
        os.set_inheritable(listener.fileno(), True)
        os.set_inheritable(lock.fileno(), True)
        with inspecting(fifo, work_folder) as running:
            held = {entry.name: str(entry.readlink()) for entry in Path(f"/proc/{running.worker}/fd").iterdir()}
            environment = Path(f"/proc/{running.worker}/environ").read_bytes()
            folder = str(Path(f"/proc/{running.worker}/cwd").readlink())
    assert {held.pop("0")[:5], held.pop("1")[:5]} == {"pipe:"}
    assert held.pop("2") == "/dev/null"
    assert list(held.values()) == [str(fifo)]
    assert b"PATH=" not in environment
    assert folder == "/"


def test_the_worker_dies_when_the_service_is_killed(fifo: Path, work_folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from device_update_service.packages.inspection import inspect_package\n"
        "from device_update_service.packages.limits import PackageLimits\n"
        "inspect_package(Path(sys.argv[1]), Path(sys.argv[2]), None, PackageLimits())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(fifo), str(work_folder)]) as service:
        writer = os.open(fifo, os.O_WRONLY)
        (worker,) = workers_of(service.pid)
        watched = os.pidfd_open(worker)
        service.send_signal(signal.SIGKILL)
        service.wait(timeout=60)
        assert_ends(watched)
        os.close(writer)


@contextmanager
def bare_worker(request: WorkerRequest) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as worker:
        assert worker.stdin is not None
        worker.stdin.write(request.to_line())
        yield worker


def test_the_worker_ends_at_the_end_of_its_input_though_the_service_lives(fifo: Path, work_folder: Path) -> None:
    """This is what holds when the thread that started it was not the one that died."""
    with bare_worker(WorkerRequest(os.getpid(), fifo, work_folder, None, LIMITS)) as worker:
        writer = os.open(fifo, os.O_WRONLY)
        assert worker.stdin is not None
        worker.stdin.close()
        assert worker.wait(timeout=60) == 1
        os.close(writer)


def test_the_worker_does_not_start_for_a_service_that_is_gone(package: Path, work_folder: Path) -> None:
    with bare_worker(WorkerRequest(1, package, work_folder, None, LIMITS)) as worker:
        assert worker.stdout is not None
        assert worker.stdout.read() == b""
        assert worker.wait(timeout=60) == 1


@pytest.mark.expects_log_records("^The worker that reads packages failed")
def test_the_worker_is_bounded_in_memory_files_and_processor_time(fifo: Path, work_folder: Path) -> None:
    with inspecting(fifo, work_folder) as running:
        lines = Path(f"/proc/{running.worker}/limits").read_text().splitlines()
    bounds = {line[:26].strip(): line[26:].split()[0] for line in lines}
    assert bounds["Max address space"] == str(LIMITS.memory_bytes)
    assert bounds["Max file size"] == str(LIMITS.unpacked_bytes)
    assert bounds["Max cpu time"] == "301"
    assert bounds["Max core file size"] == "0"


def test_no_progress_on_a_file_takes_too_long(fifo: Path, work_folder: Path) -> None:
    with without_bytes(fifo):
        inspection = inspect_package(fifo, work_folder, None, PackageLimits(stall_seconds=1.5))
    assert codes(inspection) == ["took-too-long"]
    assert "no progress for 1.5 seconds" in inspection.findings[0].text


def test_the_overall_time_is_bounded_and_the_worker_killed(fifo: Path, work_folder: Path) -> None:
    with without_bytes(fifo):
        inspection = inspect_package(fifo, work_folder, None, PackageLimits(total_seconds=2.5))
    assert workers_of(os.getpid()) == []
    assert codes(inspection) == ["took-too-long"]
    assert "not finished after 2.5 seconds" in inspection.findings[0].text


def test_an_ending_service_does_not_wait_for_a_package(fifo: Path, work_folder: Path) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(inspect_package, fifo, work_folder, None, LIMITS, may_stop=stop.is_set)
        writer = os.open(fifo, os.O_WRONLY)
        stop.set()
        with pytest.raises(InspectionStopped):
            result.result(timeout=60)
        os.close(writer)
    assert workers_of(os.getpid()) == []


def test_a_worker_that_breaks_down_gives_a_finding(
    fifo: Path, work_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), inspecting(fifo, work_folder) as running:
        os.kill(running.worker, signal.SIGSEGV)
        inspection = running.result.result(timeout=60)
    assert codes(inspection) == ["damaged-cabinet"]
    assert "exit status -11" in caplog.text
    caplog.clear()


def test_a_worker_that_ran_out_of_processor_time_took_too_long(fifo: Path, work_folder: Path) -> None:
    with inspecting(fifo, work_folder) as running:
        os.kill(running.worker, signal.SIGXCPU)
        assert codes(running.result.result(timeout=60)) == ["took-too-long"]


@pytest.mark.parametrize("missing", ["source", "work_folder"])
def test_trouble_with_the_services_own_files_is_not_blamed_on_the_package(
    package: Path, work_folder: Path, missing: str, caplog: pytest.LogCaptureFixture
) -> None:
    if missing == "source":
        package.unlink()
    else:
        work_folder.rmdir()
    with caplog.at_level(logging.WARNING), pytest.raises(PackageNotInspected, match="cannot be used"):
        inspect_package(package, work_folder, None, LIMITS)
    assert "No such file or directory" in caplog.text
    caplog.clear()


@pytest.mark.parametrize(
    ("failure", "error", "code"),
    [
        (Failure.NO_SPACE, NoSpaceForPackage, "disk-full"),
        (Failure.UNUSABLE, PackageNotInspected, "package-not-inspected"),
    ],
)
def test_a_full_disk_and_a_missing_library_are_the_services_trouble(
    work_folder: Path, failure: Failure, error: type[PackageNotInspected], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(error) as refused:
        judge_answer(answer_with_failure(failure, "why"), 0, work_folder)
    assert refused.value.code == code
    assert "why" in caplog.text
    caplog.clear()


@pytest.mark.parametrize("change", ["cut", "no JSON", "no object", "stranger's file"])
def test_an_answer_that_makes_no_sense_is_a_damaged_package(
    package: Path, work_folder: Path, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker that a package has taken over must not make the service read other files, or fall over."""
    with bare_worker(WorkerRequest(os.getpid(), package, work_folder, None, LIMITS)) as worker:
        assert worker.stdout is not None
        answer: bytes = worker.stdout.read()
    assert judge_answer(answer, 0, work_folder).findings == ()
    changed = {
        "cut": answer[:-9],
        "no JSON": b"\xff",
        "no object": b"[]",
        "stranger's file": answer.replace(b"00000002", b"/etc/hos"),
    }[change]
    with caplog.at_level(logging.WARNING):
        assert codes(judge_answer(changed, 0, work_folder)) == ["damaged-cabinet"]
    caplog.clear()


MEASURE = """
import re, sys
from pathlib import Path
from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.progress import Progress
from device_update_service.packages.reading import read_package

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024

peaks = []
for number, source in enumerate(sys.argv[2:]):
    folder = Path(sys.argv[1]) / str(number)
    folder.mkdir()
    inspection = read_package(Path(source), folder, None, PackageLimits(), Progress())
    assert not [f for f in inspection.findings if f.code != "no-manifest"], inspection.findings
    peaks.append(peak())
print(peaks[-1] - peaks[0])
"""


def memory_growth(work_folder: Path, *packages: Path) -> int:
    """Bytes by which the peak of a fresh process grows after the first package, which brings in all the libraries."""
    command = [sys.executable, "-c", MEASURE, str(work_folder), *map(str, packages)]
    return int(subprocess.run(command, check=True, capture_output=True, timeout=120).stdout)


def test_memory_does_not_grow_with_the_package(package: Path, work_folder: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.cab"
    write_large_stored(large, manifest_xml(update_xml("CPE.nbt")), "CPE.nbt", 300 * MIB)
    assert large.stat().st_size > 300 * MIB
    packed = tmp_path / "bomb.cab"
    packed.write_bytes(bomb(64 * MIB))
    assert memory_growth(work_folder, package, large, packed) < 16 * MIB


def test_the_worker_stops_a_bomb_at_the_limit(tmp_path: Path, work_folder: Path) -> None:
    source = tmp_path / "bomb.cab"
    source.write_bytes(bomb(512 * MIB))
    limits = dataclasses.replace(LIMITS, unpacked_bytes=64 * MIB, total_seconds=20)
    assert codes(inspect_package(source, work_folder, None, limits)) == ["too-large"]
    assert list(work_folder.iterdir()) == []


def test_starting_the_worker_imports_nothing_that_it_does_not_need() -> None:
    script = (
        "import sys; import device_update_service.packages.worker\n"
        "from device_update_service.packages.reading import read_package\n"
        "print(*(name for name in ('aiohttp', 'peewee', 'pydantic', 'asyncio', 'ssl') if name in sys.modules))\n"
    )
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=60)
    assert run.stdout == b"\n"
