"""Samba's ``ntlm_auth`` as processes that are asked again and again (``--helper-protocol=ntlm-server-1``).

The protocol keeps no state between questions: the service itself gave the challenge, and asks winbindd through the
process whether the response is right. Answers have no numbers, so a process whose answer is not exactly as expected, or
late, is ended and never asked again: otherwise one user could get the answer of another.
"""

from __future__ import annotations

import base64
import os
import queue
import select
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from device_update_service.identity.claims import NtlmResponse

_PROTOCOL: Final = "--helper-protocol=ntlm-server-1"
_MOST_ANSWER_BYTES: Final = 64 * 1024
_SESSION_KEY_BYTES: Final = 16


class NoAnswer(Exception):
    """``ntlm_auth`` gave no answer that can be used; says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What winbindd says: the session base key of a right response, or the sentence of a refusal."""

    session_base_key: bytes | None
    refusal: str = ""


class NtlmAuthProcesses:
    """As many processes as are asked at the same time, at most ``processes``; safe to use from several threads."""

    def __init__(self, program: Path, processes: int) -> None:
        self._all = tuple(_NtlmAuthProcess(program) for _ in range(processes))
        self._idle: queue.LifoQueue[_NtlmAuthProcess] = queue.LifoQueue()
        self._is_closed = threading.Event()
        for each in self._all:
            self._idle.put(each)

    def ask(self, response: NtlmResponse, seconds: float) -> Verdict:
        """Whether the response is right; blocks.

        A process that has died since it was last asked is started again, and asked once more.

        Raises:
            NoAnswer: within ``seconds``, or none that can be used.
        """
        until = time.monotonic() + seconds
        question = _question(response)
        try:
            process = self._idle.get(timeout=seconds)
        except queue.Empty:
            raise NoAnswer(f"all {len(self._all)} processes of ntlm_auth were busy for {seconds:g} s") from None
        try:
            was_running = process.is_running
            try:
                return process.ask(question, until)
            except _Ended:
                if not was_running or self._is_closed.is_set():
                    raise
                return process.ask(question, until)
        finally:
            if self._is_closed.is_set():
                process.end()
            self._idle.put(process)

    def close(self) -> None:
        """End all processes; who waits for one gets no answer, and ends it."""
        self._is_closed.set()
        for each in self._all:
            each.kill()
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().end()


class _Ended(NoAnswer):
    """The process ended instead of answering."""


class _NtlmAuthProcess:
    """One process, started when it is first asked. It ends by itself when the service is gone, with its input."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""

    @property
    def is_running(self) -> bool:
        """Whether a process was started and not ended by the service."""
        return self._process is not None

    def ask(self, question: bytes, until: float) -> Verdict:
        """Ask, and read the answer; after any failure the process is ended."""
        try:
            process = self._started()
            _write(_descriptor(process.stdin), question, until)
            return _verdict(self._read_answer(_descriptor(process.stdout), until))
        except NoAnswer:
            self.end()
            raise
        except BrokenPipeError as error:
            self.end()
            raise _Ended("ntlm_auth ended instead of answering") from error
        except OSError as error:
            self.end()
            raise NoAnswer(f"{self._program} cannot be started: {error.strerror or error}") from error

    def kill(self) -> None:
        """Kill the process from any thread; `end` is for the one that asks it."""
        process = self._process
        if process is not None:
            process.kill()

    def end(self) -> None:
        """End the process, if there is one."""
        process, self._process, self._unread = self._process, None, b""
        if process is None:
            return
        process.kill()
        with process:  # closes its pipes and waits
            pass

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [self._program, _PROTOCOL],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=os.environ | {"LC_ALL": "C"},
            )
            os.set_blocking(_descriptor(self._process.stdin), False)
        return self._process

    def _read_answer(self, output: int, until: float) -> list[str]:
        """The lines of an answer from ``Authenticated:`` to the single dot.

        After a refusal ``ntlm_auth`` writes a second dot: that is skipped before the next answer.
        """
        lines: list[str] = []
        read = 0
        while True:
            line, newline, rest = self._unread.partition(b"\n")
            if not newline:
                piece = _read(output, until)
                self._unread += piece
                read += len(piece)
                if read > _MOST_ANSWER_BYTES:
                    raise NoAnswer("ntlm_auth gives an answer that does not end")
                continue
            self._unread = rest
            if line != b".":
                lines.append(line.decode(errors="replace"))
            elif lines:
                return lines


def _question(response: NtlmResponse) -> bytes:
    """The question; what the client wrote comes in base64 or hexadecimal, so that it adds no line."""
    lines = (
        f"Username:: {_base64(response.claim.user)}",
        f"NT-Domain:: {_base64(response.claim.domain or '')}",
        f"LANMAN-Challenge: {response.server_challenge.hex()}",
        f"NT-Response: {response.nt_response.hex()}",
        "Request-User-Session-Key: Yes",
        ".",
    )
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _verdict(lines: Sequence[str]) -> Verdict:
    if not lines[0].startswith("Authenticated: "):
        raise NoAnswer(f"ntlm_auth does not understand what it is asked: {lines[0]}")
    if lines[0] != "Authenticated: Yes":
        reasons = [line.partition(": ")[2] for line in lines[1:] if line.startswith("Authentication-Error: ")]
        return Verdict(None, refusal=" ".join(reasons) or "without a reason")
    keys = [line.partition(": ")[2] for line in lines[1:] if line.startswith("User-Session-Key: ")]
    try:
        (key,) = (bytes.fromhex(text) for text in keys)
    except ValueError:
        raise NoAnswer("ntlm_auth says yes without a session key") from None
    if len(key) != _SESSION_KEY_BYTES:
        raise NoAnswer("ntlm_auth says yes with a session key of another length than 16 bytes")
    return Verdict(key)


def _descriptor(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe.fileno()


def _write(descriptor: int, data: bytes, until: float) -> None:
    while data:
        _wait(descriptor, select.POLLOUT, until)
        data = data[os.write(descriptor, data[: select.PIPE_BUF]) :]


def _read(descriptor: int, until: float) -> bytes:
    _wait(descriptor, select.POLLIN, until)
    piece = os.read(descriptor, _MOST_ANSWER_BYTES)
    if not piece:
        raise _Ended("ntlm_auth ended instead of answering")
    return piece


def _wait(descriptor: int, event: int, until: float) -> None:
    """Wait with poll: select knows no descriptors above 1023, and a service with many connections has them."""
    waiting = select.poll()
    waiting.register(descriptor, event)
    if not waiting.poll(max(0.0, until - time.monotonic()) * 1000):
        raise NoAnswer("ntlm_auth did not answer in time")
