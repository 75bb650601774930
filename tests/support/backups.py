"""Backups made, verified and restored by the real commands."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.support.log_uploads import BOUNDARY, ROUTE, log_body
from tests.support.plain_calls import call
from tests.support.service_process import ServiceProcess, run_service_command

from device_update_service.domain.backups import Manifest
from device_update_service.usecases.backups import faults_of_backup

MODELS: Final = tuple(f"B{number}" for number in range(4))
"""The models of the data folder that is backed up."""


def send_log(service: ServiceProcess, content: bytes, number: int) -> None:
    """A device's log, taken."""
    body = log_body(content, mac=f"00-04-F2-00-00-{number % 256:02X}")
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = call(service.internal_port, "POST", ROUTE, body, headers)
    assert answer.status == 200, answer.body


def back_up(data: Path, folder: Path, *options: str) -> str:
    """Make a backup, and give what is said."""
    done = run_service_command("backup", str(folder), "--data", str(data), *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def restore(folder: Path, data: Path) -> str:
    """Restore a backup, and give what is said."""
    done = run_service_command("restore", str(folder), "--data", str(data))
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(*arguments: str | Path) -> tuple[int, str]:
    """The exit code and the one sentence of a command that has to be refused."""
    done = run_service_command(*map(str, arguments))
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def pool_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of change of every file of a backup's pool."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in (folder / "files").glob("*/*")}


def manifest_of(folder: Path) -> Manifest:
    """A backup that has to be whole."""
    manifest, faults = faults_of_backup(folder)
    assert faults == []
    return manifest


def files_below(folder: Path) -> set[str]:
    """The names of all files."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
