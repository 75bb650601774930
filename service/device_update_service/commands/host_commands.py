"""What commands on the host share: who runs them, and how a refusal ends them."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from device_update_contract.refusals import Refusal
from device_update_service.domain.actors import HOST, Actor
from device_update_service.storage.data_folder import DataFolder, is_in_use
from device_update_service.storage.database_glance import glance_at_database
from device_update_service.storage.errors import refused_by_disk


def host_actor() -> Actor:
    """The user of this system who runs the command; no account of the service has a colon in its name."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = str(number)
    return Actor(f"host:{name}", None, HOST)


class OlderServiceRuns(Refusal):
    """The service that runs would not know the database any more."""

    code = "older-service-runs"


def require_current_service(folder: DataFolder) -> None:
    """See that opening the database does not bring its schema past the service that runs on it.

    Raises:
        OlderServiceRuns: it was installed anew and not restarted yet. StorageUnavailable: the database cannot be read.
    """
    if folder.database.exists() and is_in_use(folder) and glance_at_database(folder.database).missing:
        raise OlderServiceRuns("The service that runs is of an older version than this command: restart it first.")


def require_data(folder: DataFolder) -> None:
    """See that a service's data is in a folder.

    Raises:
        Refusal: it is not, or this user may not look.
    """
    try:
        folder.database.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Refusal(f"There is no service's data in {folder.root}.", code="no-data-folder") from error
    except OSError as error:
        raise refused_by_disk(f"The data folder {folder.root} cannot be read", error) from error


def refusals_are_sentences(command: Callable[..., None]) -> Callable[..., None]:
    """A refusal is one sentence on stderr and exit code 1."""

    @wraps(command)
    def run(*values: Any, **named: Any) -> None:
        try:
            command(*values, **named)
        except Refusal as refusal:
            click.echo(refusal.sentence, err=True)
            sys.exit(1)

    return run
