"""The one door: ``python3 run.py`` shows the main job, ``python3 run.py test`` runs every check.

Standard library only, since it runs before anything is installed. It makes ``.venv``, installs what is missing, and
hands over to the demonstration or to the checks, which are modules of their own.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- this file is started by whatever python3 the machine has
    sys.exit("Python 3.11 or later is needed; this is Python " + sys.version.split()[0] + ".")

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-from"

USAGE = """usage: python3 run.py [--once] [--verbose]       show the main job, then leave a service and a fleet running
       python3 run.py test [PYTEST ARGUMENTS]     run every check
"""

SERVICE_LIBRARIES = {"libarchive.so.13": "libarchive13"}
QT_LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
}
TEST_PROGRAMS = {"cabextract": "cabextract", "gcab": "gcab", "curl": "curl"}


def main(arguments: Sequence[str]) -> None:
    """Set up, then become the demonstration or the checks: signals and exit codes are theirs."""
    if "-h" in arguments[:1] or "--help" in arguments[:1]:
        print(USAGE, end="")
        return
    testing = arguments[:1] == ["test"]
    if not testing and (unknown := [each for each in arguments if each not in {"--once", "--verbose"}]):
        sys.exit(f"run.py knows no {unknown[0]!r}.\n{USAGE}".rstrip())
    with Path(__file__).open("rb") as own_file:
        fcntl.flock(own_file, fcntl.LOCK_EX)  # two runs at once set up one after the other
        install_debian_packages(missing_debian_packages(for_tests=testing))
        set_up_venv()
    os.chdir(ROOT)
    module = ["tests.house.every_check", *arguments[1:]] if testing else ["device_update_simulator.demonstration"]
    if not testing:
        module += ["--folder", str(ROOT / ".demo"), *arguments]
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), "-m", *module])


def missing_debian_packages(*, for_tests: bool) -> dict[str, str]:
    """Each missing Debian package, with what it is needed for."""
    missing = {}
    if not is_venv_usable() and importlib.util.find_spec("ensurepip") is None:
        missing[f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"] = "to make the virtual environment .venv"
    libraries = SERVICE_LIBRARIES | (QT_LIBRARIES if for_tests else {})
    for library, package in libraries.items():
        if not is_loadable(library):
            missing[package] = "to read packages" if library in SERVICE_LIBRARIES else "to test with Qt"
    for program, package in TEST_PROGRAMS.items() if for_tests else ():
        if shutil.which(program) is None:
            missing[package] = "to test against another program"
    return missing


def is_loadable(library: str) -> bool:
    """Whether the loader finds a shared library, however it came here."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_debian_packages(missing: dict[str, str]) -> None:
    """Install through apt when root; otherwise, and where there is no apt, say what to do."""
    if not missing:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    reasons = "\n".join(f"  {package}: {reason}" for package, reason in missing.items())
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(
            f"These packages of the system are missing:\n{reasons}\nInstall them with:\n  sudo {' '.join(command)}"
        )
    print(f"Installing Debian packages: {', '.join(missing)}.", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # The lists of a fresh machine may be empty or old; when they cannot be renewed, the old ones may still do.
    run_quietly(["apt-get", "update"], environment, may_fail=True)
    run_quietly(command, environment)


def is_venv_usable() -> bool:
    """Whether .venv holds an interpreter with pip that runs and is of this version."""
    if not PYTHON.exists():
        return False
    asked = f"import sys, pip; print(sys.version_info[:2] == {sys.version_info[:2]!r})"
    answer = subprocess.run([str(PYTHON), "-c", asked], capture_output=True, text=True, check=False)
    return answer.stdout.strip() == "True"


def set_up_venv() -> None:
    """Make .venv, and install the project with everything it needs, when pyproject.toml is not what it was then."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest() + " " + sys.version
    if STAMP.exists() and STAMP.read_text() == wanted and PYTHON.exists():
        return
    if not is_venv_usable():
        print("Making .venv.", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        run_quietly([sys.executable, "-m", "venv", str(VENV)])
    print("Installing what the project needs into .venv (a few minutes the first time).", flush=True)
    STAMP.unlink(missing_ok=True)
    run_quietly([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", f"{ROOT}[dev]"])
    STAMP.write_text(wanted)


def run_quietly(command: list[str], environment: dict[str, str] | None = None, *, may_fail: bool = False) -> None:
    """Run a command; what it printed is shown only when it fails, and then this program ends."""
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode and not may_fail:
        sys.exit(f"{done.stdout}\nThis failed with exit code {done.returncode}: {' '.join(command)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("Ended before it was done.")
