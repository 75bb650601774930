"""What is known instead of an empty list, and what changed lately, among many devices: p50 and p99.

    .venv/bin/python tests/benchmarks/empty_lists.py [--devices 1000000] [--data FOLDER] [--rounds 100]

Measures: what is known p99 <= 30 ms, what changed p99 <= 100 ms, with three days of checks, full tables of refusals,
device logs and rules, and a history in which a third of all devices did something within the last 24 hours.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), *(str(ROOT / folder) for folder in ("shared", "service"))]

from tests.benchmarks.device_search import Timing, percentile, timed  # noqa: E402
from tests.support.fleets import fill_devices  # noqa: E402

from device_update_contract.administration.devices import DeviceFilter  # noqa: E402
from device_update_contract.administration.evidence import EvidenceQuery  # noqa: E402
from device_update_service.storage.checks.update_log import DAY, UpdateLog  # noqa: E402
from device_update_service.storage.checks.update_log_index import UpdateLogIndex  # noqa: E402
from device_update_service.storage.checks.update_log_search import UpdateLogSearch  # noqa: E402
from device_update_service.storage.data_folder import DataFolder  # noqa: E402
from device_update_service.storage.database import Database  # noqa: E402
from device_update_service.usecases.evidence import show_evidence  # noqa: E402
from device_update_service.usecases.recent_changes import device_changes  # noqa: E402

KNOWN_LIMIT_MS = 30.0
CHANGES_LIMIT_MS = 100.0
DAYS = 3
CHECKS_A_DAY = 100_000

Measured = tuple[str, list[Timing]]


def main() -> None:
    """Fill (or take) a data folder and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, help="kept and used again")
    parser.add_argument("--rounds", type=int, default=100)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = DataFolder(arguments.data or Path(temporary))
        fill = not folder.database.exists()
        folder.create()
        if fill:
            fill_folder(folder, arguments.devices)
        log = UpdateLog(folder.update_log)
        search = UpdateLogSearch(log, UpdateLogIndex(log, folder.update_log))
        database = Database(folder.database)
        database.start()
        gc.collect()
        gc.freeze()
        try:
            report(database, search, arguments.rounds)
        finally:
            database.close()


def fill_folder(folder: DataFolder, devices: int) -> None:
    """Devices, and everything that may be looked at beside them."""
    database = Database(folder.database)
    database.start()
    database.close()
    now = int(time.time() * 1000)
    fill_devices(folder.database, devices, now)
    with closing(sqlite3.connect(folder.database)) as connection:
        _fill_tables(connection, devices, now)
        connection.commit()
    log = UpdateLog(folder.update_log)
    index = UpdateLogIndex(log, folder.update_log)
    for back in range(DAYS):
        day = now // DAY - back
        for start in range(0, CHECKS_A_DAY, 5_000):
            log.append(day, json.dumps([_check(day, n, devices) for n in range(start, start + 5_000)]))
        log.close()
        while index.extend(log.days()[0]):
            pass


