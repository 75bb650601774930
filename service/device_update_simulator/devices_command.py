"""The command `devices`: who the devices of a fleet are, so that one can be named before it ever checked."""

from __future__ import annotations

import json

import click

from device_update_simulator.device_models import MAX_DEVICES, identity_of


@click.command()
@click.option(
    "--devices", "count", type=click.IntRange(1, MAX_DEVICES), default=10, show_default=True, metavar="N",
    help="How many to name.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="The one that the fleet was given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def devices(*, count: int, seed: int, as_json: bool) -> None:
    """Name the first N devices of the fleet of a seed. No service is asked."""
    for number in range(count):
        identity = identity_of(seed, number)
        model = identity.model
        if as_json:
            row = {
                "number": number,
                "mac": identity.mac,
                "serial": identity.serial,
                "user": identity.user,
                "device_type": model.device_type,
                "vendor": model.vendor,
                "model": model.model,
                "revision": model.revision,
                "locale": model.locale,
                "first_version": identity.first_version,
            }
            click.echo(json.dumps(row))
        else:
            click.echo(f"{identity.mac}  {identity.serial}  {model.title:<18}  {identity.first_version}")
