"""The service's settings, and purging what nothing needs."""

from __future__ import annotations

import json
from typing import Literal

import click

from device_update_console.cli.invocation import (
    Invocation,
    Outcome,
    ask,
    require_somebody_to_ask,
    with_invocation,
)
from device_update_console.cli.output import Columns, complain, print_answer, print_table, say
from device_update_console.core.connections.replies import Reply
from device_update_console.core.failures import NothingSelected
from device_update_console.core.settings.setting_texts import setting_text, value_from_text
from device_update_console.core.texts.formats import counted, size_text
from device_update_contract.administration.endpoints import CHANGE_SETTINGS, PURGE, SHOW_SETTINGS
from device_update_contract.administration.server import (
    PurgeAnswer,
    PurgedVersion,
    PurgeRequest,
    SettingModel,
    SettingsAnswer,
    SettingsChange,
)

_SETTINGS: Columns[SettingModel] = (
    ("Name", lambda setting: setting.name),
    ("Value", lambda setting: setting_text(setting.value)),
    ("Default", lambda setting: "=" if setting.value == setting.default else setting_text(setting.default)),
    ("Range", lambda setting: None if setting.minimum is None else f"{setting.minimum} to {setting.maximum}"),
    ("Meaning", lambda setting: setting.label),
)
_VERSIONS: Columns[PurgedVersion] = (
    ("Rule", lambda version: version.rule_id),
    ("For", lambda version: f"{version.device_class} {version.update_type}"),
    ("Version", lambda version: version.version),
    ("Size", lambda version: size_text(version.bytes)),
    ("Was approved", lambda version: version.was_approved),
)


@click.group(invoke_without_command=True)
@click.pass_context
def settings(context: click.Context) -> None:
    """List, show and change the service's settings."""
    if context.invoked_subcommand is None:
        context.invoke(list_settings)


@settings.command("list")
@with_invocation
async def list_settings(invocation: Invocation) -> Outcome:
    """List all settings with their values, defaults and ranges."""
    async with invocation.connected() as client:
        reply = await client.call(SHOW_SETTINGS)
    answer = reply.read(SettingsAnswer)
    invocation.show(reply, lambda: print_table(_SETTINGS, answer.items))
    return None


@settings.command("get")
@click.argument("name", metavar="NAME")
@with_invocation
async def get_setting(invocation: Invocation, *, name: str) -> Outcome:
    """Show one setting's value, in the form that 'set' takes."""
    async with invocation.connected() as client:
        reply = await client.call(SHOW_SETTINGS)
    setting = _named(reply, name)
    if setting is None:
        raise NothingSelected(f"There is no setting {name!r}.")
    if invocation.as_json:
        # The setting's own part of the answer, with whatever a newer service says of it.
        items = json.loads(reply.body)["items"]
        own = next(item for item in items if item["name"] == name)
        print_answer(json.dumps(own, ensure_ascii=False).encode())
    else:
        say(setting_text(setting.value))
    return None


@settings.command("set")
@click.argument("name", metavar="NAME")
@click.argument("value", metavar="VALUE")
@with_invocation
async def set_setting(invocation: Invocation, *, name: str, value: str) -> Outcome:
    """Change one setting.

    Lists are given with commas ("CELog,Watson"), empty ones as "". Yes or no is true or false. No time of day is null.
    """
    async with invocation.connected() as client:
        known = _named(await client.call(SHOW_SETTINGS), name)
        # An unknown name is sent as well: the service says what is wrong with it.
        wanted = value if known is None else value_from_text(known.kind, value)
        reply = await client.call(CHANGE_SETTINGS, body=SettingsChange({name: wanted}))
    changed = _named(reply, name)
    invocation.show(
        reply, lambda: say(f"{name} is now {value if changed is None else setting_text(changed.value) or 'empty'}.")
    )
    return None


def _named(reply: Reply, name: str) -> SettingModel | None:
    return next((setting for setting in reply.read(SettingsAnswer).items if setting.name == name), None)


@click.command()
@click.argument("what", type=click.Choice(["logs", "updates", "all"]))
@click.option("--older-than", "older_than", metavar="DAYS", type=int, help="Only what is older; 1 to 365 days.")
@click.option("--what-if", is_flag=True, help="Show what would be deleted; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_invocation
async def purge(
    invocation: Invocation,
    *,
    what: Literal["logs", "updates", "all"],
    older_than: int | None,
    what_if: bool,
    yes: bool,
) -> Outcome:
    """Delete logs, or images that nothing needs, for good.

    Versions whose files are deleted can no longer be rolled back to; they are listed first. It is asked for; where
    there is no terminal it needs --yes.
    """
    if not (what_if or yes):
        require_somebody_to_ask(invocation)
    fields = {"what": what} if older_than is None else {"what": what, "older_than_days": older_than}
    preview = PurgeRequest.model_construct(**fields, preview=True)
    async with invocation.connected() as client:
        if what_if:
            reply = await client.call(PURGE, body=preview)
        else:
            if not yes:
                _print_question(await client.ask(PURGE, PurgeAnswer, body=preview))
                ask(invocation, "Delete this for good?")
            reply = await client.call(PURGE, body=PurgeRequest.model_construct(**fields))
    answer = reply.read(PurgeAnswer)
    invocation.show(reply, lambda: _print_purge(answer))
    return None


def _print_question(answer: PurgeAnswer) -> None:
    for version in answer.versions:
        complain(
            f"{version.device_class} {version.update_type} {version.version} (rule {version.rule_id}) "
            "can no longer be rolled back to."
        )
    complain(f"{_amount(answer)} would be deleted.")


def _print_purge(answer: PurgeAnswer) -> None:
    print_table(_VERSIONS, answer.versions)
    say(f"{_amount(answer)} {'would be' if answer.preview else 'were'} deleted.")


def _amount(answer: PurgeAnswer) -> str:
    logs = f" and {counted(answer.logs, 'log')}" if answer.logs else ""
    return f"{counted(answer.files, 'file')}{logs}, {size_text(answer.bytes)},"


COMMANDS = (settings, purge)
