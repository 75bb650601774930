"""``device-update-service account``: accounts on the host itself, also while the service runs (contract section 6).

The first administrator is made so, and one who is locked out is let in again. The commands work on the database itself;
whoever may read and write the data folder needs no password.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from device_update_contract.administration.base import rfc3339
from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import AccountModel
from device_update_contract.audit import AuditVerb
from device_update_contract.passwords import check_password
from device_update_contract.refusals import Refusal
from device_update_service.commands.host_commands import (
    host_actor,
    refusals_are_sentences,
    require_current_service,
    require_data,
)
from device_update_service.commands.serve import configuration_options, read_configuration
from device_update_service.configuration.configuration import Configuration
from device_update_service.identity.account_key import AccountKey, AccountKeyUnusable, load_account_key
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.database import Database
from device_update_service.storage.errors import StorageError
from device_update_service.usecases import accounts
from device_update_service.usecases.account_keys import (
    Reencrypted,
    place_of_account_key,
    reencrypt_passwords,
    rotation,
)
from device_update_service.usecases.audit_trail import carry_out, record_actions
from device_update_service.usecases.outcomes import AuditedAction, Outcome

Answer = TypeVar("Answer")

_MAX_PASSWORD_INPUT = 4096
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Host:
    """The data folder's stores, open for one command."""

    database: Database
    folder: DataFolder
    configuration: Configuration

    @property
    def key(self) -> AccountKey:
        """The key of the stored password hashes, made at its first use.

        Raises:
            AccountKeyUnusable: also when passwords are stored but their key is not here: another would open none.
        """
        place = place_of_account_key(self.configuration, self.folder)
        if not place.path.exists() and self.read(accounts.has_stored_passwords):
            raise AccountKeyUnusable(
                f"There is no key file {place.path}, but passwords are stored that only their key opens. If the service"
                " gets it as a systemd credential, copy the key to a file and name that in accounts.key_file; if it is"
                " lost, start the service, which makes a new one, and set every password again."
            )
        return load_account_key(place)

    def change(self, use_case: Callable[[], Outcome[Answer]], verb: AuditVerb, name: str) -> Answer:
        """Run a use case; durable, also on the audit trail, when this returns.

        When it is refused, that is on the audit trail, as this verb on the account of this name.
        """
        try:
            return self.database.write(partial(carry_out, use_case, _now)).result(_SECONDS).answer
        except StorageError:
            raise
        except Refusal as refusal:
            refused = AuditedAction(host_actor(), verb, f"account {name}", refused=refusal.code)
            self.database.write(partial(record_actions, [refused], now=_now())).result(_SECONDS)
            raise

    def read(self, use_case: Callable[[], Answer]) -> Answer:
        """Run a use case that only reads."""
        return self.database.read(use_case).result(_SECONDS)


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _opened(data: Path | None, config: Path | None, *, make: bool = False) -> Iterator[_Host]:
    configuration = read_configuration(config, {} if data is None else {"data": str(data)})
    folder = DataFolder(configuration.data)
    if not make:
        require_data(folder)
    folder.create()
    require_current_service(folder)
    database = Database(folder.database)
    try:
        database.start()
        yield _Host(database, folder, configuration)
    finally:
        database.close()


