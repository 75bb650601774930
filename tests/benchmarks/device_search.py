"""Search and list pages among many devices: p50 and p99, beside reading one row by its id (design section 5).

    .venv/bin/python tests/benchmarks/device_search.py [--devices 1000000] [--database FILE] [--rounds 200]

Measures: search p99 <= 30 ms, every list page <= 20 ms. A page is the whole use case: ids, total, rows, sentences.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), *(str(ROOT / folder) for folder in ("shared", "service"))]

from tests.support.fleets import fill_devices  # noqa: E402

from device_update_contract.administration.devices import DeviceQuery  # noqa: E402
from device_update_service.storage.database import Database  # noqa: E402
from device_update_service.storage.devices.device_listing import SORT_COLUMNS  # noqa: E402
from device_update_service.storage.tables import DATABASE  # noqa: E402
from device_update_service.usecases.devices import list_devices  # noqa: E402
from device_update_service.usecases.summary import summary  # noqa: E402

SEARCH_LIMIT_MS = 30.0
PAGE_LIMIT_MS = 20.0

Timing = tuple[float, float]
Measured = tuple[str, float | None, list[Timing]]


def main() -> None:
    """Fill (or take) a database and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=1_000_000)
    parser.add_argument("--database", type=Path, help="kept and used again")
    parser.add_argument("--rounds", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path: Path = arguments.database or Path(folder) / "devices.sqlite"
        fill = not path.exists()
        database = Database(path)
        database.start()
        database.close()
        if fill:
            began = time.perf_counter()
            fill_devices(path, arguments.devices, int(time.time() * 1000))
            print(f"filled with {arguments.devices} devices in {time.perf_counter() - began:.0f} s")
        database = Database(path)
        database.start()
        gc.collect()
        gc.freeze()  # as `serving` does once the service is up
        try:
            report(database, arguments.rounds)
        finally:
            database.close()


def report(database: Database, rounds: int) -> None:
    """Print a line for each thing measured, with its ratio to the yardstick."""
    count, total = database.read(
        lambda: DATABASE.execute_sql("SELECT max(id), count(*) FROM device").fetchone()
    ).result()
    chance = random.Random(7)
    yardstick = 0.0
    print(f"{total} devices; p99 of the processor tells what a machine without neighbours would take")
    print(f"{'':44}{'p50 ms':>9}{'p99 ms':>9}{'cpu p50':>9}{'cpu p99':>9}{'p50 x row':>11}  measure")
    for name, limit, times in measurements(database, count, rounds, chance):
        clock = sorted(time_ for time_, _ in times)
        processor = sorted(time_ for _, time_ in times)
        p99 = percentile(clock, 0.99)
        yardstick = yardstick or percentile(clock, 0.5)
        held = "" if limit is None else f"{'held' if p99 <= limit else 'NOT HELD'} (p99 <= {limit:.0f})"
        print(
            f"{name:44}{percentile(clock, 0.5):9.2f}{p99:9.2f}{percentile(processor, 0.5):9.2f}"
            f"{percentile(processor, 0.99):9.2f}{percentile(clock, 0.5) / yardstick:11.1f}  {held}",
            flush=True,
        )


def percentile(ordered: list[float], part: float) -> float:
    """The value that this part of all is not above."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def measurements(database: Database, count: int, rounds: int, chance: random.Random) -> Iterator[Measured]:
    """Everything that is measured, the yardstick first."""
    ids = [chance.randint(1, count) for _ in range(rounds)]
    row = "SELECT * FROM device WHERE id = ?"
    yield (
        "yardstick: one row by id",
        None,
        [timed(database, partial(lambda id_: DATABASE.execute_sql(row, (id_,)).fetchall(), id_)) for id_ in ids],
    )
    texts = parts(database, ids)
    for length in (1, 2, 3, 4, 6):
        yield (
            f"search, {length} characters of any term",
            SEARCH_LIMIT_MS,
            [page(database, search=part_of(chance.choice(texts[id_]), length, chance)) for id_ in ids],
        )
    yield "search, whole MAC", SEARCH_LIMIT_MS, [page(database, search=texts[id_][0]) for id_ in ids]
    common = ("0004F2", "00-04-F2", "contoso", "user1", "10.1", "@contoso.com", "00-04-F2-1", "f20", "5@contoso.com")
    yield "search, what is common", SEARCH_LIMIT_MS, [page(database, search=chance.choice(common)) for _ in ids]
    yield "search, what nobody has", SEARCH_LIMIT_MS, [page(database, search=f"zq{id_}") for id_ in ids]
    for sort in (None, *(sign + name for name in SORT_COLUMNS for sign in ("", "-"))):
        yield from pages(database, sort, rounds, chance)
    for wanted in ({"status": "offered"}, {"model": "CX500"}, {"version": "4.0.7577.4066"}, {"address": "10.3.0.0/16"}):
        name = ", ".join(f"{field}={value}" for field, value in wanted.items())
        yield f"list, {name}", PAGE_LIMIT_MS, [page(database, **wanted) for _ in range(rounds // 4)]
        yield (
            f"list, {name}, -last_check_at",
            PAGE_LIMIT_MS,
            [page(database, sort="-last_check_at", **wanted) for _ in range(rounds // 4)],
        )
    now = datetime.now(UTC)
    yield "summary", PAGE_LIMIT_MS, [timed(database, partial(summary, now)) for _ in range(rounds // 4)]


def pages(database: Database, sort: str | None, rounds: int, chance: random.Random) -> Iterator[Measured]:
    """Pages of one sort: the first, after a cursor from anywhere, and at a fraction."""
    name = sort or "id"
    few = rounds // 4
    yield f"list by {name}, first page", PAGE_LIMIT_MS, [page(database, sort=sort) for _ in range(few)]
    cursors = [_query(database, sort=sort, at=chance.random(), limit=1).next for _ in range(few)]
    yield f"list by {name}, after a cursor", PAGE_LIMIT_MS, [page(database, sort=sort, after=c) for c in cursors]
    yield (
        f"list by {name}, at a fraction",
        PAGE_LIMIT_MS,
        [page(database, sort=sort, at=chance.random()) for _ in range(few)],
    )


def parts(database: Database, ids: list[int]) -> dict[int, list[str]]:
    """The terms of some devices."""
    statement = "SELECT id, mac, serial, user, address FROM device WHERE id IN (SELECT value FROM json_each(?))"
    found = database.read(lambda: DATABASE.execute_sql(statement, (json.dumps(ids),)).fetchall()).result()
    return {id_: [term for term in terms if term] for id_, *terms in found}


def part_of(term: str, length: int, chance: random.Random) -> str:
    """Some characters of a term; one or two from its beginning."""
    start = 0 if length < 3 else chance.randint(0, max(0, len(term) - length))
    return term[start : start + length]


def page(database: Database, **query: Any) -> Timing:
    """What one page takes."""
    return timed(database, partial(list_devices, DeviceQuery(**query), now=datetime.now(UTC)))


def _query(database: Database, **query: Any) -> Any:
    return database.read(partial(list_devices, DeviceQuery(**query), now=datetime.now(UTC))).result()


def timed(database: Database, function: Callable[[], object]) -> Timing:
    """What one function takes in a reader: by the clock with the way there and back, and of the processor alone."""

    def measured() -> float:
        began = time.thread_time()
        function()
        return time.thread_time() - began

    began = time.perf_counter()
    processor = database.read(measured).result()
    return (time.perf_counter() - began) * 1000, processor * 1000


if __name__ == "__main__":
    main()
