"""`login` keeps a session, not a password, and only in a keyring that keeps secrets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.null import Keyring as NullKeyring
from tests.support.administration_stand_in import PASSWORD, StandIn
from tests.support.command_line import Finished
from tests.support.memory_keyring import InMemoryKeyring

from device_update_console.core.connections import credentials
from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_RULES, SHOW_SESSION
from device_update_contract.administration.rules import Rule

DeviceUpdate = Callable[..., Finished]


class PlaintextKeyring(InMemoryKeyring):
    """What keyrings.alt calls the one that writes secrets to a readable file."""


class OfAnotherMaker(type("EncryptedKeyring", (InMemoryKeyring,), {"__module__": "keyrings.alt.file"})):  # type: ignore[misc]
    """A backend that builds on one of keyrings.alt."""


class Forgetful(InMemoryKeyring):
    """A backend that takes secrets and does not keep them, as the null backend does under its own name."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return None


class Unforgetting(InMemoryKeyring):
    """A backend that can no longer be written to."""

    def delete_password(self, service: str, username: str) -> None:
        raise PermissionError


@pytest.fixture
def secrets() -> dict[tuple[str, str], str]:
    backend = InMemoryKeyring()
    keyring.set_keyring(backend)
    return backend.secrets


def test_after_login_commands_need_no_password_until_logout(
    service: StandIn,
    device_update: DeviceUpdate,
    secrets: dict[tuple[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.lay(LIST_RULES, Page[Rule](items=[]))
    monkeypatch.delenv("DEVICE_UPDATE_PASSWORD")
    assert device_update("login", "--password-stdin", stdin=PASSWORD.encode()).exit_code == 0
    assert "token-1" in secrets["device-update", service.url]
    assert PASSWORD not in secrets["device-update", service.url]
    assert device_update("rules").exit_code == 0
    assert service.open_tokens == {"token-1"}
    assert device_update("--account", "somebody-else", "rules").exit_code == 4
    assert device_update("logout").exit_code == 0
    assert (secrets, service.open_tokens) == ({}, set())
    assert device_update("rules").exit_code == 4


def test_a_second_login_leaves_no_session_open_that_nobody_can_use(
    service: StandIn, device_update: DeviceUpdate, secrets: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert device_update("login").exit_code == device_update("login").exit_code == 0
    assert service.open_tokens == {"token-2"}
    assert "token-2" in secrets["device-update", service.url]
    monkeypatch.setenv("DEVICE_UPDATE_PASSWORD", "a wrong secret")
    assert device_update("login").exit_code == 4
    assert service.open_tokens == {"token-2"}


def test_an_ended_session_ends_with_4_and_says_to_sign_in_again(
    service: StandIn,
    device_update: DeviceUpdate,
    secrets: dict[tuple[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert device_update("login").exit_code == 0
    monkeypatch.delenv("DEVICE_UPDATE_PASSWORD")
    service.open_tokens.clear()
    finished = device_update("rules")
    assert (finished.exit_code, finished.stderr) == (
        4,
        "The session has ended. Sign in again with 'device-update login'.\n",
    )
    assert device_update("logout").exit_code == 0
    assert secrets == {}


@pytest.mark.parametrize("backend", [NullKeyring, PlaintextKeyring, OfAnotherMaker])
def test_login_uses_no_keyring_that_keeps_nothing_secret(
    service: StandIn, device_update: DeviceUpdate, backend: type[KeyringBackend]
) -> None:
    keyring.set_keyring(backend())
    finished = device_update("login")
    assert finished.exit_code == 1
    assert "no keyring that keeps secrets" in finished.stderr
    assert service.asked == []


def test_a_keyring_that_does_not_keep_the_session_is_said_and_the_session_ended(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    keyring.set_keyring(Forgetful())
    finished = device_update("login")
    assert (finished.exit_code, finished.stderr) == (1, "The system's keyring did not keep what it was given.\n")
    assert service.open_tokens == set()


def test_logout_ends_the_session_also_where_the_keyring_cannot_forget_it(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    keyring.set_keyring(Unforgetting())
    assert device_update("login").exit_code == 0
    finished = device_update("logout")
    assert (finished.exit_code, finished.stderr) == (1, "The system's keyring refused: PermissionError.\n")
    assert service.open_tokens == set()


def test_a_kept_session_is_the_accounts_by_either_of_its_names() -> None:
    kept = credentials.StoredSession(
        account="EXAMPLE\\ada", asked_for="ada@example.test", token="t", expires_at=datetime(2026, 5, 10, tzinfo=UTC)
    )
    assert kept.is_of("example\\ADA")
    assert kept.is_of("Ada@example.test")
    assert not kept.is_of("ada")


def test_a_keyring_that_never_answers_is_given_up(
    service: StandIn, device_update: DeviceUpdate, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()

    class Blocked(InMemoryKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            let_go.wait(60)
            return None

    keyring.set_keyring(Blocked())
    monkeypatch.setattr(credentials.SessionStore.__init__, "__defaults__", (0.05,))
    monkeypatch.delenv("DEVICE_UPDATE_PASSWORD")
    finished = device_update("rules")
    let_go.set()
    assert finished.exit_code == 4
    assert "did not answer" in finished.stderr


def test_whoami_shows_what_the_service_says(service: StandIn, device_update: DeviceUpdate) -> None:
    session = (
        b'{"id":"1","account":"ada","role":"operator","address":null,"created_at":"2026-05-03T08:30:00Z",'
        b'"last_used_at":"2026-05-03T08:30:00Z","expires_at":"2026-05-03T08:30:00Z","current":true,"permissions":["read"]}'
    )
    service.lay(SHOW_SESSION, session)
    assert "operator" in device_update("whoami").stdout.decode()
    assert device_update("--json", "whoami").stdout == session + b"\n"
