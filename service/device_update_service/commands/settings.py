"""``device-update-service settings list``: the settings, from the database directly."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from device_update_contract.refusals import Refusal
from device_update_service.commands.serve import configuration_options, read_configuration
from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.database import Database
from device_update_service.storage.setting_records import read_settings


@click.group()
def settings() -> None:
    """Settings, read from the database, also while the service runs."""


@settings.command("list")
@configuration_options
def list_settings(config: Path | None, data: Path | None) -> None:
    """Print every setting with its value."""
    configuration = read_configuration(config, {} if data is None else {"data": str(data)})
    folder = DataFolder(configuration.data)
    if not folder.database.exists():
        click.echo(f"There is no database in {folder.root}.", err=True)
        sys.exit(1)
    database = Database(folder.database)
    try:
        database.start()
        for name, value in database.read(read_settings).result().items():
            click.echo(f"{name} = {json.dumps(value)}")
    except Refusal as error:
        click.echo(error.sentence, err=True)
        sys.exit(1)
    finally:
        database.close()
