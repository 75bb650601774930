"""Signing in outside: handshakes per second and core, and what a signed-in connection costs beside an anonymous one.

``python -m tests.benchmarks.ntlm [--seconds 5] [--rounds 5]`` (design section 5, row "NTLM")

One service process has its external listener and, beside it, the same device application over the same TLS without a
sign-in: that is the yardstick. The client makes its NTLMv2 answers by hand (no library's client is quick enough to
load a server) and runs on the other core. A rate "per core" is handshakes by processor seconds of the service, all its
threads counted. Rates of checks are taken in turns, and the median of the ratios of neighbouring turns is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hmac
import os
import secrets
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from tests.support.external_listeners import ACCOUNT, ANY_PORT, CHECK, PASSWORD, external_configuration
from tests.support.service_process import run_service_command
from tests.support.signing_in_server import ServerCertificate, server_certificate

from device_update_contract.image_paths import EXTERNAL_CHECK_ROUTE, INTERNAL_CHECK_ROUTES
from device_update_service.configuration.listeners import SecureListener
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.web.device_listeners import DeviceListeners
from device_update_service.web.images.open_images import OpenImages
from device_update_service.web.listening.sites import ListeningSite
from device_update_service.web.serving import Parts, running

CONNECTIONS = 16
_FLAGS = 0xA208_8201  # Unicode, request target, NTLM, always sign, extended session security, 128 and 56 bits
TYPE_1 = b"NTLMSSP\0" + (1).to_bytes(4, "little") + _FLAGS.to_bytes(4, "little") + bytes(16)
_HASH = nt_hash(PASSWORD)


def type_3(challenge: bytes, user: str = ACCOUNT) -> bytes:
    """The answer to a challenge (MS-NLMP 2.2.1.3), with NTLMv2 and nothing that is optional."""
    server_challenge = challenge[24:32]
    length = int.from_bytes(challenge[40:42], "little")
    offset = int.from_bytes(challenge[44:48], "little")
    said = (
        b"\x01\x01" + bytes(6) + (116_444_736_000_000_000 + time.time_ns() // 100).to_bytes(8, "little")
        + secrets.token_bytes(8) + bytes(4) + challenge[offset : offset + length] + bytes(4)
    )  # fmt: skip
    key = hmac.digest(_HASH, user.upper().encode("utf-16-le"), "md5")
    answer = hmac.digest(key, server_challenge + said, "md5") + said
    name = user.encode("utf-16-le")
    fields, payload = b"", b""
    for value in (bytes(24), answer, b"", name, b"", b""):
        fields += len(value).to_bytes(2, "little") * 2 + (64 + len(payload)).to_bytes(4, "little")
        payload += value
    return b"NTLMSSP\0" + (3).to_bytes(4, "little") + fields + _FLAGS.to_bytes(4, "little") + payload


@dataclass(slots=True)
class Connection:
    """One connection that says as little as HTTP allows."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    route: str

    async def ask(self, token: bytes | None = None) -> tuple[int, bytes]:
        """Send the check, with a token if there is one; the status and the answer's head."""
        authorization = b"" if token is None else b"Authorization: NTLM " + base64.b64encode(token) + b"\r\n"
        self.writer.write(
            b"POST %b HTTP/1.1\r\nHost: x\r\n%bContent-Length: %d\r\n\r\n%b"
            % (self.route.encode(), authorization, len(CHECK), CHECK)
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await self.reader.readexactly(int(length))
        return int(head[9:12]), head

    async def sign_in(self) -> None:
        """A whole handshake; its last message carries a check that is answered."""
        status, head = await self.ask(TYPE_1)
        if status != 401:
            raise AssertionError(f"a challenge was expected, not {status}")
        token = head.partition(b"NTLM ")[2].partition(b"\r\n")[0]
        status, _ = await self.ask(type_3(base64.b64decode(token)))
        if status != 200:
            raise AssertionError(f"the sign-in was answered with {status}")

    def close(self) -> None:
        """End it without waiting."""
        self.writer.transport.abort()


@dataclass(frozen=True, slots=True)
class Rate:
    """What was done in some seconds, and the service's processor seconds for it."""

    count: int
    seconds: float
    processor_seconds: float

    @property
    def per_second(self) -> float:
        """By the clock."""
        return self.count / self.seconds

    @property
    def per_core(self) -> float:
        """By the service's processor time."""
        return self.count / self.processor_seconds


class Bench:
    """The client's side, for one running service."""

    def __init__(self, pid: int, outside: int, anonymous: int, seconds: float) -> None:
        self._pid = pid
        self._ports = {True: outside, False: anonymous}
        self._tls = ssl.create_default_context()
        self._tls.check_hostname = False
        self._tls.verify_mode = (
            ssl.CERT_NONE
        )  # the certificate was made a moment ago, and the client's time is not ours
        self._seconds = seconds

    async def connect(self, *, signing_in: bool) -> Connection:
        """A connection to either listener."""
        route = EXTERNAL_CHECK_ROUTE if signing_in else INTERNAL_CHECK_ROUTES[0]
        reader, writer = await asyncio.open_connection("127.0.0.1", self._ports[signing_in], ssl=self._tls)
        return Connection(reader, writer, route)

    async def measure(self, work: Callable[[], Awaitable[None]], workers: int) -> Rate:
        """Repeat some work on several connections at once for the time of a turn."""
        end = time.monotonic() + self._seconds
        count = 0

        async def repeat() -> None:
            nonlocal count
            while time.monotonic() < end:
                await work()
                count += 1

        began, used = time.monotonic(), self._processor_seconds()
        await asyncio.gather(*(repeat() for _ in range(workers)))
        return Rate(count, time.monotonic() - began, self._processor_seconds() - used)

    async def handshakes(self) -> Rate:
        """Sign in again and again on connections that stay."""
        connections = [await self.connect(signing_in=True) for _ in range(CONNECTIONS)]
        waiting = list(connections)

        async def once() -> None:
            connection = waiting.pop()
            await connection.sign_in()
            waiting.append(connection)

        rate = await self.measure(once, CONNECTIONS)
        for connection in connections:
            connection.close()
        return rate

    async def handshakes_with_tls(self) -> Rate:
        """A new connection for every sign-in."""

        async def once() -> None:
            connection = await self.connect(signing_in=True)
            await connection.sign_in()
            connection.close()

        return await self.measure(once, CONNECTIONS)

    async def checks(self, *, signing_in: bool) -> Rate:
        """Checks on connections that stay, signed in once or never."""
        connections = [await self.connect(signing_in=signing_in) for _ in range(CONNECTIONS)]
        if signing_in:
            for connection in connections:
                await connection.sign_in()
        waiting = list(connections)

        async def once() -> None:
            connection = waiting.pop()
            status, _ = await connection.ask()
            if status != 200:
                raise AssertionError(f"a check was answered with {status}")
            waiting.append(connection)

        rate = await self.measure(once, CONNECTIONS)
        for connection in connections:
            connection.close()
        return rate

    def _processor_seconds(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def serve(folder: Path) -> None:
    """Serve both listeners until stdin ends; their ports are printed."""
    certificate = server_certificate(folder / "tls")
    configuration = external_configuration(folder / "data", certificate)
    async with running(configuration) as (parts, listening), anonymous_site(parts, certificate) as anonymous:
        assert listening.external is not None
        print(listening.external.rpartition(":")[2], anonymous.rpartition(":")[2], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


@contextlib.asynccontextmanager
async def anonymous_site(parts: Parts, certificate: ServerCertificate) -> AsyncIterator[str]:
    """The device application over TLS, for anybody: the yardstick."""
    listener = SecureListener(address=ANY_PORT, tls_certificate=certificate.certificate, tls_key=certificate.key)
    devices = DeviceListeners(
        parts.service,
        sightings=parts.sightings,
        downloads=parts.downloads,
        refusals=parts.refusals,
        counters=parts.metrics.devices,
        images=OpenImages(),
    )
    site = ListeningSite("external", listener, parts.service.configuration.limits, 1.0)
    url = await site.bind()
    await site.start(web.ServerRunner(devices.internal(), shutdown_timeout=1.0))
    try:
        yield url
    finally:
        await site.end()


@contextlib.contextmanager
def signing_in_service(folder: Path) -> Iterator[tuple[int, int, int]]:
    """A service process in a folder: its number, the external listener's port and the anonymous one's."""
    (folder / "tls").mkdir()
    added = run_service_command(
        "account", "add", ACCOUNT, "--role", "device_user", "--password-stdin", "--data", str(folder / "data"),
        stdin=PASSWORD,
    )  # fmt: skip
    if added.returncode:
        sys.exit(added.stderr)
    command = [sys.executable, "-m", "tests.benchmarks.ntlm", "--serve", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        outside, anonymous = (int(port) for port in service.stdout.readline().split())
        yield service.pid, outside, anonymous


async def take_all(runner: Bench, rounds: int) -> None:
    """All rates, in the order in which they are printed."""
    told("handshakes, connection kept", [await runner.handshakes() for _ in range(rounds)], "measure: >= 400")
    told("handshakes with TLS (P-256)", [await runner.handshakes_with_tls() for _ in range(rounds)], "measure: >= 250")
    pairs = [(await runner.checks(signing_in=False), await runner.checks(signing_in=True)) for _ in range(rounds)]
    told("checks, anonymous over TLS", [first for first, _ in pairs], "the yardstick")
    told("checks, signed in over TLS", [second for _, second in pairs], "")
    by_clock = statistics.median(second.per_second / first.per_second for first, second in pairs)
    by_core = statistics.median(second.per_core / first.per_core for first, second in pairs)
    print(f"signed in / anonymous: {by_clock:.2f} by the clock, {by_core:.2f} by processor time (measure: >= 0.8)")


def told(what: str, rates: list[Rate], measure: str) -> None:
    """Print one row."""
    clock = statistics.median(rate.per_second for rate in rates)
    core = statistics.median(rate.per_core for rate in rates)
    print(f"{what:30} {clock:8.0f}/s by the clock, {core:8.0f}/s per core   {measure}", flush=True)


def main() -> None:
    """Read the arguments and run."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve is not None:
        asyncio.run(serve(given.serve))
        return
    with tempfile.TemporaryDirectory() as folder, signing_in_service(Path(folder)) as (pid, outside, anonymous):
        asyncio.run(take_all(Bench(pid, outside, anonymous, given.seconds), given.rounds))


if __name__ == "__main__":
    main()
