"""Running the real `device-update` on a terminal, with a person who answers what it asks."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping

from tests.support.command_line import COMMAND

_SECONDS = 60


def on_terminal(
    *arguments: str, environment: Mapping[str, str], dialogue: tuple[tuple[str, str], ...] = ()
) -> tuple[int, str]:
    """Exit code, and what was shown; each answer of the dialogue is typed as soon as its question was shown."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=dict(environment)
    ) as process:
        os.close(theirs)
        shown = ""
        for question, answer in dialogue:
            seen = len(shown)
            shown += _read_until(ours, question, shown[seen:])
            os.write(ours, answer.encode() + b"\n")
        shown += _read_until(ours, None, "")
        code = process.wait(_SECONDS)
    os.close(ours)
    return code, shown.replace("\r\n", "\n")


def _read_until(terminal: int, question: str | None, shown: str) -> str:
    """What is shown until the question, or until the program has left the terminal."""
    deadline = time.monotonic() + _SECONDS
    while question is None or question not in shown:
        assert select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0], (question, shown)
        try:
            read = os.read(terminal, 4096)
        except OSError:
            read = b""  # Linux says so when the last process has left the terminal.
        if not read:
            assert question is None, (question, shown)
            break
        shown += read.decode(errors="replace")
    return shown
