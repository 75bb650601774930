"""The real service as a process of its own, on ports that stay the same however often it is killed and started."""

from __future__ import annotations

import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

from tests.support.preloaded_programs import PreloadedProgram, RunningProgram
from tests.support.signing_in_server import ServerCertificate

ACCOUNT: Final = "ada"
PASSWORD: Final = "correct horse battery"
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0
_END_SECONDS: Final = 60.0
"""For one that ends anyway: what was killed may wait for a busy disk first."""

_SERVICE: Final = PreloadedProgram(
    "device_update_service",
    "device_update_service.commands.accounts",
    "device_update_service.commands.command_line",
    "device_update_service.commands.serve",
    "device_update_service.service_log",
    "device_update_service.web.serving",
)
# Below the range from which the kernel takes the ports of outgoing connections: one of those must not sit on the
# port of a service that is about to come back.
_PORTS: Final = range(15_000, 30_000)
_WORKERS: Final = 10
"""Each of so many processes that run tests beside each other takes ports of a part of its own."""
_POLL_SECONDS: Final = 0.01

Value = TypeVar("Value")


class NotReady(Exception):
    """The service ended, or said nothing in time, instead of becoming ready; carries its exit code and stderr."""

    def __init__(self, exit_code: int | None, stderr: str) -> None:
        super().__init__(f"exit code {exit_code}: {stderr}")
        self.exit_code = exit_code
        self.stderr = stderr


def eventually(look: Callable[[], Value], what: str, *, seconds: float = 60.0) -> Value:
    """Look again and again until the value is true, and give it; the one way in which these tests wait."""
    deadline = time.monotonic() + seconds
    while not (value := look()):
        assert time.monotonic() < deadline, f"after {seconds:g} s still not so: {what}"
        time.sleep(_POLL_SECONDS)
    return value


def free_port() -> int:
    """A port of loopback that nobody listens on, and that no other test is given, whether it listens yet or not."""
    for port in _ports_to_give:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("there are no ports left")


def _shuffled_ports() -> Iterator[int]:
    """The ports of this process's part, each once; shuffled, since whole runs may follow each other at once."""
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0) % _WORKERS
    ports = list(_PORTS[worker::_WORKERS])
    random.SystemRandom().shuffle(ports)
    yield from ports


_ports_to_give: Final = _shuffled_ports()


