"""``kill -9`` in the middle of actions: each happened wholly or not at all, and an acknowledged one happened.

``DEVICE_UPDATE_KILLS`` sets how often each kind of action is killed, for a soak run of hours.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.support.device_checks import install_report
from tests.support.plain_calls import Administrator, Answer, NotAnswered, check
from tests.support.sample_packages import package, package_of_files, sha256_of
from tests.support.service_process import ServiceProcess, eventually
from tests.support.soundness import assert_sound, stored_images

from device_update_service.storage.data_folder import DataFolder

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(0 if "DEVICE_UPDATE_KILLS" in os.environ else 240)]

CLIENTS = 3


def kills(default: int) -> int:
    """How often an action is killed."""
    return int(os.environ.get("DEVICE_UPDATE_KILLS", default))


@dataclass(slots=True)
class Fired:
    """What some clients asked for until the service was killed, by the name of each action."""

    asked: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)


def fire_until_killed(
    service: ServiceProcess, actions: Iterable[tuple[str, Callable[[], Answer]]], *, delay: float
) -> Fired:
    """Let clients carry out actions one after another; `delay` seconds after the first answer the service is killed."""
    fired, lock, waiting, under_way = Fired(), threading.Lock(), iter(actions), threading.Event()

    def client() -> None:
        while True:
            with lock:
                name, action = next(waiting, ("", None))
                if action is None:
                    return
                fired.asked.add(name)
            try:
                answer = action()
            except NotAnswered:
                return
            assert answer.status in {200, 201}, answer.body
            with lock:
                fired.acknowledged.add(name)
            under_way.set()

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(client) for _ in range(CLIENTS)]
        eventually(lambda: under_way.is_set() or any(each.done() for each in clients), "an action is answered")
        # Any moment will do, so there is no condition to wait for.
        threading.Event().wait(delay)
        service.kill()
    for each in clients:
        each.result()
    return fired


def delays(count: int, longest: float, seed: str) -> Iterator[float]:
    """Moments to kill at, spread evenly over a span, and none of them twice."""
    generator = random.Random(seed)
    for number in range(count):
        yield (number + generator.random()) / count * longest


Slots = tuple[str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb, the pending, approved and restore versions that it meets and leaves, and the history's word for it."""

    route: str
    before: Slots
    after: Slots
    word: str


VERBS = (
    Verb("approve", ("2.0", "1.0", None), (None, "2.0", "1.0"), "approve"),
    Verb("reject", ("2.0", "1.0", None), (None, "1.0", None), "reject"),
    Verb("rollback", (None, "2.0", "1.0"), (None, "1.0", None), "roll-back"),
    Verb("remove", (None, "2.0", "1.0"), (None, None, None), "remove"),
)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.route)
def test_verbs_happen_wholly_or_not_at_all(service: ServiceProcess, administrator: Administrator, verb: Verb) -> None:
    waiting: dict[str, int] = {}
    for number, delay in enumerate(delays(kills(3), 0.15, verb.route)):
        if len(waiting) < 100:
            waiting |= rules_before(verb, administrator, batch=number)
        references = {each: {"id": each, "change_number": change} for each, change in waiting.items()}
        actions = [(each, partial(administrator.verb, verb.route, references[each])) for each in references]
        fired = fire_until_killed(service, actions, delay=delay)
        service.start()
        assert_sound(service)
        done = set()
        for rule in all_rules(administrator):
            if rule["id"] not in waiting:
                continue
            steps = rule["change_number"] - waiting[rule["id"]]
            assert slots_of(rule) == (verb.after if steps else verb.before)
            if steps:
                assert steps == 1
                done.add(rule["id"])
        assert fired.acknowledged <= done <= fired.asked
        for rule_id in fired.asked:
            newest = administrator.get(f"/rules/{rule_id}/history")["items"][0]
            assert (newest["verb"] == verb.word) == (rule_id in done)
        waiting = {rule_id: change for rule_id, change in waiting.items() if rule_id not in done}


def rules_before(verb: Verb, administrator: Administrator, *, batch: int) -> dict[str, int]:
    """Some hundred new rules for a verb, by id with their change numbers."""
    models = [f"M{batch}-{number}" for number in range(200)]
    administrator.import_package(package("1.0", models=models))
    # Not all that is pending: rules of earlier batches wait for their verb.
    new = [{"id": rule["id"]} for rule in administrator.items("/rules?state=pending") if rule["model"] in models]
    approvals = [administrator.verb("approve", *new)]
    administrator.import_package(package("2.0", models=models))
    if verb.before[0] is None:
        approvals.append(administrator.verb("approve", *new))
    assert {answer.status for answer in approvals} == {200}
    met = [rule for rule in administrator.items("/rules") if {"id": rule["id"]} in new]
    assert {slots_of(rule) for rule in met} == {verb.before}
    return {rule["id"]: rule["change_number"] for rule in met}


def all_rules(administrator: Administrator) -> list[Any]:
    """Every rule, also the removed ones."""
    return administrator.items("/rules?state=all") + administrator.items("/rules?state=removed")


def slots_of(rule: Any) -> Slots:
    """The versions that a rule shows."""
    pending, approved, restore = (rule[slot] and rule[slot]["version"] for slot in ("pending", "approved", "restore"))
    return pending, approved, restore


