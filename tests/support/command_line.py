"""Running the real `device-update` as its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from tests.support.preloaded_programs import PreloadedProgram

COMMAND = (sys.executable, "-m", "device_update_console.cli")
_SECONDS = 120.0
_DEVICE_UPDATE = PreloadedProgram("device_update_console.cli", "device_update_console.cli.program")


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended, and what it printed."""

    exit_code: int
    stdout: bytes
    stderr: str


def environment_for(url: str, account: str, password: str) -> dict[str, str]:
    """The environment in which a command signs in by itself, and uses no keyring, ticket or setting of this machine."""
    return {
        **os.environ,
        "DEVICE_UPDATE_URL": url,
        "DEVICE_UPDATE_ACCOUNT": account,
        "DEVICE_UPDATE_PASSWORD": password,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "KRB5CCNAME": "FILE:/nonexistent/tickets",
        "XDG_CONFIG_HOME": "/nonexistent",
    }


def run_device_update(
    *arguments: str, environment: Mapping[str, str], stdin: bytes = b"", preloaded: bool = True
) -> Finished:
    """One command line, without a terminal; not ``preloaded`` where its environment has to be there from the start."""
    if preloaded:
        finished = _DEVICE_UPDATE.run(arguments, environment=environment, stdin=stdin, seconds=_SECONDS)
    else:
        finished = subprocess.run(
            [*COMMAND, *arguments],
            input=stdin,
            capture_output=True,
            env=dict(environment),
            timeout=_SECONDS,
            check=False,
        )
    return Finished(finished.returncode, finished.stdout, finished.stderr.decode())
