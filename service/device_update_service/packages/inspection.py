"""Inspecting a package from the service's side: start a worker, give it one request, and judge its answer.

The worker is a fresh process (never a fork, which would keep the data folder's lock and the listeners' sockets), has
standard input and output as its only pipes, and is gone when `inspect_package` returns or the service dies.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from device_update_contract.findings import FindingCode, finding
from device_update_contract.package_manifest import MAX_MANIFEST_BYTES
from device_update_contract.refusals import Refusal
from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.package_inspection import PackageInspection, inspection_from_json
from device_update_service.packages.unreadable import THE_PACKAGE
from device_update_service.packages.worker_messages import MAX_REQUEST_BYTES, Failure, WorkerRequest

_log = logging.getLogger(__name__)

_MAX_ANSWER_BYTES = 64 * 1024 * 1024
_STOP_POLL_SECONDS = 0.25
_GIVEN_MANIFEST = "given-manifest"
_WORKER_ENVIRONMENT = ("LIBARCHIVE", "LD_LIBRARY_PATH")


class PackageNotInspected(Refusal):
    """The service, not the package, is the reason that nothing can be said about it."""

    code = "package-not-inspected"


class NoSpaceForPackage(PackageNotInspected):
    """The disk of the work folder is full."""

    code = "disk-full"


class InspectionStopped(PackageNotInspected):
    """The service is ending, or nobody waits for the answer any more."""

    code = "stopping"


def inspect_package(
    source: Path,
    work_folder: Path,
    manifest_xml: bytes | None,
    limits: PackageLimits,
    *,
    may_stop: Callable[[], bool] = lambda: False,
) -> PackageInspection:
    """Read a package in a worker process and say what is in it and what is wrong with it.

    `work_folder` is an empty folder that the caller makes and removes; the contents of the updates are in it
    afterwards. `manifest_xml` replaces the package's own manifest. Blocks for up to `limits.total_seconds`; it ends
    earlier when `may_stop`, which is asked a few times a second, says so.

    Raises:
        NoSpaceForPackage, InspectionStopped, PackageNotInspected: the package could not be judged at all.
    """
    if manifest_xml is not None and len(manifest_xml) > MAX_MANIFEST_BYTES:
        problem = f"it is larger than {MAX_MANIFEST_BYTES} bytes"
        return PackageInspection(
            (finding(FindingCode.MALFORMED_MANIFEST, manifest="The given manifest", problem=problem),)
        )
    request = WorkerRequest(
        os.getpid(), source.absolute(), work_folder.absolute(), _keep(manifest_xml, work_folder), limits
    ).to_line()
    if len(request) > MAX_REQUEST_BYTES:
        raise PackageNotInspected("The path of the package is too long.")
    deadline = time.monotonic() + limits.total_seconds
    with _started_worker() as process:
        try:
            answer = _ask(process, request, deadline, may_stop)
            status = process.wait(timeout=max(0.0, deadline - time.monotonic())) if answer is not None else None
        except subprocess.TimeoutExpired:
            answer = status = None
        finally:
            process.kill()
    if answer is None or status == -signal.SIGXCPU:
        return _took_too_long(limits)
    return judge_answer(answer, status, work_folder)


def _keep(manifest_xml: bytes | None, work_folder: Path) -> Path | None:
    if manifest_xml is None:
        return None
    path = work_folder.absolute() / _GIVEN_MANIFEST
    try:
        path.write_bytes(manifest_xml)
    except OSError as error:
        raise PackageNotInspected(f"The work folder for packages cannot be used: {error.strerror}.") from error
    return path


def _started_worker() -> subprocess.Popen[bytes]:
    """Isolated from this process's environment and import paths but for what finding libarchive may need."""
    kept = {name: os.environ[name] for name in _WORKER_ENVIRONMENT if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-I", "-m", "device_update_service.packages.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        close_fds=True,
        cwd="/",
        env={"LC_ALL": "C.UTF-8", **kept},
    )


def _ask(
    process: subprocess.Popen[bytes], request: bytes, deadline: float, may_stop: Callable[[], bool]
) -> bytes | None:
    """The worker's whole answer, empty or cut when it crashed, or None when time is up.

    Standard input stays open meanwhile: its end tells the worker that nobody waits any more.
    """
    if process.stdin is None or process.stdout is None:
        raise PackageNotInspected("The package reader could not be connected.")
    with contextlib.suppress(BrokenPipeError):  # it died at its start, which its exit status tells
        process.stdin.write(request)
    poll = select.poll()
    poll.register(process.stdout, select.POLLIN)
    answer = bytearray()
    while len(answer) <= _MAX_ANSWER_BYTES:
        if may_stop():
            raise InspectionStopped("The package was not read to its end: the service ends, or nobody waits for it.")
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return None
        if poll.poll(min(remaining, _STOP_POLL_SECONDS) * 1000):
            piece = os.read(process.stdout.fileno(), 65536)
            if not piece:
                break
            answer += piece
    return bytes(answer)


def judge_answer(answer: bytes, status: int | None, work_folder: Path) -> PackageInspection:
    """What a worker's answer means; anything that is no sound answer is a worker that broke down over the package.

    Raises:
        NoSpaceForPackage, PackageNotInspected: the worker says that the trouble is the service's.
    """
    try:
        value = json.loads(answer)
        if "inspection" in value:
            return inspection_from_json(value["inspection"], work_folder)
        failure, text = Failure(value["failure"]), str(value["text"])
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError):
        failure, text = Failure.CRASHED, f"no answer, exit status {status}"
    _log.warning("The worker that reads packages failed (%s): %s", failure, text)
    match failure:
        case Failure.NO_SPACE:
            raise NoSpaceForPackage("There is not enough free disk space to unpack the package.")
        case Failure.FILES:
            raise PackageNotInspected(f"The package's files cannot be used: {text}.")
        case Failure.UNUSABLE:
            raise PackageNotInspected("The package reader does not start; the service's log says why.")
        case Failure.CRASHED:
            problem = "the program that reads packages broke down over it"
            return PackageInspection((finding(FindingCode.DAMAGED_CABINET, where=THE_PACKAGE, problem=problem),))


def _took_too_long(limits: PackageLimits) -> PackageInspection:
    problem = f"it was not finished after {limits.total_seconds:g} seconds"
    return PackageInspection((finding(FindingCode.TOOK_TOO_LONG, problem=problem),))