def _fill_tables(connection: sqlite3.Connection, devices: int, now: int) -> None:
    codes = ("version-changed", "install-succeeded", "approved-update", "install-failed", "log-stored", "first-seen")
    told = json.dumps({"previous": "4.0.7577.4066", "installed_version": "4.0.7577.4387", "version": "4.0.7577.4387"})
    connection.executemany(
        "INSERT INTO device_event (device_id, at, kind, code, parameters) VALUES (?, ?, 'change', ?, ?)",
        (
            (n * 3 % devices + 1, now - n * 86_000_000 // (devices // 3), codes[n % 6], told)
            for n in range(devices // 3)
        ),
    )
    connection.executemany(
        "INSERT INTO refused_request (kind, code, detail, device, account, address, first_at, last_at, count)"
        " VALUES (?, 'malformed-request', ?, ?, ?, ?, ?, ?, 3)",
        (
            (
                ("check", "external-sign-in")[n % 2],
                f"The field Model{n} is missing.",
                f"00-04-F9-{n >> 8:02X}-{n & 255:02X}-07",
                f"CONTOSO\\user{n}",
                f"10.77.{n >> 8}.{n & 255}",
                now - 9_000_000 - n * 1_000,
                now - n * 1_000,
            )
            for n in range(12_000)
        ),
    )
    connection.executemany(
        "INSERT INTO device_log (mac, device_type, vendor, model, revision, locale, address, account, log_type, name,"
        " extension, size, sha256, stored_at) VALUES (?, 'UCPhone', 'LG', 'IP', 'A', 'ENU', ?, '', 'CELog', 'boot.clg',"
        " '.clg', 1000, '', ?)",
        ((f"00-40-5B-{n >> 8:02X}-{n & 255:02X}-01", "10.9.9.9", now - n * 10_000) for n in range(50_000)),
    )
    connection.executemany(
        "INSERT INTO rule (rule_key, device_type, brand, model, revision, locale, update_type, vendor, removed,"
        " change_number) VALUES (?, 'UCPhone', 'POLYCOM', ?, 'A', 'ENU', 'CPE', 'POLYCOM', 0, 1)",
        ((f"ucphone/polycom/cx{n}/a/enu/cpe", f"CX{n}") for n in range(2_000)),
    )
    connection.executemany(
        "INSERT INTO rule_history (rule_id, version, verb, at, account) VALUES (?, '4.0.7577.4387', 'approve', ?, 'a')",
        ((n + 1, now - n * 10_000) for n in range(2_000)),
    )
    connection.executemany(
        "INSERT INTO test_device (name, name_key, identifier_type, identifier, identifier_key)"
        " VALUES (?, ?, 'mac', ?, ?)",
        ((f"T{n}", f"t{n}", *[f"00-99-00-00-{n >> 8:02X}-{n & 255:02X}"] * 2) for n in range(500)),
    )


def _check(day: int, number: int, devices: int) -> list[Any]:
    low = number * 9973977 & 0xFFFFFF
    mac = f"00-04-F2-{low >> 16:02X}-{low >> 8 & 255:02X}-{low & 255:02X}"
    at = day * DAY + number * 800
    return [
        day * 1_000_000 + number, at, number % devices + 1, "10.1.2.3", "UCPhone", mac, None, "POLYCOM", "CX700", "A",
        "ENU", "CPE.nbt;4.0.7577.4387;", "", f"user{number}@contoso.com", "up-to-date", None,
    ]  # fmt: skip


def report(database: Database, search: UpdateLogSearch, rounds: int) -> None:
    """Print a line for each thing measured."""
    print(f"{'':52}{'p50 ms':>9}{'p99 ms':>9}{'cpu p50':>9}  measure")
    for name, times in measurements(database, search, rounds, random.Random(7)):
        clock = sorted(time_ for time_, _ in times)
        processor = sorted(time_ for _, time_ in times)
        p99 = percentile(clock, 0.99)
        limit = CHANGES_LIMIT_MS if name.startswith("changes") else KNOWN_LIMIT_MS
        held = f"{'held' if p99 <= limit else 'NOT HELD'} (p99 <= {limit:.0f})"
        shown = f"{name:52}{percentile(clock, 0.5):9.2f}{p99:9.2f}{percentile(processor, 0.5):9.2f}"
        print(f"{shown}  {held}", flush=True)


def measurements(database: Database, search: UpdateLogSearch, rounds: int, chance: random.Random) -> Iterator[Measured]:
    """Searches that find nothing, by what they are, and the changes of few and of all devices."""
    digits = [f"{chance.randrange(1 << 24):06X}" for _ in range(rounds)]
    searches: dict[str, Sequence[str]] = {
        "a whole MAC address": [f"00-04-F2-{d[:2]}-{d[2:4]}-{d[4:]}" for d in digits],
        "a part of a MAC address": [f"F2{d}" for d in digits],
        "what was refused": ("00-04-F9-11", "10.77.3", "user1234@nowhere"),
        "what nobody has": ("zq9", "kenmyer@fabrikam.com", "4G2"),
        "a model": ("CX700", "CX1999"),
        "a test device": ("00-99-00-00-07", "T4711"),
        "two characters": ("zq", "q9"),
        "the most frequent parts": ("00-04-F2-04-F2-00", "4F2F2F2F", "F2-00-04-F2", "0404F2F2"),
    }
    for name, texts in searches.items():
        yield f"evidence of {name}", [evidence(database, search, search=chance.choice(texts)) for _ in range(rounds)]
    filters: list[dict[str, str]] = [
        {"search": "00-04-F2-1", "status": "downloading"},
        {"status": "silent", "version": "9.9"},
        {"search": "user77", "address": "192.168.0.0/16", "model": "CX700"},
    ]
    for wanted in filters:
        name = ", ".join(wanted)
        yield f"evidence of a filter by {name}", [evidence(database, search, **wanted) for _ in range(rounds)]
    for sought_in in ("device-logs", "update-log"):
        yield (
            f"evidence of {sought_in}",
            [evidence(database, search, sought_in=sought_in, search="zq9zq9") for _ in range(rounds)],
        )
    meant: list[dict[str, Any]] = [
        {}, {"status": "offered"}, {"search": "user77"}, {"search": "00-04-F2"}, {"model": "CX700"},
        {"address": "10.3.0.0/16"}, {"status": "install-failed", "model": "CX600"},
    ]  # fmt: skip
    for wanted in meant:
        name = ", ".join(f"{field}={value}" for field, value in wanted.items()) or "all"
        yield f"changes, {name}", [changes(database, **wanted) for _ in range(rounds // 4)]


def evidence(database: Database, log: UpdateLogSearch, /, **query: Any) -> Timing:
    """What is known instead takes so long."""
    return timed(database, partial(show_evidence, EvidenceQuery(**query), log))


def changes(database: Database, /, **wanted: Any) -> Timing:
    """What changed takes so long."""
    return timed(database, partial(device_changes, DeviceFilter(**wanted), now=datetime.now(UTC)))


if __name__ == "__main__":
    main()
