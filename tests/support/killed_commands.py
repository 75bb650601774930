"""`device-update-service` commands that kill themselves (``kill -9``) before one of their steps on files.

A process with all modules loaded forks for each command, so that hundreds of kills take seconds. In the fork Python's
own audit events count what touches the watched folders: opening, renaming, deleting, making folders and links.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_WATCHED = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.scandir", "os.listdir"})
KILLED = -signal.SIGKILL


class KilledCommands:
    """Runs commands, each in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, *arguments: str | Path, step: int = 0, within: Sequence[Path] = ()) -> int:
        """A command's exit code; `KILLED` when it was killed before so many steps (from 1) within some folders."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        wanted = {
            "arguments": [str(each) for each in arguments],
            "step": step,
            "within": [str(each) for each in within],
        }
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def killed_commands() -> Iterator[KilledCommands]:
    """The process that forks, until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.killed_commands"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield KilledCommands(process)
        assert process.stdin is not None
        process.stdin.close()


def _serve() -> None:
    from device_update_service.commands import backup as _loaded  # noqa: F401 -- forks find it loaded

    for line in sys.stdin:
        wanted = json.loads(line)
        process = os.fork()
        if not process:
            _run(wanted)
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(wanted: dict[str, Any]) -> None:
    from device_update_service import __main__ as program

    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    if wanted["step"]:
        sys.addaudithook(_Countdown(wanted["step"], tuple(wanted["within"])))
    sys.argv = ["device-update-service", *wanted["arguments"]]
    try:
        program.main()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1 if end.code else 0)
    os._exit(0)


class _Countdown:
    """Kills this process before the last of so many steps."""

    def __init__(self, steps: int, within: tuple[str, ...]) -> None:
        self._left = steps
        self._within = within

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in _WATCHED and any(self._is_watched(each) for each in arguments[:2]):
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)

    def _is_watched(self, place: object) -> bool:
        return isinstance(place, str | os.PathLike) and os.fspath(place).startswith(self._within)


if __name__ == "__main__":
    _serve()
