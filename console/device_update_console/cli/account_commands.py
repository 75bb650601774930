"""The service's accounts."""

from __future__ import annotations

from typing import Any

import click

from device_update_console.cli.invocation import Invocation, Outcome, password_for, with_invocation
from device_update_console.cli.output import Columns, print_facts, say
from device_update_console.core.texts.formats import moment_text
from device_update_contract.administration.endpoints import (
    ACCOUNT_STATUS,
    ADD_ACCOUNT,
    CHANGE_ACCOUNT,
    LIST_ACCOUNTS,
    REMOVE_ACCOUNT,
    UNLOCK_ACCOUNT,
)
from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import AccountChange, AccountModel, AccountStatus, NewAccount

_ACCOUNTS: Columns[AccountModel] = (
    ("Name", lambda account: account.name),
    ("Role", lambda account: account.role),
    ("Enabled", lambda account: account.enabled),
    ("Last sign-in", lambda account: moment_text(account.last_sign_in_at)),
    ("Locked until", lambda account: moment_text(account.locked_until)),
    ("Kept by", lambda account: account.source),
    ("Created", lambda account: moment_text(account.created_at)),
)
_NAME = click.argument("name", metavar="NAME")
_ROLES = click.Choice([str(role) for role in Role])
_PASSWORD_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, to its end."
)


@click.group()
def account() -> None:
    """List and change the accounts that may use the service.

    Roles: administrator, operator, help_desk; a device_user may only authenticate a device.
    """


@account.command("list")
@with_invocation
async def list_accounts(invocation: Invocation) -> Outcome:
    """List the accounts with their roles."""
    async with invocation.connected() as client:
        pages = client.pages(LIST_ACCOUNTS)
        await invocation.show_list(pages, AccountModel, _ACCOUNTS, "There are no accounts.")
    return None


@account.command()
@_NAME
@click.option("--role", required=True, type=_ROLES, help="What the account is for.")
@_PASSWORD_STDIN
@with_invocation
async def add(invocation: Invocation, *, name: str, role: str, password_stdin: bool) -> Outcome:
    """Add an account. Its password (8 to 256 characters) is asked for, or read from standard input."""
    password = password_for(invocation, name, from_stdin=password_stdin, new=True)
    # Unchecked here: the service judges, and a checking model would repeat the password in its error.
    body = NewAccount.model_construct(name=name, role=Role(role), password=password)
    async with invocation.connected() as client:
        reply = await client.call(ADD_ACCOUNT, body=body)
    added = reply.read(AccountModel)
    invocation.show(reply, lambda: say(f"Added {added.name} ({added.role})."))
    return None


@account.command("set-role")
@_NAME
@click.argument("role", metavar="ROLE", type=_ROLES)
@with_invocation
async def set_role(invocation: Invocation, *, name: str, role: str) -> Outcome:
    """Give an account another role."""
    await _change(invocation, name, f"{name} has the role {role} now.", role=Role(role))
    return None


@account.command("set-password")
@_NAME
@_PASSWORD_STDIN
@with_invocation
async def set_password(invocation: Invocation, *, name: str, password_stdin: bool) -> Outcome:
    """Give an account another password. It is asked for, or read from standard input."""
    password = password_for(invocation, name, from_stdin=password_stdin, new=True)
    await _change(invocation, name, f"{name} has a new password.", password=password)
    return None


@account.command()
@_NAME
@with_invocation
async def status(invocation: Invocation, *, name: str) -> Outcome:
    """Show whether an account can sign in. 'sign-ins --account NAME' shows what was refused."""
    async with invocation.connected() as client:
        reply = await client.call(ACCOUNT_STATUS, path={"name": name})
    shown = reply.read(AccountStatus)
    invocation.show(reply, lambda: _print_status(shown))
    return None


def _print_status(shown: AccountStatus) -> None:
    print_facts(
        (
            ("Name", shown.name),
            ("Kept by", shown.source),
            ("Enabled", shown.enabled),
            ("Locked until", moment_text(shown.locked_until)),
            ("Locked addresses", ", ".join(shown.locked_addresses)),
            ("Last sign-in", moment_text(shown.last_sign_in_at)),
        )
    )


@account.command()
@_NAME
@with_invocation
async def unlock(invocation: Invocation, *, name: str) -> Outcome:
    """Let an account sign in again that was locked out."""
    async with invocation.connected() as client:
        reply = await client.call(UNLOCK_ACCOUNT, path={"name": name})
    invocation.show(reply, lambda: say(f"{name} is unlocked."))
    return None


@account.command()
@_NAME
@with_invocation
async def disable(invocation: Invocation, *, name: str) -> Outcome:
    """Let an account sign in no more, and keep it. Its sessions end."""
    await _change(invocation, name, f"{name} is disabled.", enabled=False)
    return None


@account.command()
@_NAME
@with_invocation
async def enable(invocation: Invocation, *, name: str) -> Outcome:
    """Let an account that was disabled sign in again."""
    await _change(invocation, name, f"{name} is enabled.", enabled=True)
    return None


@account.command()
@_NAME
@with_invocation
async def remove(invocation: Invocation, *, name: str) -> Outcome:
    """Remove an account; its sessions end."""
    async with invocation.connected() as client:
        await client.call(REMOVE_ACCOUNT, path={"name": name})
    invocation.tell(f"Removed {name}.")
    return None


async def _change(invocation: Invocation, name: str, sentence: str, **changes: Any) -> None:
    async with invocation.connected() as client:
        reply = await client.call(CHANGE_ACCOUNT, path={"name": name}, body=AccountChange.model_construct(**changes))
    invocation.show(reply, lambda: say(sentence))


COMMANDS = (account,)
