"""What slow downloads cost: `python tests/benchmarks/slow_readers.py` (design section 5, row "image bytes").

Opens plain HTTP downloads of a 100 MB file that each read 20 kB/s, and prints the growth of the server's resident
memory (measure: 2,000 readers, at most 60 MB), how many were cut off (none may be), and how quickly a 64 KB file is
answered meanwhile.
"""

from __future__ import annotations

import argparse
import os
import resource
import selectors
import socket
import statistics
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, it finds its neighbour all the same

from tests.benchmarks.images import Target, start_delivery, wait_until_up

READ_BYTES = 20_000


def resident_bytes(pid: int) -> int:
    """The process's resident set."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def kernel_tcp_bytes() -> int:
    """What the kernel holds for all TCP connections of the machine."""
    tcp = next(line for line in Path("/proc/net/sockstat").read_text().splitlines() if line.startswith("TCP:"))
    return int(tcp.split()[-1]) * os.sysconf("SC_PAGE_SIZE")


def open_readers(target: Target, count: int, resources: ExitStack) -> list[socket.socket]:
    """Connections that have asked for the file and read nothing yet."""
    host, _, port = target.url_of("").removeprefix("http://").rstrip("/").partition(":")
    readers = []
    for _ in range(count):
        reader = resources.enter_context(socket.socket())
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        reader.connect((host, int(port)))
        reader.sendall(b"GET /large.bin HTTP/1.1\r\nHost: updates\r\n\r\n")
        reader.setblocking(False)
        readers.append(reader)
    return readers


def read_slowly(readers: list[socket.socket], seconds: int, target: Target) -> tuple[int, int, list[float]]:
    """Each reads `READ_BYTES` a second; the bytes read, the connections that ended, and latencies of a small file."""
    received = 0
    ended: set[socket.socket] = set()
    latencies: list[float] = []
    with selectors.DefaultSelector() as selector:
        for reader in readers:
            selector.register(reader, selectors.EVENT_READ)
        for _ in range(seconds):
            round_ends = time.monotonic() + 1
            for key, _events in selector.select(0):
                reader = readers[0] if not isinstance(key.fileobj, socket.socket) else key.fileobj
                data = reader.recv(READ_BYTES)
                received += len(data)
                if not data:
                    ended.add(reader)
                    selector.unregister(reader)
            while time.monotonic() < round_ends:
                started = time.monotonic()
                with urllib.request.urlopen(target.url_of("small.bin"), timeout=30) as answer:
                    answer.read()
                latencies.append(time.monotonic() - started)
                time.sleep(0.05)
    return received, len(ended), latencies


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=2000)
    parser.add_argument("--seconds", type=int, default=15)
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the server inherits it: two for each reader
    with ExitStack() as resources:
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="slow-readers-")))
        (folder / "large.bin").write_bytes(os.urandom(100_000_000))
        (folder / "small.bin").write_bytes(os.urandom(64_000))
        target = start_delivery(folder, folder, resources)
        wait_until_up(target)
        before = resident_bytes(target.process.pid)
        readers = open_readers(target, arguments.readers, resources)
        received, ended, latencies = read_slowly(readers, arguments.seconds, target)
        kernel = kernel_tcp_bytes()
        growth = resident_bytes(target.process.pid) - before
        print(f"{arguments.readers} readers for {arguments.seconds} s: {received / 1e6:.0f} MB read, {ended} cut off")
        print(
            f"resident memory: {before / 1e6:.0f} MB before, +{growth / 1e6:.1f} MB (measure: 60 MB for 2,000 readers)"
        )
        print(f"kernel's TCP memory, both sides: {kernel / 1e6:.0f} MB")
        print(
            f"64 KB file meanwhile: median {statistics.median(latencies) * 1000:.1f} ms, "
            f"longest {max(latencies) * 1000:.1f} ms"
        )


if __name__ == "__main__":
    main()
