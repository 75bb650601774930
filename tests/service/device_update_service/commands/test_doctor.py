"""``doctor`` as its own process, beside a service that is one (contract section 6)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.service_process import ServiceProcess, run_service_command


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    folder = tmp_path / "data"
    folder.mkdir(0o700)
    process = ServiceProcess(folder)
    process.start()
    yield process
    process.end()


@pytest.fixture
def config(tmp_path: Path, service: ServiceProcess) -> str:
    file = tmp_path / "service.toml"
    file.write_text(
        f'data = "{service.folder}"\n[listeners]\n'
        f'internal = {{ address = "127.0.0.1:{service.internal_port}" }}\n'
        f'admin = {{ address = "127.0.0.1:{service.admin_port}" }}\n'
    )
    return str(file)


def test_beside_a_running_service_and_after_its_end(service: ServiceProcess, config: str) -> None:
    beside = run_service_command("doctor", "--config", config, "--domain", "", "--json")
    found = {item["name"]: item for item in json.loads(beside.stdout)["findings"]}
    assert beside.stderr == ""
    assert (found["service"]["verdict"], found["internal-check"]["verdict"]) == ("ok", "ok")
    assert found["service"]["group"] == "This host"
    assert [name for name, item in found.items() if item["verdict"] == "wrong"] == []
    assert (beside.returncode, json.loads(beside.stdout)["verdict"]) == (0, "warning")
    service.stop()
    after = run_service_command("doctor", "--config", config, "--domain", "")
    assert (after.returncode, after.stderr) == (1, "")
    assert after.stdout.startswith("This host\n  WRONG       service: The service does not run, so no device is served")
    assert after.stdout.rstrip().endswith(" not checked.")


def test_a_folder_without_a_service_is_told_and_none_is_made(tmp_path: Path) -> None:
    told = run_service_command("doctor", "--data", str(tmp_path / "new"), "--domain", "x" * 70)
    assert told.returncode == 1
    assert f"There is no data folder {tmp_path / 'new'}" in told.stdout
    assert f"The name ucupdates-r2.{'x' * 70} has no address." in told.stdout
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "arguments", [("--password-stdin",), ("--account", "phone"), ("--config", "gone.toml"), ("--account",)]
)
def test_wrong_usage_is_exit_code_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    told = run_service_command("doctor", "--data", str(tmp_path), *arguments)
    assert (told.returncode, told.stdout) == (2, "")
    assert "Error: " in told.stderr
