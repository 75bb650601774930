"""Backups of a running service, and what is restored from them."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.support.backups import MODELS, back_up, manifest_of, pool_of, restore, send_log
from tests.support.command_line import environment_for, run_device_update
from tests.support.device_checks import ordinary_check
from tests.support.plain_calls import Administrator, call, check
from tests.support.sample_packages import package, package_of_files
from tests.support.service_process import (
    ACCOUNT,
    PASSWORD,
    ServiceProcess,
    eventually,
    run_service_command,
)
from tests.support.soundness import assert_sound, rows

from device_update_service.storage.data_folder import DataFolder

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(240)]

SHOWN = ("/rules?state=all", "/packages", "/devices", "/device-logs", "/accounts", "/test-devices", "/update-log")


def assert_one_moment(folder: Path) -> None:
    """The update log has exactly the checks that the main database counted, each of a device that is there."""
    data = DataFolder(folder)
    devices = {row[0] for row in rows(data.database, "SELECT id FROM device")}
    counted = rows(data.database, "SELECT coalesce(sum(checks), 0) FROM checks_in_hour")[0][0]
    logged = [
        row[0] for day in data.update_log.glob("*.sqlite") for row in rows(day, "SELECT device_id FROM check_log")
    ]
    assert len(logged) == counted
    assert set(logged) <= {*devices, None}


def assert_logs_have_files(folder: Path) -> None:
    """Every device log has its content, and its readable link."""
    data = DataFolder(folder)
    for sha256, link in rows(data.database, "SELECT sha256, link FROM device_log"):
        assert (data.device_logs / sha256[:2] / sha256).samefile(data.readable_device_logs / link)


def shown(administrator: Administrator) -> dict[str, Any]:
    """What an administrator sees, but for what goes on by itself."""
    lists = {path: administrator.items(path) for path in SHOWN}
    for rule in lists["/rules?state=all"]:
        del rule["change_number"]
    for account in lists["/accounts"]:
        del account["last_sign_in_at"]
    for device in lists["/devices"]:
        del device["overdue_seconds"]
    return lists


def test_a_restored_service_shows_what_the_service_showed(
    service: ServiceProcess, administrator: Administrator, tmp_path: Path
) -> None:
    administrator.import_package(package_of_files("1.0", models=MODELS, size=3000))
    administrator.approve_all()
    administrator.import_package(package_of_files("2.0", models=MODELS, size=3000))
    for number in range(5):
        check(service, ordinary_check(f"00-04-F2-00-00-{number:02X}"))
        send_log(service, f"log {number}".encode() * 100, number)
    eventually(lambda: len(administrator.items("/update-log")) == 5, "all checks are recorded")
    before = shown(administrator)
    change_numbers = {rule["id"]: rule["change_number"] for rule in administrator.items("/rules")}
    trail = administrator.items("/audit-trail?sort=id")

    said = back_up(service.folder, tmp_path / "backup")
    assert "Devices: 5, rules: 4, accounts: 1, device logs: 5, files: " in said
    assert f"The audit trail ends with {trail[-1]['id']}:{trail[-1]['hash']}." in said
    restore(tmp_path / "backup", tmp_path / "restored")

    restored = ServiceProcess(tmp_path / "restored")
    restored.start()
    try:
        old_session = call(
            restored.admin_port, "GET", "/api/v1/session", headers={"Authorization": f"Bearer {administrator.token}"}
        )
        assert old_session.status == 401, "sessions end with the backup"
        again = Administrator(restored)
        assert shown(again) == before
        assert_sound(restored)
        assert_one_moment(restored.folder)
        assert_logs_have_files(restored.folder)
        noted = again.items("/audit-trail?sort=id")
        assert noted[: len(trail)] == trail
        assert noted[len(trail)]["verb"] == "backup.restore"
        assert noted[len(trail)]["account"].startswith("host:")
        environment = environment_for(restored.admin, ACCOUNT, PASSWORD)
        verified = run_device_update("audit", "--verify", "--head", head_in(said), environment=environment)
        assert verified.exit_code == 0, verified.stderr
        stale = [{"id": rule_id, "change_number": number} for rule_id, number in change_numbers.items()]
        refusals = again.verb("approve", *stale).json["refused"]
        assert {refusal["code"] for refusal in refusals} == {"changed-meanwhile"}
        again.approve_all()
        text_files = DataFolder(restored.folder).update_log_files
        restored.stop()
        lines = [line for file in text_files.glob("*.log") for line in file.read_text().splitlines()[1:]]
        assert len(lines) == 5, "the update log's text files come back by themselves"
    finally:
        restored.end()


def head_in(said: str) -> str:
    return said.split("The audit trail ends with ")[1].split(". ", maxsplit=1)[0]


def test_backups_under_load_are_each_of_one_moment(
    service: ServiceProcess, administrator: Administrator, tmp_path: Path
) -> None:
    """Checks, uploads, approvals, roll-backs and purges go on; what is restored has no row without its file."""
    ended = threading.Event()
    setting = administrator.ask("PATCH", "/settings", {"keep_earlier_versions": 0, "superseded_grace_hours": 0})
    assert setting.status == 200, setting.body

    def devices(first: int) -> None:
        number = first
        while not ended.is_set():
            check(service, ordinary_check(f"00-04-F2-{first:02X}-{number // 256 % 256:02X}-{number % 256:02X}"))
            number += 1

    def logs() -> None:
        number = 0
        while not ended.is_set():
            send_log(service, b"%d " % number * 50, number)
            number += 1

    def updates() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            administrator.import_package(package_of_files(f"1.0.{number}", models=MODELS, size=20_000))
            administrator.approve_all()
            if number % 3 == 0:
                assert administrator.ask("POST", "/purge", {"what": "all"}).status == 200

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(work) for work in (partial(devices, 1), partial(devices, 2), logs, updates)]
        try:
            for number in range(3):
                back_up(service.folder, tmp_path / "backup")
                restore(tmp_path / "backup", tmp_path / f"restored-{number}")
                assert_one_moment(tmp_path / f"restored-{number}")
                assert_logs_have_files(tmp_path / f"restored-{number}")
        finally:
            ended.set()
    for each in running:
        each.result()
    for number in range(3):
        restored = ServiceProcess(tmp_path / f"restored-{number}")
        restored.start()
        try:
            assert_sound(restored)
        finally:
            restored.end()


def test_the_next_backup_neither_reads_nor_copies_what_did_not_change(filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    back_up(filled, folder)
    before = pool_of(folder)
    for image in DataFolder(filled).images.glob("*/*"):
        image.write_bytes(b"x" * image.stat().st_size)  # whoever reads it now sees that it is damaged
    said = back_up(filled, folder)
    manifest = manifest_of(folder)
    assert pool_of(folder) == before
    assert "Files copied: 0 (0 bytes)." in said
    assert before.keys() == {file.sha256 for file in manifest.files}, "nothing is left over"


def test_a_backup_beside_a_killed_service_has_what_waited_in_its_write_ahead_log(
    service: ServiceProcess, administrator: Administrator, tmp_path: Path
) -> None:
    administrator.import_package(package("1.0"))
    service.kill()
    back_up(service.folder, tmp_path / "backup")
    assert manifest_of(tmp_path / "backup").counts.rules == 1
    service.start()


def test_everything_in_a_backup_and_in_what_is_restored_is_its_owners_alone(filled: Path, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "new")
    for top in (tmp_path / "backup", tmp_path / "new"):
        assert {path for path in [top, *top.rglob("*")] if path.stat().st_mode & 0o077} == set()
    assert (tmp_path / "new" / "account.key").read_bytes() == (filled / "account.key").read_bytes()


def test_a_backup_can_be_without_the_key_and_says_so(filled: Path, tmp_path: Path) -> None:
    said = back_up(filled, tmp_path / "backup", "--without-key")
    assert "The key of the stored passwords is not in it" in said
    key = (filled / "account.key").read_bytes()
    assert all(key not in path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    done = run_service_command("restore", str(tmp_path / "backup"), "--data", str(tmp_path / "new"))
    assert done.returncode == 0
    assert f"put it into {tmp_path / 'new' / 'account.key'} (mode 0600)" in done.stderr


def test_relative_paths_are_those_of_the_shell(filled: Path, tmp_path: Path) -> None:
    for arguments in (("backup", "kept", "--data", "data"), ("restore", "kept", "--data", "new")):
        done = subprocess.run(
            [sys.executable, "-m", "device_update_service", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    manifest_of(tmp_path / "kept")
    assert DataFolder(tmp_path / "new").database.is_file()
