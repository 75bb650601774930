"""Whom the window signs in without asking, and what it says when nothing can be remembered."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from tests.support.memory_keyring import InMemoryKeyring, LockedKeyring

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.console_access import find_console_access
from device_update_console.core.connections.credentials import (
    ACCOUNT_VARIABLE,
    PASSWORD_VARIABLE,
    Access,
    SessionStore,
    StoredSession,
)
from device_update_console.core.connections.kept_passwords import KEPT_PASSWORDS, KeptPasswords
from device_update_console.core.connections.system_keyring import SystemKeyring
from device_update_console.core.failures import KeyringUnavailable
from device_update_http_authentication.identities import Credentials

SERVER = parse_server_address("https://updates.contoso.com:8444")
OTHER = parse_server_address("https://updates.fabrikam.com")
ANNA = Credentials("anna", "a secret of hers")
SESSION = StoredSession(account="helen", token="t", expires_at=datetime(2026, 5, 10, tzinfo=UTC))


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryKeyring]:
    """A keyring, and nobody's ticket."""
    monkeypatch.setenv("KRB5CCNAME", "FILE:/nonexistent/tickets")
    before, mine = keyring.get_keyring(), InMemoryKeyring()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


async def test_a_kept_password_signs_in_and_is_nowhere_but_in_the_keyring(secrets: InMemoryKeyring) -> None:
    kept = KeptPasswords(SystemKeyring())
    await kept.save(SERVER, ANNA)
    found = await find_console_access(SERVER, None, {}, SystemKeyring())
    assert found.access == Access(identity=ANNA)
    assert found.password_is_kept
    assert list(secrets.secrets) == [(KEPT_PASSWORDS, SERVER.origin)]
    assert (await find_console_access(OTHER, None, {}, SystemKeyring())).access is None
    await kept.forget(SERVER)
    assert secrets.secrets == {}
    assert (await find_console_access(SERVER, None, {}, SystemKeyring())).access is None


async def test_the_environment_goes_before_what_is_kept() -> None:
    await KeptPasswords(SystemKeyring()).save(SERVER, ANNA)
    environment = {ACCOUNT_VARIABLE: "otto", PASSWORD_VARIABLE: "from the environment"}
    found = await find_console_access(SERVER, None, environment, SystemKeyring())
    assert found.access == Access(identity=Credentials("otto", "from the environment"))


async def test_the_session_that_login_kept_is_used_where_no_password_is() -> None:
    await SessionStore().save(SERVER, SESSION)
    assert (await find_console_access(SERVER, None, {}, SystemKeyring())).access == Access(session=SESSION)
    await KeptPasswords(SystemKeyring()).save(SERVER, ANNA)
    assert (await find_console_access(SERVER, None, {}, SystemKeyring())).access == Access(identity=ANNA)


@pytest.mark.parametrize(
    ("account", "access"),
    [("ANNA", Access(identity=ANNA)), ("Helen", Access(session=SESSION)), ("otto", None)],
)
async def test_whoever_is_named_is_not_let_in_as_somebody_else(account: str, access: Access | None) -> None:
    await KeptPasswords(SystemKeyring()).save(SERVER, ANNA)
    await SessionStore().save(SERVER, SESSION)
    assert (await find_console_access(SERVER, account, {}, SystemKeyring())).access == access


@pytest.mark.parametrize(
    ("backend", "sentence"),
    [
        (NoKeyring, "This system has no keyring that keeps secrets."),
        (LockedKeyring, "The system's keyring is locked."),
    ],
)
async def test_where_nothing_can_be_remembered_that_is_said(backend: type, sentence: str) -> None:
    keyring.set_keyring(backend())
    found = await find_console_access(SERVER, None, {}, SystemKeyring())
    assert found.access is None
    assert found.keyring_remark == f"{sentence} Your password is used until you close the console, and not kept."
    with pytest.raises(KeyringUnavailable):
        await KeptPasswords(SystemKeyring()).save(SERVER, ANNA)


async def test_a_keyring_that_never_answers_is_given_up_after_its_time() -> None:
    let_go = threading.Event()

    class Blocked(InMemoryKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            let_go.wait(60)
            return None

    keyring.set_keyring(Blocked())
    found = await find_console_access(SERVER, None, {}, SystemKeyring(0.05))
    let_go.set()
    assert found.keyring_remark.startswith("The system's keyring did not answer within 0.05 seconds.")


async def test_a_locked_keyring_is_asked_once_for_all_servers_and_again_to_keep_something() -> None:
    asked: list[str] = []

    class Locked(LockedKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            asked.append(username)
            return super().get_password(service, username)

        def set_password(self, service: str, username: str, password: str) -> None:
            asked.append("to keep")

    keyring.set_keyring(Locked())
    shared = SystemKeyring()
    found = await asyncio.gather(*(find_console_access(server, None, {}, shared) for server in (SERVER, OTHER)))
    assert asked in ([SERVER.origin], [OTHER.origin])
    assert all("The system's keyring is locked." in each.keyring_remark for each in found)
    with pytest.raises(KeyringUnavailable):
        await KeptPasswords(shared).save(OTHER, ANNA)
    assert asked[1:] == ["to keep", OTHER.origin]


async def test_what_is_kept_and_cannot_be_understood_is_as_if_it_were_not_there(secrets: InMemoryKeyring) -> None:
    for damage in ("", "{", '{"account": "anna"}', "[]"):
        secrets.secrets[KEPT_PASSWORDS, SERVER.origin] = damage
        assert (await find_console_access(SERVER, None, {}, SystemKeyring())).access is None
