"""The verbs on accounts and their sessions: what is asked first, what is sent, and what is told after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from device_update_console.core.lists.source import Caller, Sender
from device_update_console.core.sheets.sheet_saving import Saved, outcome_of, save_each
from device_update_console.core.texts.formats import moment_text, one_line
from device_update_console.core.texts.language import counted_text, marked, marked_counted, text
from device_update_console.core.verbs.account_forms import AccountForm, NewAccountForm, PasswordForm, is_own
from device_update_console.core.verbs.confirmations import Outcome, Question, named_or_counted
from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import (
    ADD_ACCOUNT,
    CHANGE_ACCOUNT,
    LIST_SESSIONS,
    REMOVE_ACCOUNT,
    REVOKE_SESSION,
    UNLOCK_ACCOUNT,
)
from device_update_contract.administration.server import AccountModel, SessionModel, SessionQuery

Progress = Callable[[int, int], object]

SESSION_TITLES = (marked("Address"), marked("Signed In"), marked("Last Used"), marked("Ends"), marked("Session"))
"""Of the columns of `session_row`."""

_MOST_SESSIONS = 1000
_ACCOUNTS = marked_counted("{count} account", "{count} accounts")


def remove_question(accounts: Sequence[AccountModel], own_account: str) -> Question:
    """Before accounts are removed."""
    names = _names(accounts)
    own = any(is_own(account, own_account) for account in accounts)
    domain = not all(account.is_local for account in accounts)
    warnings = [
        text("One of them is the account that you are signed in with.") if len(names) > 1 else
        text("This is the account that you are signed in with.")
    ] if own else []  # fmt: skip
    if domain:
        warnings.append(text("An account of a domain comes back with its next sign-in; disable it to keep it out."))
    return Question(
        text("Remove"),
        text("Remove {accounts}?", accounts=named_or_counted(names, *_ACCOUNTS)),
        effects=(
            counted_text(
                "Its sessions end at once, and nobody can sign in with it. What it did stays on the audit trail.",
                "Their sessions end at once, and nobody can sign in with them. What they did stays on the audit trail.",
                len(names),
            ),
        ),
        lines=names if len(names) > 1 else (),
        warnings=tuple(warnings),
    )


async def remove_accounts(sender: Sender, accounts: Sequence[AccountModel], progress: Progress) -> Outcome:
    """Remove accounts, one by one; the service keeps the last administrator."""

    def removal(account: AccountModel) -> Callable[[], Awaitable[object]]:
        return lambda: sender.call(REMOVE_ACCOUNT, path={"name": account.name})

    saved = await save_each([(one_line(each.name), removal(each)) for each in accounts], progress)
    done = len(accounts) - len(saved.refused)
    return outcome_of(counted_text("{count} account was removed.", "{count} accounts were removed.", done), saved)


async def unlock_accounts(caller: Caller, accounts: Sequence[AccountModel], progress: Progress) -> Outcome:
    """Lift what locks accounts out, also for single addresses."""

    def unlocking(account: AccountModel) -> Callable[[], Awaitable[object]]:
        return lambda: caller.ask(UNLOCK_ACCOUNT, AccountModel, path={"name": account.name})

    saved = await save_each([(one_line(each.name), unlocking(each)) for each in accounts], progress)
    done = len(accounts) - len(saved.refused)
    sentence = counted_text("{count} account can sign in again.", "{count} accounts can sign in again.", done)
    if len(accounts) == 1 and done:
        sentence = text("{name} can sign in again.", name=one_line(accounts[0].name))
    return outcome_of(sentence, saved)


async def add_account(caller: Caller, form: NewAccountForm) -> Saved:
    """Add an account.

    Raises:
        FailedCall.
    """
    await caller.ask(ADD_ACCOUNT, AccountModel, body=form.request())
    return Saved()


async def change_account(caller: Caller, form: AccountForm) -> Saved:
    """Change role, or whether it is enabled.

    Raises:
        FailedCall.
    """
    await caller.ask(CHANGE_ACCOUNT, AccountModel, path={"name": form.account.name}, body=form.request())
    return Saved()


async def set_password(caller: Caller, account: AccountModel, form: PasswordForm) -> Saved:
    """Give an account another password.

    Raises:
        FailedCall.
    """
    await caller.ask(CHANGE_ACCOUNT, AccountModel, path={"name": account.name}, body=form.request())
    return Saved()


async def read_sessions(caller: Caller, account: AccountModel) -> list[SessionModel]:
    """The sessions of an account; there are at most so many.

    Raises:
        FailedCall.
    """
    query = SessionQuery(account=account.name, limit=_MOST_SESSIONS)
    return (await caller.ask(LIST_SESSIONS, Page[SessionModel], query=query)).items


async def end_sessions(sender: Sender, sessions: Sequence[SessionModel]) -> Saved:
    """End sessions; one that has ended by itself meanwhile is refused by the service, and said so."""

    def ending(session: SessionModel) -> Callable[[], Awaitable[object]]:
        return lambda: sender.call(REVOKE_SESSION, path={"id": session.id})

    return await save_each([(session.address or session.id, ending(session)) for session in sessions])


def session_row(session: SessionModel) -> tuple[str, ...]:
    """A session as a row of its account's sheet."""
    return (
        session.address or text("not known"),
        moment_text(session.created_at),
        moment_text(session.last_used_at),
        moment_text(session.expires_at),
        text("this console's") if session.current else "",
    )


def end_sessions_question(account: AccountModel, sessions: Sequence[SessionModel]) -> Question:
    """Before sessions are ended."""
    current = any(session.current for session in sessions)
    return Question(
        text("End Session"),
        counted_text(
            "End this session of {name}?", "End {count} sessions of {name}?", len(sessions), name=one_line(account.name)
        ),
        effects=(text("Whoever works in it is asked to sign in again."),),
        warnings=(text("One of them is the session of this console."),) if current else (),
    )


def _names(accounts: Sequence[AccountModel]) -> tuple[str, ...]:
    return tuple(one_line(account.name) for account in accounts)
