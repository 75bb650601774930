"""``device-update-service certificate``: a certificate of its own for a first start (contract section 6)."""

from __future__ import annotations

import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from device_update_contract.refusals import Refusal
from device_update_service.identity.certificates import read_certificate
from device_update_service.identity.self_signed_certificates import is_dns_name, make_certificate, write_certificate

_DAYS = 825  # longer ones are refused by Apple's clients, and by habit everywhere


@click.group()
def certificate() -> None:
    """The TLS certificate of the listeners that need one."""


@certificate.command("self-signed")
@click.option(
    "--certificate", "file", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where to write it."
)
@click.option(
    "--key", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where to write its private key."
)
@click.option(
    "--name", "names", multiple=True, help="A DNS name or address that clients use; default: this host's own names."
)
@click.option("--days", type=click.IntRange(1, 3650), default=_DAYS, show_default=True, help="How long it is valid.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
def self_signed(file: Path, key: Path, names: tuple[str, ...], days: int, *, force: bool) -> None:
    """Make a certificate that vouches for itself, and its key."""
    try:
        if file.absolute() == key.absolute():
            raise click.UsageError("The certificate and its key are two files.")
        made = make_certificate(names or _names_of_this_host(), days, datetime.now(UTC))
        write_certificate(made, file, key, replace=force)
        written = read_certificate(file)
    except Refusal as refusal:
        click.echo(refusal.sentence, err=True)
        sys.exit(1)
    click.echo(
        f"The certificate is in {file} and its key in {key}, for {', '.join(written.names)}; "
        f"valid until {written.not_after:%Y-%m-%d}.\n"
        f"SHA-256 fingerprint: {written.fingerprint}\n"
        f"Next: name the two files as tls_certificate and tls_key of listeners.external or listeners.admin, and see "
        f"that the service's user can read {key}. Consoles and the command line pin the fingerprint. Devices outside "
        f"trust the certificate only after it was installed on them; one of an authority that they know needs nothing."
    )


def _names_of_this_host() -> tuple[str, ...]:
    """The full name, the name, and loopback; names that no certificate can hold are left out."""
    own = [name for name in (socket.getfqdn(), socket.gethostname()) if is_dns_name(name) and name != "localhost"]
    return tuple(dict.fromkeys((*own, "localhost", "127.0.0.1", "::1")))
