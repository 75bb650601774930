"""The one door: ``python3 run.py`` shows the main job, ``python3 run.py test`` runs every check.

Standard library only, since it runs before anything is installed. It makes ``.venv``, installs what is missing, and
hands over to the demonstration or to the checks, which are modules of their own.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- this file is started by whatever python3 the machine has
    sys.exit("Python 3.11 or later is needed; this is Python " + sys.version.split()[0] + ".")

import argparse
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-from"

# The first needs wheels only; the second is built in part, and serves the demonstration too.
DEMONSTRATION_EXTRAS = "service,simulator,console"
TEST_EXTRAS = "dev"

USAGE = """python3 run.py [--once] [--verbose] [--screenshots DIR]
           show the main job, then leave a service, a fleet and the console running; without a screen, or with
           --screenshots, pictures of the console are saved
       python3 run.py test [PYTEST ARGUMENTS]
           run every check
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
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
TEST_LIBRARIES = {"libnss_wrapper.so": "libnss-wrapper"}
TEST_PROGRAMS = {
    "cabextract": "cabextract",
    "gcab": "gcab",
    "curl": "curl",
    "openssl": "openssl",
    "haproxy": "haproxy",
    "nginx": "nginx-light",
    "krb5kdc": "krb5-kdc",
    "kadmin.local": "krb5-admin-server",
    "kinit": "krb5-user",
    "winbindd": "winbind",
    "ntlm_auth": "winbind",
    "smbpasswd": "samba-common-bin",
    "gnome-keyring-daemon": "gnome-keyring",
    "dbus-run-session": "dbus",
}
BUILD_PROGRAMS = {"gcc": "gcc", "krb5-config": "libkrb5-dev"}
PYTHON_HEADER = Path(sysconfig.get_path("include")) / "Python.h"
C_HEADER = Path("/usr/include/stdio.h")
GSS_NTLMSSP = "*-linux-gnu*/gssntlmssp/gssntlmssp.so"
PROGRAM_FOLDERS = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
START_POLICY = Path("/usr/sbin/policy-rc.d")


def main(arguments: Sequence[str]) -> None:
    """Set up, then become the demonstration or the checks: signals and exit codes are theirs."""
    testing = arguments[:1] == ["test"]
    module = (
        ["tests.house.every_check", *arguments[1:]]
        if testing
        else ["device_update_simulator.demonstration", "--folder", str(ROOT / ".demo"), *demonstration_words(arguments)]
    )
    with Path(__file__).open("rb") as own_file:
        fcntl.flock(own_file, fcntl.LOCK_EX)  # two runs at once set up one after the other
        install_debian_packages(missing_debian_packages(for_tests=testing))
        set_up_venv(TEST_EXTRAS if testing else DEMONSTRATION_EXTRAS)
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), "-m", *module])


def demonstration_words(given: Sequence[str]) -> list[str]:
    """The demonstration's options, for whatever folder it runs in; a wrong one ends this program with the usage."""
    parser = argparse.ArgumentParser(prog="run.py", usage=USAGE, allow_abbrev=False)
    parser.add_argument("--once", action="store_true", help="end when all was shown")
    parser.add_argument("--verbose", action="store_true", help="show every request and answer")
    parser.add_argument("--screenshots", metavar="DIR", type=Path, help="where pictures of the console are saved")
    options = parser.parse_args(given)
    words = [f"--{name}" for name in ("once", "verbose") if getattr(options, name)]
    return words if options.screenshots is None else [*words, "--screenshots", str(options.screenshots.absolute())]


def missing_debian_packages(*, for_tests: bool) -> dict[str, str]:
    """Each missing Debian package, with what it is needed for."""
    missing = {}
    if not is_venv_usable() and importlib.util.find_spec("ensurepip") is None:
        missing[f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"] = "to make the virtual environment .venv"
    missing |= {
        package: "to read packages" for library, package in SERVICE_LIBRARIES.items() if not is_loadable(library)
    }
    missing |= {package: "to show windows" for library, package in QT_LIBRARIES.items() if not is_loadable(library)}
    if os.environ.get("DISPLAY"):
        missing |= {
            package: "to show windows" for library, package in X11_LIBRARIES.items() if not is_loadable(library)
        }
    if next(Path("/usr/share/fonts").rglob("*.[ot]tf"), None) is None:
        missing["fonts-dejavu-core"] = "to show text"
    return missing | missing_test_packages() if for_tests else missing


def missing_test_packages() -> dict[str, str]:
    """What the tests need beside the demonstration: what ``gssapi`` is built with, and other makers' programs."""
    missing = {package: "to build gssapi" for program, package in BUILD_PROGRAMS.items() if not is_program(program)}
    if not PYTHON_HEADER.exists():
        missing[f"python{sys.version_info[0]}.{sys.version_info[1]}-dev"] = "to build gssapi"
    if not C_HEADER.exists():
        missing["libc6-dev"] = "to build gssapi"
    others = [package for program, package in TEST_PROGRAMS.items() if not is_program(program)]
    others += [package for library, package in TEST_LIBRARIES.items() if not is_loadable(library)]
    if next(Path("/usr/lib").glob(GSS_NTLMSSP), None) is None:
        others.append("gss-ntlmssp")
    return missing | dict.fromkeys(others, "to test against another program")


def is_program(name: str) -> bool:
    """Whether a program is installed; servers are in folders that are not in everybody's PATH."""
    return shutil.which(name, path=PROGRAM_FOLDERS) is not None


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
    with no_servers_started():
        run_quietly(command, environment)


@contextmanager
def no_servers_started() -> Iterator[None]:
    """Keep Debian from starting the servers that it installs: tests start their own.

    A policy that is there already, as in a container, stays as it is.
    """
    if START_POLICY.exists():
        yield
        return
    START_POLICY.write_text("#!/bin/sh\nexit 101\n")
    START_POLICY.chmod(0o755)
    try:
        yield
    finally:
        START_POLICY.unlink()


def is_venv_usable() -> bool:
    """Whether .venv holds an interpreter with pip that runs and is of this version."""
    if not PYTHON.exists():
        return False
    asked = f"import sys, pip; print(sys.version_info[:2] == {sys.version_info[:2]!r})"
    answer = subprocess.run([str(PYTHON), "-c", asked], capture_output=True, text=True, check=False)
    return answer.stdout.strip() == "True"


def set_up_venv(extras: str) -> None:
    """Make .venv, and install the project with these extras, when that was not done for pyproject.toml as it is now."""
    if PYTHON.exists() and is_installed(extras, read_stamp()):
        return
    if not is_venv_usable():
        print("Making .venv.", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        run_quietly([sys.executable, "-m", "venv", str(VENV)])
    print("Installing what the project needs into .venv (a few minutes the first time).", flush=True)
    STAMP.unlink(missing_ok=True)
    project = f"{ROOT}[{extras}]"
    run_quietly([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", project])
    STAMP.write_text(stamp_of(extras))


def is_installed(extras: str, stamp: str) -> bool:
    """Whether an installation with this stamp has these extras; the one for the tests has everything."""
    return stamp in {stamp_of(extras), stamp_of(TEST_EXTRAS)}


def read_stamp() -> str:
    """What was installed, or nothing."""
    return STAMP.read_text() if STAMP.exists() else ""


def stamp_of(extras: str) -> str:
    """What an installation of these extras from pyproject.toml as it is now would be stamped with."""
    return f"{hashlib.sha256((ROOT / 'pyproject.toml').read_bytes()).hexdigest()} {sys.version} [{extras}]"


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
