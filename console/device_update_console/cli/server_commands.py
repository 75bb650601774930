"""What the service is, what it counts, and what it turned away."""

from __future__ import annotations

from typing import Any

import click

from device_update_console.cli.invocation import Invocation, Outcome, with_invocation
from device_update_console.cli.moment_parameter import MomentParameter
from device_update_console.cli.output import Columns, print_facts, print_table, say
from device_update_console.core.texts.formats import counted, duration_text, moment_text, size_text
from device_update_contract.administration.endpoints import LIST_REFUSED_REQUESTS, SHOW_SERVER, SUMMARY
from device_update_contract.administration.server import (
    CountBy,
    RefusedRequest,
    RefusedRequestQuery,
    ServerAnswer,
    SummaryAnswer,
)

_REFUSED: Columns[RefusedRequest] = (
    ("Last", lambda refused: moment_text(refused.last_at)),
    ("Count", lambda refused: refused.count),
    ("Kind", lambda refused: refused.kind),
    ("Code", lambda refused: refused.code),
    ("Device", lambda refused: refused.device),
    ("Account", lambda refused: refused.account),
    ("Address", lambda refused: refused.address),
    ("Why", lambda refused: refused.detail),
)


@click.command()
@with_invocation
async def server(invocation: Invocation) -> Outcome:
    """Show the service: version, addresses, storage, counts."""
    async with invocation.connected() as client:
        reply = await client.call(SHOW_SERVER)
    answer = reply.read(ServerAnswer)
    invocation.show(reply, lambda: _print_server(answer))
    return None


def _print_server(answer: ServerAnswer) -> None:
    counts = answer.counts
    print_facts(
        (
            ("Name", f"{answer.name} {answer.version}"),
            ("Pool", answer.pool),
            ("Running for", f"{duration_text(answer.uptime_seconds)}, since {moment_text(answer.started_at)}"),
            ("Internal address", answer.internal_url),
            ("External address", answer.external_url),
            ("Certificate ends", moment_text(answer.certificate_expires_at)),
            (
                "Database",
                f"{answer.database.kind}, schema {answer.database.schema_version}, {size_text(answer.database.size)}",
            ),
            ("Images", f"{counted(answer.storage.images, 'file')}, {size_text(answer.storage.image_bytes)}"),
            ("Disk", f"{size_text(answer.storage.disk_free)} free"),
            ("Devices", counts.devices),
            ("Test devices", counts.test_devices),
            ("Rules", f"{counts.rules} ({counts.pending} pending, {counts.deployed} deployed)"),
            ("Packages", counts.packages),
            ("Features", ", ".join(answer.features)),
        )
    )


@click.command()
@with_invocation
async def summary(invocation: Invocation) -> Outcome:
    """Count devices by status, class and version.

    With the checks of recent hours.
    """
    async with invocation.connected() as client:
        reply = await client.call(SUMMARY)
    answer = reply.read(SummaryAnswer)
    invocation.show(reply, lambda: _print_summary(answer))
    return None


def _print_summary(answer: SummaryAnswer) -> None:
    say(
        f"{counted(answer.devices, 'device')}; rules: {answer.rules_pending} pending, {answer.rules_deployed} deployed."
    )
    classes: Columns[CountBy] = (
        ("Devices", lambda count: count.devices),
        ("Type", lambda count: count.device_type),
        ("Vendor", lambda count: count.vendor),
        ("Model", lambda count: count.model),
    )
    sections: tuple[tuple[Any, Any], ...] = (
        (answer.by_status, (("Devices", lambda count: count.devices), ("Status", lambda count: count.status))),
        (answer.by_class, classes),
        (answer.by_version, (*classes, ("Version", lambda count: count.version))),
        (
            [hour for hour in answer.checks_per_hour if hour.checks],
            (("Checks", lambda hour: hour.checks), ("Hour", lambda hour: moment_text(hour.hour))),
        ),
    )
    for counts, columns in sections:
        if counts:
            say("")
            print_table(columns, counts)


@click.command("refused-requests")
@click.option("--search", metavar="TEXT", help="Text in the device, account, address or sentence.")
@click.option("--kind", metavar="KIND", help="Only this kind of refusal.")
@click.option("--code", metavar="CODE", help="Only this cause, for example malformed-request.")
@click.option("--device", metavar="TEXT", help="Only of this device.")
@click.option("--address", metavar="CIDR", help="Only from this address or network.")
@click.option("--since", metavar="TIME", type=MomentParameter(), help="Only those that came since, such as 2026-05-03.")
@with_invocation
async def refused_requests(invocation: Invocation, /, **filters: Any) -> Outcome:
    """List what the service turned away, and why.

    A device that never got in is found here.
    """
    query = RefusedRequestQuery(**{name: value for name, value in filters.items() if value is not None})
    async with invocation.connected() as client:
        await invocation.show_list(
            client.pages(LIST_REFUSED_REQUESTS, query=query), RefusedRequest, _REFUSED, "Nothing was turned away."
        )
    return None


COMMANDS = (server, summary, refused_requests)
