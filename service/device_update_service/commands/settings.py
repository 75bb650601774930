"""``device-update-service settings list``: the settings, from the database directly."""

from __future__ import annotations

import json
from pathlib import Path

import click

from device_update_service.commands.host_commands import refusals_are_sentences, require_current_service, require_data
from device_update_service.commands.serve import configuration_options, read_configuration
from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.database import Database
from device_update_service.storage.setting_records import read_settings


@click.group()
def settings() -> None:
    """Show the settings, also while the service runs."""


@settings.command("list")
@configuration_options
@refusals_are_sentences
def list_settings(config: Path | None, data: Path | None) -> None:
    """Print every setting with its value."""
    configuration = read_configuration(config, {} if data is None else {"data": str(data)})
    folder = DataFolder(configuration.data)
    require_data(folder)
    require_current_service(folder)
    database = Database(folder.database)
    try:
        database.start()
        for name, value in database.read(read_settings).result().items():
            click.echo(f"{name} = {json.dumps(value)}")
    finally:
        database.close()
