"""Devices by the million for tests and benchmarks, in the mix of a real fleet (reference/original-system.md 5.3, 5.4).

Rows are made by SQL, without triggers and secondary indexes, which are made anew at the end; the result is what the
triggers would have made (`tests/service/device_update_service/storage/test_fleets.py`).
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from device_update_contract.versions import Version

MODELS = (
    # devices, vendor, model, first half of the MAC
    (267, "POLYCOM", "CX700", "00-04-F2"),
    (267, "POLYCOM", "CX600", "00-04-F2"),
    (166, "POLYCOM", "C", "64-16-7F"),
    (68, "Microsoft", "CPE", "00-12-5A"),
    (64, "LG-Nortel", "IP8540", "00-40-5A"),
    (59, "Aastra", "6725ip", "00-08-5D"),
    (37, "LG-Nortel", "IP", "00-40-5A"),
    (22, "POLYCOM", "CX3000", "64-16-7F"),
    (11, "Microsoft", "CPE_A", "00-12-5A"),
    (9, "POLYCOM", "CX500", "00-04-F2"),
    (7, "Aastra", "6721ip", "00-08-5D"),
)
_MIX = sum(model[0] for model in MODELS)

NEWEST = "4.0.7577.4387"
_EARLIER = "4.0.7577.4066"
_STALE_DAYS = {"silent": 6, "retired": 100}

STATES: tuple[tuple[int, str, str, str], ...] = (
    # of a thousand devices, status, reason of the last decision, installed version
    (830, "up-to-date", "up-to-date", NEWEST),
    (50, "offered", "approved-update", _EARLIER),
    (40, "waiting-for-approval", "waiting-for-approval", "3.5.6907.187"),
    (20, "nothing-approved", "nothing-approved", "1.0.522.101"),
    (20, "no-rule", "no-rule-for-device-class", "1.0.199.123"),
    (10, "install-failed", "approved-update", "4.0.7577.4363"),
    (10, "silent", "up-to-date", NEWEST),
    (10, "retired", "up-to-date", "3.5.6907.35"),
    (5, "download-stalled", "approved-update", _EARLIER),
    (5, "downloaded-not-installed", "approved-update", _EARLIER),
)
_BYTES_TOTAL = 31_457_280

_ROWS = f"""
WITH RECURSIVE numbers (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last),
spread AS (
    SELECT n, (n * 9973977 + 12345) & 16777215 AS low, (n * 7919) % {_MIX} AS m, (n * 104729) % 1000 AS s,
        :now - 900000 - (n * 7561) % 85000000 AS asked
    FROM numbers
)
INSERT INTO device (
    id, mac, serial, serial_key, device_type, vendor, model, revision, locale, class_key,
    modules, installed_version, installed_key, user, users, address, address_key, first_seen_at,
    decision_code, decision_parameters, decision_rule_id, decision_since,
    offered_update_id, offered_version, offered_at, bytes_total, bytes_sent, last_byte_at,
    install_result, install_version, install_code, install_at, install_reported_at, status, status_since
)
SELECT n, printf('%s-%02X-%02X-%02X', oui, low >> 16, (low >> 8) & 255, low & 255),
    iif(n % 10, printf('%05d-%c%06d', (n * 7919) % 99991, substr('ABC', n % 3 + 1, 1), n), NULL),
    iif(n % 10, printf('%05d-%c%06d', (n * 7919) % 99991, substr('ABC', n % 3 + 1, 1), n), NULL),
    'UCPhone', vendor, model, 'A', 'ENU', 'ucphone/' || lower(vendor) || '/' || lower(model) || '/a/enu',
    modules, installed_version, installed_key,
    iif(n % 20, printf('user%d@contoso.com', (n * 104729) % 700001), NULL),
    iif(n % 20, printf('["user%d@contoso.com"]', (n * 104729) % 700001), '[]'),
    printf('10.%d.%d.%d', (n >> 16) & 255, (n >> 8) & 255, n & 255),
    printf('00000000000000000000ffff0a%02x%02x%02x', (n >> 16) & 255, (n >> 8) & 255, n & 255),
    :now - 8640000000 - n % 1000,
    reason, parameters, iif(reason = 'no-rule-for-device-class', NULL, 1), asked - 86400000,
    iif(offered, :update_id, NULL), iif(offered, :newest, NULL), iif(offered, asked, NULL),
    iif(offered, :bytes_total, NULL), iif(offered, bytes_sent, NULL), iif(bytes_sent > 0, asked + 60000, NULL),
    iif(status = 'install-failed', 'Failed', NULL), iif(status = 'install-failed', :newest, NULL),
    iif(status = 'install-failed', '0x8007000' || (n % 8), NULL), NULL, iif(status = 'install-failed', asked, NULL),
    status, asked
