"""Image delivery against nginx: `python -m tests.benchmarks.images` (design section 5, row "image bytes").

Both serve the same files on loopback with one worker and without an access log, and get the same load from wrk in
turns; the medians, and the median of the ratios of neighbouring runs, are printed. To measure something else, add
a function that starts it and returns a `Target`, and name it in `CANDIDATES`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.administered_store import AdministeredStore
from tests.support.stores import open_stores

from device_update_service.packages.package_inspection import PackagedFile

ROOT = Path(__file__).resolve().parents[2]
MEBIBYTE = 1024 * 1024
FILES = {"large.bin": 100_000_000, "medium.bin": 10_000_000, "small.bin": 64_000}

NGINX_CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; keepalive_requests 1000000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {files}; }}
}}
"""

RANGES_SCRIPT = """
request = function()
  local start = math.random(0, 94) * 1048576
  return wrk.format("GET", nil, { Range = "bytes=" .. start .. "-" .. (start + 1048575) })
end
"""


@dataclass(frozen=True)
class Load:
    """One row of the measure."""

    name: str
    file: str
    connections: int
    ranges: bool
    measure: float


LOADS = (
    Load("100 MB file", "large.bin", 8, ranges=False, measure=0.95),
    Load("10 MB file", "medium.bin", 8, ranges=False, measure=0.95),
    Load("1 MiB ranges of 100 MB", "large.bin", 8, ranges=True, measure=0.8),
    Load("64 KB file", "small.bin", 32, ranges=False, measure=0.3),
)


@dataclass(frozen=True)
class Target:
    """A server under load: the URL of each file, and its process."""

    name: str
    url_of: Callable[[str], str]
    process: subprocess.Popen[str]


def start_nginx(files: Path, folder: Path, resources: ExitStack) -> Target:
    """nginx with sendfile, one worker, no access log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX_CONFIGURATION.format(folder=folder, port=port, files=files))
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(configuration)], text=True)
    _end_with(resources, process)
    return Target("nginx", lambda name: f"http://127.0.0.1:{port}/{name}", process)


def start_delivery(files: Path, _folder: Path, resources: ExitStack) -> Target:
    """`ImageDelivery` in a low-level aiohttp server."""
    return _start_image_server("delivery", files, resources)


def start_routed_delivery(files: Path, _folder: Path, resources: ExitStack) -> Target:
    """`ImageDelivery` in an aiohttp application with a router."""
    return _start_image_server("delivery, web.Application", files, resources, "--application")


def start_service(files: Path, folder: Path, resources: ExitStack) -> Target:
    """The whole service, with the files as one approved update."""
    data = folder / "data"
    with open_stores(data) as stores:
        work = data / "work"
        work.mkdir()
        images = tuple(_as_image(Path(shutil.copy(file, work))) for file in sorted(files.iterdir()))
        administrator = AdministeredStore(stores, work)
        update = replace(administrator.update("1.0"), files=images)
        rule_id = administrator.import_(update).updates[0].rule_id
        assert rule_id is not None
        administrator.verb("approve", rule_id)
    process = subprocess.Popen(
        [sys.executable, "-m", "device_update_service", "serve", "--data", str(data), *_FREE_PORTS],
        stdout=subprocess.PIPE,
        text=True,
    )
    _end_with(resources, process)
    assert process.stdout is not None
    ready = re.search(r"internal=(\S+)", process.stdout.readline())
    assert ready is not None
    base = f"{ready[1]}/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/1.0/CPE"
    return Target("service", lambda name: f"{base}/{name}", process)


_FREE_PORTS = ("--internal", "127.0.0.1:0", "--admin", "127.0.0.1:0")


def _as_image(file: Path) -> PackagedFile:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return PackagedFile(file.name, digest, file.stat().st_size, None, file)


CANDIDATES: dict[str, Callable[[Path, Path, ExitStack], Target]] = {
    "service": start_service,
    "delivery": start_delivery,
    "application": start_routed_delivery,
}


def _start_image_server(name: str, files: Path, resources: ExitStack, *options: str) -> Target:
    search_path = os.pathsep.join(str(ROOT / part) for part in ("", "service", "shared"))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.image_server", str(files), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": search_path},
        stdout=subprocess.PIPE,
        text=True,
    )
    _end_with(resources, process)
    assert process.stdout is not None
    port = int(process.stdout.readline())
    return Target(name, lambda file: f"http://127.0.0.1:{port}/{file}", process)


def _end_with(resources: ExitStack, process: subprocess.Popen[str]) -> None:
    resources.callback(process.wait)
    resources.callback(process.terminate)


def wait_until_up(target: Target) -> None:
    """Ask until the first answer comes, at most 10 s."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(target.url_of("small.bin"), timeout=5) as answer:
                answer.read()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{target.name} did not start.")


