"""Signing in and out, and an account's sessions."""

from __future__ import annotations

import os

import click

from device_update_console.cli.exit_codes import ExitCode
from device_update_console.cli.invocation import Invocation, Outcome, forget_session, password_for, with_invocation
from device_update_console.cli.output import Columns, print_facts, say
from device_update_console.core.credentials import PASSWORD_VARIABLE, Credentials, StoredSession
from device_update_console.core.failures import KeyringUnavailable, NotAuthenticated
from device_update_console.core.formats import moment_text
from device_update_contract.administration.endpoints import LIST_SESSIONS, REVOKE_SESSION, SHOW_SESSION
from device_update_contract.administration.server import SessionAnswer, SessionModel, SessionQuery

_SESSIONS: Columns[SessionModel] = (
    ("ID", lambda session: session.id),
    ("Account", lambda session: session.account),
    ("Role", lambda session: session.role),
    ("Address", lambda session: session.address),
    ("Opened", lambda session: moment_text(session.created_at)),
    ("Last used", lambda session: moment_text(session.last_used_at)),
    ("Ends", lambda session: moment_text(session.expires_at)),
    ("This one", lambda session: session.current),
)


@click.command()
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, to its end.")
@with_invocation
async def login(invocation: Invocation, *, password_stdin: bool) -> Outcome:
    """Sign in and keep the session in the system's keyring.

    The password comes from DEVICE_UPDATE_PASSWORD, from --password-stdin, or is asked for; it is not kept. With --json
    the service's answer is printed, session token included.
    """
    from device_update_console.core.client import AdministrationClient

    await invocation.sessions.require()
    account = invocation.account
    if account is None:
        if not invocation.on_terminal:
            raise click.UsageError("Name the account: device-update --account NAME login.")
        account = str(click.prompt("Account", err=True))
    password = None if password_stdin else os.environ.get(PASSWORD_VARIABLE)
    if password is None:
        password = password_for(invocation, account, from_stdin=password_stdin, new=False)
    async with AdministrationClient(invocation.server, credentials=Credentials(account, password)) as client:
        reply = await client.sign_in()
        session = reply.read(SessionAnswer)
        kept = StoredSession(account=session.account, token=session.token, expires_at=session.expires_at)
        try:
            await invocation.sessions.save(invocation.server, kept)
        except KeyringUnavailable:
            await client.sign_out()
            raise
    invocation.show(
        reply,
        lambda: say(
            f"Signed in to {invocation.server.origin} as {session.account} ({session.role}), "
            f"until {moment_text(session.expires_at)}."
        ),
    )
    return ExitCode.DONE


@click.command()
@with_invocation
async def logout(invocation: Invocation) -> Outcome:
    """End the session that 'login' kept, and forget it."""
    from device_update_console.core.client import AdministrationClient

    kept = await invocation.sessions.load(invocation.server)
    if kept is None:
        invocation.tell(f"You are not signed in to {invocation.server.origin}.")
        return ExitCode.DONE
    # Forgotten first: the secret must not stay where the service cannot be reached.
    await forget_session(invocation)
    async with AdministrationClient(invocation.server, token=kept.token) as client:
        try:
            await client.sign_out()
        except NotAuthenticated:
            invocation.tell(f"The session at {invocation.server.origin} had ended already.")
            return ExitCode.DONE
    invocation.tell(f"Signed out of {invocation.server.origin}.")
    return ExitCode.DONE


@click.command()
@with_invocation
async def whoami(invocation: Invocation) -> Outcome:
    """Show the account, its role and what it may do."""
    async with invocation.connected() as client:
        reply = await client.call(SHOW_SESSION)
    session = reply.read(SessionModel)
    invocation.show(
        reply,
        lambda: print_facts(
            (
                ("Service", invocation.server.origin),
                ("Account", session.account),
                ("Role", session.role),
                ("May", ", ".join(sorted(session.permissions))),
                ("Session ends", moment_text(session.expires_at)),
            )
        ),
    )
    return ExitCode.DONE


@click.command()
@click.option("--of", "of", metavar="NAME", help="Sessions of another account; for administrators.")
@click.option("--end", "end", metavar="ID", help="End this session instead of listing.")
@with_invocation
async def sessions(invocation: Invocation, *, of: str | None, end: str | None) -> Outcome:
    """List an account's open sessions, or end one."""
    async with invocation.connected() as client:
        if end is not None:
            await client.call(REVOKE_SESSION, path={"id": end})
            invocation.tell(f"Ended session {end}.")
            return ExitCode.DONE
        query = SessionQuery() if of is None else SessionQuery(account=of)
        await invocation.show_list(
            client.pages(LIST_SESSIONS, query=query), SessionModel, _SESSIONS, "There are no sessions."
        )
    return ExitCode.DONE


COMMANDS = (login, logout, whoami, sessions)
