"""The worker process that reads one package: `python -I -m device_update_service.packages.worker`.

It reads one request from standard input, writes one answer to standard output, and ends. Its parent keeps standard
input open as long as it wants the answer. The worker ends with its parent in two ways: on end of file there, which the
kernel gives whichever thread held the other end, and by the parent-death signal, should a C library never let the
watching thread run. That signal is bound to the parent's *thread*, which does no harm, as the thread waits for the
answer (`inspection`).
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import select
import signal
import threading
import traceback
from typing import NoReturn

from device_update_contract.findings import FindingCode, finding
from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.package_inspection import PackageInspection
from device_update_service.packages.progress import Progress
from device_update_service.packages.worker_messages import (
    MAX_REQUEST_BYTES,
    Failure,
    WorkerRequest,
    answer_with_failure,
    answer_with_inspection,
)

_STANDARD_INPUT, _STANDARD_OUTPUT = 0, 1
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_WATCH_SECONDS = 0.5
_LIBARCHIVE = "libarchive.so.13"
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


def main() -> None:
    """Serve one request; the exit status is 0 whenever an answer was written."""
    request = WorkerRequest.from_line(_read_line())
    _die_with(request.parent)
    _limit_resources(request.limits)
    progress = Progress()
    answer = _Answer()
    threading.Thread(target=_watch, args=(progress, request.limits, answer), daemon=True).start()
    answer.give_and_exit(_answer_to(request, progress))


class _Answer:
    """Written once, by whichever thread is first; the process ends with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def give_and_exit(self, answer: bytes) -> NoReturn:
        # Never released, so that the other thread cannot add to it. No clean-up is wanted: the other thread may be
        # stuck in C code, and every file was written without a buffer.
        self._lock.acquire()
        while answer:
            answer = answer[os.write(_STANDARD_OUTPUT, answer) :]
        os._exit(0)


def _answer_to(request: WorkerRequest, progress: Progress) -> bytes:
    try:
        _choose_libarchive()
        from device_update_service.packages.reading import read_package
    except Exception:  # noqa: BLE001 - an edge: whatever keeps the libraries from loading is the operator's to know
        return answer_with_failure(Failure.UNUSABLE, traceback.format_exc())
    try:
        manifest = request.manifest.read_bytes() if request.manifest else None
        return answer_with_inspection(
            read_package(request.source, request.work_folder, manifest, request.limits, progress)
        )
    except OSError as error:
        return answer_with_failure(Failure.NO_SPACE if error.errno in _NO_SPACE else Failure.FILES, str(error))
    except Exception:  # noqa: BLE001 - an edge: no package may bring its reader down without a word
        return answer_with_failure(Failure.CRASHED, traceback.format_exc())


def _watch(progress: Progress, limits: PackageLimits, answer: _Answer) -> None:
    """End with the parent, or answer for a reader that is stuck."""
    poll = select.poll()
    poll.register(_STANDARD_INPUT, select.POLLIN)
    while True:
        if poll.poll(_WATCH_SECONDS * 1000) and not os.read(_STANDARD_INPUT, 1024):
            os._exit(1)
        if progress.stalled_for() > limits.stall_seconds:
            about = f"the file {progress.file!r}" if progress.file else "it"
            problem = f"{about} made no progress for {limits.stall_seconds:g} seconds"
            stuck = finding(FindingCode.TOOK_TOO_LONG, problem=problem)
            answer.give_and_exit(answer_with_inspection(PackageInspection((stuck,))))


def _read_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(_STANDARD_INPUT, MAX_REQUEST_BYTES)
        if not piece:
            os._exit(1)
        line += piece
    return line


def _die_with(parent: int) -> None:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:  # it died before the signal was asked for
        os._exit(1)


def _limit_resources(limits: PackageLimits) -> None:
    seconds = int(limits.total_seconds) + 1
    for which, amount in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.unpacked_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(which)
        allowed = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        resource.setrlimit(which, (allowed, allowed))


def _choose_libarchive() -> None:
    """Name the library, since looking for it starts other programs, which costs more than all the rest of the start."""
    try:
        ctypes.CDLL(_LIBARCHIVE)
    except OSError:
        return
    os.environ.setdefault("LIBARCHIVE", _LIBARCHIVE)


if __name__ == "__main__":
    main()
