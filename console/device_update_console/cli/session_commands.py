"""Signing in and out, and an account's sessions."""

from __future__ import annotations

import os
from dataclasses import replace

import click

from device_update_console.cli.exit_codes import ExitCode
from device_update_console.cli.invocation import (
    Invocation,
    Outcome,
    account_for,
    ask,
    end_quietly,
    password_for,
    with_invocation,
)
from device_update_console.cli.output import Columns, complain, print_facts, say
from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.connections.certificate_questions import certificate_question
from device_update_console.core.connections.credentials import PASSWORD_VARIABLE, StoredSession, signed_in_user
from device_update_console.core.connections.replies import Reply
from device_update_console.core.failures import (
    KeyringUnavailable,
    NotAuthenticated,
    NotTheService,
)
from device_update_console.core.texts.formats import moment_text
from device_update_contract.administration.endpoints import LIST_SESSIONS, REVOKE_SESSION, SHOW_SESSION
from device_update_contract.administration.server import SessionAnswer, SessionModel, SessionQuery
from device_update_contract.refusals import Refusal
from device_update_http_authentication.identities import Credentials, Identity

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

    Without an account, whoever is signed in to this machine is tried first, by their Kerberos ticket. The password
    comes from DEVICE_UPDATE_PASSWORD, from --password-stdin, or is asked for; it is not kept. A certificate that no
    authority vouches for is shown, and remembered if you accept it. With --json the service's answer is printed,
    session token included.
    """
    # Before anything is asked: where a session cannot be kept, all is in vain.
    earlier = await invocation.sessions.load(invocation.server)
    invocation = replace(invocation, server=await _trusted(invocation))
    reply = await _by_ticket(invocation, password_stdin=password_stdin)
    if reply is None:
        account = account_for(invocation)
        password = None if password_stdin else os.environ.get(PASSWORD_VARIABLE)
        if password is None:
            password = password_for(invocation, account, from_stdin=password_stdin, new=False)
        reply = await _signed_in(invocation, Credentials(account, password))
    if earlier is not None:
        await _end(invocation, earlier)
    session = reply.read(SessionAnswer)
    invocation.show(
        reply,
        lambda: say(
            f"Signed in to {invocation.server.origin} as {session.account} ({session.role}), "
            f"until {moment_text(session.expires_at)}."
        ),
    )
    return ExitCode.DONE


async def _end(invocation: Invocation, earlier: StoredSession) -> None:
    """End the session that was kept before: nobody has its token any more, and it would stay open for hours."""
    from device_update_console.core.connections.client import AdministrationClient

    async with AdministrationClient(invocation.server, token=earlier.token) as client:
        await end_quietly(client)


async def _by_ticket(invocation: Invocation, *, password_stdin: bool) -> Reply | None:
    """Sign in without a password if nothing was said that names one; None where that is not possible."""
    if invocation.account is not None or password_stdin or os.environ.get(PASSWORD_VARIABLE):
        return None
    user = await signed_in_user(invocation.server)
    if user is None:
        return None
    try:
        return await _signed_in(invocation, user)
    except NotAuthenticated:
        if not invocation.on_terminal:
            raise
        return None


async def _signed_in(invocation: Invocation, identity: Identity) -> Reply:
    """Open a session and keep it, with the service's certificate if that is pinned."""
    from device_update_console.core.connections.client import AdministrationClient

    async with AdministrationClient(invocation.server, identity=identity) as client:
        reply = await client.sign_in()
        session = reply.read(SessionAnswer)
        kept = StoredSession(
            account=session.account, asked_for=invocation.account, token=session.token, expires_at=session.expires_at
        )
        try:
            await invocation.sessions.save(invocation.server, kept)
            invocation.pins.remember(invocation.server)
        except Refusal:
            await client.sign_out()
            raise
    return reply


async def _trusted(invocation: Invocation) -> ServerAddress:
    """The service as it is to be trusted: on a terminal a person may accept a certificate that nobody vouches for.

    Raises:
        Declined: they did not.
    """
    server = invocation.server
    if server.pin is not None or not invocation.on_terminal:
        return server
    try:
        question = await certificate_question(server)
    except NotTheService:
        return server  # which is said when it is asked for a session
    if question is None:
        return server
    complain(f"{question.sentence} Its SHA-256 fingerprint is {question.server.pin}.")
    ask(invocation, "Is that the fingerprint of the service's own certificate?")
    return question.server


@click.command()
@with_invocation
async def logout(invocation: Invocation) -> Outcome:
    """End the session that 'login' kept, and forget it."""
    from device_update_console.core.connections.client import AdministrationClient

    kept = await invocation.sessions.load(invocation.server)
    if kept is None:
        invocation.tell(f"You are not signed in to {invocation.server.origin}.")
        return ExitCode.DONE
    unforgotten = None
    try:
        # Forgotten first: the secret must not stay where the service cannot be reached.
        await invocation.sessions.forget(invocation.server)
    except KeyringUnavailable as refusal:
        unforgotten = refusal
    async with AdministrationClient(invocation.server, token=kept.token) as client:
        try:
            await client.sign_out()
            sentence = f"Signed out of {invocation.server.origin}."
        except NotAuthenticated:
            sentence = f"The session at {invocation.server.origin} had ended already."
    if unforgotten is not None:
        raise unforgotten
    invocation.tell(sentence)
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
    if of is not None and end is not None:
        raise click.UsageError("Give --of or --end: an id says already whose session it is.")
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
