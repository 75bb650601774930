"""The command `log`: one device log as one device sends it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import click

from device_update_contract.checks import CheckRequest
from device_update_simulator.command_options import (
    ACCOUNT_OPTION,
    CA_OPTION,
    PASSWORD_OPTION,
    PIN_OPTION,
    URL_OPTION,
    device_options,
    read_credentials,
    read_device,
    tls_for,
)
from device_update_simulator.device_access import DeviceAccess, DownloadSessions
from device_update_simulator.failures import WrongUsage
from device_update_simulator.log_sending import send_log
from device_update_simulator.service_address import ServiceAddress, parse_service_address


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@URL_OPTION
@click.option("--type", "log_type", default="CELog", show_default=True, metavar="T", help="What kind of log it is.")
@device_options
@ACCOUNT_OPTION
@PASSWORD_OPTION
@CA_OPTION
@PIN_OPTION
def log(
    *,
    file: Path,
    url: str,
    log_type: str,
    account: str | None,
    password_stdin: bool,
    ca: Path | None,
    pin: str | None,
    **device: str | None,
) -> None:
    """Send FILE as a device log."""
    tls = tls_for(ca, pin)
    address = parse_service_address(url, with_account=account is not None)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise WrongUsage(f"{file} cannot be read: {error.strerror}.") from error
    access = DeviceAccess(tls, read_credentials(account, password_stdin=password_stdin))
    request = replace(read_device(device), log_type=log_type)
    log_id = asyncio.run(_send(address, access, request, file.name, content))
    click.echo(f"Stored as log {log_id}.")


async def _send(address: ServiceAddress, access: DeviceAccess, request: CheckRequest, name: str, content: bytes) -> str:
    sessions = DownloadSessions(access)
    try:
        return await send_log(address, sessions, request, name, content)
    finally:
        await sessions.close()