def _where(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say whose accounts are meant."""
    found: Callable[..., None] = configuration_options(refusals_are_sentences(command))
    return found


_NAME = click.argument("name")
_PASSWORD_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, to its end."
)


@click.group("account")
def account() -> None:
    """Manage accounts on this host, also while the service runs."""


@account.command("add")
@_NAME
@click.option(
    "--role", required=True, type=click.Choice([role.value for role in Role]), help="What the account may do."
)
@_PASSWORD_STDIN
@_where
def add(name: str, role: str, data: Path | None, config: Path | None, *, password_stdin: bool) -> None:
    """Add an account."""
    given = nt_hash(_password(password_stdin=password_stdin))
    with _opened(data, config, make=True) as host:
        added = host.change(
            partial(
                accounts.add_account,
                name=name,
                role=Role(role),
                nt_hash=given,
                enabled=True,
                key=host.key,
                actor=host_actor(),
                now=datetime.now(UTC),
            ),
            AuditVerb.ACCOUNT_ADD,
            name,
        )
    click.echo(f"The account {added.name} was added with the role {added.role.value}.")


@account.command("list")
@_where
def list_all(data: Path | None, config: Path | None) -> None:
    """List all accounts."""
    with _opened(data, config) as host:
        found = host.read(partial(accounts.all_accounts, datetime.now(UTC)))
    for account in found:
        click.echo("  ".join(_columns(account)).rstrip())


@account.command("set-password")
@_NAME
@_PASSWORD_STDIN
@_where
def set_password(name: str, data: Path | None, config: Path | None, *, password_stdin: bool) -> None:
    """Set an account's password; its sessions end."""
    given = nt_hash(_password(password_stdin=password_stdin))
    with _opened(data, config) as host:
        changed = host.change(
            partial(
                accounts.change_account,
                name=name,
                values=accounts.AccountValues(nt_hash=given),
                key=host.key,
                actor=host_actor(),
            ),
            AuditVerb.ACCOUNT_CHANGE,
            name,
        )
    click.echo(f"The password of {changed.name} was set.")


@account.command("unlock")
@_NAME
@_where
def unlock(name: str, data: Path | None, config: Path | None) -> None:
    """Let a locked account sign in again at once."""
    with _opened(data, config) as host:
        unlocked = host.change(
            partial(accounts.unlock_account, name=name, actor=host_actor()), AuditVerb.ACCOUNT_UNLOCK, name
        )
    click.echo(f"The account {unlocked.name} was unlocked.")


@account.command("remove")
@_NAME
@_where
def remove(name: str, data: Path | None, config: Path | None) -> None:
    """Remove an account; its sessions end."""
    with _opened(data, config) as host:
        host.change(partial(accounts.remove_account, name=name, actor=host_actor()), AuditVerb.ACCOUNT_REMOVE, name)
    click.echo(f"The account {name} was removed.")


@account.command("rotate-key")
@_where
def rotate_key(data: Path | None, config: Path | None) -> None:
    """Encrypt the stored passwords with a new key. Passwords and sessions stay, and the service need not stop.

    A copy of the database that was made before opens with the old key only: keep a backup's key file with it.
    """
    with _opened(data, config) as host:
        key = host.key
        reencrypt = partial(host.change, partial(reencrypt_passwords, key, host_actor()), AuditVerb.KEY_ROTATE, "key")
        *_, done = rotation(key, reencrypt)
    if done is not None:
        _tell_rotated(done)


def _tell_rotated(done: Reencrypted) -> None:
    click.echo(f"The key was changed; passwords that are encrypted with it now: {done.accounts}.")
    for name in done.lost:
        click.echo(f"The stored password of {name} fitted no key: set it again.", err=True)


def _password(*, password_stdin: bool) -> str:
    """The password from standard input, or typed twice on a terminal.

    Raises:
        InvalidPassword. click.UsageError: when there is no terminal to ask on.
    """
    if password_stdin:
        text = sys.stdin.buffer.read(_MAX_PASSWORD_INPUT).decode("utf-8", errors="surrogateescape")
        return check_password(text.removesuffix("\n").removesuffix("\r"))
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask for the password on; use --password-stdin.")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise click.UsageError("The two passwords differ.")
    return check_password(password)


def _columns(account: AccountModel) -> tuple[str, ...]:
    last = (
        "never signed in" if account.last_sign_in_at is None else f"last signed in {rfc3339(account.last_sign_in_at)}"
    )
    locked = "" if account.locked_until is None else f"locked until {rfc3339(account.locked_until)}"
    return (
        f"{account.name:<24}",
        f"{account.role.value:<13}",
        "enabled " if account.enabled else "disabled",
        last,
        locked,
    )
