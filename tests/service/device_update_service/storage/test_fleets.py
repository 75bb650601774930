"""The bulk-made fleets of tests and benchmarks are what the schema's triggers would have made."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.fleets import fill_devices

from device_update_service.storage.database import Database

NOW = 1_780_000_000_000


def _migrated(path: Path) -> Path:
    database = Database(path)
    database.start()
    database.close()
    return path


def test_search_index_counts_and_indexes_equal_what_the_triggers_make(tmp_path: Path) -> None:
    bulk = _migrated(tmp_path / "bulk.sqlite")
    fill_devices(bulk, 1500, NOW)
    fill_devices(bulk, 500, NOW, first_id=1501)
    trigger = _migrated(tmp_path / "trigger.sqlite")
    with closing(sqlite3.connect(trigger, isolation_level=None)) as other, closing(sqlite3.connect(bulk)) as made:
        schema = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'device_search_%' ORDER BY 1, 2"
        assert made.execute(schema).fetchall() == other.execute(schema).fetchall()
        other.execute(f"ATTACH '{bulk}' AS bulk")
        other.execute("INSERT INTO device SELECT * FROM bulk.device ORDER BY id")
        for query in (
            "SELECT * FROM device_count ORDER BY 1, 2, 3",
            "SELECT rowid, mac, terms FROM device_search ORDER BY rowid",
            "SELECT rowid FROM device_search WHERE device_search MATCH '\"er12\"' ORDER BY rowid",
            "SELECT count(DISTINCT mac), count(serial), count(DISTINCT serial_key) FROM device",
        ):
            expected = other.execute(query).fetchall()
            assert expected
            assert made.execute(query).fetchall() == expected
        assert made.execute("SELECT count(*) FROM device_activity").fetchone() == (2000,)
        assert made.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