def processor_seconds(process: subprocess.Popen[str]) -> float:
    """What the process and its children (nginx's worker) have used."""
    pids = [process.pid]
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if children.exists():
        pids += [int(pid) for pid in children.read_text().split()]
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def run_load(target: Target, load: Load, seconds: int, script: Path) -> tuple[float, float]:
    """Bytes per second as wrk counts them, and the server's processor seconds for each gigabyte."""
    command = ["wrk", "-t1", f"-c{load.connections}", f"-d{seconds}s", "--timeout", "30s"]
    if load.ranges:
        command += ["-s", str(script)]
    used = processor_seconds(target.process)
    output = subprocess.run([*command, target.url_of(load.file)], check=True, capture_output=True, text=True).stdout
    used = processor_seconds(target.process) - used
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{target.name} did not answer well:\n{output}")
    match = re.search(r"Transfer/sec:\s+([0-9.]+)([KMG]?)B", output)
    took = re.search(r"requests in ([0-9.]+)(m?s)", output)
    assert match is not None
    assert took is not None
    rate = float(match[1]) * {"": 1, "K": 1024, "M": MEBIBYTE, "G": 1024 * MEBIBYTE}[match[2]]
    duration = float(took[1]) / (1000 if took[2] == "ms" else 1)
    return rate, used / (rate * duration) * 1e9


def check_multiple_ranges(target: Target, content: bytes) -> str:
    """Whether a multi-range answer holds exactly the bytes asked for."""
    wanted = [(0, 99), (1_000_000, 1_199_999), (len(content) - 7, len(content) - 1)]
    header = "bytes=" + ",".join(f"{first}-{last}" for first, last in wanted)
    request = urllib.request.Request(target.url_of("medium.bin"), headers={"Range": header})
    with urllib.request.urlopen(request, timeout=10) as answer:
        body = answer.read()
        boundary = answer.headers.get_param("boundary")
        assert answer.status == 206, answer.status
        assert int(answer.headers["Content-Length"]) == len(body)
    parts = body.split(f"--{boundary}".encode())[1:-1]
    bodies = [part.split(b"\r\n\r\n", 1)[1][:-2] for part in parts]
    assert bodies == [content[first : last + 1] for first, last in wanted]
    return "206, every byte right"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=2, help="of each run")
    parser.add_argument("--runs", type=int, default=9, help="of each server for each load")
    parser.add_argument("--candidate", choices=sorted(CANDIDATES), default="service")
    parser.add_argument("--only", help="a part of the load's name")
    arguments = parser.parse_args()
    missing = [program for program in ("nginx", "wrk") if shutil.which(program) is None]
    if missing:
        print(f"Skipped: {' and '.join(missing)} must be installed for this benchmark.")
        return
    with ExitStack() as resources:
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="image-benchmark-")))
        folder.chmod(0o755)  # nginx's worker runs as another user when started by root
        files = folder / "files"
        files.mkdir(mode=0o755)
        for name, size in FILES.items():
            (files / name).write_bytes(os.urandom(size))
        script = folder / "ranges.lua"
        script.write_text(RANGES_SCRIPT)
        yardstick = start_nginx(files, folder, resources)
        candidate = CANDIDATES[arguments.candidate](files, folder, resources)
        for target in (yardstick, candidate):
            wait_until_up(target)
        print(f"{'load':<24} {'nginx MB/s':>11} {candidate.name + ' MB/s':>14} {'ratio':>6} {'measure':>8}  CPU s/GB")
        for load in LOADS:
            if arguments.only and arguments.only not in load.name:
                continue
            results: dict[str, list[tuple[float, float]]] = {yardstick.name: [], candidate.name: []}
            for turn in range(arguments.runs):
                for target in (yardstick, candidate) if turn % 2 else (candidate, yardstick):
                    results[target.name].append(run_load(target, load, arguments.seconds, script))
            rates = [statistics.median(rate for rate, _ in results[t.name]) for t in (yardstick, candidate)]
            costs = [statistics.median(cost for _, cost in results[t.name]) for t in (yardstick, candidate)]
            pairs = zip(results[yardstick.name], results[candidate.name], strict=True)
            ratio = statistics.median(mine[0] / theirs[0] for theirs, mine in pairs)
            print(
                f"{load.name:<24} {rates[0] / 1e6:>11.0f} {rates[1] / 1e6:>14.0f} {ratio:>6.2f} "
                f"{'>= ' + str(load.measure):>8}  {costs[0]:.2f} / {costs[1]:.2f}",
                flush=True,
            )
        print("multiple ranges:", check_multiple_ranges(candidate, (files / "medium.bin").read_bytes()))


if __name__ == "__main__":
    main()
