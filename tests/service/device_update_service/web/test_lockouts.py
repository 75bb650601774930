"""Lock-outs of a real service: they outlive a restart, end when an administrator says so, and follow the clock."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from tests.support.administration import basic
from tests.support.external_listeners import CHECK, ExternalService, external_service
from tests.support.running_services import RunningService, running_service

from device_update_contract.administration.roles import Role
from device_update_service.domain.accounts import AccountSnapshot
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.identity.account_key import load_account_key
from device_update_service.identity.account_key_file import KeyPlace
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.storage.accounts.account_snapshot import load_accounts
from device_update_service.storage.setting_records import write_settings
from device_update_service.usecases import accounts
from device_update_service.usecases.outcomes import Actor, Change, Outcome
from device_update_service.web import service as web_service

NOW = datetime(2026, 5, 3, 14, 2, tzinfo=UTC)
PASSWORD = "correct horse"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[RunningService]:
    """A service with two accounts that locks out after three failures."""
    async with running_service(tmp_path) as running:
        await prepare(running)
        yield running


async def prepare(running: RunningService) -> None:
    """Two accounts, and a lock-out after three failures."""
    service = running.parts.service
    key = load_account_key(KeyPlace(service.folder.account_key))
    for name in ("anna", "otto"):
        add = partial(accounts.add_account, name=name, role=Role.ADMINISTRATOR, nt_hash=nt_hash(PASSWORD))
        await service.change(partial(add, enabled=True, key=key, actor=Actor("test"), now=NOW))
    await service.change(_three_attempts)


def _three_attempts() -> Outcome[None]:
    write_settings({"lockout_attempts": 3})
    return Outcome(None, (Change("settings-changed", ()),))


async def sign_in(service: RunningService, name: str, password: str = PASSWORD) -> int:
    address = f"{service.listening.admin}/api/v1/session"
    async with service.client.post(address, headers={"Authorization": basic(name, password)}) as answer:
        return answer.status


async def lock_out(service: RunningService, name: str) -> None:
    for _ in range(3):
        assert await sign_in(service, name, "wrong horse") == 401
    assert await sign_in(service, name) == 401
    assert await sign_in(service, "anna") == 201


async def locked_until(service: RunningService, name: str) -> int | None:
    rows = await service.rows(f"SELECT locked_until FROM account WHERE name = '{name}'")
    found: int | None = rows[0][0]
    return found


async def test_a_success_forgets_the_failures_before_it(service: RunningService) -> None:
    for _ in range(3):
        assert [await sign_in(service, "otto", "wrong horse") for _ in range(2)] == [401, 401]
        assert await sign_in(service, "otto") == 201


async def test_a_restart_does_not_end_a_lock_out(tmp_path: Path) -> None:
    async with running_service(tmp_path) as before:
        await prepare(before)
        await lock_out(before, "otto")
    async with running_service(tmp_path) as after:
        assert await sign_in(after, "otto") == 401
        assert await sign_in(after, "anna") == 201


async def test_the_outside_locks_no_administrator_out_inside(tmp_path: Path) -> None:
    """Also not from the same address, nor after a restart; help desk sees that the account is locked out somewhere."""
    async with external_service(tmp_path / "data") as service:
        await prepare(service)
        for password in ("wrong horse", "wrong horse", "wrong horse", PASSWORD):
            assert await status_outside(service, password) == 401
        for password, status in ((PASSWORD, 201), ("wrong horse", 401), (PASSWORD, 201)):
            assert await sign_in(service, "anna", password) == status
        assert await locked_until(service, "anna") is not None
    async with running_service(tmp_path / "data") as after:
        assert await sign_in(after, "anna") == 201
        assert await after.rows("SELECT listener, name_key, address FROM lockout") == [
            ("external", "anna", "127.0.0.1")
        ]


async def status_outside(service: ExternalService, password: str = PASSWORD) -> int:
    async with await service.connect() as connection:
        return (await connection.sign_in(user="anna", password=password, body=CHECK)).status


async def test_a_command_on_the_host_lets_a_locked_account_in_again_at_once(
    service: RunningService, tmp_path: Path
) -> None:
    await lock_out(service, "otto")
    command = (sys.executable, "-m", "device_update_service", "account", "unlock", "otto", "--data", str(tmp_path))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    assert await process.wait() == 0
    assert await sign_in(service, "otto") == 201
    assert await service.rows("SELECT * FROM lockout") == []


async def test_of_two_readings_of_the_settings_the_older_never_has_the_last_word(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = service.parts.service
    has_read_settings, may_end = threading.Event(), threading.Event()

    def load_slowly() -> AccountSnapshot:
        monkeypatch.undo()
        has_read_settings.set()
        may_end.wait()
        return load_accounts()

    monkeypatch.setattr(web_service, "load_accounts", load_slowly)
    older = asyncio.create_task(running.reload_accounts())
    await asyncio.to_thread(has_read_settings.wait)
    await running.write(partial(write_settings, {"lockout_attempts": 5}))
    newer = asyncio.create_task(running.reload_accounts())
    await asyncio.wait([newer], timeout=0.3)  # it ends by then only where it does not wait for the older one
    may_end.set()
    await asyncio.gather(older, newer)
    assert running.guessing_settings.attempts == 5


async def test_a_clock_that_is_set_back_an_hour_moves_the_end_of_a_lock_out_with_it(service: RunningService) -> None:
    running = service.parts.service
    await service.parts.housekeeping.stop()
    running.clock = lambda: NOW
    for guessing in running.guessing.values():
        guessing.look(NOW)
    await lock_out(service, "otto")
    before = await locked_until(service, "otto")
    set_back = NOW - timedelta(hours=1)
    running.clock = lambda: set_back
    await running.follow_clock()
    assert await sign_in(service, "otto") == 401
    until = await locked_until(service, "otto")
    assert before is not None
    assert until is not None
    assert before - until >= 3_600_000
    assert until <= to_milliseconds(set_back + timedelta(minutes=15))
    running.clock = lambda: set_back + timedelta(minutes=15)
    assert await sign_in(service, "otto") == 201


async def test_lock_outs_that_are_over_are_swept(service: RunningService) -> None:
    await lock_out(service, "otto")
    assert len(await service.rows("SELECT * FROM lockout")) == 1
    later = service.parts.service.clock() + timedelta(minutes=16)
    service.parts.service.clock = lambda: later
    await service.parts.housekeeping.clean()
    assert await service.rows("SELECT * FROM lockout") == []
