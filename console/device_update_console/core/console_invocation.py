"""The command line of the desktop console (contract section 6).

What is wrong with it is said on stderr, and ends the program with 2, before a window opens.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from device_update_console.core.connections.addresses import ServerAddress, parse_server_address
from device_update_console.core.connections.credentials import credentials_from
from device_update_console.core.connections.pinned_services import PinnedServices
from device_update_console.core.help.versions import own_version
from device_update_console.core.texts.language import SHIPPED
from device_update_contract.identifiers import parse_mac
from device_update_contract.refusals import InvalidValue, Refusal

WRONG_USAGE = 2

LANGUAGE_VARIABLE = "DEVICE_UPDATE_LANGUAGE"


class FileNotReadable(InvalidValue):
    """The file that was named cannot be read."""

    code = "file-not-readable"


@dataclass(frozen=True, slots=True)
class ConsoleInvocation:
    """What was asked for; without servers those that are remembered are meant."""

    servers: tuple[ServerAddress, ...]
    account: str | None
    device: str | None
    file: Path | None
    screenshots: Path | None
    language: str | None


def parse_invocation(
    arguments: Sequence[str], environment: Mapping[str, str], pins: PinnedServices
) -> ConsoleInvocation:
    """Read the command line; named servers have the certificate that was accepted for them.

    Raises:
        Refusal: what was given has not the form that it needs. SystemExit: by `argparse`, with 2, or 0 after help.
    """
    given = _parser().parse_args(arguments)
    servers = tuple(pins.known(parse_server_address(address)) for address in given.server)
    if servers:
        credentials_from(environment, given.account)
    file = None if given.file is None else Path(given.file)
    if file is not None and not (file.is_file() and os.access(file, os.R_OK)):
        raise FileNotReadable(f"{file} is no file that can be read.")
    return ConsoleInvocation(
        servers=servers,
        account=given.account,
        device=None if given.device is None else parse_mac(given.device),
        file=file,
        screenshots=given.screenshots,
        language=given.language,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="device-update-console",
        description="Administer Device Update Services.",
        epilog="Without --server the console opens with the servers that it remembers.",
    )
    parser.add_argument(
        "--server",
        metavar="URL",
        action="append",
        default=[],
        help="a service to connect to, not remembered for that; may be given again",
    )
    parser.add_argument("--account", metavar="NAME", help="the account to sign in with")
    parser.add_argument("--version", action="version", version=f"%(prog)s, version {own_version()}")
    parser.add_argument("--device", metavar="MAC", help="show this device at once")
    parser.add_argument("file", metavar="FILE", nargs="?", help="a saved console to open")
    parser.add_argument(
        "--screenshots", metavar="DIR", type=Path, help="save a picture of every node and dialog there, and end"
    )
    parser.add_argument(
        "--language",
        metavar="CODE",
        help=f"the window's language ({' or '.join(SHIPPED)}); without it {LANGUAGE_VARIABLE}, else the system's",
    )
    return parser


def wrong_usage(refusal: Refusal) -> str:
    """What is written on stderr."""
    return f"device-update-console: {refusal.sentence}\n"
