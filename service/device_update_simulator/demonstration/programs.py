"""The product's own programs as processes: run to their end, or kept in the background and ended for certain."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_COMMAND_SECONDS = 120
_LAST_SECONDS = 15


class DidNotHold(Exception):
    """A step of the demonstration did not hold; the sentence says what was expected and what was there."""


def program(name: str) -> str:
    """The installed command beside this interpreter."""
    return str(Path(sys.executable).with_name(name))


def run_program(
    *command: str,
    say: Callable[[str], None],
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
    exit_code: int = 0,
    seconds: float = _COMMAND_SECONDS,
) -> str:
    """Run a program of the product to its end and return what it printed.

    Raises:
        DidNotHold: it ended with another exit code than it has to, or not in time.
    """
    say(f"$ {' '.join(command)}")
    try:
        done = subprocess.run(
            [program(command[0]), *command[1:]],
            input=stdin,
            env=_own_environment() | dict(environment or {}),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DidNotHold(f"{command[0]} did not end within {seconds:g} s.") from error
    if done.returncode != exit_code:
        raise DidNotHold(f"{command[0]} ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def read_json(text: str) -> Any:
    """The one JSON value that a program printed."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise DidNotHold(f"JSON was expected, not {text[:200]!r}") from error


class Background:
    """A program that runs until it is ended; it dies with this process, however this process dies."""

    def __init__(
        self, *command: str, log: Path, end_with: signal.Signals, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = command[0]
        self.log = log
        self._end_with = end_with
        with log.open("ab") as errors:
            # A session of its own: Ctrl+C reaches this process only, which then ends the others in order.
            self._process = subprocess.Popen(
                [program(command[0]), *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_own_environment() | dict(environment or {}),
                text=True,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 -- one system call, before any thread of ours is started
            )

    def first_line(self) -> str:
        """The first line that it prints; it prints nothing before it is ready.

        Raises:
            DidNotHold: it ended instead.
        """
        if self._process.stdout is None or not (line := self._process.stdout.readline()):
            raise DidNotHold(f"{self.name} did not start; {self.log} says why.")
        return line.strip()

    def require_running(self) -> None:
        """Raise `DidNotHold` when it ended by itself."""
        if self._process.poll() is not None:
            raise DidNotHold(f"{self.name} ended with {self._process.returncode}; {self.log} says why.")

    def end(self) -> None:
        """End it as its operator would, and kill it when it does not end in time."""
        if self._process.poll() is None:
            self._process.send_signal(self._end_with)
        try:
            self._process.communicate(timeout=_LAST_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def _own_environment() -> dict[str, str]:
    """The environment without what is meant for another service or client of this machine."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DEVICE_UPDATE_")}


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
