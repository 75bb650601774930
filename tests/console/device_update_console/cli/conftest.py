from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from tests.support.administration_stand_in import ACCOUNT, PASSWORD, StandIn, running_stand_in
from tests.support.command_line import Finished

from device_update_console.cli.program import run

DeviceUpdate = Callable[..., Finished]


@pytest.fixture
def service() -> Iterator[StandIn]:
    with running_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(autouse=True)
def no_keyring_of_this_machine() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def device_update(
    service: StandIn, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> DeviceUpdate:
    """The command in this process, signed in through the environment, without a terminal."""
    monkeypatch.setenv("DEVICE_UPDATE_URL", service.url)
    monkeypatch.setenv("DEVICE_UPDATE_ACCOUNT", ACCOUNT)
    monkeypatch.setenv("DEVICE_UPDATE_PASSWORD", PASSWORD)
    monkeypatch.setenv("KRB5CCNAME", "FILE:/nonexistent/tickets")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")

    def call(*arguments: str, stdin: bytes = b"") -> Finished:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capfdbinary.readouterr()
        exit_code = run(arguments)
        sys.stdout.flush()
        printed = capfdbinary.readouterr()
        return Finished(exit_code, printed.out, printed.err.decode())

    return call
