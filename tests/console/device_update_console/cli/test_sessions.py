"""`login` keeps a session, not a password, and only in a keyring that keeps secrets."""

from __future__ import annotations

import threading
from collections.abc import Callable

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.null import Keyring as NullKeyring
from tests.support.administration_stand_in import PASSWORD, StandIn
from tests.support.command_line import Finished

from device_update_console.core import credentials
from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_RULES, SHOW_SESSION
from device_update_contract.administration.rules import Rule

DeviceUpdate = Callable[..., Finished]


class InMemoryKeyring(KeyringBackend):
    """A keyring for tests."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.secrets[service, username]


class PlaintextKeyring(InMemoryKeyring):
    """What keyrings.alt calls the one that writes secrets to a readable file."""


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


@pytest.mark.parametrize("backend", [NullKeyring, PlaintextKeyring])
def test_login_uses_no_keyring_that_keeps_nothing_secret(
    service: StandIn, device_update: DeviceUpdate, backend: type[KeyringBackend]
) -> None:
    keyring.set_keyring(backend())
    finished = device_update("login")
    assert finished.exit_code == 1
    assert "no keyring that keeps secrets" in finished.stderr
    assert service.asked == []


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
