"""The command `log`: one device log as one device sends it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from device_update_contract.checks import CheckRequest
from device_update_contract.identifiers import parse_class_field, parse_mac, parse_serial
from device_update_simulator.command_options import (
    ACCOUNT_OPTION,
    CA_OPTION,
    PASSWORD_OPTION,
    PIN_OPTION,
    URL_OPTION,
    read_credentials,
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
@click.option("--mac", metavar="M", help="MAC address.")
@click.option("--serial", metavar="S", help="Serial number.")
@click.option("--device-type", default="UCPhone", show_default=True, metavar="T")
@click.option("--vendor", required=True, metavar="V")
@click.option("--model", required=True, metavar="M")
@click.option("--revision", default="A", show_default=True, metavar="R")
@click.option("--locale", default="ENU", show_default=True, metavar="L")
@ACCOUNT_OPTION
@PASSWORD_OPTION
@CA_OPTION
@PIN_OPTION
def log(
    *,
    file: Path,
    url: str,
    log_type: str,
    mac: str | None,
    serial: str | None,
    account: str | None,
    password_stdin: bool,
    ca: Path | None,
    pin: str | None,
    **device_class: str,
) -> None:
    """Send FILE as a device log."""
    tls = tls_for(ca, pin)
    address = parse_service_address(url, with_account=account is not None)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise WrongUsage(f"{file} cannot be read: {error.strerror}.") from error
    access = DeviceAccess(tls, read_credentials(account, password_stdin=password_stdin))
    request = CheckRequest(
        parse_class_field("DeviceType", device_class["device_type"]),
        parse_class_field("Vendor", device_class["vendor"]),
        parse_class_field("Model", device_class["model"]),
        parse_class_field("Revision", device_class["revision"]),
        parse_class_field("Locale", device_class["locale"]),
        parse_mac(mac) if mac else None,
        parse_serial(serial) if serial else None,
        log_type=log_type,
    )
    log_id = asyncio.run(_send(address, access, request, file.name, content))
    click.echo(f"Stored as log {log_id}.")


async def _send(address: ServiceAddress, access: DeviceAccess, request: CheckRequest, name: str, content: bytes) -> str:
    sessions = DownloadSessions(access)
    try:
        return await send_log(address, sessions, request, name, content)
    finally:
        await sessions.close()
