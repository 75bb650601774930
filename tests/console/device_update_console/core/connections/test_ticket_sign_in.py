"""Whoever has a Kerberos ticket is signed in without a word, and asked where it is not good enough."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from tests.support.domain_services import domain_service
from tests.support.kerberos_realm import OTHER_REALM, STRANGER, USER, KerberosRealm, kerberos_realm
from tests.support.memory_keyring import InMemoryKeyring
from tests.support.signing_in_server import server_certificate

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.connection_states import Connected, NeedsSignIn
from device_update_console.core.connections.console_access import find_console_access
from device_update_console.core.connections.credentials import Access
from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.connections.system_keyring import SystemKeyring
from device_update_console.core.failures import FailedCall
from device_update_http_authentication.identities import SignedInUser


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KerberosRealm]:
    with kerberos_realm(tmp_path_factory.mktemp("kdc")) as center:
        yield center


@pytest.fixture(autouse=True)
def no_keyring_of_this_machine() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(InMemoryKeyring())
    yield
    keyring.set_keyring(before)


async def connected_with_ticket(
    folder: Path, realm: KerberosRealm, ticket: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> tuple[Access | None, list[object], list[FailedCall | None]]:
    """What was found to sign in with, the states that came of it, and what a person was asked."""
    for name, value in {**realm.environment(), **ticket}.items():
        monkeypatch.setenv(name, value)
    certificate = server_certificate(folder)
    states: list[object] = []
    asked: list[FailedCall | None] = []

    async def ask(failure: FailedCall | None) -> Access | None:
        asked.append(failure)
        return None

    async with domain_service(folder, realm, certificate, "require") as url:
        address = parse_server_address(url).pinned(certificate.fingerprint)
        found = await find_console_access(address, None, {}, SystemKeyring())
        told = asyncio.Event()

        def see(state: object) -> None:
            states.append(state)
            if isinstance(state, Connected | NeedsSignIn):
                told.set()

        connection = ServerConnection(address, ask_for_access=ask, on_state=see, on_event=lambda _: None)
        connection.start(found.access)
        async with asyncio.timeout(20):
            await told.wait()
        await connection.close()
    return found.access, states, asked


async def test_a_ticket_signs_in_without_a_question(
    realm: KerberosRealm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access, states, asked = await connected_with_ticket(tmp_path, realm, realm.ticket_of(USER), monkeypatch)
    assert access == Access(identity=SignedInUser())
    connected = next(state for state in states if isinstance(state, Connected))
    assert USER in connected.account
    assert asked == []


async def test_a_ticket_of_somebody_whom_the_service_does_not_know_is_followed_by_the_question(
    realm: KerberosRealm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = realm.ticket_of(STRANGER, OTHER_REALM)
    _, states, asked = await connected_with_ticket(tmp_path, realm, ticket, monkeypatch)
    assert isinstance(states[-1], NeedsSignIn)
    assert len(asked) == 1
