"""Options that the commands share, read into what the rest works with."""

from __future__ import annotations

import ssl
from pathlib import Path

import click

from device_update_simulator.failures import WrongUsage
from device_update_simulator.service_address import ServiceAddress

URL_OPTION = click.option(
    "--url",
    required=True,
    metavar="URL",
    help="The listener's address, such as http://127.0.0.1:8080; with the route /RequestHandlerExt/ucdevice.upx the "
    "device is one outside and takes the external address for downloads.",
)
CA_OPTION = click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Certificates (PEM) to trust instead of the system's.",
)


def tls_for(address: ServiceAddress, ca: Path | None) -> ssl.SSLContext | None:
    """How TLS is checked, or None for a plain listener without certificates of its own.

    Raises:
        WrongUsage: when the file holds no certificates.
    """
    if ca is None and address.scheme == "http":
        return None
    try:
        return ssl.create_default_context(cafile=ca)
    except (ssl.SSLError, OSError) as error:
        raise WrongUsage(f"{ca} holds no certificates that can be read.") from error
