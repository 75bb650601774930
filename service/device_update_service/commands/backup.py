"""``device-update-service backup`` and ``restore``: the data folder copied while the service runs, and brought back."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from device_update_contract.administration.base import rfc3339
from device_update_contract.sentences import show_size
from device_update_service.commands.host_commands import host_actor, refusals_are_sentences, require_data
from device_update_service.commands.serve import configuration_options, read_configuration
from device_update_service.configuration.configuration import Configuration
from device_update_service.domain.backups import Manifest
from device_update_service.storage.data_folder import DataFolder
from device_update_service.usecases.account_keys import place_of_account_key
from device_update_service.usecases.backups import FoldersWithin, faults_of_backup, make_backup, require_apart
from device_update_service.usecases.restoring import restore_backup
from device_update_service.usecases.server_state import product_version

_NICER: Final = 10
_FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.command("backup")
@_FOLDER
@click.option("--without-key", is_flag=True, help="Leave out account.key, the key of the stored passwords.")
@click.option("--verify", is_flag=True, help="Make none: read the backup that is there, and say what is wrong with it.")
@configuration_options
@refusals_are_sentences
def backup(folder: Path, config: Path | None, data: Path | None, *, without_key: bool, verify: bool) -> None:
    """Back the service's data up into FOLDER, also while it runs.

    What is there of an earlier backup is not copied again, and that backup counts until the new one is whole.
    """
    if verify:
        if without_key:
            raise click.UsageError("--verify makes no backup: --without-key says nothing.")
        _verify(folder)
        return
    configuration = read_configuration(config, {} if data is None else {"data": str(data)})
    _make(folder, configuration, without_key=without_key)


@click.command("restore")
@_FOLDER
@configuration_options
@refusals_are_sentences
def restore(folder: Path, config: Path | None, data: Path | None) -> None:
    """Put the backup in FOLDER into an empty data folder.

    Run it as the user who runs the service, which stands still meanwhile.
    """
    configuration = read_configuration(config, {} if data is None else {"data": str(data)})
    target = DataFolder(configuration.data)
    _require_apart(target.root, folder)
    manifest = restore_backup(folder, target, actor=host_actor(), now=datetime.now(UTC))
    click.echo(f"{target.root} holds {_told(manifest)} Sessions have ended: everybody signs in again.")
    if os.geteuid() == 0:
        click.echo("It belongs to root: give it to the user who runs the service (chown -R).", err=True)
    if manifest.needs_key:
        place = place_of_account_key(configuration, target).path
        click.echo(
            f"The key of the stored passwords is not in it: put it into {place} (mode 0600) before the first start, or"
            " set every password again.",
            err=True,
        )


def _make(folder: Path, configuration: Configuration, *, without_key: bool) -> None:
    data = DataFolder(configuration.data)
    _require_apart(data.root, folder)
    require_data(data)
    os.nice(_NICER)  # checks go first
    key = place_of_account_key(configuration, data).path
    key_file = key if key == data.account_key and not without_key else None
    made = make_backup(data, folder, key_file=key_file, version=product_version(), clock=lambda: datetime.now(UTC))
    for sentence in made.left_out:
        click.echo(sentence, err=True)
    click.echo(f"{folder} holds {_told(made.manifest)} Files copied: {made.copied} ({show_size(made.copied_bytes)}).")
    if made.manifest.needs_key:
        click.echo("The key of the stored passwords is not in it: keep it too, or every password has to be set again.")


def _verify(folder: Path) -> None:
    manifest, faults = faults_of_backup(folder)
    for sentence in faults:
        click.echo(sentence, err=True)
    if faults:
        sys.exit(1)
    click.echo(f"{folder} holds {_told(manifest)} Every file is what it was.")


def _require_apart(data: Path, folder: Path) -> None:
    try:
        require_apart(data, folder)
    except FoldersWithin as refusal:
        raise click.UsageError(refusal.sentence) from refusal


def _told(manifest: Manifest) -> str:
    """What a backup is, in sentences; the beginning of the first is left to others."""
    counts = manifest.counts
    head = "" if manifest.audit_head is None else f" The audit trail ends with {manifest.audit_head}."
    return (
        f"the backup of {rfc3339(manifest.made_at)}. Devices: {counts.devices}, rules: {counts.rules},"
        f" accounts: {counts.accounts}, device logs: {counts.device_logs}, files: {len(manifest.files)}"
        f" ({show_size(manifest.total_bytes)}).{head}"
    )
