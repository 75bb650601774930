"""`login` against real keyrings of the system, each command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.administration_stand_in import ACCOUNT, PASSWORD, StandIn, running_stand_in
from tests.support.command_line import Finished, run_device_update
from tests.support.secret_service import Desktop, desktop

TOKEN = "token-1"

PLAINTEXT_BACKEND = """
import pathlib
from keyring.backend import KeyringBackend

class PlaintextKeyring(KeyringBackend):
    priority = 0.5

    def get_password(self, service, username):
        return None

    def set_password(self, service, username, password):
        pathlib.Path.home().joinpath("keyring_pass.cfg").write_text(password)
"""


@pytest.fixture
def service() -> Iterator[StandIn]:
    with running_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def unlocked(tmp_path: Path) -> Iterator[Desktop]:
    with desktop(tmp_path, unlocked=True) as session:
        yield session


def run(session: Desktop, service: StandIn, *arguments: str, stdin: str = "", **more: str) -> Finished:
    environment = {**session.environment, "DEVICE_UPDATE_URL": service.url, **more}
    return run_device_update(*arguments, environment=environment, stdin=stdin.encode())


def login(session: Desktop, service: StandIn, **more: str) -> Finished:
    return run(session, service, "--account", ACCOUNT, "login", "--password-stdin", stdin=PASSWORD, **more)


def no_desktop(folder: Path) -> Desktop:
    """A shell without a D-Bus session, as over SSH or in a job."""
    home = folder / "home"
    home.mkdir()
    return Desktop({"PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(folder)}, home)


def test_a_session_lasts_from_login_to_logout_over_processes(unlocked: Desktop, service: StandIn) -> None:
    finished = login(unlocked, service)
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert service.open_tokens == {TOKEN}
    assert run(unlocked, service, "whoami").exit_code == 0
    assert service.open_tokens == {TOKEN}
    finished = run(unlocked, service, "logout")
    assert (finished.exit_code, service.open_tokens) == (0, set())
    assert run(unlocked, service, "whoami").exit_code == 4


def test_the_token_is_in_the_secret_service_and_nowhere_in_clear(unlocked: Desktop, service: StandIn) -> None:
    assert login(unlocked, service).exit_code == 0
    read = (
        "import keyring; from keyring.backends.SecretService import Keyring; b = keyring.get_keyring(); "
        f"assert isinstance(b, Keyring), b; print(b.get_password('device-update', {service.url!r}))"
    )
    kept = run_python(unlocked, read)
    assert TOKEN in kept
    assert PASSWORD not in kept
    assert list(unlocked.home.rglob("*.keyring")) != []
    for secret in (TOKEN, PASSWORD):
        assert unlocked.files_that_hold(secret) == []
    assert run(unlocked, service, "logout").exit_code == 0
    assert run_python(unlocked, read).strip() == "None"


def run_python(session: Desktop, code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], env=dict(session.environment), check=True, capture_output=True, text=True
    ).stdout


def test_where_no_keyring_was_ever_unlocked_nothing_is_kept_and_no_password_asked(
    tmp_path: Path, service: StandIn
) -> None:
    with desktop(tmp_path, unlocked=False) as session:
        finished = login(session, service)
        assert (finished.exit_code, service.asked) == (1, [])
        assert len(finished.stderr.splitlines()) == 1
        assert "keyring" in finished.stderr
        assert session.files_that_hold(TOKEN) == []


def test_a_locked_keyring_lets_nobody_in_and_shows_nothing(tmp_path: Path, service: StandIn) -> None:
    with desktop(tmp_path, unlocked=True) as session:
        assert login(session, service).exit_code == 0
    with desktop(tmp_path, unlocked=False) as session:
        for finished, exit_code in ((run(session, service, "whoami"), 4), (run(session, service, "logout"), 1)):
            assert finished.exit_code == exit_code
            assert "The system's keyring is locked." in finished.stderr
            assert TOKEN not in finished.stderr
    with desktop(tmp_path, unlocked=True) as session:
        assert run(session, service, "whoami").exit_code == 0


def test_without_d_bus_login_says_so_and_the_environment_still_lets_in(tmp_path: Path, service: StandIn) -> None:
    session = no_desktop(tmp_path)
    finished = login(session, service)
    assert (finished.exit_code, service.asked) == (1, [])
    assert "This system has no keyring that keeps secrets" in finished.stderr
    given = {"DEVICE_UPDATE_ACCOUNT": ACCOUNT, "DEVICE_UPDATE_PASSWORD": PASSWORD}
    assert run(session, service, "whoami", **given).exit_code == 0
    assert service.open_tokens == set()  # opened for that run, and ended with it
    assert session.files_that_hold(TOKEN) == []


def test_keyrings_alt_is_never_used_where_it_is_the_only_one(tmp_path: Path, service: StandIn) -> None:
    session = no_desktop(tmp_path)
    plugins = tmp_path / "plugins"
    (plugins / "keyrings" / "alt").mkdir(parents=True)
    (plugins / "keyrings" / "alt" / "file.py").write_text(PLAINTEXT_BACKEND)
    (plugins / "keyrings.alt-5.0.2.dist-info").mkdir()
    metadata = plugins / "keyrings.alt-5.0.2.dist-info"
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: keyrings.alt\nVersion: 5.0.2\n")
    (metadata / "entry_points.txt").write_text("[keyring.backends]\nfile = keyrings.alt.file\n")
    with_plugin = Desktop({**session.environment, "PYTHONPATH": str(plugins)}, session.home)
    assert "PlaintextKeyring" in run_python(with_plugin, "import keyring; print(keyring.get_keyring())")
    finished = login(with_plugin, service)
    assert (finished.exit_code, service.asked) == (1, [])
    assert "no keyring that keeps secrets" in finished.stderr
    assert list(session.home.rglob("*.cfg")) == []
