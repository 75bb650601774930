"""A command whose extra is missing says so; nothing heavy is imported before that is known."""

from __future__ import annotations

import subprocess
import sys

import pytest

from device_update_console.cli.program import program


def python(program_text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program_text], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("missing", ["click", "aiohttp"])
def test_a_missing_extra_is_a_sentence_and_ends_with_2(missing: str) -> None:
    ended = python(
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from device_update_console.cli.__main__ import main; sys.exit(main())"
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"device-update needs the extra 'cli', which is not installed: {missing} is missing.\n"


@pytest.mark.parametrize("module", ["device_update_console.cli.__main__", "device_update_console.__main__"])
def test_entry_points_import_only_the_standard_library(module: str) -> None:
    ended = python(
        f"import sys; before = set(sys.modules); import {module}\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )
    assert ended.stdout == "['device_update_console']\n"


def test_every_verb_of_the_contract_that_this_service_serves_is_there_with_help() -> None:
    served = (
        "login logout whoami server summary import package packages rules rule approve reject rollback remove "
        "test-device devices device why settings purge account"
    )
    assert set(served.split()) <= set(program.commands)
    assert all(command.help for command in program.commands.values())
