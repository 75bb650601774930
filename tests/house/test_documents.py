"""What the documents say is so: the README, the sample configuration, the systemd unit, the changelog."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import click
import pytest
import run
from click.testing import CliRunner
from pydantic import BaseModel

from device_update_console.cli.program import program as device_update
from device_update_contract.administration.endpoints import ENDPOINTS
from device_update_contract.reasons import StatusCode
from device_update_contract.settings import SETTINGS
from device_update_service.commands.command_line import command_line as device_update_service
from device_update_service.configuration.configuration import Configuration
from device_update_service.configuration.loading import load_configuration
from device_update_service.web.administration.openapi import openapi_document
from device_update_simulator.command_line import program as device_update_simulator

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLE = files("device_update_resources") / "device-update-service.toml"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
HELP = Path(str(files("device_update_resources"))) / "help"
UNITS = {
    name: (files("device_update_resources") / name).read_text(encoding="utf-8")
    for name in ("device-update-service.service", "device-update-service-backup.service")
}
_CODE = ("console", "service", "shared")
_COMMAND = re.compile(r"(?:sudo -u \S+ )?(?:\S*/)?(?:device-update(?:-service|-simulator)?|python3 run\.py)(?:\s|$)")
_PROGRAMS: dict[str, click.Command] = {
    "device-update": device_update,
    "device-update-service": device_update_service,
    "device-update-simulator": device_update_simulator,
}


def commands_in(text: str) -> Iterator[str]:
    """Every line of a code block that calls one of the programs, or run.py."""
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if language not in {"", "sh", "console"}:
            continue
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"\s\|\s", line.split(" #")[0]):
                if re.match(_COMMAND, part.strip()):
                    yield part.strip()


def check_command(words: list[str]) -> None:
    """The verbs and options exist; values are not judged."""
    command = _PROGRAMS[Path(words[0]).name]
    context = click.Context(command)
    for word in words[1:]:
        if word.startswith("--"):
            options = {option for parameter in command.params for option in parameter.opts}
            assert word.split("=")[0] in options | {"--help", "--version"}, f"{words} has no option {word}"
        elif isinstance(command, click.Group) and (found := command.get_command(context, word)) is not None:
            command = found
    assert not isinstance(command, click.Group) or command.invoke_without_command, f"{words} names no verb"


def every_command() -> Iterator[tuple[click.Context, click.Command]]:
    """Every program and every verb of it."""
    waiting: list[tuple[click.Context, click.Command]] = [
        (click.Context(program, info_name=name, **program.context_settings), program)
        for name, program in _PROGRAMS.items()
    ]
    while waiting:
        context, command = waiting.pop()
        yield context, command
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                verb = command.get_command(context, name)
                assert verb is not None
                waiting.append((click.Context(verb, context, info_name=name, **verb.context_settings), verb))


def test_every_verb_is_listed_with_a_whole_sentence_and_every_option_says_what_it_does() -> None:
    for context, command in every_command():
        listed = command.get_help(context).partition("\nCommands:\n")[2]
        assert "..." not in listed, context.command_path
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{context.command_path} {option.opts}"


@pytest.mark.parametrize("program", _PROGRAMS)
def test_every_program_says_its_version_and_takes_h_for_help(program: str) -> None:
    for option, told in (("--version", f"{program}, version {VERSION}"), ("-h", f"Usage: {program}")):
        outcome = CliRunner().invoke(_PROGRAMS[program], [option], prog_name=program)
        assert (outcome.exit_code, outcome.output.startswith(told)) == (0, True), outcome.output


README_COMMANDS = list(commands_in(README))


@pytest.mark.parametrize("line", README_COMMANDS)
def test_the_readmes_commands_exist(line: str) -> None:
    words = [word for word in shlex.split(line) if word != "sudo"]
    if words[0] == "-u":
        words = words[2:]
    if words[0] == "python3":
        assert " ".join(words) in {"python3 run.py", "python3 run.py test"} or words[1:2] == ["run.py"]
        assert all(word in run.USAGE for word in words[1:] if word.startswith("--"))
        return
    check_command(words)


@pytest.mark.parametrize("page", sorted(HELP.rglob("command-line.md")), ids=lambda page: str(page.relative_to(HELP)))
def test_the_commands_in_the_help_exist(page: Path) -> None:
    lines = list(commands_in(page.read_text(encoding="utf-8")))
    assert lines != []
    for line in lines:
        check_command(shlex.split(line))


def test_the_readme_shows_the_two_commands_and_every_program() -> None:
    named = {Path(word).name for line in README_COMMANDS for word in shlex.split(line)}
    assert _PROGRAMS.keys() <= named
    assert {"python3 run.py", "python3 run.py test"} <= set(README_COMMANDS)


def test_the_readmes_folder_map_is_the_tree() -> None:
    """Every folder that the map names exists, and every package stands in it."""
    shown = set(re.findall(r"^\| `([\w/.-]+/)` \|", README, re.MULTILINE))
    assert {name for name in shown if not (ROOT / name).is_dir()} == set()
    packages = {
        f"{init.parent.relative_to(ROOT)}/"
        for root in ("console", "service", "shared", "resources")
        for init in (ROOT / root).glob("*/__init__.py")
    }
    layers = {
        f"{init.parent.relative_to(ROOT)}/" for init in (ROOT / "service/device_update_service").glob("*/__init__.py")
    }
    assert packages | layers <= shown


def test_the_readmes_files_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    named = re.findall(r"`((?:console|service|shared|resources|tests)/[\w/.-]+)`", README)
    assert [path for path in (*links, *named) if not (ROOT / path).exists()] == []
    assert len(links) > 5
    assert len(named) > 20


def test_what_the_readme_says_of_changing_the_code_is_named_so_there() -> None:
    section = README.partition("\n## Change it\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", section))
    code = "\n".join(path.read_text(encoding="utf-8") for root in _CODE for path in sorted((ROOT / root).rglob("*.py")))
    assert len(named) > 10
    assert named - set(re.findall(r"\w+", code)) == set()


def with_every_key(text: str) -> str:
    """The sample with the keys that are commented out, too."""
    return re.sub(r"^# (\[[\w.]+\]|[a-z_]+ = .*)$", r"\1", text, flags=re.MULTILINE)


def keys_of(model: type[BaseModel], prefix: str = "") -> set[str]:
    """Every key of a configuration section; an address is one key, written as HOST:PORT."""
    found = set()
    for name, field in model.model_fields.items():
        kinds = [field.annotation, *get_args(field.annotation)]
        sections = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if sections and name != "address":
            found |= keys_of(sections[0], f"{prefix}{name}.")
        else:
            found.add(prefix + name)
    return found


def keys_in(values: Mapping[str, Any], prefix: str = "") -> set[str]:
    found = set()
    for name, value in values.items():
        found |= (
            keys_in(value, f"{prefix}{name}.") if isinstance(value, Mapping) and name != "roles" else {prefix + name}
        )
    return found


def test_the_sample_configuration_names_every_key_and_no_other() -> None:
    sample = tomllib.loads(with_every_key(SAMPLE.read_text(encoding="utf-8")))
    assert keys_in(sample) == keys_of(Configuration)


def test_the_sample_configuration_is_right_and_gives_the_defaults() -> None:
    read = load_configuration(Path(str(SAMPLE)), {}, {})
    assert read == Configuration(data=read.data)


def test_the_sample_configuration_with_every_key_is_right(tmp_path: Path) -> None:
    file = tmp_path / "every-key.toml"
    file.write_text(with_every_key(SAMPLE.read_text(encoding="utf-8")))
    assert load_configuration(file, {}, {}).external_url == "https://updates.fabrikam.com"


@pytest.mark.parametrize("unit", UNITS)
def test_the_units_commands_exist(unit: str) -> None:
    commands = re.findall(r"^Exec\w+=(.*)$", UNITS[unit], re.MULTILINE)
    assert commands != []
    for command in commands:
        check_command(shlex.split(command))


def test_the_changelog_has_a_place_for_what_is_new() -> None:
    assert "\n## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_openapi_document_describes_every_route() -> None:
    paths = openapi_document("1.0")["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert described >= {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


def test_the_readme_explains_every_status_of_a_device() -> None:
    """Help desk looks there first; what is to be done must not have to be guessed from a code."""
    assert {status.value for status in StatusCode if f"| `{status.value}` |" not in README} == set()


def test_device_update_settings_explains_every_setting() -> None:
    assert [setting.name for setting in SETTINGS.values() if not setting.label.strip()] == []
