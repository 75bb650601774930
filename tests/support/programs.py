"""Real programs that tests talk to; where one is not installed the test is skipped, but never in CI."""

from __future__ import annotations

import os
import shutil

import pytest

_FOLDERS = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))  # servers are not in PATH


def required_program(name: str, package: str) -> str:
    """The path of a program; without it the test ends here, naming the Debian package that has it."""
    found = shutil.which(name, path=_FOLDERS)
    if found is not None:
        return found
    reason = f"{name} is not installed (Debian package {package})"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
