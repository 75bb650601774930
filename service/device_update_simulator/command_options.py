"""Options that the commands share, read into what the rest works with."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from device_update_contract.checks import CheckRequest
from device_update_contract.identifiers import parse_class_field, parse_mac, parse_serial
from device_update_contract.refusals import InvalidValue
from device_update_http_authentication.identities import Credentials
from device_update_http_authentication.pinned_certificates import pinned_tls
from device_update_simulator.failures import WrongUsage

Command = TypeVar("Command", bound=Callable[..., Any])

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
PIN_OPTION = click.option(
    "--pin",
    metavar="FINGERPRINT",
    help="Trust this one certificate (its SHA-256), whoever issued it and whatever name it has.",
)
ACCOUNT_OPTION = click.option(
    "--account", metavar="NAME", help="Sign in with this account, by NTLM or Negotiate, as a device outside does."
)
PASSWORD_OPTION = click.option(
    "--password-stdin", is_flag=True, help="Read the account's password from standard input, to its end."
)

_LONGEST_PASSWORD = 256
_DEVICE_OPTIONS = (
    click.option("--mac", metavar="M", help="MAC address."),
    click.option("--serial", metavar="S", help="Serial number."),
    click.option("--device-type", default="UCPhone", show_default=True, metavar="T", help="Its class: the type."),
    click.option("--vendor", required=True, metavar="V", help="Its class: the vendor, which is a rule's brand."),
    click.option("--model", required=True, metavar="M", help="Its class: the model."),
    click.option("--revision", default="A", show_default=True, metavar="R", help="Its class: the revision."),
    click.option("--locale", default="ENU", show_default=True, metavar="L", help="Its class: the language."),
)


def device_options(command: Command) -> Command:
    """Which device it is; `read_device` reads them."""
    for option in reversed(_DEVICE_OPTIONS):
        command = option(command)
    return command


def read_device(given: Mapping[str, object]) -> CheckRequest:
    """The device of the options, as it names itself in a request that says nothing else; each checked as there.

    Raises:
        InvalidValue: with a sentence that names the option's value.
    """
    text = {name: str(value or "") for name, value in given.items()}
    return CheckRequest(
        parse_class_field("DeviceType", text["device_type"]),
        parse_class_field("Vendor", text["vendor"]),
        parse_class_field("Model", text["model"]),
        parse_class_field("Revision", text["revision"]),
        parse_class_field("Locale", text["locale"]),
        parse_mac(text["mac"]) if text["mac"] else None,
        parse_serial(text["serial"]) if text["serial"] else None,
    )


def read_credentials(account: str | None, *, password_stdin: bool) -> Credentials | None:
    """The account of the options with the password from standard input, or None for a device without one.

    Raises:
        WrongUsage, InvalidValue: when one is given without the other, or is not of its form; the password is not
        repeated.
    """
    if (account is None) == password_stdin:
        raise WrongUsage("--account and --password-stdin are given together.")
    if account is None:
        return None
    Credentials(account, "")  # its form is judged before anything is read
    try:
        password = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise WrongUsage("The password is not UTF-8 text.") from error
    if not 0 < len(password) <= _LONGEST_PASSWORD:
        raise WrongUsage(f"A password has 1 to {_LONGEST_PASSWORD} characters.")
    return Credentials(account, password)


def tls_for(ca: Path | None, pin: str | None) -> ssl.SSLContext | None:
    """Which certificates are trusted, or None for the system's.

    Raises:
        WrongUsage: when the file holds no certificates, the pin is no fingerprint, or both are given.
    """
    if ca is not None and pin is not None:
        raise WrongUsage("--pin trusts one certificate alone: give it without --ca.")
    if pin is not None:
        try:
            return pinned_tls(pin)
        except InvalidValue as error:
            raise WrongUsage(error.sentence) from error
    if ca is None:
        return None
    try:
        return ssl.create_default_context(cafile=ca)
    except (ssl.SSLError, OSError) as error:
        raise WrongUsage(f"{ca} holds no certificates that can be read.") from error
