"""``device-update-service doctor``: what stops devices from finding or using the service (contract section 6)."""

from __future__ import annotations

import getpass
import json
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from device_update_service.commands.serve import configuration_options, read_configuration
from device_update_service.doctor.case import Case, Credentials
from device_update_service.doctor.examination import examine
from device_update_service.doctor.findings import Finding, Verdict
from device_update_service.doctor.surroundings import clock_is_synchronized, domain_of_this_host, resolve_host

_MOST_PASSWORD_BYTES = 4096
_WORDS = {
    Verdict.OK: "ok",
    Verdict.WARNING: "warning",
    Verdict.WRONG: "WRONG",
    Verdict.NOT_CHECKED: "not checked",
}


@click.command()
@configuration_options
@click.option("--domain", help="The DNS domain that DHCP hands out to devices; default: this host's own; empty: none.")
@click.option("--account", help="An account to try signing in with, as a device outside does.")
@click.option("--password-stdin", is_flag=True, help="Read its password from standard input, to its end.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(
    config: Path | None,
    data: Path | None,
    domain: str | None,
    account: str | None,
    *,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Say what stops devices from finding or using the service. Exit code 1 when something is wrong.

    Works beside the running service, and asks it as devices do: each run leaves a few checks of the device type Doctor
    in the update log, and with --account one refused sign-in with a wrong password.
    """
    configuration = read_configuration(config, {} if data is None else {"data": str(data)})
    case = Case(
        configuration,
        resolve=resolve_host,
        clock=lambda: datetime.now(UTC),
        clock_is_synchronized=clock_is_synchronized,
        domain=domain_of_this_host() if domain is None else domain.strip(".") or None,
        credentials=_credentials(account, password_stdin=password_stdin),
    )
    findings = examine(case)
    verdicts = _print_json(findings) if as_json else _print_text(findings)
    if verdicts[Verdict.WRONG]:
        sys.exit(1)


def _credentials(account: str | None, *, password_stdin: bool) -> Credentials | None:
    """The account with its password, from standard input or typed on a terminal.

    Raises:
        click.UsageError: there is one without the other.
    """
    if account is None:
        if password_stdin:
            raise click.UsageError("--password-stdin needs --account.")
        return None
    if password_stdin:
        text = sys.stdin.buffer.read(_MOST_PASSWORD_BYTES).decode("utf-8", errors="surrogateescape")
        return Credentials(account, text.removesuffix("\n").removesuffix("\r"))
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask for the password on; use --password-stdin.")
    return Credentials(account, getpass.getpass(f"Password of {account}: "))


def _print_text(findings: Iterable[tuple[str, Finding]]) -> Counter[Verdict]:
    """Each finding as soon as it is there, below its group's title; then how many there are of each kind."""
    counts: Counter[Verdict] = Counter()
    printed = None
    for title, finding in findings:
        if title != printed:
            click.echo(title if printed is None else f"\n{title}")
            printed = title
        click.echo(f"  {_WORDS[finding.verdict]:<12}{finding.name}: {finding.sentence}")
        counts[finding.verdict] += 1
    listed = ", ".join(f"{counts[verdict]} {word.lower()}" for verdict, word in _WORDS.items() if counts[verdict])
    click.echo(f"\n{listed}.")
    return counts


def _print_json(findings: Iterable[tuple[str, Finding]]) -> Counter[Verdict]:
    listed = list(findings)
    items = [
        {"group": title, "name": finding.name, "verdict": finding.verdict, "sentence": finding.sentence}
        for title, finding in listed
    ]
    counts = Counter(finding.verdict for _, finding in listed)
    worst = next((verdict for verdict in (Verdict.WRONG, Verdict.WARNING) if counts[verdict]), Verdict.OK)
    click.echo(json.dumps({"verdict": worst, "findings": items}, indent=2))
    return counts
