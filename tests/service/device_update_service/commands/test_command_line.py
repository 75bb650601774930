"""The verbs of ``device-update-service``, what is missing, and ``settings list`` (contract section 6)."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.support.stores import open_stores

from device_update_contract.settings import SETTINGS
from device_update_service import __main__
from device_update_service.commands.command_line import command_line
from device_update_service.storage.setting_records import write_settings


def test_the_verbs_are_listed_and_each_explains_itself() -> None:
    listed = CliRunner().invoke(command_line, ["--help"])
    assert listed.exit_code == 0
    for verb in ("account", "backup", "certificate", "doctor", "restore", "serve", "settings"):
        assert f"\n  {verb} " in listed.output
        explained = CliRunner().invoke(command_line, [verb, "--help"])
        assert (explained.exit_code, explained.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["fly"], ["serve", "--colour"], ["settings", "list", "more"]])
def test_wrong_usage_is_exit_code_2_and_a_sentence_on_stderr(arguments: list[str]) -> None:
    wrong = CliRunner().invoke(command_line, arguments)
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "Error: " in wrong.stderr


def test_a_verb_is_imported_only_when_it_is_used() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\n"
        "from device_update_service.commands.command_line import command_line\n"
        "CliRunner().invoke(command_line, ['serve', '--check'])\n"
        "print(sorted({'aiohttp', 'peewee', 'cryptography', 'spnego', 'libarchive'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "[]\n"


def test_a_missing_extra_is_said_in_a_sentence_with_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(__main__, "_NEEDED", ("click", "no_such_module"))
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("The service is not installed (no_such_module missing): install ")
    assert said.err.endswith(" with the extra 'service'.\n")


def test_settings_are_listed_with_what_was_changed(tmp_path: Path) -> None:
    with open_stores(tmp_path) as stores:
        stores.write(partial(write_settings, {"log_cleanup_days": 30, "valid_log_file_types": ["CELog"]}))
    listed = CliRunner().invoke(command_line, ["settings", "list", "--data", str(tmp_path)])
    assert (listed.exit_code, listed.stderr) == (0, "")
    lines = dict(line.split(" = ", 1) for line in listed.stdout.splitlines())
    assert list(lines) == list(SETTINGS)
    assert (lines["log_cleanup_days"], lines["valid_log_file_types"]) == ("30", '["CELog"]')
    assert lines["log_cleanup_time_of_day"] == "null"


def test_settings_of_a_folder_without_a_database_are_refused_and_none_is_made(tmp_path: Path) -> None:
    refused = CliRunner().invoke(command_line, ["settings", "list", "--data", str(tmp_path / "new")])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == f"There is no service's data in {tmp_path / 'new'}.\n"
    assert not (tmp_path / "new").exists()


def test_settings_of_a_damaged_database_are_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "device-update.sqlite").write_bytes(b"no database" * 1000)
    refused = CliRunner().invoke(command_line, ["settings", "list", "--data", str(tmp_path)])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "The database cannot be opened: file is not a database.\n"
