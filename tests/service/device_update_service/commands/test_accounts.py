"""``device-update-service account`` (contract section 6)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.support.administration import API, running_administration

from device_update_contract.administration.roles import Role
from device_update_service.commands.accounts import account

pytestmark = pytest.mark.expects_log_records(r"^Sign-in of ")


def run(folder: Path, *arguments: str, password: bytes | None = None) -> Result:
    options = [] if password is None else ["--password-stdin"]
    return CliRunner().invoke(account, [*arguments, *options, "--data", str(folder)], input=password)


def test_the_first_administrator_is_added_before_the_service_ever_ran(tmp_path: Path) -> None:
    added = run(tmp_path / "new", "add", "Anna", "--role", "administrator", password=b"correct horse\n")
    assert (added.exit_code, added.stdout) == (0, "The account Anna was added with the role administrator.\n")
    listed = run(tmp_path / "new", "list")
    assert listed.stdout.split()[:3] == ["Anna", "administrator", "enabled"]


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
async def test_one_line_end_is_dropped_from_the_password(tmp_path: Path, ending: bytes) -> None:
    await _in_a_process(tmp_path, "add", "nora", "--role", "operator", password=b"  two words \n " + ending)
    async with running_administration(tmp_path) as administration:
        assert (await administration.sign_in("nora", "  two words \n ")).status == 201


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("remove", "anna"), "last enabled administrator"),
        (("remove", "nobody"), "no account 'nobody'"),
        (("unlock", "nobody"), "no account 'nobody'"),
    ],
)
def test_a_refusal_is_a_sentence_on_stderr_and_exit_code_1(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    run(tmp_path, "add", "anna", "--role", "administrator", password=b"correct horse")
    refused = run(tmp_path, *arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert sentence in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("password", [b"short", b"", b"x" * 300, b"\xff\xfe\xfd\xff\xfe\xfd\xff\xfe"])
def test_a_password_that_will_not_do_is_refused_and_nothing_is_made(tmp_path: Path, password: bytes) -> None:
    refused = run(tmp_path / "new", "add", "anna", "--role", "administrator", password=password)
    assert refused.exit_code == 1
    assert "assword" in refused.stderr
    assert not (tmp_path / "new").exists()


def test_wrong_usage_is_exit_code_2(tmp_path: Path) -> None:
    assert run(tmp_path, "add", "anna", "--role", "king", password=b"correct horse").exit_code == 2
    assert run(tmp_path, "add", "anna", password=b"correct horse").exit_code == 2
    without_terminal = run(tmp_path, "add", "anna", "--role", "operator")
    assert (without_terminal.exit_code, "--password-stdin" in without_terminal.stderr) == (2, True)


def test_a_configuration_that_is_wrong_is_exit_code_2_and_named(tmp_path: Path) -> None:
    file = tmp_path / "service.toml"
    file.write_text("colour = 1\n")
    wrong = CliRunner().invoke(account, ["list", "--config", str(file)])
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "There is no key colour." in wrong.stderr


def test_a_folder_without_a_service_is_said_and_not_made(tmp_path: Path) -> None:
    refused = run(tmp_path / "none", "list")
    assert (refused.exit_code, refused.stderr) == (1, f"There is no service's data in {tmp_path / 'none'}.\n")
    assert not (tmp_path / "none").exists()


def test_the_configuration_file_names_the_data_folder(tmp_path: Path) -> None:
    run(tmp_path / "data", "add", "anna", "--role", "operator", password=b"correct horse")
    file = tmp_path / "service.toml"
    file.write_text(f'data = "{tmp_path / "data"}"\n')
    listed = CliRunner().invoke(account, ["list", "--config", str(file)])
    assert listed.stdout.startswith("anna ")


async def test_what_is_made_is_for_its_own_user_also_in_a_folder_that_others_may_enter(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o755)
    await _in_a_process(folder, "add", "anna", "--role", "operator", password=b"correct horse")
    made = [path for path in folder.rglob("*") if not path.is_symlink()]
    assert {"device-update.sqlite", "account.key"} <= {path.name for path in made}
    assert [path.name for path in made if path.stat().st_mode & 0o077] == []


@pytest.mark.expects_log_records("^Sign-in of ")
async def test_it_works_while_the_service_runs_and_acts_within_a_second(tmp_path: Path) -> None:
    async with running_administration(tmp_path) as administration:
        await administration.call("PATCH", "/settings", json={"lockout_attempts": 3})
        token = await administration.token(Role.OPERATOR)
        for _ in range(3):
            await administration.sign_in("otto", "wrong horse")
        assert (await administration.sign_in("otto")).status == 401
        # Not in a thread: the command is another process's, and this one shares the tables' one database.
        await _in_a_process(tmp_path, "unlock", "otto")
        assert (await administration.sign_in("otto")).status == 201
        await _in_a_process(tmp_path, "set-password", "otto", password=b"another horse")
        assert (await administration.sign_in("otto", "another horse")).status == 201
        reply = await administration.send("GET", f"{API}/session", headers={"Authorization": f"Bearer {token}"})
        assert reply.status == 401


def test_the_key_is_changed_and_the_passwords_stay(tmp_path: Path) -> None:
    run(tmp_path, "add", "anna", "--role", "administrator", password=b"correct horse")
    before = (tmp_path / "account.key").read_bytes()
    rotated = run(tmp_path, "rotate-key")
    assert (rotated.exit_code, rotated.stderr) == (0, "")
    assert rotated.stdout == "The key was changed; passwords that are encrypted with it now: 1.\n"
    assert (tmp_path / "account.key").read_bytes() != before


async def test_the_key_is_changed_under_a_running_service_which_notices(tmp_path: Path) -> None:
    async with running_administration(tmp_path) as administration:
        token = await administration.token(Role.OPERATOR)
        await _in_a_process(tmp_path, "rotate-key")
        assert (await administration.sign_in("otto")).status == 201
        changed = await administration.call("PATCH", "/accounts/otto", json={"password": "another horse"})
        assert changed.status == 200
        assert (await administration.sign_in("otto", "another horse")).status == 201
        reply = await administration.send("GET", f"{API}/session", headers={"Authorization": f"Bearer {token}"})
        assert reply.status == 401, "the new password ended it"
        trail = await administration.call("GET", "/audit-trail?verb=key.rotate")
        assert [entry["outcome"] for entry in trail.json["items"]] == ["done"]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [(lambda path: path.write_bytes(b"damaged"), b"is damaged"), (lambda path: path.chmod(0o640), b"chmod 600")],
)
async def test_a_service_with_an_unusable_key_file_says_so_and_does_not_start(
    tmp_path: Path, spoil: Callable[[Path], object], sentence: bytes
) -> None:
    run(tmp_path, "add", "anna", "--role", "administrator", password=b"correct horse")
    spoil(tmp_path / "account.key")
    addresses = ("--internal", "127.0.0.1:0", "--admin", "127.0.0.1:0")
    command = (sys.executable, "-m", "device_update_service", "serve", "--data", str(tmp_path), *addresses)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    said, complained = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, said) == (1, b"")
    assert sentence in complained
    assert b"Traceback" not in complained


@pytest.mark.expects_log_records("^Sign-in of ", r"^The key file .* is damaged")
async def test_health_says_that_the_key_file_is_damaged_while_passwords_still_work(tmp_path: Path) -> None:
    async with running_administration(tmp_path) as administration:
        (tmp_path / "account.key").write_bytes(b"damaged")
        assert (await administration.sign_in("otto")).status == 201
        health = await administration.send("GET", f"{API}/health")
        assert health.status == 503
        (check,) = [check for check in health.json["checks"] if check["name"] == "account-key"]
        assert check["status"] == "failing"
        assert "is damaged" in check["detail"]
        refused = await administration.call("PATCH", "/accounts/otto", json={"password": "another horse"})
        assert (refused.status, refused.json["code"]) == (503, "account-key-unusable")
        assert (await administration.sign_in("otto")).status == 201


@pytest.mark.parametrize("command", [("set-password", "anna"), ("add", "otto", "--role", "operator"), ("rotate-key",)])
@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.write_bytes(b"damaged"), "is damaged"),
        (lambda path: path.chmod(0o640), "chmod 600"),
        (lambda path: path.unlink(), "passwords are stored that only their key opens"),
    ],
)
def test_a_key_file_that_is_unusable_is_a_sentence_and_nothing_is_changed(
    tmp_path: Path, command: tuple[str, ...], spoil: Callable[[Path], object], sentence: str
) -> None:
    run(tmp_path, "add", "anna", "--role", "administrator", password=b"correct horse")
    spoil(tmp_path / "account.key")
    refused = run(tmp_path, *command, password=None if command == ("rotate-key",) else b"another horse")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert sentence in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert run(tmp_path, "list").stdout.split()[:1] == ["anna"]


def test_the_key_may_be_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "service.toml"
    file.write_text(f'data = "{tmp_path / "data"}"\naccounts.key_file = "{tmp_path / "my.key"}"\n')
    arguments = ["add", "anna", "--role", "operator", "--password-stdin", "--config", str(file)]
    assert CliRunner().invoke(account, arguments, input=b"correct horse").exit_code == 0
    assert (tmp_path / "my.key").is_file()
    assert not (tmp_path / "data" / "account.key").exists()


def test_a_key_that_systemd_keeps_is_used_and_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "account.key").write_bytes(bytes(32))
    (credentials / "account.key").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    added = run(tmp_path / "data", "add", "anna", "--role", "operator", password=b"correct horse")
    assert (added.exit_code, added.stderr) == (0, "")
    assert not (tmp_path / "data" / "account.key").exists()
    refused = run(tmp_path / "data", "rotate-key")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("The key is a systemd credential")


async def _in_a_process(folder: Path, *arguments: str, password: bytes | None = None) -> None:
    options = [] if password is None else ["--password-stdin"]
    command = (sys.executable, "-m", "device_update_service", "account", *arguments, *options, "--data", str(folder))
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    await process.communicate(password)
    assert process.returncode == 0
