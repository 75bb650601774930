"""The command `fleet`: many virtual devices, progress on stderr, the report at the end (contract section 6)."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import click

from device_update_simulator.command_options import (
    ACCOUNT_OPTION,
    CA_OPTION,
    PASSWORD_OPTION,
    PIN_OPTION,
    URL_OPTION,
    read_credentials,
    tls_for,
)
from device_update_simulator.device_access import DeviceAccess
from device_update_simulator.device_models import MAX_DEVICES
from device_update_simulator.failures import ExitCode, NotAuthenticated, WrongUsage
from device_update_simulator.fleet import Fleet
from device_update_simulator.fleet_plan import FleetPlan
from device_update_simulator.fleet_report import FleetCounts, FleetReport
from device_update_simulator.service_address import ServiceAddress, parse_service_address

_SHARE = click.FloatRange(0, 1)
_SECONDS = click.FloatRange(0)


@click.command(
    epilog="Device n of a seed is always the same device: see the command 'devices'. SIGINT and SIGTERM end the run "
    "early, with its report. Ends with 1 when a download did not hold, with 3 or 4 when nothing was ever answered."
)
@URL_OPTION
@click.option("--devices", required=True, type=click.IntRange(1, MAX_DEVICES), metavar="N", help="How many there are.")
@click.option("--seconds", required=True, type=_SECONDS, metavar="S", help="Length of the run; 0: until it is ended.")
@click.option(
    "--ramp", type=_SECONDS, metavar="S", help="Devices start within this time.  [default: a tenth of the run]"
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    metavar="R",
    help="Open loop: R checks a second whatever comes back, the devices taking turns.",
)
@click.option(
    "--install-seconds", default=30.0, show_default=True, type=_SECONDS, metavar="S", help="Mean time to idle."
)
@click.option("--failure-rate", default=0.0, type=_SHARE, metavar="F", help="Share of installations that fail.")
@click.option("--cut-rate", default=0.0, type=_SHARE, metavar="F", help="Share of downloads cut once, then resumed.")
@click.option(
    "--sites",
    default=0,
    type=click.IntRange(0, 60_000),
    metavar="N",
    help="Devices come from N addresses of this machine's loopback network.",
)
@click.option(
    "--seed", default=0, show_default=True, type=int, metavar="N", help="With the same one they are the same."
)
@click.option(
    "--check-interval",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    help="Check again after S seconds, whatever the service says.",
)
@click.option("--no-download", is_flag=True, help="Only check; offers are counted and not taken up.")
@click.option(
    "--users", is_flag=True, help="Nine of ten devices have a user, who signs in (and so checks) after a start."
)
@click.option(
    "--start-logs",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    metavar="F",
    help="This part of the devices sends a log after its start; all do after a failed installation.",
)
@click.option(
    "--connections",
    default=64,
    show_default=True,
    type=click.IntRange(1, 20_000),
    metavar="N",
    help="At most so many connections for checks, and as many for downloads.",
)
@ACCOUNT_OPTION
@PASSWORD_OPTION
@CA_OPTION
@PIN_OPTION
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the report as JSON too."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def fleet(
    *,
    url: str,
    devices: int,
    seconds: float,
    ramp: float | None,
    rate: float | None,
    install_seconds: float,
    failure_rate: float,
    cut_rate: float,
    sites: int,
    seed: int,
    check_interval: float | None,
    no_download: bool,
    users: bool,
    start_logs: float,
    connections: int,
    account: str | None,
    password_stdin: bool,
    ca: Path | None,
    pin: str | None,
    report: Path | None,
    as_json: bool,
) -> int:
    """Be many devices.

    They check in, download, install while idle, report, and check again.
    """
    address = parse_service_address(url, with_account=account is not None)
    tls = tls_for(ca, pin)
    plan = FleetPlan(
        devices=devices,
        seconds=seconds,
        ramp=seconds / 10 if ramp is None else ramp,
        rate=rate,
        install_seconds=install_seconds,
        failure_rate=failure_rate,
        cut_rate=cut_rate,
        sites=sites,
        seed=seed,
        check_interval=check_interval,
        downloads=not no_download,
        users=users,
        connections=connections,
        start_logs=start_logs,
    )
    if sites and not address.is_loopback:
        raise WrongUsage("--sites needs a service on this machine's loopback address.")
    if sites > connections:
        raise WrongUsage("Each site needs a connection: give at least as many --connections as --sites.")
    if report is not None:
        _must_be_writable(report)
    access = DeviceAccess(tls, read_credentials(account, password_stdin=password_stdin))
    done = asyncio.run(_run(address, plan, access))
    text = json.dumps(done.as_json(), indent=2)
    if report is not None:
        report.write_text(text + "\n", encoding="utf-8")
    click.echo(text if as_json else "\n".join(done.as_lines()))
    return _exit_code(done.counts)


async def _run(address: ServiceAddress, plan: FleetPlan, access: DeviceAccess) -> FleetReport:
    fleet = Fleet(address, plan, access=access, say=lambda line: click.echo(line, err=True))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, fleet.stop)
    return await fleet.run()


def _must_be_writable(path: Path) -> None:
    """Say before an hour's run, not after it, that its report cannot be written."""
    try:
        path.open("a").close()
    except OSError as error:
        raise WrongUsage(f"{path} cannot be written: {error.strerror}.") from error


_NOT_AUTHENTICATED_CODES = frozenset({"anonymous-access-not-supported", "sign-in-refused", NotAuthenticated.code})
_UNREACHABLE_CODES = frozenset({"connection-refused", "connection-broken", "timeout", "tls", "unreachable"})


def _exit_code(counts: FleetCounts) -> ExitCode:
    """0, unless downloads did not hold or no check was ever answered; then the commonest cause decides."""
    if counts.did_not_hold:
        click.echo(f"{counts.did_not_hold} downloads were not what was offered.", err=True)
        return ExitCode.REFUSED
    if counts.checks_answered or not counts.failures:
        return ExitCode.DONE
    cause, _ = counts.failures.most_common(1)[0]
    click.echo(f"No check was answered; the commonest cause is {cause}.", err=True)
    if cause in _UNREACHABLE_CODES:
        return ExitCode.UNREACHABLE
    return ExitCode.NOT_AUTHENTICATED if cause in _NOT_AUTHENTICATED_CODES else ExitCode.REFUSED
