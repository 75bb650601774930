"""Real programs that tests talk to; where one is not installed the test is skipped, but never in CI."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

_FOLDERS = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))  # servers are not in PATH


def required_program(name: str, package: str) -> str:
    """The path of a program; without it the test ends here, naming the Debian package that has it."""
    found = shutil.which(name, path=_FOLDERS)
    return found or end_without(f"{name} is not installed (Debian package {package})")


def required_library(name: str, package: str) -> str:
    """The path of a shared library that programs are started with, as with `required_program`."""
    found = next(Path("/usr/lib").glob(f"*-linux-gnu*/{name}"), None)
    return str(found or end_without(f"{name} is not installed (Debian package {package})"))


def end_without(reason: str) -> NoReturn:
    """The test cannot run here: that is a skip, and a failure in CI."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
