"""Every command of `device-update` once against the real service: its exit code, and JSON where it was asked for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.cabinets import manifest_xml, update_xml
from tests.support.command_line import Finished, environment_for, run_device_update
from tests.support.device_checks import ordinary_check
from tests.support.file_keyring import BACKEND, PLACE
from tests.support.plain_calls import Administrator, check
from tests.support.sample_packages import package
from tests.support.service_process import ACCOUNT, PASSWORD, ServiceProcess, eventually, free_port, run_service_command

pytestmark = pytest.mark.end_to_end

MAC = "00-04-F2-00-00-01"
ROOT = Path(__file__).parents[2]


class Commands:
    """The command line as one account, with a keyring of its own."""

    def __init__(self, url: str, folder: Path, *, account: str = ACCOUNT, password: str = PASSWORD) -> None:
        self.folder = folder
        self._environment = environment_for(url, account, password) | {
            "PYTHON_KEYRING_BACKEND": BACKEND,
            "PYTHONPATH": str(ROOT),
            PLACE: str(folder / "keyring.json"),
        }

    def run(self, *arguments: str, stdin: str = "", exit_code: int = 0) -> Finished:
        """One command with the exit code that it must have; one that fails says so in a sentence."""
        finished = run_device_update(*arguments, environment=self._environment, stdin=stdin.encode())
        assert finished.exit_code == exit_code, (arguments, finished)
        assert "Traceback" not in finished.stderr
        if exit_code:
            assert finished.stderr.strip(), arguments
        return finished

    def json(self, *arguments: str, stdin: str = "") -> Any:
        """One command with `--json`, and what it printed."""
        finished = self.run("--json", *arguments, stdin=stdin)
        return json.loads(finished.stdout)

    def forget_password(self) -> None:
        """From now on only the keyring lets commands in."""
        del self._environment["DEVICE_UPDATE_PASSWORD"]


@pytest.fixture(scope="module")
def used_service(folder_with_administrator: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service that has a pending and an approved version, and one device."""
    service = ServiceProcess(shutil.copytree(folder_with_administrator, tmp_path_factory.mktemp("commands") / "data"))
    service.start()
    administrator = Administrator(service)
    administrator.import_package(package("1.0", models=["CX700", "CX600"]))
    administrator.approve_all()
    administrator.import_package(package("2.0", models=["CX700"]))
    check(service, ordinary_check(MAC))
    check(service, b"<Request/>")
    eventually(lambda: administrator.items("/devices"), "the device is known")
    eventually(lambda: administrator.items("/refused-requests"), "the refused request is kept")
    yield service
    service.end()
    assert "Traceback" not in service.stderr, service.stderr


@pytest.fixture
def commands(used_service: ServiceProcess, tmp_path: Path) -> Commands:
    return Commands(used_service.admin, tmp_path)


def test_what_commands_look_at_comes_as_json(commands: Commands) -> None:
    assert commands.json("whoami")["account"] == ACCOUNT
    assert commands.json("server")["counts"]["devices"] == 1
    assert commands.json("summary")["devices"] == 1
    assert len(commands.json("packages")["items"]) >= 2
    assert commands.json("package", "show", "1")["id"] == "1"
    assert len(commands.json("rules")["items"]) >= 2
    assert commands.json("rule", "1")["id"] == "1"
    [device] = commands.json("devices", "--search", "04f2")["items"]
    assert commands.json("device", MAC)["id"] == device["id"]
    assert commands.json("device", MAC, "--history")["items"]
    assert commands.json("why", MAC)["why"]["text"].endswith(".")
    [refused] = commands.json("refused-requests", "--kind", "check", "--since", "2026-01-01")["items"]
    assert refused["code"] == "malformed-request"
    assert commands.json("sessions")["items"]
    assert commands.json("settings")["items"]
    assert commands.json("settings", "get", "history_days")["value"] == 400


def test_lists_for_people_name_what_they_list(commands: Commands) -> None:
    for arguments, named in (
        (("rules",), "CX700"),
        (("summary",), "1 device"),
        (("why", MAC), "Next"),
    ):
        assert named in commands.run(*arguments).stdout.decode()


