"""The audit trail: who did what, as a table or an export, and whether the chain of its entries is sound."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click

from device_update_console.cli.exit_codes import ExitCode
from device_update_console.cli.invocation import Invocation, Outcome, require_readable, with_invocation
from device_update_console.cli.moment_parameter import MomentParameter
from device_update_console.cli.output import Columns, complain, say
from device_update_console.core.connections.replies import Reply
from device_update_console.core.files.csv_text import csv_line
from device_update_console.core.logs_and_audit.audit_checks import check_file, check_service, verdict_sentence
from device_update_console.core.logs_and_audit.audit_texts import CSV_COLUMNS, change_text, csv_cells
from device_update_console.core.texts.formats import moment_text
from device_update_contract.administration.audit_trail import AuditEntry, AuditQuery
from device_update_contract.administration.endpoints import LIST_AUDIT_TRAIL
from device_update_contract.audit import ChainHead, ChainVerdict, InvalidHead

_ENTRIES: Columns[AuditEntry] = (
    ("ID", lambda entry: entry.id),
    ("When", lambda entry: moment_text(entry.at)),
    ("Account", lambda entry: entry.account),
    ("Address", lambda entry: entry.address),
    ("Verb", lambda entry: entry.verb),
    ("Object", lambda entry: entry.object),
    ("Outcome", lambda entry: entry.outcome if entry.code is None else f"{entry.outcome}: {entry.code}"),
    ("What", lambda entry: change_text(entry.before, entry.after)),
)


class _Head(click.ParamType[ChainHead]):
    """A noted head."""

    name = "head"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ChainHead:
        try:
            return ChainHead.parse(str(value))
        except InvalidHead as error:
            self.fail(error.sentence, param, ctx)


@click.command()
@click.option(
    "--since", metavar="TIME", type=MomentParameter(), help="Only from this time on, such as 2026-05-03T14:00."
)
@click.option("--until", metavar="TIME", type=MomentParameter(), help="Only before this time.")
@click.option("--account", metavar="NAME", help="Only what this account did.")
@click.option("--verb", metavar="VERB", help="Only this verb, for example rule.approve.")
@click.option("--object", metavar="OBJECT", help="Only on this object, for example 'rule 7' or 'account bob'.")
@click.option("--outcome", type=click.Choice(["done", "refused"]), help="Only what was done, or what was refused.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV for a spreadsheet, the oldest entry first.")
@click.option("--jsonl", "as_lines", is_flag=True, help="Print JSON lines, the oldest first: what --file checks.")
@click.option("--verify", is_flag=True, help="Check that no entry was changed, removed, inserted or moved.")
@click.option("--file", metavar="FILE", type=click.Path(path_type=Path), help="With --verify: check this export.")
@click.option("--head", metavar="ID:HASH", type=_Head(), help="With --verify: check that this is still in the trail.")
@with_invocation
async def audit(
    invocation: Invocation,
    /,
    *,
    as_csv: bool,
    as_lines: bool,
    verify: bool,
    file: Path | None,
    head: ChainHead | None,
    **filters: Any,
) -> Outcome:
    """Show who did what, newest first, or check the trail.

    Every entry covers the one before it. --verify checks the whole trail here, not in the service, and prints its head:
    write that down, and give it to --head later, which also shows whether the end was cut off or all was made anew. A
    file made by --jsonl without filters is checked without the service. Filters beside --verify list entries as usual
    before the whole is checked.
    """
    given = {name: value for name, value in filters.items() if value is not None}
    _require_fitting(verify=verify, exports=(as_csv, as_lines), against=(file, head), filtered=bool(given))
    if file is not None:
        require_readable(file)
        return _tell(invocation, check_file(file, head))
    async with invocation.connected() as client:
        if as_csv or as_lines:
            pages = client.pages(LIST_AUDIT_TRAIL, query=AuditQuery(**given, sort="id"))
            await _export(pages, as_csv=as_csv)
        elif given or not verify:
            pages = client.pages(LIST_AUDIT_TRAIL, query=AuditQuery(**given))
            await invocation.show_list(pages, AuditEntry, _ENTRIES, "There are no such entries.")
        return _tell(invocation, await check_service(client, head)) if verify else None


def _require_fitting(
    *, verify: bool, exports: tuple[bool, bool], against: tuple[Path | None, ChainHead | None], filtered: bool
) -> None:
    """Refuse, as wrong usage, options of which one would be for nothing."""
    if all(exports) or (verify and any(exports)):
        raise click.UsageError("Give one of --csv, --jsonl and --verify.")
    if not verify and against != (None, None):
        raise click.UsageError("--file and --head go with --verify.")
    if filtered and against[0] is not None:
        raise click.UsageError("A file is checked as a whole: give no filters with --file.")


async def _export(pages: AsyncGenerator[Reply, None], *, as_csv: bool) -> None:
    """Every entry in a line, as it came; in the memory of one page."""
    sys.stdout.flush()
    out = sys.stdout.buffer
    if as_csv:
        out.write(csv_line(CSV_COLUMNS).encode())
    async with aclosing(pages):
        async for reply in pages:
            for item in json.loads(reply.body)["items"]:
                line = (
                    csv_line(csv_cells(item))
                    if as_csv
                    else f"{json.dumps(item, ensure_ascii=False, separators=(',', ':'))}\n"
                )
                out.write(line.encode("utf-8", "backslashreplace"))
    out.flush()


def _tell(invocation: Invocation, verdict: ChainVerdict) -> Outcome:
    head = None if verdict.head is None else str(verdict.head)
    if invocation.as_json:
        say(
            json.dumps(
                {
                    "entries": verdict.entries,
                    "head": head,
                    "fault": None if verdict.fault is None else str(verdict.fault),
                }
            )
        )
    if verdict.fault is not None:
        complain(str(verdict.fault))
        return ExitCode.REFUSED
    if not invocation.as_json:
        say(verdict_sentence(verdict))
        if head is not None:
            say(f"Its head, to note where nobody can change it: {head}")
    return None


COMMANDS = (audit,)
