"""What a check costs the simulator: aiohttp's client, a fleet's connection alone, and a whole fleet, in one run.

The other side is a trivial aiohttp handler in a process of its own, so that the figures bound what the simulator can
ask of a service on the same machine. Run: ``python tests/benchmarks/simulated_checks.py [--checks 20000]``.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine

import aiohttp
from aiohttp import web

from device_update_contract.device_messages.answers import CheckAnswer, render_check_answer
from device_update_contract.versions import Version
from device_update_simulator.check_messages import check_body
from device_update_simulator.device_connections import CheckConnection
from device_update_simulator.device_models import IMAGE_FILE, identity_of
from device_update_simulator.fleet import Fleet
from device_update_simulator.fleet_plan import FleetPlan
from device_update_simulator.service_address import ServiceAddress, parse_service_address
from device_update_simulator.virtual_devices import DeviceState, InstalledModule

CONNECTIONS = 64
BODY = check_body(
    identity_of(0, 0), DeviceState((InstalledModule(IMAGE_FILE, Version.parse("1.0.522.101")),)), names_user=False
)
Measured = Callable[[ServiceAddress, int], Coroutine[None, None, int]]


def serve() -> None:
    """Answer every check with the same bytes; the port is printed."""
    answer = render_check_answer(CheckAnswer("up-to-date", "Version 4.0.7577.4387 is installed.", None, 86400))

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=answer, content_type="text/xml", charset="utf-8")

    async def run() -> None:
        application = web.Application()
        application.router.add_post("/RequestHandler/ucdevice.upx", handle)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()

    asyncio.run(run())


async def by_aiohttp(address: ServiceAddress, checks: int) -> int:
    """aiohttp's client, as one would use it first."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:

        async def some() -> None:
            for _ in range(checks // CONNECTIONS):
                async with session.post(address.check_url, data=BODY) as response:
                    await response.read()

        await asyncio.gather(*(some() for _ in range(CONNECTIONS)))
    return checks // CONNECTIONS * CONNECTIONS


async def by_connection(address: ServiceAddress, checks: int) -> int:
    """The connection that a fleet uses, without devices."""

    async def some() -> None:
        connection = CheckConnection(address)
        for _ in range(checks // CONNECTIONS):
            await connection.check(BODY, timeout_seconds=30)
        connection.close()

    await asyncio.gather(*(some() for _ in range(CONNECTIONS)))
    return checks // CONNECTIONS * CONNECTIONS


async def by_fleet(address: ServiceAddress, checks: int) -> int:
    """A fleet of as many devices, all of which start at once; building it counts too."""
    plan = FleetPlan(devices=checks, seconds=0, ramp=0, connections=CONNECTIONS)
    fleet = Fleet(address, plan, say=lambda _line: None)
    run = asyncio.create_task(fleet.run())
    while fleet.counts.all_answered_after is None:  # noqa: ASYNC110 - an event for this would only serve the benchmark
        await asyncio.sleep(0.01)
    fleet.stop()
    return (await run).counts.checks_answered


def main() -> None:
    """Measure all three, one after the other, against one server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=20_000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = parse_service_address(f"http://127.0.0.1:{int(server.stdout.readline())}")
        ways: list[tuple[str, Measured]] = [
            ("aiohttp's client", by_aiohttp),
            ("a fleet's connection", by_connection),
            ("a whole fleet", by_fleet),
        ]
        yardstick = 0.0
        for name, way in ways:
            began, used = time.perf_counter(), time.process_time()
            checks = asyncio.run(way(address, options.checks))
            cost = (time.process_time() - used) / checks
            yardstick = yardstick or cost
            print(
                f"{name:<22} {checks / (time.perf_counter() - began):8,.0f} checks/s  "
                f"{cost * 1e6:6.1f} us of processor time each, {cost / yardstick:.2f} x aiohttp's client"
            )
    finally:
        server.terminate()
        server.wait()
    print(f"greatest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
