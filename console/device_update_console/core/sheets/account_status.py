"""Whether an account can sign in now, and what was refused to it: what help desk is asked on the telephone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from device_update_console.core.failures import RefusedByService
from device_update_console.core.lists.source import Caller
from device_update_console.core.sheets.details_form import Details, details, moment_or_nothing
from device_update_console.core.texts.code_texts import CAUSE_TEXTS, LISTENER_TEXTS, SOURCE_TEXTS, text_of
from device_update_console.core.texts.formats import moment_text, number_text, one_line
from device_update_console.core.texts.language import text
from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import ACCOUNT_STATUS, LIST_SIGN_INS
from device_update_contract.administration.server import AccountStatus
from device_update_contract.administration.sign_ins import SignIn, SignInQuery

REFUSED_TITLES = ("Last", "Times", "Why", "Address", "Listener")
"""Of the columns of `refused_row`."""

_MOST_REFUSED = 100


@dataclass(frozen=True, slots=True)
class KnownStatus:
    """What is known of a name that somebody claimed; ``status`` is None where no account is called so."""

    claimed: str
    status: AccountStatus | None
    refused: Sequence[SignIn]


async def fetch_status(caller: Caller, claimed: str) -> KnownStatus:
    """Ask for an account as it was claimed, with or without a domain, and for what was refused to it.

    Raises:
        FailedCall.
    """
    bare = name_without_domain(claimed)
    status = await _status(caller, claimed)
    if status is None and bare != claimed:
        status = await _status(caller, bare)
    query = SignInQuery(account=bare, limit=_MOST_REFUSED, sort="-last_at")
    refused = await caller.ask(LIST_SIGN_INS, Page[SignIn], query=query)
    return KnownStatus(claimed, status, refused.items)


async def _status(caller: Caller, name: str) -> AccountStatus | None:
    try:
        return await caller.ask(ACCOUNT_STATUS, AccountStatus, path={"name": name})
    except RefusedByService as refusal:
        if refusal.problem.status == 404:
            return None
        raise


def name_without_domain(claimed: str) -> str:
    r"""``kenmyer`` of ``CONTOSO\kenmyer`` and of ``kenmyer@contoso.com``."""
    return claimed.rpartition("\\")[2].partition("@")[0] or claimed


def status_details(known: KnownStatus) -> Details:
    """The answer in a sentence, and the facts below it."""
    status = known.status
    if status is None:
        return details(text("There is no account {name}.", name=one_line(known.claimed)))
    return details(
        status_sentence(status),
        (text("Name"), status.name),
        (text("Kept by"), text_of(SOURCE_TEXTS, status.source)),
        (text("Enabled"), text("yes") if status.enabled else text("no")),
        (text("Locked until"), moment_or_nothing(status.locked_until)),
        (text("Locked for"), "\n".join(status.locked_addresses)),
        (text("Last sign-in"), moment_or_nothing(status.last_sign_in_at) or text("never")),
    )


def status_sentence(status: AccountStatus) -> str:
    """Whether somebody can sign in with it now, and if not, since what and until when."""
    name = one_line(status.name)
    if not status.enabled:
        return text("{name} is disabled: nobody can sign in with it until an administrator enables it.", name=name)
    if status.locked_until is None:
        return text("{name} can sign in.", name=name)
    until = moment_text(status.locked_until)
    if status.locked_addresses:
        return text(
            "{name} is locked out at {addresses} until {until}; elsewhere it can sign in.",
            name=name,
            addresses=", ".join(status.locked_addresses),
            until=until,
        )
    return text("{name} is locked out until {until}.", name=name, until=until)


def refused_row(sign_in: SignIn) -> tuple[str, ...]:
    """A refused sign-in as a row below the status."""
    return (
        moment_text(sign_in.last_at),
        number_text(sign_in.count),
        text_of(CAUSE_TEXTS, sign_in.cause),
        sign_in.address or "",
        text_of(LISTENER_TEXTS, sign_in.listener),
    )
