"""What the service tells of its health has forms that a console knows."""

from __future__ import annotations

from pathlib import Path

from device_update_contract.health_sentences import HEALTH_SENTENCES
from device_update_contract.sentence_forms import taken_apart
from device_update_service.usecases.server_state import (
    database_check,
    disk_check,
    image_store_check,
    log_store_check,
    writer_check,
)


def test_every_check_tells_its_state_in_a_known_form(tmp_path: Path) -> None:
    checks = [
        database_check(None, "0007_logs"),
        database_check("The database cannot take writes now: disk I/O error.", "0007_logs"),
        disk_check(tmp_path, 0),
        disk_check(tmp_path, 10**18),
        disk_check(tmp_path / "gone", 0),
        image_store_check(tmp_path),
        image_store_check(tmp_path / "gone"),
        log_store_check(tmp_path, 7, 10),
        log_store_check(tmp_path, 9, 10),
        log_store_check(tmp_path / "gone", 7, 10),
        writer_check(0.001),
        writer_check(5.0),
        writer_check(None),
    ]
    assert {check.status for check in checks} == {"ok", "degraded", "failing"}
    assert [check.detail for check in checks if taken_apart(HEALTH_SENTENCES, check.detail) is None] == []
