"""What honest devices notice of somebody who sends junk instead of tokens.

``python -m tests.benchmarks.junk_tokens [--junk 5000] [--connections 50] [--seconds 10] [--rounds 3] [--begin]``

Signed-in devices check at a steady rate (open loop: a check is due when it is due, however late the one before was),
alone and while another process sends junk tokens over kept connections (with ``--begin`` first messages of sign-ins
that it never goes on with), in turns. Measure: the honest 99th percentile
at most doubles. Service, honest and junk clients share the machine's cores: with two of them the client's own work is
part of what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.ntlm import TYPE_1, Bench, Connection, signing_in_service

HONEST_CONNECTIONS = 20
HONEST_RATE = 200


async def send_junk(runner: Bench, *, rate: int, connections: int, seconds: float, begin: bool) -> None:
    """Send tokens that are none, evenly spread; how many were really sent is printed."""
    open_ones = [await runner.connect(signing_in=True) for _ in range(connections)]
    sent = 0
    began = time.monotonic()

    async def send(connection: Connection, number: int) -> None:
        nonlocal sent
        interval = connections / rate
        due = began + interval * number / connections
        while time.monotonic() < began + seconds:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            status, _ = await connection.ask(TYPE_1 if begin else secrets.token_bytes(96))
            if status != 401:
                raise AssertionError(f"junk was answered with {status}")
            sent += 1
            due += interval

    await asyncio.gather(*(send(connection, number) for number, connection in enumerate(open_ones)))
    print(sent / (time.monotonic() - began), flush=True)


async def honest_latencies(runner: Bench, seconds: float) -> list[float]:
    """Seconds from when each check was due until it was answered, sorted."""
    connections = [await runner.connect(signing_in=True) for _ in range(HONEST_CONNECTIONS)]
    for connection in connections:
        await connection.sign_in()
    latencies: list[float] = []
    began = time.monotonic()

    async def check(connection: Connection, number: int) -> None:
        interval = HONEST_CONNECTIONS / HONEST_RATE
        due = began + interval * number / HONEST_CONNECTIONS
        while due < began + seconds:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            status, _ = await connection.ask()
            if status != 200:
                raise AssertionError(f"an honest check was answered with {status}")
            latencies.append(time.monotonic() - due)
            due += interval

    await asyncio.gather(*(check(connection, number) for number, connection in enumerate(connections)))
    for connection in connections:
        connection.close()
    return sorted(latencies)


def percentile_99(latencies: list[float]) -> float:
    """Milliseconds within which 99 of 100 were answered."""
    return latencies[int(len(latencies) * 0.99)] * 1000


def bench(folder: Path, given: argparse.Namespace) -> None:
    """Turns without and with junk, and the median of the ratios of neighbours."""
    ratios = []
    with signing_in_service(folder) as (pid, outside, anonymous):
        runner = Bench(pid, outside, anonymous, given.seconds)
        for _ in range(given.rounds):
            alone = percentile_99(asyncio.run(honest_latencies(runner, given.seconds)))
            command = [
                sys.executable,
                "-m",
                "tests.benchmarks.junk_tokens",
                "--against",
                f"{pid},{outside},{anonymous}",
            ]
            command += ["--junk", str(given.junk), "--connections", str(given.connections)]
            command += ["--begin"] if given.begin else []
            with subprocess.Popen(
                [*command, "--seconds", str(given.seconds + 3)], stdout=subprocess.PIPE, text=True
            ) as junk:
                time.sleep(1.5)  # until its connections stand
                beside = percentile_99(asyncio.run(honest_latencies(runner, given.seconds)))
                sent, _ = junk.communicate()
            ratios.append(beside / alone)
            print(
                f"honest p99 {alone:6.1f} ms alone, {beside:6.1f} ms beside {float(sent):5.0f} junk tokens/s",
                flush=True,
            )
    print(f"ratio of the 99th percentiles, median: {statistics.median(ratios):.2f} (measure: <= 2)")


def main() -> None:
    """Read the arguments and run."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--junk", type=int, default=5000)
    arguments.add_argument("--connections", type=int, default=50)
    arguments.add_argument("--seconds", type=float, default=10.0)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--begin", action="store_true", help="send first messages instead of junk")
    arguments.add_argument("--against", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.against is not None:
        pid, outside, anonymous = (int(part) for part in given.against.split(","))
        runner = Bench(pid, outside, anonymous, given.seconds)
        sending = send_junk(
            runner, rate=given.junk, connections=given.connections, seconds=given.seconds, begin=given.begin
        )
        asyncio.run(sending)
        return
    with tempfile.TemporaryDirectory() as folder:
        bench(Path(folder), given)


if __name__ == "__main__":
    main()