def test_an_update_goes_from_its_package_to_its_removal_by_commands(commands: Commands) -> None:
    (commands.folder / "CPE.nbt").write_bytes(b"third")
    manifest = commands.folder / "updateInfo.xml"
    manifest.write_bytes(manifest_xml(update_xml("CPE.nbt", version="3.0", model="CX3000")))
    built = commands.folder / "built.cab"
    commands.run("package", "build", str(manifest), "--output", str(built))
    assert commands.json("import", str(built), "--inspect")["upload_id"]
    [update] = commands.json("import", str(built))["updates"]
    rule = update["rule_id"]
    commands.run("approve", rule, exit_code=2)  # nobody tried it, and there is no terminal to ask on
    assert commands.json("approve", rule, "--yes", "--what-if")["preview"]
    assert commands.json("approve", rule, "--yes")["changed"][0]["approved"]["version"] == "3.0"
    commands.run("approve", rule, "--yes", exit_code=1)
    manifest.write_bytes(manifest_xml(update_xml("CPE.nbt", version="4.0", model="CX3000")))
    commands.json("import", str(built), "--manifest", str(manifest))
    assert commands.json("reject", rule, "--yes")["changed"]
    commands.json("import", str(built), "--manifest", str(manifest))
    commands.json("approve", "--model", "CX3000", "--yes")
    assert commands.json("rollback", rule, "--yes")["changed"][0]["approved"]["version"] == "3.0"
    assert commands.json("rollback", rule, "--to", "4.0", "--yes")["changed"][0]["approved"]["version"] == "4.0"
    commands.run("remove", rule, exit_code=2)
    assert commands.json("remove", rule, "--yes")["changed"]
    assert "files" in commands.json("purge", "updates", "--what-if")
    assert "files" in commands.json("purge", "updates", "--yes")


def test_test_devices_and_settings_are_changed_by_commands(commands: Commands) -> None:
    assert commands.json("test-device", "add", "Lobby", "--serial", "S-1")["identifier"] == "S-1"
    assert commands.json("test-device", "edit", "Lobby", "--name", "Hall")["name"] == "Hall"
    assert [each["name"] for each in commands.json("test-device", "list")["items"]] == ["Hall"]
    commands.run("--json", "test-device", "remove", "Hall")
    commands.run("test-device", "remove", "Hall", exit_code=1)
    commands.json("settings", "set", "log_cleanup_days", "12")
    assert commands.json("settings", "get", "log_cleanup_days")["value"] == 12
    commands.run("settings", "set", "log_cleanup_days", "1000", exit_code=1)


def test_accounts_are_changed_by_commands_and_a_role_bounds_what_they_may_do(
    commands: Commands, used_service: ServiceProcess, tmp_path: Path
) -> None:
    assert commands.json("account", "add", "hanna", "--role", "help_desk", "--password-stdin", stdin="a password")
    help_desk = Commands(used_service.admin, tmp_path, account="hanna", password="a password")
    assert help_desk.json("rules")["items"]
    help_desk.run("approve", "1", "--yes", exit_code=4)
    assert commands.json("account", "set-role", "hanna", "operator")["role"] == "operator"
    commands.json("account", "set-password", "hanna", "--password-stdin", stdin="another password")
    help_desk.run("whoami", exit_code=4)
    assert commands.json("account", "unlock", "hanna")
    assert {"hanna", ACCOUNT} <= {each["name"] for each in commands.json("account", "list")["items"]}
    commands.run("--json", "account", "remove", "hanna")
    commands.run("account", "remove", ACCOUNT, exit_code=1)  # the last administrator


def test_login_keeps_a_session_that_logout_ends(commands: Commands) -> None:
    assert commands.json("login")["account"] == ACCOUNT
    commands.forget_password()
    assert commands.json("whoami")["account"] == ACCOUNT
    commands.run("logout")
    commands.run("whoami", exit_code=4)


def test_exit_codes_of_what_cannot_be(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "empty.cab").touch()
    commands.run("import", str(tmp_path / "empty.cab"), exit_code=1)
    commands.run("rule", "999", exit_code=1)
    commands.run("import", str(tmp_path / "missing.cab"), exit_code=2)
    commands.run("rules", "--no-such-option", exit_code=2)
    Commands(f"http://127.0.0.1:{free_port()}", tmp_path).run("rules", exit_code=3)


def test_commands_on_the_host_work_while_the_service_runs(used_service: ServiceProcess, tmp_path: Path) -> None:
    data = ("--data", str(used_service.folder))
    added = run_service_command(
        "account", "add", "otto", "--role", "operator", "--password-stdin", *data, stdin="a password"
    )
    assert added.returncode == 0, added.stderr
    assert Commands(used_service.admin, tmp_path, account="otto", password="a password").json("whoami")
    assert "otto" in run_service_command("account", "list", *data).stdout
    assert run_service_command("account", "remove", "otto", *data).returncode == 0
    Commands(used_service.admin, tmp_path, account="otto", password="a password").run("whoami", exit_code=4)
    assert run_service_command("account", "list", "--data", str(tmp_path / "nowhere")).returncode == 1
    assert run_service_command("serve", "--no-such-option").returncode == 2
