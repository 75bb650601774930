"""Checks per second of the real service beside a bare aiohttp handler that only reads and parses the same body.

``python -m tests.benchmarks.checks [--devices 10000 1000000] [--seconds 60] [--rounds 3]``

A fleet is registered whose devices repeat their last check, which is what devices do all day. wrk sends checks of
random devices, first to the yardstick, then to the service, in turns; the last turn of the service is the long one.
Every answered check must be in the update log, and the time until the last one is there is the backlog. Debian's `wrk`
is needed. The machine's two cores are shared by wrk, the event loop and the writer: read the ratios.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.administered_store import AdministeredStore
from tests.support.fleets import MODELS, NEWEST, fill_devices
from tests.support.stores import open_stores

from device_update_service.storage.rules.catalog_records import load_catalog
from device_update_service.usecases.checks import CheckAnswering

ROUTE = "/RequestHandler/ucdevice.upx"
_MIX = [model for model in MODELS for _ in range(model[0])]
_BODY = (
    '<?xml version="1.0" encoding="utf-8"?>\\n<Request><DeviceType>UCPhone</DeviceType>'
    "<MacAddress>%s-%02X-%02X-%02X</MacAddress><SerialNumber>%s</SerialNumber><Vendor>%s</Vendor><Model>%s</Model>"
    "<Revision>A</Revision><Locale>ENU</Locale>%s<Modules><Module><FileName>CPE.nbt</FileName>"
    f"<Version>{NEWEST}</Version><Timestamp>2013-04-16T00:00:00Z</Timestamp></Module></Modules></Request>"
)
_SCRIPT = """
local models = {%(models)s}
local mix = {}
for _, m in ipairs(models) do for _ = 1, m[1] do mix[#mix + 1] = m end end
local headers = {["Content-Type"] = "text/xml"}
math.randomseed(%(seed)d)
function request()
  local n = math.random(1, %(devices)d)
  local low = (n * 9973977 + 12345) %% 16777216
  local m = mix[(n * 7919) %% #mix + 1]
  local serial, user = "", ""
  if n %% 10 ~= 0 then
    local letter = string.sub("ABC", n %% 3 + 1, n %% 3 + 1)
    serial = string.format("%%05d-%%s%%06d", (n * 7919) %% 99991, letter, n)
  end
  if n %% 20 ~= 0 then user = string.format("<UserId>user%%d@contoso.com</UserId>", (n * 104729) %% 700001) end
  return wrk.format("POST", "%(route)s", headers, string.format('%(body)s', m[4], math.floor(low / 65536),
    math.floor(low / 256) %% 256, low %% 256, serial, m[2], m[3], user))
end
"""
_YARDSTICK = """
import sys
from aiohttp import web
from lxml import etree
parser = etree.XMLParser(resolve_entities=False, no_network=True)
answer = b"x" * 330
async def check(request):
    etree.fromstring(await request.read(), parser)
    return web.Response(body=answer, content_type="text/xml", charset="utf-8")
application = web.Application()
application.router.add_post(sys.argv[2], check)
web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """What wrk counted in one turn, and the server's CPU seconds."""

    answered: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Checks a second."""
        return self.answered / self.seconds


def body(n: int) -> bytes:
    """The check of device n, as the script for wrk makes it too."""
    low = (n * 9973977 + 12345) % 16777216
    _, vendor, model, oui = _MIX[(n * 7919) % len(_MIX)]
    serial = f"{(n * 7919) % 99991:05d}-{'ABC'[n % 3]}{n:06d}" if n % 10 else ""
    user = f"<UserId>user{(n * 104729) % 700001}@contoso.com</UserId>" if n % 20 else ""
    text = _BODY.replace("\\n", "\n")
    return (text % (oui, low >> 16, (low >> 8) & 255, low & 255, serial, vendor, model, user)).encode()


def prepare(folder: Path, devices: int) -> None:
    """Register a fleet on the newest version whose devices have checked before."""
    with open_stores(folder) as stores:
        work = folder / "work"
        work.mkdir()
        administrator = AdministeredStore(stores, work)
        for _, vendor, model, _ in MODELS:
            administrator.verb("approve", administrator.import_version(NEWEST, brand=vendor, model=model))
        catalog = stores.read(load_catalog)
    now = time.time_ns() // 1_000_000
    fill_devices(folder / "device-update.sqlite", devices, now)
    answering = CheckAnswering("http://127.0.0.1:1", None, 1)

    def keys() -> Iterator[tuple[int, int]]:
        for n in range(1, devices + 1):
            answered = answering.answer(
                body(n), catalog=catalog, address="127.0.0.1", now=now, spread=lambda: 0.0, looping={}
            )
            yield answered.sighting.report_key, n

    with contextlib.closing(sqlite3.connect(folder / "device-update.sqlite")) as connection:
        connection.executemany("UPDATE device_activity SET report_key = ? WHERE device_id = ?", keys())
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextlib.contextmanager
def process(command: list[str], ready: str | None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server process; with `ready`, the first group of that pattern in its first line is its address."""
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."})
    try:
        address = ""
        if ready is not None:
            assert server.stdout is not None
            found = re.search(ready, server.stdout.readline())
            assert found is not None, "the service did not become ready"
            address = found[1]
        yield server, address
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def turn(url: str, script: Path, seconds: int, pid: int) -> Turn:
    """Let wrk send checks for some seconds."""
    before = cpu_seconds(pid)
    command = ["wrk", "-t1", "-c32", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    counted = re.search(r"(\d+) requests in ([0-9.]+)(s|m)", output)
    assert counted is not None, output
    assert "Non-2xx" not in output, output
    assert "Socket errors" not in output, output
    took = float(counted[2]) * (60 if counted[3] == "m" else 1)
    return Turn(int(counted[1]), took, cpu_seconds(pid) - before)


def logged(folder: Path) -> int:
    """How many checks the update log holds."""
    total = 0
    for path in (folder / "update-log").glob("*.sqlite"):
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            total += connection.execute("SELECT count(*) FROM check_log").fetchone()[0]
    return total


def wait_until_logged(folder: Path, expected: int) -> float:
    """Seconds until the update log holds so many checks."""
    began = time.monotonic()
    while logged(folder) < expected:
        assert time.monotonic() - began < 60, f"{logged(folder)} of {expected} checks were recorded"
        time.sleep(0.02)
    return time.monotonic() - began


def write_script(path: Path, devices: int) -> None:
    """The script for wrk."""
    models = ", ".join(f'{{{count}, "{vendor}", "{model}", "{oui}"}}' for count, vendor, model, oui in MODELS)
    values = {"models": models, "seed": 1, "devices": devices, "route": ROUTE, "body": _BODY}
    path.write_text(_SCRIPT % values)


def measure(devices: int, seconds: int, rounds: int, short: int) -> float:
    """Print the figures for one size of fleet and return the service's median rate in short turns."""
    with tempfile.TemporaryDirectory(prefix="checks-") as name:
        folder = Path(name) / "data"
        folder.mkdir()
        began = time.monotonic()
        prepare(folder, devices)
        print(f"{devices:,} devices registered in {time.monotonic() - began:.0f} s", flush=True)
        script = Path(name) / "checks.lua"
        write_script(script, devices)
        yardstick_port = 18_099
        yardstick = [sys.executable, "-c", _YARDSTICK, str(yardstick_port), ROUTE]
        serve = [sys.executable, "-m", "device_update_service", "serve", "--data", str(folder)]
        serve += ["--internal", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
        with process(yardstick, None) as (bare, _), process(serve, r"internal=(\S+)") as (service, url):
            bare_url = f"http://127.0.0.1:{yardstick_port}"
            turn(bare_url, script, 2, bare.pid)
            answered = turn(url, script, 2, service.pid).answered
            pairs = []
            for _ in range(rounds):
                bare_turn, own_turn = turn(bare_url, script, short, bare.pid), turn(url, script, short, service.pid)
                answered += own_turn.answered
                pairs.append((bare_turn, own_turn))
            for bare_turn, own_turn in pairs:
                print(
                    f"  bare {bare_turn.rate:7.0f}/s {1e6 * bare_turn.cpu / bare_turn.answered:4.0f} us CPU   "
                    f"service {own_turn.rate:7.0f}/s {1e6 * own_turn.cpu / own_turn.answered:4.0f} us CPU   "
                    f"ratio {own_turn.rate / bare_turn.rate:.2f}"
                )
            ratio = statistics.median(own.rate / plain.rate for plain, own in pairs)
            before = turn(bare_url, script, short, bare.pid).rate
            sustained = turn(url, script, seconds, service.pid)
            backlog = wait_until_logged(folder, answered + sustained.answered)
            after = turn(bare_url, script, short, bare.pid).rate
            memory = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{service.pid}/status").read_text())
            assert memory is not None
            print(
                f"{devices:,} devices: median ratio {ratio:.2f}; sustained {seconds} s: {sustained.rate:.0f}/s, "
                f"{sustained.rate / statistics.mean((before, after)):.2f} of the bare handler before and after, "
                f"all {sustained.answered} checks recorded {backlog:.2f} s after the last answer, "
                f"{int(memory[1]) // 1024} MB resident",
                flush=True,
            )
        return statistics.median(own.rate / plain.rate for plain, own in pairs)


def main() -> None:
    """Measure each size of fleet; compare the largest with the smallest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--short", type=int, default=8)
    arguments = parser.parse_args()
    ratios = {
        devices: measure(devices, arguments.seconds, arguments.rounds, arguments.short) for devices in arguments.devices
    }
    if len(ratios) > 1:
        small, large = min(ratios), max(ratios)
        print(f"ratio at {large:,} devices / ratio at {small:,}: {ratios[large] / ratios[small]:.2f}")


if __name__ == "__main__":
    main()
