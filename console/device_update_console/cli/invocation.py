"""One run of `device-update`: which service, which account, which form of output, and whether a person can be asked."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import click

from device_update_console.cli.exit_codes import ExitCode
from device_update_console.cli.output import Columns, complain, print_answer, print_pages, print_pages_as_json, say
from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.connections.credentials import Access, SessionStore, find_access
from device_update_console.core.connections.pinned_services import PinnedServices, place_of_pins
from device_update_console.core.connections.replies import Reply
from device_update_console.core.failures import (
    FailedCall,
    NoSessionKept,
    NotAuthenticated,
    NotTheService,
    RefusedByService,
)
from device_update_contract.administration.endpoints import HEALTH
from device_update_http_authentication.identities import Credentials

if TYPE_CHECKING:
    from device_update_console.core.connections.client import AdministrationClient

Parameters = ParamSpec("Parameters")
Item = TypeVar("Item")
Outcome = ExitCode | None


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the options before the verb say."""

    server: ServerAddress
    account: str | None
    as_json: bool
    sessions: SessionStore = field(default_factory=SessionStore)
    pins: PinnedServices = field(default_factory=lambda: PinnedServices(place_of_pins(os.environ)))

    @property
    def on_terminal(self) -> bool:
        """Whether a person can be asked: they see stderr and type on stdin."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[AdministrationClient]:
        """A client that is, or will be, signed in; a session opened for this run only is ended with it."""
        from device_update_console.core.connections.client import AdministrationClient

        access = await self._access()
        token = None if access.session is None else access.session.token
        async with AdministrationClient(self.server, identity=access.identity, token=token) as client:
            try:
                yield client
            except NotAuthenticated as refusal:
                if access.session is not None:
                    refusal.sentence += " Sign in again with 'device-update login'."
                raise
            finally:
                if access.identity is not None:
                    await end_quietly(client)

    async def _access(self) -> Access:
        from device_update_console.core.connections.client import AdministrationClient

        try:
            return await find_access(self.server, self.account, os.environ, self.sessions)
        except NotAuthenticated as refusal:
            # Where there is no service at all, that is what has to be said.
            async with AdministrationClient(self.server) as client:
                with contextlib.suppress(NotTheService, RefusedByService):
                    await client.call(HEALTH)
            if isinstance(refusal, NoSessionKept) and self.on_terminal:
                complain(f"{refusal.sentence} Your password is used for this command only.")
                account = account_for(self)
                return Access(identity=Credentials(account, password_for(self, account, from_stdin=False, new=False)))
            raise

    def show(self, reply: Reply, describe: Callable[[], None]) -> None:
        """The API's own answer with `--json`, else what ``describe`` prints."""
        if self.as_json:
            print_answer(reply.body)
        else:
            describe()

    def tell(self, sentence: str) -> None:
        """A sentence where the API's answer has no body; with `--json` nothing."""
        if not self.as_json:
            say(sentence)

    async def show_list(
        self,
        pages: AsyncGenerator[Reply, None],
        item: type[Item],
        columns: Columns[Item],
        nothing: str,
        *,
        instead: Callable[[], Awaitable[Sequence[str]]] | None = None,
    ) -> None:
        """All pages of a list, joined; where it is empty, also what is known instead."""
        if self.as_json:
            await print_pages_as_json(pages)
        elif not await print_pages(pages, item, columns, nothing) and instead is not None:
            for sentence in await instead():
                say(f"  {sentence}")


async def end_quietly(client: AdministrationClient) -> None:
    """End a session; what the command was for is done already, and the service ends forgotten sessions itself."""
    try:
        async with asyncio.timeout(5):
            await client.sign_out()
    except (FailedCall, TimeoutError):
        return


def current_invocation() -> Invocation:
    """The run that the options before the verb describe."""
    invocation = click.get_current_context().find_object(Invocation)
    if invocation is None:
        raise RuntimeError("a command was called without its program")
    return invocation


def with_invocation(
    body: Callable[Concatenate[Invocation, Parameters], Coroutine[object, object, Outcome]],
) -> Callable[Parameters, Outcome]:
    """Make a coroutine over an `Invocation` the body of a command."""

    @functools.wraps(body)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Outcome:
        invocation = current_invocation()
        try:
            return asyncio.run(body(invocation, *args, **kwargs))
        except FailedCall as failure:
            if invocation.as_json and failure.body is not None:
                print_answer(failure.body)
            raise

    return run


def account_for(invocation: Invocation) -> str:
    """The account to sign in with: the one that was named, or typed on a terminal.

    Raises:
        click.UsageError: there is neither.
    """
    if invocation.account is not None:
        return invocation.account
    if not invocation.on_terminal:
        raise click.UsageError("Name the account: device-update --account NAME login.")
    return str(click.prompt("Account", err=True))


def password_for(invocation: Invocation, account: str, *, from_stdin: bool, new: bool) -> str:
    """A password: all of stdin without its last line end, or typed unseen on a terminal (contract section 1).

    Raises:
        click.UsageError: there is neither.
    """
    if from_stdin:
        text = sys.stdin.buffer.read().decode("utf-8", "strict")
        return text.removesuffix("\n").removesuffix("\r")
    if not invocation.on_terminal:
        raise click.UsageError("The password is read with --password-stdin where there is no terminal.")
    prompt = f"New password for {account}" if new else f"Password for {account}"
    return str(click.prompt(prompt, hide_input=True, confirmation_prompt=new, err=True))


def require_readable(path: Path) -> None:
    """Refuse, as wrong usage, a path that cannot be read; what is in the file is for the service to judge."""
    try:
        if path.exists() and not path.is_file():
            raise click.UsageError(f"{path} is not a file.")
        with path.open("rb"):
            return
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}.") from error


def read_whole(path: Path) -> bytes:
    """A small file, such as a manifest."""
    return path.read_bytes()


class Declined(Exception):
    """A person answered no; nothing was changed."""


def ask(invocation: Invocation, question: str) -> None:
    """Ask on a terminal.

    Raises:
        Declined: the answer was no. click.UsageError: there is no terminal, so `--yes` is needed.
    """
    require_somebody_to_ask(invocation)
    if not click.confirm(question, err=True):
        raise Declined


def require_somebody_to_ask(invocation: Invocation) -> None:
    """Refuse, as wrong usage, a verb that has to ask where nobody can answer."""
    if not invocation.on_terminal:
        raise click.UsageError("This asks before it is done, and there is no terminal: give --yes.")
