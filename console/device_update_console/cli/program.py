"""The `device-update` program: options before the verb, its verbs, and how every failure ends (contract section 6)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click
from pydantic import ValidationError

from device_update_console.cli import (
    account_commands,
    audit_commands,
    device_commands,
    log_commands,
    package_commands,
    report_commands,
    rule_commands,
    rule_verbs,
    server_commands,
    session_commands,
    settings_commands,
    sign_in_commands,
    test_device_commands,
)
from device_update_console.cli.exit_codes import ExitCode, exit_code_of
from device_update_console.cli.invocation import Declined, Invocation
from device_update_console.cli.output import complain, explain
from device_update_console.core.connections.addresses import InvalidAddress, ServerAddress, parse_server_address
from device_update_contract.refusals import Refusal

DEFAULT_SERVER = "http://127.0.0.1:8444"


class _Server(click.ParamType[ServerAddress]):
    """The address of a service."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ServerAddress:
        if isinstance(value, ServerAddress):
            return value
        try:
            return parse_server_address(str(value))
        except InvalidAddress as error:
            raise click.UsageError(error.sentence, ctx) from error


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done; 1 refused by the service, or something did not hold; 2 wrong usage; "
    "3 service unreachable; 4 not authenticated or not permitted.",
)
@click.option(
    "--server",
    metavar="URL",
    type=_Server(),
    envvar="DEVICE_UPDATE_URL",
    default=DEFAULT_SERVER,
    show_default=True,
    help="Administration address of the service. [env: DEVICE_UPDATE_URL]",
)
@click.option(
    "--account", metavar="NAME", envvar="DEVICE_UPDATE_ACCOUNT", help="Account to use. [env: DEVICE_UPDATE_ACCOUNT]"
)
@click.option(
    "--pin",
    metavar="FINGERPRINT",
    envvar="DEVICE_UPDATE_PIN",
    help="Trust this one certificate of the service (its SHA-256), whoever issued it; 'login' remembers it. "
    "[env: DEVICE_UPDATE_PIN]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the service's own answers, as JSON.")
@click.version_option(package_name="device-update-service")
@click.pass_context
def program(
    context: click.Context, *, server: ServerAddress, account: str | None, pin: str | None, as_json: bool
) -> None:
    """Administer a Device Update Service.

    Whoever has a Kerberos ticket of the service's domain needs no password. Others sign in with 'login', which asks for
    one and keeps the session in the system's keyring; scripts set DEVICE_UPDATE_ACCOUNT and DEVICE_UPDATE_PASSWORD.
    Passwords are never given as arguments, and sent only over https or to this machine. A certificate of your own
    authority is trusted through SSL_CERT_FILE, a single one through --pin.

    Times are printed in this machine's time zone, with --json in UTC.
    """
    invocation = Invocation(server=server, account=account or None, as_json=as_json)
    trusted = server.pinned(pin) if pin else invocation.pins.known(server)
    context.obj = replace(invocation, server=trusted)


for _module in (
    session_commands,
    server_commands,
    package_commands,
    rule_commands,
    rule_verbs,
    test_device_commands,
    device_commands,
    settings_commands,
    account_commands,
    sign_in_commands,
    audit_commands,
    log_commands,
    report_commands,
):
    for _command in _module.COMMANDS:
        program.add_command(_command)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code; every failure is a sentence on stderr, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A label in a script that this terminal cannot show must not end the command.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        outcome = program.main(list(arguments), prog_name="device-update", standalone_mode=False)
        sys.stdout.flush()
    except (click.ClickException, UnicodeError, ValidationError) as error:
        _explain_usage(error)
        return ExitCode.WRONG_USAGE
    except Declined:
        complain("Nothing was changed.")
        return ExitCode.REFUSED
    except (click.Abort, KeyboardInterrupt):
        complain("Interrupted.")
        return ExitCode.REFUSED
    except Refusal as refusal:
        explain(refusal)
        return exit_code_of(refusal)
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not try to write the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.REFUSED
    return outcome if isinstance(outcome, int) else ExitCode.DONE


def _explain_usage(error: click.ClickException | UnicodeError | ValidationError) -> None:
    """What is wrong with what was given; never the value of what is no text, for it may be a password."""
    if isinstance(error, click.ClickException):
        error.show()
    elif isinstance(error, UnicodeError):
        complain("What was given is not UTF-8 text: look at the arguments, the password and the environment.")
    else:
        for fault in error.errors(include_input=False, include_url=False):
            complain(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}.")
