"""Device logs and the update log: many uploads at once, what checks notice of them, search, and memory over a day.

``python -m tests.benchmarks.logs [uploads] [search] [memory] [--logs 500] [--rows 10000000] [--gigabytes 20]
[--data FOLDER]``

Measures: 500 logs of 2 MB at once with the checks' 99th percentile at most 50 ms meanwhile; a search among 10,000,000
checks within 200 ms (99th percentile); memory that does not grow over a day's 20 GB of logs. The yardstick of uploads
is hashing and writing the same bytes to the same disk, that of a search reading one check by its key.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import aiohttp
from tests.support.log_uploads import BOUNDARY, ROUTE, log_body, log_request
from tests.support.plain_calls import Administrator
from tests.support.service_process import ServiceProcess, add_administrator

from device_update_service.storage.checks.update_log import DAY, UpdateLog, day_name
from device_update_service.storage.checks.update_log_index import UpdateLogIndex
from device_update_service.storage.checks.update_log_search import UpdateLogSearch
from device_update_service.storage.checks.update_log_texts import terms_of
from device_update_service.storage.checks.wanted_checks import WantedChecks

LOG_BYTES = 2_000_000
CHECK_RATE = 100
HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
DEVICES = 200_000
DAYS = 10


def main() -> None:
    """Measure what was asked for, or everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="uploads, search, memory; all of them when none is named")
    parser.add_argument("--logs", type=int, default=500)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--gigabytes", type=float, default=20.0)
    parser.add_argument("--data", type=Path, help="of the search: filled once, kept and used again")
    parser.add_argument("--send-to", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.send_to:
        print(asyncio.run(send_at_once(given.send_to, given.logs)))
        return
    for name, measure in (
        ("uploads", lambda folder: uploads(folder, given.logs)),
        ("search", lambda folder: search(given.data or folder, given.rows)),
        ("memory", lambda folder: memory(folder, given.gigabytes)),
    ):
        if not given.parts or name in given.parts:
            with tempfile.TemporaryDirectory() as folder:
                measure(Path(folder))


def uploads(folder: Path, logs: int) -> None:
    """Logs at once, in turns with writing the same bytes here; and the checks beside them."""
    yardstick = logs * LOG_BYTES / timed(lambda: write_here(folder / "yardstick", logs))
    service = ServiceProcess(folder / "data", preloaded=False)
    service.start()
    try:
        alone = sorted(asyncio.run(checks_for(service.internal, 5.0)))
        command = [sys.executable, "-m", "tests.benchmarks.logs", "--send-to", service.internal, "--logs", str(logs)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sending:
            beside = sorted(asyncio.run(checks_for(service.internal, None, lambda: sending.poll() is not None)))
            seconds = float(sending.communicate()[0])
        resident = service.resident_bytes()
    finally:
        service.end()
    rate = logs * LOG_BYTES / seconds
    print(f"{logs} logs of {LOG_BYTES / 1e6:.0f} MB at once: {seconds:.1f} s, {rate / 1e6:.0f} MB/s")
    print(f"  {rate / yardstick:.2f} of hashing and writing them here ({yardstick / 1e6:.0f} MB/s)")
    print(f"  checks' p99 {milliseconds(alone):.1f} ms alone, {milliseconds(beside):.1f} ms beside (measure: <= 50)")
    print(f"  {resident / 1e6:.0f} MB resident afterwards")


def write_here(folder: Path, logs: int) -> None:
    """What the service cannot do without: hash, write, bring to the disk."""
    folder.mkdir()
    content = os.urandom(LOG_BYTES)
    for number in range(logs):
        hashlib.sha256(content).hexdigest()
        with (folder / str(number)).open("wb") as file:
            file.write(content)
            os.fsync(file.fileno())


async def send_at_once(url: str, logs: int) -> float:
    """Seconds until all logs are stored."""
    content = os.urandom(LOG_BYTES)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:

        async def send(number: int) -> None:
            body = log_body(content + number.to_bytes(4), mac=mac_of(number))
            async with client.post(url + ROUTE, data=body, headers=HEADERS) as answer:
                if answer.status != 200:
                    raise AssertionError(f"a log was answered with {answer.status}: {await answer.text()}")

        began = time.monotonic()
        await asyncio.gather(*(send(number) for number in range(logs)))
        return time.monotonic() - began


async def checks_for(url: str, seconds: float | None, ended: Callable[[], bool] = lambda: False) -> list[float]:
    """Seconds from when each check was due until it was answered (open loop)."""
    latencies: list[float] = []
    async with aiohttp.ClientSession() as client:

        async def check(due: float, number: int) -> None:
            body = log_request(log_type=None, mac=mac_of(number % 1000))
            async with client.post(url + ROUTE, data=body, headers={"Content-Type": "text/xml"}) as answer:
                await answer.read()
                if answer.status != 200:
                    raise AssertionError(f"a check was answered with {answer.status}")
            latencies.append(time.monotonic() - due)

        tasks: list[asyncio.Task[None]] = []
        due = time.monotonic()
        end = None if seconds is None else due + seconds
        while not ended() and (end is None or due < end):
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            tasks.append(asyncio.create_task(check(due, len(tasks))))
            due += 1 / CHECK_RATE
        await asyncio.gather(*tasks)
    return latencies


def search(folder: Path, rows: int) -> None:
    """Searches of every kind among many days of checks."""
    log = UpdateLog(folder)
    index = UpdateLogIndex(log, folder)
    filled = 0.0 if log.days() else timed(lambda: fill(log, rows))
    indexed = timed(lambda: [None for day in log.days() for _ in iter(partial(index.extend, day), False)])
    sizes = [sum(path.stat().st_size for path in folder.glob(kind)) / 1e6 for kind in ("*.sqlite", "*.index")]
    print(f"{rows:,} checks of {DAYS} days, {DEVICES:,} devices: filled in {filled:.0f} s, indexed in {indexed:.0f} s")
    print(f"  {sizes[0]:.0f} MB of checks, {sizes[1]:.0f} MB of index")
    finder, chance = UpdateLogSearch(log, index), random.Random(7)
    statement = "SELECT * FROM check_log WHERE sequence = ?"
    day = log.days()[-1]
    last = log.rows(day, "SELECT max(sequence) FROM check_log", ())[0][0]
    yardstick = statistics.median(timed(lambda: log.rows(day, statement, (last,))) for _ in range(100))
    print(f"  {'':42}{'p50 ms':>9}{'p99 ms':>9}{'p50 x key':>11}")
    for name, texts, reason in kinds_of_search(chance):
        for order, oldest_first in (("newest", False), ("oldest", True)):
            wanted = [WantedChecks(terms=terms_of(t), reason=reason, oldest_first=oldest_first) for t in texts]
            times = sorted(timed(partial(finder.checks, one, None, 100)) for one in wanted)
            held = "held" if milliseconds(times) <= 200 else "NOT HELD"
            middle = statistics.median(times)
            print(
                f"  {f'{name}, {order}':42}{middle * 1000:9.1f}{milliseconds(times):9.1f}"
                f"{middle / yardstick:11.0f}  {held} (<= 200)"
            )
    log.close()


def kinds_of_search(chance: random.Random) -> list[tuple[str, list[str], str | None]]:
    """What help desk types, with the answer that is wanted; of what takes long fewer than a hundred."""
    numbers = [chance.randrange(DEVICES) for _ in range(100)]
    typed = [
        ("a whole MAC address", [mac_of(number) for number in numbers]),
        ("six characters of a MAC address", [mac_of(number).replace("-", "")[6:] for number in numbers]),
        ("four characters of a MAC address", [mac_of(number).replace("-", "")[8:] for number in numbers]),
        ("a user", [f"user{number}@" for number in numbers]),
        ("a user and a version", [f"user{number}@ 522.{number % 5}" for number in numbers]),
        ("what all have", ["contoso"] * 100),
        ("nothing", [""] * 100),
        ("what nobody has", [f"nobody{number}" for number in numbers]),
        ("frequent parts in an order that none has", ["F2-00-04-F2-00", "0404F2F2", "00-04-F2-04"] * 10),
        ("a frequent part that few have", ["4F2-00-04", "-04-F2-03-0"] * 15),
        ("a frequent part and a version", ["-04-F2-0 522.7"] * 30),
    ]
    found = [(name, texts, None) for name, texts in typed]
    return [*found, ("what all have, with an answer that none has", ["contoso"] * 30, "approved-update")]


def fill(log: UpdateLog, rows: int) -> None:
    """Days of checks of one fleet, made by SQLite itself."""
    today = int(datetime.now(UTC).timestamp() * 1000) // DAY
    of_a_day = rows // DAYS
    for number in range(DAYS):
        day = today - DAYS + 1 + number
        log.append(day, "[]")
        log.close()
        with contextlib.closing(sqlite3.connect(log.path(day_name(day)))) as database, database:
            database.execute(_FILL, (of_a_day - 1, (number + 1) * 10**9, day * DAY))


_FILL = f"""
WITH RECURSIVE n (i, d) AS (SELECT 0, 0 UNION ALL SELECT i + 1, (i + 1) * 7919 % {DEVICES} FROM n WHERE i < ?)
INSERT INTO check_log SELECT
    ? + i, ? + i * 80, d + 1, printf('10.%d.%d.%d', d / 65536, d / 256 % 256, d % 256), 'UCPhone',
    printf('00-04-F2-%02X-%02X-%02X', d / 65536, d / 256 % 256, d % 256), printf('%05d-A%03d', d / 1000, d % 1000),
    'Polycom', 'CX700', 'A', 'ENU', 'CPE.nbt;1.0.522.' || (d % 5) || ';', '', 'user' || d || '@contoso.com',
    'up-to-date', NULL
FROM n
"""


def memory(folder: Path, gigabytes: float) -> None:
    """What a day's logs leave in memory: logs come and are purged, as over a day with a small quota."""
    data = folder / "data"
    add_administrator(data)
    service = ServiceProcess(data, preloaded=False)
    service.start()
    try:
        administrator = Administrator(service)
        wave, sent, resident = 200, 0, list[float]()
        while sent * LOG_BYTES < gigabytes * 1e9:
            asyncio.run(send_at_once(service.internal, wave))
            sent += wave
            administrator.ask("POST", "/purge", {"what": "logs"})
            resident.append(service.resident_bytes() / 1e6)
    finally:
        service.end()
    tenth = max(1, len(resident) // 10)
    early, late = statistics.median(resident[tenth : 2 * tenth] or resident), statistics.median(resident[-tenth:])
    print(f"{sent * LOG_BYTES / 1e9:.1f} GB in {sent:,} logs")
    print(f"  {early:.0f} MB resident after a tenth, {late:.0f} MB at the end: {late / early:.2f} x (measure: flat)")


def mac_of(number: int) -> str:
    """A device's MAC address."""
    return f"00-04-F2-{number >> 16 & 255:02X}-{number >> 8 & 255:02X}-{number & 255:02X}"


def timed(function: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def milliseconds(ordered: Sequence[float]) -> float:
    """The 99th percentile of sorted seconds, in milliseconds."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000


if __name__ == "__main__":
    main()