def test_an_acknowledged_install_result_is_in_the_history(
    service: ServiceProcess, administrator: Administrator
) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    reported: dict[str, int] = {}
    for round_number, delay in enumerate(delays(kills(4), 0.3, "report")):
        at = began + timedelta(minutes=round_number)
        macs = [f"00-04-F2-00-{number // 256:02X}-{number % 256:02X}" for number in range(600)]
        fired = fire_until_killed(
            service, [(mac, partial(check, service, install_report(mac, at))) for mac in macs], delay=delay
        )
        service.start()
        assert_sound(service)
        shown = {device["mac"]: device for device in administrator.items("/devices")}
        for mac in fired.acknowledged:
            assert datetime.fromisoformat(shown[mac]["last_install"]["at"]) == at, "an acknowledged report was lost"
            reported[mac] = reported.get(mac, 0) + 1
        for mac in sorted(fired.acknowledged)[:: max(1, len(fired.acknowledged) // 10)]:
            events = administrator.get(f"/devices/{shown[mac]['id']}/history?limit=1000")["items"]
            installs = [event["at"] for event in events if event["kind"] == "install"]
            assert len(installs) >= reported[mac]


# Imports

MODELS = [f"I{number}" for number in range(30)]
IMAGE_SIZE = 150_000


def test_half_an_upload_leaves_nothing(service: ServiceProcess, administrator: Administrator) -> None:
    content = package_of_files("1.0.0.1", models=MODELS, size=IMAGE_SIZE)
    head = (
        f"POST /api/v1/packages?name=half.cab HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
        f"Authorization: Bearer {administrator.token}\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    uploads = DataFolder(service.folder).uploads
    with socket.create_connection(("127.0.0.1", service.admin_port)) as connection:
        connection.sendall(head.encode() + content[: len(content) // 2])
        eventually(lambda: sum(size_of(path) for path in uploads.iterdir()) > IMAGE_SIZE, "a part is on the disk")
        service.restart()
    assert_nothing_was_imported(service, administrator)
    administrator.import_package(content)
    assert_sound(service)


def test_killed_while_the_package_is_inspected_it_starts_again_at_once(
    service: ServiceProcess, administrator: Administrator
) -> None:
    """The worker process must keep neither the data folder's lock nor the listeners' ports."""
    content = package_of_files("1.0.0.1", models=MODELS, size=1_000_000)
    uploads = DataFolder(service.folder).uploads
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(administrator.send_package, content)
        eventually(lambda: len(list(uploads.glob("*.work/*"))) > 1, "the worker unpacks")
        workers = children_of(service.pid)
        assert workers, "the worker runs"
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)  # so that it is not done before the service is killed
        for opened in files_of(workers):
            assert not opened.startswith("socket:"), "a listener's port would stay taken"
            assert Path(opened) not in {service.folder / "lock", DataFolder(service.folder).database}
        service.restart()
        assert isinstance(answer.exception(30), NotAnswered)
    eventually(lambda: not any(is_running(worker) for worker in workers), "the worker died with the service")
    assert_nothing_was_imported(service, administrator)
    administrator.import_package(content)
    assert_sound(service)


def test_killed_with_files_in_the_store_and_no_rows_the_files_are_swept(
    service: ServiceProcess, administrator: Administrator
) -> None:
    content = package_of_files("1.0.0.1", models=[*MODELS, *(f"J{model}" for model in MODELS)], size=20_000)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(administrator.send_package, content)
        eventually(lambda: stored_images(service), "the first file is in the store")
        service.restart()
        acknowledged = answer.exception(30) is None
    assert_sound(service)
    packages = administrator.items("/packages")
    assert packages or not acknowledged
    assert len(administrator.items("/rules")) == (len(MODELS) * 2 if packages else 0)


def test_imports_happen_wholly_or_not_at_all(service: ServiceProcess, administrator: Administrator) -> None:
    began = time.monotonic()
    administrator.import_package(package_of_files("1.0.0.1", models=MODELS, size=IMAGE_SIZE))
    took = time.monotonic() - began
    for number, delay in enumerate(delays(kills(8), took, "import"), start=2):
        version = f"1.0.0.{number}"
        content = package_of_files(version, models=MODELS, size=IMAGE_SIZE)
        with ThreadPoolExecutor(1) as pool:
            answer: Future[Answer] = pool.submit(administrator.send_package, content)
            # Any moment will do, so there is no condition to wait for.
            threading.Event().wait(delay)
            service.restart()
            acknowledged = answer.exception(30) is None
        assert_sound(service)
        known = {each["sha256"] for each in administrator.items("/packages")}
        pending = {rule["pending"]["version"] for rule in administrator.items("/rules")}
        if sha256_of(content) in known:
            assert pending == {version}
        else:
            assert not acknowledged, "an acknowledged import was lost"
            assert version not in pending
            administrator.import_package(content)


def assert_nothing_was_imported(service: ServiceProcess, administrator: Administrator) -> None:
    """No row and no file is left."""
    assert_sound(service)
    assert administrator.items("/packages") == []
    assert administrator.items("/rules") == []
    assert stored_images(service) == set()
    assert list(DataFolder(service.folder).uploads.iterdir()) == []


def size_of(path: Path) -> int:
    """Bytes of a file that may go away meanwhile."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def children_of(pid: int) -> list[int]:
    """The processes that a process started, and that run."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def files_of(processes: Iterable[int]) -> list[str]:
    """What processes have open, as the kernel names it."""
    opened = []
    for descriptor in [each for process in processes for each in Path(f"/proc/{process}/fd").iterdir()]:
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            opened.append(str(descriptor.readlink()))
    return opened


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state: Any = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return bool(state != "Z")
