"""The product's programs as processes that begin with everything imported: forked from one that waits and has it all.

Importing is most of what a command costs, and tests start many hundreds. Each is a process of its own all the same,
with arguments, an environment and files of its own, and runs the program's own entry point. Whatever is about a start
itself starts a program in the ordinary way (`test_serve`, `test_entry_points`, `test_demonstration`).
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[2]
_LARGEST_REQUEST: Final = 200_000
_READ_EARLY: Final = ("LD_", "SSL_CERT_")
"""Variables that are read by the loader, or when a module is imported."""
_START_SECONDS: Final = 60.0
_END_SECONDS: Final = 60.0


class RunningProgram:
    """One process of a program; it goes on when nobody looks, until it ends or is ended."""

    def __init__(self, status: int) -> None:
        """``status`` is where the process id is read, and the exit code once there is one."""
        self._status = status
        self._said = b""
        self._exit_code: int | None = None
        self.pid = self._next_number(_START_SECONDS)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self._exit_code is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """``kill -9``."""
        self.send_signal(signal.SIGKILL)

    def wait(self, seconds: float) -> int:
        """The exit code, once it has ended; of a signal its negative number.

        Raises:
            subprocess.TimeoutExpired: it runs on.
        """
        if self._exit_code is None:
            self._exit_code = self._next_number(seconds)
            os.close(self._status)
        return self._exit_code

    def _next_number(self, seconds: float) -> int:
        while b"\n" not in self._said:
            if not select.select([self._status], [], [], seconds)[0]:
                raise subprocess.TimeoutExpired("a preloaded program", seconds)
            piece = os.read(self._status, 32)
            assert piece, "whoever waits for the program's end is gone"
            self._said += piece
        number, _, self._said = self._said.partition(b"\n")
        return int(number)


class PreloadedProgram:
    """A module that is run as a program, and what it imports; the process that has it is started with the first one."""

    def __init__(self, module: str, *imported: str) -> None:
        self._command = (sys.executable, "-m", "tests.support.preloaded_programs", module, *imported)
        self._control: socket.socket | None = None

    def start(
        self, arguments: Sequence[str], *, environment: Mapping[str, str], files: Sequence[int]
    ) -> RunningProgram:
        """Start it with these arguments; ``files`` are its standard input, output and error."""
        early = {name: value for name, value in environment.items() if name.startswith(_READ_EARLY)}
        assert early.items() <= os.environ.items(), "only a program that is started in the ordinary way reads this"
        control = self._control = self._control or self._preloaded()
        ours, theirs = os.pipe()
        request = json.dumps([list(arguments), dict(environment), str(Path.cwd())]).encode()
        assert len(request) < _LARGEST_REQUEST
        socket.send_fds(control, [request], [*files, theirs])
        os.close(theirs)
        return RunningProgram(ours)

    def run(
        self, arguments: Sequence[str], *, environment: Mapping[str, str], stdin: bytes, seconds: float
    ) -> subprocess.CompletedProcess[bytes]:
        """Run it to its end, as `subprocess.run` does.

        Raises:
            subprocess.TimeoutExpired: it did not end in time, and was killed.
        """
        files = given, printed, complained = tuple(map(os.memfd_create, ("stdin", "stdout", "stderr")))
        try:
            os.pwrite(given, stdin, 0)
            program = self.start(arguments, environment=environment, files=files)
            try:
                exit_code = program.wait(seconds)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait(_END_SECONDS)
                raise
            stdout, stderr = (os.pread(each, os.fstat(each).st_size, 0) for each in (printed, complained))
        finally:
            for each in files:
                os.close(each)
        return subprocess.CompletedProcess(list(arguments), exit_code, stdout, stderr)

    def _preloaded(self) -> socket.socket:
        """The connection to a new process that imports everything; it ends when this process does."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(
                [*self._command, str(theirs.fileno())], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                cwd=_ROOT, pass_fds=[theirs.fileno()],
            )  # fmt: skip

        def end() -> None:
            ours.close()
            process.wait(_END_SECONDS)

        atexit.register(end)
        return ours


def _become_one_of_many(control: socket.socket, module: str) -> None:
    """Wait for requests and fork for each; only the forked processes return, each ready to be the program."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended who wait for a program
    while True:
        request, descriptors, *_ = socket.recv_fds(control, _LARGEST_REQUEST, 4)
        if not request:
            os._exit(0)
        if os.fork() == 0:
            control.close()
            *files, status = descriptors
            if _is_the_program(files, status):
                arguments, environment, folder = json.loads(request)
                os.chdir(folder)
                _prepare([module, *arguments], environment, files)
                return
        for each in descriptors:
            os.close(each)


def _is_the_program(files: Sequence[int], status: int) -> bool:
    """Fork once more: the one that returns is the program, the other tells its process id and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    program = os.fork()
    if program == 0:
        os.close(status)
        return True
    for each in files:
        os.close(each)
    os.write(status, b"%d\n" % program)
    _, how = os.waitpid(program, 0)
    os.write(status, b"%d\n" % os.waitstatus_to_exitcode(how))
    os._exit(0)


def _prepare(command_line: list[str], environment: Mapping[str, str], files: Sequence[int]) -> None:
    """What else a process is given when it is started."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for place, each in enumerate(files):
        os.dup2(each, place)
        os.close(each)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = command_line


def _main() -> None:
    module, *imported, control = sys.argv[1:]
    for each in imported:
        importlib.import_module(each)
    gc.collect()
    gc.freeze()
    _become_one_of_many(socket.socket(fileno=int(control)), module)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
