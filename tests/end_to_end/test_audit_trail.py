"""The audit trail of a real service: exported, checked online and offline, and tampered with in its database."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.command_line import Finished, environment_for, run_device_update
from tests.support.service_process import ACCOUNT, PASSWORD, ServiceProcess

from device_update_service.storage.data_folder import DataFolder

pytestmark = pytest.mark.end_to_end


@pytest.fixture
def service(folder_with_administrator: Path, tmp_path: Path) -> Iterator[ServiceProcess]:
    running = ServiceProcess(shutil.copytree(folder_with_administrator, tmp_path / "data"))
    running.start()
    yield running
    running.end()
    assert "Traceback" not in running.stderr, running.stderr


def audit(service: ServiceProcess, *arguments: str) -> Finished:
    return run_device_update("audit", *arguments, environment=environment_for(service.admin, ACCOUNT, PASSWORD))


def test_the_trail_is_exported_and_checked_until_somebody_changes_it(service: ServiceProcess, tmp_path: Path) -> None:
    environment = environment_for(service.admin, ACCOUNT, PASSWORD)
    assert run_device_update("settings", "set", "session_days", "5", environment=environment).exit_code == 0
    exported = audit(service, "--jsonl").stdout
    entries = [json.loads(line) for line in exported.splitlines()]
    assert entries[0]["verb"] == "account.add"
    assert ("setting session_days", 7, 5) in [(entry["object"], entry["before"], entry["after"]) for entry in entries]
    export = tmp_path / "trail.jsonl"
    export.write_bytes(exported)
    offline, online = audit(service, "--verify", "--file", str(export)), audit(service, "--verify")
    assert (offline.exit_code, online.exit_code) == (0, 0), (offline, online)
    head = offline.stdout.decode().split()[-1]
    assert audit(service, "--verify", "--head", head).exit_code == 0
    with closing(sqlite3.connect(DataFolder(service.folder).database, isolation_level=None, timeout=20)) as database:
        database.execute("DROP TRIGGER audit_entry_is_final")
        database.execute("UPDATE audit_entry SET after = '6' WHERE object = 'setting session_days'")
    number = next(entry["id"] for entry in entries if entry["object"] == "setting session_days")
    changed = audit(service, "--verify")
    assert (changed.exit_code, changed.stdout) == (1, b"")
    assert changed.stderr == f"Entry {number} was changed: its hash does not fit what it says.\n"
