"""What devices notice of a backup: checks and install reports beside it, and beside other ways to copy the database.

``python -m tests.benchmarks.backup [--devices 100000] [--rate 250] [--seconds 15]``

Measure: the checks' 99th percentile beside a backup at most twice that alone. Backups follow one another for as long
as is measured. The other ways copy the main database alone, without pauses: ``VACUUM INTO``, and SQLite's backup in
steps without a moment held still, which begins anew at every commit. An install report is answered when it is durable,
so that it shows what the writer notices. The yardstick of speed is copying the same file to the same disk.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from tests.benchmarks.checks import ROUTE, body, prepare
from tests.support.service_process import ServiceProcess

_REPORTS_PER_SECOND = 10
_MOST_SECONDS = 30
_REPORT = (
    "<LastInstall><Result>Succeeded</Result><Version>4.0.7577.4387</Version><Code>0</Code><Time>{}</Time></LastInstall>"
)
_VACUUM = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?', (sys.argv[2],))"
_STEPS = """
import sqlite3, sys
source, target = sqlite3.connect(sys.argv[1]), sqlite3.connect(sys.argv[2])
source.backup(target, pages=512)
"""


@dataclass(slots=True)
class Noticed:
    """Seconds of checks and of reports, and of each time that the command ended."""

    checks: list[float]
    reports: list[float]
    commands: list[float]


def main() -> None:
    """Print what was noticed beside each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=250)
    parser.add_argument("--seconds", type=float, default=15.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="backup-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        prepare(folder / "data", given.devices)
        database = folder / "data" / "device-update.sqlite"
        copying = timed(lambda: copy_here(database, folder / "copy"))
        size = database.stat().st_size / 1e6
        print(f"{given.devices:,} devices, {size:.0f} MB; copied to the same disk in {copying:.2f} s", flush=True)
        service = ServiceProcess(folder / "data")
        service.start()
        try:
            for title, command in ways(folder, database):
                noticed = asyncio.run(measure(service.internal, command, given))
                print(f"  {title:38}{told(noticed, copying)}", flush=True)
        finally:
            service.end()


def ways(folder: Path, database: Path) -> Iterator[tuple[str, Callable[[], list[str]] | None]]:
    """What is measured beside, and how its command is made anew each time."""
    target = folder / "target"

    def plain(program: str) -> Callable[[], list[str]]:
        def command() -> list[str]:
            target.unlink(missing_ok=True)
            return [sys.executable, "-c", program, str(database), str(target)]

        return command

    def backup() -> list[str]:
        where = ["--data", str(database.parent)]
        return [sys.executable, "-m", "device_update_service", "backup", str(folder / "backup"), *where]

    yield "alone", None
    yield "backup", backup
    yield "alone", None
    yield "VACUUM INTO", plain(_VACUUM)
    yield "backup in steps, nothing held still", plain(_STEPS)
    yield "backup", backup


async def measure(url: str, command: Callable[[], list[str]] | None, given: argparse.Namespace) -> Noticed:
    """Send checks and reports at fixed moments for some seconds, the command running again and again meanwhile."""
    noticed = Noticed([], [], [])
    until = time.monotonic() + given.seconds
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:

        async def send(due: float, content: bytes, times: list[float]) -> None:
            async with client.post(url + ROUTE, data=content, headers={"Content-Type": "text/xml"}) as answer:
                await answer.read()
                if answer.status != 200:
                    raise AssertionError(f"answered with {answer.status}")
            times.append(time.monotonic() - due)

        async def check(number: int, due: float) -> None:
            await send(due, body(number * 7919 % given.devices + 1), noticed.checks)

        async def report(number: int, due: float) -> None:
            at = datetime.now(UTC) + timedelta(seconds=number)
            content = body(number * 7919 % given.devices + 1).replace(
                b"</Request>", _REPORT.format(f"{at:%Y-%m-%dT%H:%M:%SZ}").encode() + b"</Request>"
            )
            await send(due, content, noticed.reports)

        sent = asyncio.gather(
            at_fixed_moments(check, given.rate, until), at_fixed_moments(report, _REPORTS_PER_SECOND, until)
        )
        while command is not None and time.monotonic() < until:
            began = time.monotonic()
            running = await asyncio.create_subprocess_exec(*command(), stdout=asyncio.subprocess.DEVNULL)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(running.wait(), _MOST_SECONDS)
            if running.returncode is None:
                running.kill()
                await running.wait()
            noticed.commands.append(time.monotonic() - began)
        await sent
    return noticed


async def at_fixed_moments(send: Callable[[int, float], Coroutine[None, None, None]], rate: int, until: float) -> None:
    """Send so many a second, however long answers take (open loop)."""
    tasks: list[asyncio.Task[None]] = []
    due = time.monotonic()
    while due < until:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tasks.append(asyncio.create_task(send(len(tasks), due)))
        due += 1 / rate
    await asyncio.gather(*tasks)


def told(noticed: Noticed, copying: float) -> str:
    """The figures of one way."""
    checks, reports = sorted(noticed.checks), sorted(noticed.reports)
    text = f"checks p50 {at(checks, 0.5):6.1f} p99 {at(checks, 0.99):6.1f} ms   reports p99 {at(reports, 0.99):6.1f} ms"
    if noticed.commands:
        middle = sorted(noticed.commands)[len(noticed.commands) // 2]
        text += f"   {len(noticed.commands)} times, {middle:.1f} s each ({middle / copying:.0f} x copying)"
    return text


def copy_here(source: Path, target: Path) -> None:
    """What no backup can do without."""
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def timed(function: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def at(ordered: list[float], share: float) -> float:
    """A percentile of sorted seconds, in milliseconds."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


if __name__ == "__main__":
    main()
