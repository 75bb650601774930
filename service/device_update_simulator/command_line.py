"""The `device-update-simulator` program: its commands, and how every failure ends (contract section 6)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from device_update_contract.refusals import Refusal
from device_update_simulator.check_command import check
from device_update_simulator.devices_command import devices
from device_update_simulator.failures import CheckFailure, ExitCode
from device_update_simulator.fleet_command import fleet
from device_update_simulator.log_command import log


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done; 1 refused by the service, or something did not hold; 2 wrong usage; "
    "3 service unreachable; 4 not authenticated or not permitted.",
)
@click.version_option(package_name="device-update-service")
def program() -> None:
    """Be a device, or many, towards a Device Update Service."""


program.add_command(check)
program.add_command(fleet)
program.add_command(devices)
program.add_command(log)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code; every failure is a sentence on stderr, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A sentence of the service that this terminal cannot show must not end the command.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        outcome = program.main(list(arguments), prog_name="device-update-simulator", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return ExitCode.WRONG_USAGE
    except CheckFailure as failure:
        click.echo(failure.sentence, err=True)
        return failure.exit_code
    except Refusal as refusal:
        # A value given on the command line that is not of the contract's form.
        click.echo(refusal.sentence, err=True)
        return ExitCode.WRONG_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Ended before it was done.", err=True)
        return ExitCode.REFUSED
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not try to write the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.REFUSED
    return outcome if isinstance(outcome, int) else ExitCode.DONE
