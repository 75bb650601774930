"""What is asked before accounts and sessions go, and what is told of each after."""

from __future__ import annotations

from pathlib import Path

from tests.support.administration import NAMES, PASSWORD
from tests.support.filled_service import filled_service

from device_update_console.core.verbs.account_forms import NewAccountForm, PasswordForm
from device_update_console.core.verbs.account_verbs import (
    add_account,
    end_sessions,
    end_sessions_question,
    read_sessions,
    remove_accounts,
    remove_question,
    session_row,
    unlock_accounts,
)
from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_ACCOUNTS
from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import AccountModel

ANNA, OTTO, HELEN = NAMES[Role.ADMINISTRATOR], NAMES[Role.OPERATOR], NAMES[Role.HELP_DESK]


def _silent(_done: int, _total: int) -> None:
    """Nobody looks at how far it is."""


async def test_of_several_accounts_each_refusal_is_a_line_and_the_others_go(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as filled, filled.client() as client:
        accounts = {each.name: each for each in (await client.ask(LIST_ACCOUNTS, Page[AccountModel])).items}
        outcome = await remove_accounts(client, [accounts[ANNA], accounts[OTTO]], _silent)
        assert outcome.summary == "1 account was removed. 1 was not changed."
        assert outcome.lines[1:] == (
            f"{ANNA}: anna is the last enabled administrator and stays one. (last-administrator)",
        )
        assert outcome.any_refused
        left = {each.name for each in (await client.ask(LIST_ACCOUNTS, Page[AccountModel])).items}
        assert left == set(accounts) - {OTTO}
        assert (await unlock_accounts(client, [accounts[HELEN]], _silent)).summary == f"{HELEN} can sign in again."


async def test_the_question_names_what_goes_and_warns_of_one_s_own(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as filled, filled.client() as client:
        accounts = (await client.ask(LIST_ACCOUNTS, Page[AccountModel])).items
    one = [each for each in accounts if each.name == OTTO]
    assert remove_question(one, ANNA).question == f"Remove {OTTO}?"
    assert remove_question(one, ANNA).warnings == ()
    assert remove_question(one, OTTO.upper()).warnings == ("This is the account that you are signed in with.",)
    assert remove_question(accounts, ANNA).question == "Remove 4 accounts?"
    assert set(remove_question(accounts, ANNA).lines) == {each.name for each in accounts}
    domain = [one[0].model_copy(update={"source": "winbind"})]
    assert remove_question(domain, ANNA).warnings[0].startswith("An account of a domain comes back")


async def test_sessions_are_listed_and_ended_and_one_s_own_is_marked(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as filled, filled.client() as client, filled.client() as other:
        accounts = {each.name: each for each in (await client.ask(LIST_ACCOUNTS, Page[AccountModel])).items}
        await other.sign_in()
        sessions = await read_sessions(client, accounts[ANNA])
        own = [session for session in sessions if session.current]
        others = [session for session in sessions if not session.current]
        assert [session_row(each)[-1] for each in own] == ["this console's"]
        assert len(others) == 2  # of the one who filled the service too
        assert end_sessions_question(accounts[ANNA], own).warnings == ("One of them is the session of this console.",)
        assert end_sessions_question(accounts[ANNA], others).question == f"End 2 sessions of {ANNA}?"
        assert (await end_sessions(client, [*others, others[0]])).refused != ()
        assert await read_sessions(client, accounts[ANNA]) == [
            session for session in await read_sessions(client, accounts[ANNA]) if session.current
        ]


async def test_an_account_that_was_added_can_sign_in(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as filled, filled.client() as client:
        form = NewAccountForm("kenmyer", Role.OPERATOR, PasswordForm(PASSWORD, PASSWORD))
        await add_account(client, form)
        added = (await client.ask(LIST_ACCOUNTS, Page[AccountModel])).items
        assert {each.name: each.role for each in added}["kenmyer"] is Role.OPERATOR
