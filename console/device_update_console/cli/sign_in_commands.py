"""Refused sign-ins: the commonest call to help desk is somebody, or a phone, that does not get in."""

from __future__ import annotations

from typing import Any

import click

from device_update_console.cli.invocation import Invocation, Outcome, with_invocation
from device_update_console.cli.moment_parameter import MomentParameter
from device_update_console.cli.output import Columns
from device_update_console.core.texts.formats import moment_text
from device_update_contract.administration.endpoints import LIST_SIGN_INS
from device_update_contract.administration.sign_ins import SignIn, SignInQuery
from device_update_contract.sign_ins import SignInCause

_SIGN_INS: Columns[SignIn] = (
    ("Last", lambda sign_in: moment_text(sign_in.last_at)),
    ("First", lambda sign_in: moment_text(sign_in.first_at)),
    ("Times", lambda sign_in: sign_in.count),
    ("Account", lambda sign_in: sign_in.account),
    ("Address", lambda sign_in: sign_in.address),
    ("Listener", lambda sign_in: sign_in.listener),
    ("Why", lambda sign_in: sign_in.detail),
)


@click.command("sign-ins")
@click.option("--account", metavar="NAME", help="Only of this account, whatever domain was put before or after it.")
@click.option("--address", metavar="ADDRESS", help="Only from this address.")
@click.option("--cause", type=click.Choice([cause.value for cause in SignInCause]), help="Only for this cause.")
@click.option("--listener", type=click.Choice(["external", "administration"]), help="Only where it was tried.")
@click.option("--since", metavar="TIME", type=MomentParameter(), help="Only those that came since, such as 2026-05-03.")
@with_invocation
async def sign_ins(invocation: Invocation, /, **filters: Any) -> Outcome:
    """List refused sign-ins, the latest first. Whose, from where, how often and why.

    Whoever tried was told no reason. 'account status' shows whether an account is locked out now.
    """
    given = {name: value for name, value in filters.items() if value is not None}
    async with invocation.connected() as client:
        pages = client.pages(LIST_SIGN_INS, query=SignInQuery(**given))
        await invocation.show_list(pages, SignIn, _SIGN_INS, "There are no such refused sign-ins.")
    return None


COMMANDS = (sign_ins,)
