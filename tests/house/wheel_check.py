"""The wheel, installed as users install it: ``python -m tests.house.wheel_check``.

It is built and put into two fresh environments outside the checkout: one for the service, which must need no Qt, and
one for the command line, which must need no Peewee. Then the three commands do one round: a service is started, signed
in to, and asked by a device. It needs the package registry of this environment's pip, so it is no test of pytest's.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PASSWORD = "correct horse"
_SECONDS = 300


class Broken(Exception):
    """The wheel is not what it should be; the text says in what."""


def main() -> int:
    """Build, install, run; 0 when all held."""
    with tempfile.TemporaryDirectory(prefix="device-update-wheel-") as name:
        folder = Path(name)
        try:
            wheel = _built_wheel(folder)
            service = _environment(folder / "service", wheel, "service,simulator")
            command_line = _environment(folder / "cli", wheel, "cli")
            _must_lack(service, "PySide6", "keyring", "pytest")
            _must_lack(command_line, "peewee", "PySide6", "libarchive", "pytest")
            _one_round(service, command_line, folder)
        except Broken as fault:
            print(fault)
            return 1
    return 0


def _built_wheel(folder: Path) -> Path:
    """The wheel of the tracked sources alone: what lies about in this checkout must not be what makes it work."""
    source = folder / "source"
    listed = _run("git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for path in filter(None, listed.split("\0")):
        if (ROOT / path).is_file():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, source / path)
    _run(sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(source))
    (wheel,) = folder.glob("*.whl")
    shutil.rmtree(source)
    return wheel


def _environment(folder: Path, wheel: Path, extras: str) -> Path:
    """A fresh environment with the wheel; returns the folder of its commands.

    This environment's pip installs into it, and compiles nothing: both would cost more than all that is then run.
    """
    venv.create(folder)
    commands = folder / "bin"
    pip = (sys.executable, "-m", "pip", "--python", str(commands / "python"), "--disable-pip-version-check")
    _run(*pip, "install", "--quiet", "--no-compile", f"device-update-service[{extras}] @ {wheel.as_uri()}")
    return commands


def _must_lack(commands: Path, *modules: str) -> None:
    asked = f"import importlib.util; print(*(n for n in {modules!r} if importlib.util.find_spec(n)))"
    found = _run(str(commands / "python"), "-c", asked).split()
    if found:
        raise Broken(f"The environment {commands.parent.name} has {', '.join(found)}, which it must not need.")


def _one_round(service: Path, command_line: Path, folder: Path) -> None:
    """Every command of the wheel once, from a folder that is not the checkout."""
    data = folder / "data"
    program = str(service / "device-update-service")
    resources = "import device_update_resources as r; print(r.__path__[0])"
    sample = Path(_run(str(service / "python"), "-c", resources, folder=folder).strip()) / "device-update-service.toml"
    _run(program, "serve", "--config", str(sample), "--check", folder=folder)
    added = ("account", "add", "admin", "--role", "administrator", "--password-stdin", "--data", str(data))
    _run(program, *added, given=_PASSWORD, folder=folder)
    serve = (program, "serve", "--data", str(data), "--internal", "127.0.0.1:0", "--admin", "127.0.0.1:0")
    with subprocess.Popen(serve, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            line = running.stdout.readline() if running.stdout else ""
            if not line.startswith("ready "):
                raise Broken(f"The service did not start: {line}{running.communicate(timeout=30)[1]}")
            urls = dict(word.split("=", 1) for word in line.split()[1:])
            _ask(service, command_line, urls, folder)
            running.send_signal(signal.SIGTERM)
            if running.wait(timeout=30) != 0:
                raise Broken(f"The service ended with {running.returncode}.")
        finally:
            running.kill()


def _ask(service: Path, command_line: Path, urls: Mapping[str, str], folder: Path) -> None:
    simulator = str(service / "device-update-simulator")
    device = ("--mac", "00-04-F2-00-01-76", "--vendor", "Polycom", "--model", "CX700")
    told = _run(simulator, "check", "--url", urls["internal"], *device, "--json", folder=folder)
    if '"no-rule-for-device-class"' not in told:
        raise Broken(f"A device was told: {told}")
    environment = {
        "DEVICE_UPDATE_URL": urls["admin"],
        "DEVICE_UPDATE_ACCOUNT": "admin",
        "DEVICE_UPDATE_PASSWORD": _PASSWORD,
    }
    known = _run(str(command_line / "device-update"), "--json", "server", environment=environment, folder=folder)
    if f'"version":"{version("device-update-service")}"' not in known:
        raise Broken(f"The service says of itself: {known}")
    missing = subprocess.run(
        [str(command_line / "device-update-service"), "serve"], cwd=folder, capture_output=True, text=True, check=False
    )
    if missing.returncode != 2 or "extra 'service'" not in missing.stderr:
        raise Broken(f"Without its extra the service should say so and end with 2, not: {missing}")


def _run(
    *command: str, given: str = "", folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> str:
    done = subprocess.run(
        command,
        input=given,
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | dict(environment or {}),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise Broken(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