FROM spread JOIN fleet_model ON fleet_model.place = m JOIN fleet_state ON fleet_state.place = s
"""
_ACTIVITY = """
INSERT INTO device_activity (device_id, last_check_at, next_check_at, report_key)
SELECT d.id, d.status_since - stale * 86400000, d.status_since - (stale - 1) * 86400000, 0
FROM device d JOIN fleet_state ON place = (d.id * 104729) % 1000 WHERE d.id BETWEEN :first AND :last
"""
_SEARCH = """
INSERT INTO device_search (rowid, mac, terms)
SELECT id, char(2, 2) || replace(ifnull(mac, ''), '-', '') || char(3, 3),
    char(2, 2) || ifnull(serial, '') || char(3, 3) || char(2, 2) || ifnull(user, '') || char(3, 3)
    || char(2, 2) || ifnull(address, '') || char(3, 3)
FROM device WHERE id BETWEEN :first AND :last ORDER BY id
"""
_COUNT = """
INSERT INTO device_count SELECT class_key, ifnull(installed_version, ''), status, count(*) FROM device
WHERE id BETWEEN :first AND :last GROUP BY 1, 2, 3
ON CONFLICT DO UPDATE SET devices = devices + excluded.devices
"""


def fill_devices(
    database_path: Path, count: int, now_ms: int, *, first_id: int = 1, update_id: int = 1, model: int | None = None
) -> None:
    """Add devices with the ids from `first_id` on to a database that is migrated and used by nobody.

    `update_id` is what open offers refer to. Report keys are 0, so that each device's first check is written in full.
    With `model` (a place in `MODELS`) all devices are of that model.
    """
    values = {
        "first": first_id,
        "last": first_id + count - 1,
        "now": now_ms,
        "newest": NEWEST,
        "update_id": update_id,
        "bytes_total": _BYTES_TOTAL,
    }
    with closing(sqlite3.connect(database_path, isolation_level=None)) as connection:
        for pragma in ("cache_size = -400000", "temp_store = memory", "synchronous = off", "wal_autocheckpoint = 0"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        _make_mix(connection, model)
        remade = _drop_what_slows(connection)
        for statement in (_ROWS, _ACTIVITY, _SEARCH, _COUNT):
            connection.execute(statement, {k: v for k, v in values.items() if f":{k}" in statement})
        for statement in remade:
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _drop_what_slows(connection: sqlite3.Connection) -> list[str]:
    """Drop the triggers and indexes of the device tables; the statements that make them again."""
    found = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'index')"
        " AND tbl_name IN ('device', 'device_activity') AND sql IS NOT NULL"
    ).fetchall()
    for kind, name, _ in found:
        connection.execute(f"DROP {kind} {name}")
    return [sql for _, _, sql in found]


def _make_mix(connection: sqlite3.Connection, only_model: int | None) -> None:
    """One row for each place of the mixes, found by number."""
    connection.execute("CREATE TEMP TABLE fleet_model (place INTEGER PRIMARY KEY, vendor, model, oui)")
    models = [MODELS[only_model]] * _MIX if only_model is not None else [m for m in MODELS for _ in range(m[0])]
    connection.executemany(
        "INSERT INTO fleet_model VALUES (?, ?, ?, ?)", [(place, *model[1:]) for place, model in enumerate(models)]
    )
    connection.execute(
        "CREATE TEMP TABLE fleet_state (place INTEGER PRIMARY KEY, status, reason, installed_version, installed_key,"
        " modules, parameters, offered, bytes_sent, stale)"
    )
    states = [state for state in STATES for _ in range(state[0])]
    connection.executemany(
        f"INSERT INTO fleet_state VALUES ({', '.join('?' * 10)})",
        [(place, *_state(*state[1:])) for place, state in enumerate(states)],
    )


def _state(status: str, reason: str, version: str) -> tuple[Any, ...]:
    no_rule = reason == "no-rule-for-device-class"
    target = {"up-to-date": version, "nothing-approved": None}.get(reason, NEWEST)
    parameters = {
        "device_type": "UCPhone", "vendor": "any", "model": "any", "revision": "A", "locale": "ENU"
    } if no_rule else {} if target is None else {"version": target}  # fmt: skip
    sent = {"download-stalled": _BYTES_TOTAL // 2, "downloaded-not-installed": _BYTES_TOTAL}.get(status, 0)
    modules = json.dumps([["CPE.nbt", version, None]], separators=(",", ":"))
    told = json.dumps(parameters, separators=(",", ":"))
    offered = reason == "approved-update"
    key = Version.parse(version).key
    return status, reason, version, key, modules, told, offered, sent, _STALE_DAYS.get(status, 0)