def run_service_command(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One `device-update-service` command, to its end."""
    done = _SERVICE.run(arguments, environment=os.environ, stdin=stdin.encode(), seconds=START_SECONDS)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def add_administrator(folder: Path, name: str = ACCOUNT, password: str = PASSWORD) -> None:
    """The first administrator, as an operator of the host makes one."""
    added = run_service_command(
        "account", "add", name, "--role", "administrator", "--password-stdin", "--data", str(folder), stdin=password
    )
    assert added.returncode == 0, added.stderr


class ServiceProcess:
    """One service over one data folder; at most one process at a time, whose log is kept over all of them."""

    def __init__(
        self,
        folder: Path,
        *,
        log: Path | None = None,
        environment: Mapping[str, str] | None = None,
        certificate: ServerCertificate | None = None,
        preloaded: bool = True,
    ) -> None:
        """With a certificate the administration listener speaks TLS.

        Who measures a start, or memory, or preloads a library, has it not ``preloaded``.
        """
        self.folder = folder
        self._admin_scheme = "http" if certificate is None else "https"
        self.internal_port, self.admin_port = free_port(), free_port()
        self.start_seconds: list[float] = []
        """How long each start took until the service was ready."""
        self._environment = {**os.environ, **(environment or {})}
        if certificate is not None:
            self._environment["DEVICE_UPDATE_SERVICE_LISTENERS__ADMIN__TLS_CERTIFICATE"] = str(certificate.certificate)
            self._environment["DEVICE_UPDATE_SERVICE_LISTENERS__ADMIN__TLS_KEY"] = str(certificate.key)
        self._log = log or folder.with_name(f"{folder.name}.stderr")
        self._preloaded = preloaded
        self._process: RunningProgram | subprocess.Popen[bytes] | None = None
        self._output = -1

    @property
    def internal(self) -> str:
        """The internal listener's URL."""
        return f"http://127.0.0.1:{self.internal_port}"

    @property
    def admin(self) -> str:
        """The administration listener's URL."""
        return f"{self._admin_scheme}://127.0.0.1:{self.admin_port}"

    @property
    def stderr(self) -> str:
        """Everything that was logged since the first start."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def pid(self) -> int:
        """The process id of the running service."""
        return self._running().pid

    def start(self) -> None:
        """Start and wait for the ready line.

        Raises:
            NotReady: it ended, or was not ready in time (then it is killed).
        """
        assert self._process is None, "the service runs already"
        started = time.monotonic()
        said_before = len(self.stderr)
        self._output, output = os.pipe()
        with self._log.open("ab") as log, Path(os.devnull).open("rb") as nothing:
            self._process = self._started((nothing.fileno(), output, log.fileno()))
        os.close(output)
        expected = f"ready internal={self.internal} external=off admin={self.admin}\n".encode()
        line = self._first_line()
        if line != expected:
            exit_code = self._ended_or_killed()
            self._forget()
            raise NotReady(exit_code, self.stderr[said_before:] + line.decode(errors="replace"))
        self.start_seconds.append(time.monotonic() - started)

    def _started(self, files: tuple[int, int, int]) -> RunningProgram | subprocess.Popen[bytes]:
        arguments = ["serve", "--data", str(self.folder), *self._listeners()]
        if self._preloaded:
            return _SERVICE.start(arguments, environment=self._environment, files=files)
        stdin, stdout, stderr = files
        command = [sys.executable, "-m", "device_update_service", *arguments]
        return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, env=self._environment)

    def kill(self) -> None:
        """``kill -9``: no handler runs, nothing is written any more."""
        process = self._running()
        process.send_signal(signal.SIGKILL)
        process.wait(_END_SECONDS)
        self._forget()

    def restart(self) -> None:
        """``kill -9``, and start again on the same ports at once."""
        self.kill()
        self.start()

    def stop(self) -> float:
        """End it in order (SIGTERM) within the ten seconds of the contract, with exit code 0; how long it took."""
        process = self._running()
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            exit_code = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_END_SECONDS)
            self._forget()
            raise AssertionError(f"the service did not end within {STOP_SECONDS:g} s") from None
        took = time.monotonic() - began
        rest = os.read(self._output, 4096)
        self._forget()
        assert (exit_code, rest) == (0, b""), f"exit code {exit_code}, more on stdout: {rest!r}, stderr: {self.stderr}"
        return took

    def end(self) -> None:
        """Whatever it does, end it; for the end of a test."""
        if self._process is not None:
            self.kill()

    def resident_bytes(self) -> int:
        """Memory of the running service itself, without worker processes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def _listeners(self) -> tuple[str, ...]:
        return ("--internal", f"127.0.0.1:{self.internal_port}", "--admin", f"127.0.0.1:{self.admin_port}")

    def _running(self) -> RunningProgram | subprocess.Popen[bytes]:
        assert self._process is not None, "the service does not run"
        return self._process

    def _ended_or_killed(self) -> int:
        process = self._running()
        try:
            return process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait(_END_SECONDS)

    def _first_line(self) -> bytes:
        deadline = time.monotonic() + START_SECONDS
        line = b""
        while not line.endswith(b"\n") and (remaining := deadline - time.monotonic()) > 0:
            if select.select([self._output], [], [], remaining)[0]:
                piece = os.read(self._output, 4096)
                if not piece:
                    break
                line += piece
        return line

    def _forget(self) -> None:
        self._process = None
        os.close(self._output)
