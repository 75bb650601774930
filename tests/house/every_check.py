"""Every check: what ``python3 run.py test`` does once the project is installed.

What is quick comes first, one after the other, and ends the run where it fails. The types, the wheel and the tests run
beside each other, since each of them leaves a core idle now and then; what the tests print is shown once the others
are done, so that the last line is pytest's own summary. Each other step is one line with its duration; one that fails
shows what it printed. Arguments are handed to pytest, which then comes last, in the foreground and in one process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BIN = Path(sys.executable).parent

_Step = tuple[str, tuple[str, ...]]
_QUICK: tuple[_Step, ...] = (
    ("The code is formatted", ("ruff", "format", "--check", ".")),
    ("The code keeps the rules of ruff", ("ruff", "check", ".")),
    ("Imports keep the architecture", ("lint-imports",)),
)
_SLOW: tuple[_Step, ...] = (
    ("The types fit (mypy, strict)", ("mypy",)),
    ("The wheel installs and runs outside the checkout", ("python", "-m", "tests.house.wheel_check")),
)
_TESTS = (sys.executable, "-m", "pytest", "-q")


def main(pytest_arguments: Sequence[str]) -> int:
    """Run all steps and give the exit code: 0 only when every one held."""
    os.chdir(ROOT)
    # Tests start the service and the commands hundreds of times; each would compile what it imports anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for step in _QUICK if not pytest_arguments else _QUICK + _SLOW:
        if not _holds(step):
            print(_summary([step]), flush=True)
            return 1
    if pytest_arguments:
        print("The tests:", flush=True)
        return subprocess.run([*_TESTS, *pytest_arguments], check=False).returncode
    return _slow_steps_beside_tests()


def _slow_steps_beside_tests() -> int:
    """The tests go on where another step failed, so that one run tells everything; that step then is the last line."""
    workers = ("-n", "2")
    with subprocess.Popen([*_TESTS, *workers], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as tests:
        failed = [step for step in _SLOW if not _holds(step)]
        print("The tests:", flush=True)
        assert tests.stdout is not None
        while piece := os.read(tests.stdout.fileno(), 4096):
            sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
    if failed:
        print(_summary(failed), flush=True)
    return 1 if failed else tests.returncode


def _holds(step: _Step) -> bool:
    """Run a step and tell how it went."""
    sentence, command = step
    started = time.monotonic()
    done = subprocess.run(
        [str(_BIN / command[0]), *command[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    held = "ok" if done.returncode == 0 else "FAILED"
    print(f"{sentence:<52}{held:>8}{time.monotonic() - started:8.1f} s", flush=True)
    if done.returncode:
        print(done.stdout.rstrip(), flush=True)
    return done.returncode == 0


def _summary(failed: Sequence[_Step]) -> str:
    return f"\n0 passed, {len(failed)} failed ({', '.join(' '.join(command) for _, command in failed)})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
