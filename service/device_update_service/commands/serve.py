"""``device-update-service serve``: run the service, or only check its configuration."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from device_update_service.configuration.configuration import Configuration
from device_update_service.configuration.loading import ConfigurationError, load_configuration


def configuration_options(command: Any) -> Any:
    """The options that every command takes to find the service's data."""
    command = click.option(
        "--data", type=click.Path(path_type=Path), help="The data folder; everything else has a default."
    )(command)
    return click.option(
        "--config", type=click.Path(path_type=Path, dir_okay=False), help="The configuration file (TOML)."
    )(command)


def read_configuration(
    config: Path | None, command_line: dict[str, Any], tls: dict[str, str] | None = None
) -> Configuration:
    """The configuration of a command.

    Raises:
        click.UsageError: with what is wrong, by name (exit code 2).
    """
    try:
        return load_configuration(config, command_line, tls=tls)
    except ConfigurationError as error:
        raise click.UsageError(error.sentence) from error


@click.command()
@configuration_options
@click.option("--internal", metavar="HOST:PORT", help="The internal listener, for devices; port 0 picks a free one.")
@click.option("--external", metavar="HOST:PORT", help="The external listener (TLS), where devices have to sign in.")
@click.option("--admin", metavar="HOST:PORT", help="The administration listener, for consoles and scripts.")
@click.option("--tls-certificate", type=click.Path(path_type=Path, dir_okay=False), help="Certificate chain (PEM).")
@click.option("--tls-key", type=click.Path(path_type=Path, dir_okay=False), help="Private key (PEM).")
@click.option("--check", is_flag=True, help="Only say whether the configuration is right.")
def serve(
    config: Path | None,
    data: Path | None,
    internal: str | None,
    external: str | None,
    admin: str | None,
    tls_certificate: Path | None,
    tls_key: Path | None,
    check: bool,  # noqa: FBT001 -- a command line flag
) -> None:
    """Run the service until it is told to stop (SIGTERM)."""
    files = {"tls_certificate": tls_certificate, "tls_key": tls_key}
    tls = {key: str(path) for key, path in files.items() if path is not None}
    configuration = read_configuration(config, _command_line(data, internal, external, admin), tls)
    _require_certificates(configuration)  # before anything is made in the data folder
    if check:
        click.echo("The configuration is right.", err=True)
        return
    _run(configuration)


def _require_certificates(configuration: Configuration) -> None:
    """End with 1 and a sentence where the service could not start with a certificate or key; more the doctor knows."""
    from device_update_service.identity.certificates import CertificateUnusable
    from device_update_service.web.listening.server_tls import ServerTls

    for name, listener in (("external", configuration.listeners.external), ("admin", configuration.listeners.admin)):
        try:
            if listener is not None:
                ServerTls.configured(listener)
        except CertificateUnusable as error:
            click.echo(f"listeners.{name}: {error.sentence}", err=True)
            sys.exit(1)


def _command_line(data: Path | None, internal: str | None, external: str | None, admin: str | None) -> dict[str, Any]:
    """The options as configuration."""
    listeners = {
        name: {"address": address}
        for name, address in (("internal", internal), ("external", external), ("admin", admin))
        if address is not None
    }
    values: dict[str, Any] = {"listeners": listeners} if listeners else {}
    if data is not None:
        values["data"] = str(data)
    return values


def _run(configuration: Configuration) -> None:
    from device_update_contract.refusals import Refusal
    from device_update_service.service_log import set_up_service_log
    from device_update_service.web.serving import Listening, serve

    def announce(listening: Listening) -> None:
        sys.stdout.write(
            f"ready internal={listening.internal or 'off'} external={listening.external or 'off'} "
            f"admin={listening.admin}\n"
        )
        sys.stdout.flush()

    set_up_service_log(configuration.log)
    try:
        asyncio.run(serve(configuration, announce))
    except Refusal as error:
        click.echo(error.sentence, err=True)
        sys.exit(1)
