"""What devices told: the logs that they sent, and the update log with every check and its decision."""

from __future__ import annotations

import sys
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click

from device_update_console.cli.invocation import Invocation, Outcome, with_invocation
from device_update_console.cli.known_instead import known_instead
from device_update_console.cli.log_text import print_log_text
from device_update_console.cli.moment_parameter import MomentParameter
from device_update_console.cli.output import Columns, print_facts, say
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.filters.device_by_name import find_device
from device_update_console.core.logs_and_audit.log_saving import save_content
from device_update_console.core.texts.formats import moment_text, size_text
from device_update_contract.administration.device_logs import DeviceLog, DeviceLogQuery
from device_update_contract.administration.endpoints import (
    DEVICE_LOG_CONTENT,
    LIST_DEVICE_LOGS,
    LIST_UPDATE_LOG,
    SHOW_DEVICE_LOG,
)
from device_update_contract.administration.update_log import LoggedCheck, UpdateLogQuery
from device_update_contract.log_contents.log_names import told_by_name

_LOGS: Columns[DeviceLog] = (
    ("ID", lambda log: log.id),
    ("Stored", lambda log: moment_text(log.stored_at)),
    ("Type", lambda log: log.log_type),
    ("Device", lambda log: log.mac or log.serial),
    ("Model", lambda log: log.model),
    ("Update", lambda log: log.update_version),
    ("User", lambda log: log.user),
    ("Size", lambda log: size_text(log.size)),
    ("Name", lambda log: log.name),
)
_CHECKS: Columns[LoggedCheck] = (
    ("When", lambda check: moment_text(check.at)),
    ("Address", lambda check: check.address),
    ("MAC address", lambda check: check.mac),
    ("Serial number", lambda check: check.serial),
    ("Model", lambda check: check.model),
    ("Reason", lambda check: check.reason),
    ("Version", lambda check: check.version),
    ("User", lambda check: check.user),
)
_DEVICE = click.option("--device", "device_name", metavar="ID-or-MAC-or-SERIAL", help="Only of this device.")
_SEARCH = click.option("--search", metavar="TEXT", help="Only with these words, each any part of what is known.")
_SINCE = click.option(
    "--since", metavar="TIME", type=MomentParameter(), help="Only from this time on, such as 2026-05-03T14:00."
)
_UNTIL = click.option("--until", metavar="TIME", type=MomentParameter(), help="Only before this time.")


@click.command()
@_DEVICE
@click.option("--type", "type", metavar="TYPE", help="Only of this type, for example CELog.")
@_SEARCH
@_SINCE
@_UNTIL
@with_invocation
async def logs(invocation: Invocation, /, *, device_name: str | None, **filters: Any) -> Outcome:
    """List the logs that devices sent, the latest first."""
    async with invocation.connected() as client:
        query = DeviceLogQuery(**await _given(client, device_name, filters))
        pages = client.pages(LIST_DEVICE_LOGS, query=query)
        instead = known_instead(client, LIST_DEVICE_LOGS, query)
        await invocation.show_list(pages, DeviceLog, _LOGS, "There are no such logs.", instead=instead)
    return None


@click.command()
@click.argument("log_id", metavar="ID")
@click.option("--save", "target", metavar="FILE", type=click.Path(path_type=Path), help="Save what is in it.")
@click.option("--text", "as_text", is_flag=True, help="Print what is in it: text, CeLog events, facts of a crash dump.")
@with_invocation
async def log(invocation: Invocation, *, log_id: str, target: Path | None, as_text: bool) -> Outcome:
    """Show what is known of a device log, or what is in it.

    That its content was saved or printed is on the audit trail.
    """
    if as_text and (target is not None or invocation.as_json):
        raise click.UsageError("--text goes with neither --save nor --json.")
    async with invocation.connected() as client:
        reply = await client.call(SHOW_DEVICE_LOG, path={"id": log_id})
        shown = reply.read(DeviceLog)
        if as_text:
            async with aclosing(client.content(DEVICE_LOG_CONTENT, path={"id": log_id})) as content:
                await print_log_text(shown, content)
            return None
        if target is None:
            invocation.show(reply, lambda: _print_log(shown))
            return None
        size = await save_content(client.content(DEVICE_LOG_CONTENT, path={"id": log_id}), target)
    say(f"{size_text(size)} saved to {target}.")
    return None


@click.command("update-log")
@_DEVICE
@_SEARCH
@_SINCE
@_UNTIL
@click.option("--reason", metavar="CODE", help="Only with this reason, for example approved-update.")
@click.option(
    "--sort", type=click.Choice(["at", "-at"]), default="-at", show_default=True, help="at: the oldest first."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print the twelve columns of the update log's files.")
@with_invocation
async def update_log(invocation: Invocation, /, *, device_name: str | None, as_csv: bool, **filters: Any) -> Outcome:
    """List the checks of devices, each with its reason.

    The newest come first, with --sort at the oldest.
    """
    async with invocation.connected() as client:
        query = UpdateLogQuery(**await _given(client, device_name, filters))
        if as_csv:
            await _print_csv(client, query)
        else:
            pages = client.pages(LIST_UPDATE_LOG, query=query)
            instead = known_instead(client, LIST_UPDATE_LOG, query)
            await invocation.show_list(pages, LoggedCheck, _CHECKS, "There are no such checks.", instead=instead)
    return None


async def _given(client: AdministrationClient, device_name: str | None, filters: dict[str, Any]) -> dict[str, Any]:
    """The filters that were given, with the device by its id."""
    given = {name: value for name, value in filters.items() if value is not None}
    if device_name is not None:
        given["device"] = (await find_device(client, device_name)).id
    return given


async def _print_csv(client: AdministrationClient, query: UpdateLogQuery) -> None:
    sys.stdout.flush()
    async with aclosing(client.content(LIST_UPDATE_LOG, query=query, headers={"Accept": "text/csv"})) as chunks:
        async for chunk in chunks:
            sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def _print_log(shown: DeviceLog) -> None:
    named = told_by_name(shown.name)
    told = () if named is None else (("Written", named.written_at), ("Software version", named.software_version))
    print_facts(
        (
            ("ID", shown.id),
            ("Name", shown.name),
            ("Type", shown.log_type),
            ("Size", size_text(shown.size)),
            ("Stored", moment_text(shown.stored_at)),
            *told,
            ("MAC address", shown.mac),
            ("Serial number", shown.serial),
            ("Model", f"{shown.vendor} {shown.model} {shown.revision} {shown.locale}"),
            ("User", shown.user),
            ("Address", shown.address),
            ("Account", shown.account),
            ("Last update", shown.update_version),
            ("SHA-256", shown.sha256),
            ("File", None if shown.file is None else f"Logs/Client/{shown.file}"),
        )
    )


COMMANDS = (logs, log, update_log)
