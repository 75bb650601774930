"""Every check, one after the other: what ``python3 run.py test`` does once the project is installed.

Each step is one line with its duration; the first that fails shows what it printed and ends the run. The tests come
last, so that the last line is pytest's own summary. Arguments are handed to pytest.
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

_STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("The code is formatted", ("ruff", "format", "--check", ".")),
    ("The code keeps the rules of ruff", ("ruff", "check", ".")),
    ("Imports keep the architecture", ("lint-imports",)),
    ("The types fit (mypy, strict)", ("mypy",)),
    ("The wheel installs and runs outside the checkout", ("python", "-m", "tests.house.wheel_check")),
)


def main(pytest_arguments: Sequence[str]) -> int:
    """Run all steps and give the exit code: 0 only when every one held."""
    os.chdir(ROOT)
    for sentence, command in _STEPS:
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
            print(f"{done.stdout.rstrip()}\n\n0 passed, 1 failed ({' '.join(command)})", flush=True)
            return 1
    print("The tests:", flush=True)
    workers = ("-n", "2") if not pytest_arguments else ()
    return subprocess.run([sys.executable, "-m", "pytest", "-q", *workers, *pytest_arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
