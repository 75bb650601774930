"""Handlers of accounts and sessions; signing in is the only one that a request without a session reaches."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime
from functools import partial

from aiohttp import hdrs, web
from pydantic import BaseModel

from device_update_contract.administration import server as models
from device_update_contract.administration.sign_ins import SignInQuery
from device_update_contract.passwords import check_password
from device_update_service.domain.accounts import KnownAccount
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.usecases import accounts, sessions, sign_ins
from device_update_service.usecases.domain_accounts import admit_domain_account
from device_update_service.usecases.outcomes import Actor, Outcome
from device_update_service.usecases.sessions import SignInRefused
from device_update_service.web.administration.administration_parts import Call, Handle, actor_before_session
from device_update_service.web.administration.administration_requests import answer_body
from device_update_service.web.administration.private_transport import require_private_transport
from device_update_service.web.administration.session_gate import session_settings
from device_update_service.web.administration.session_sign_in import prove_identity
from device_update_service.web.authentication.principals import Principal

_log = logging.getLogger(__name__)


async def open_session(call: Call) -> web.StreamResponse:
    """Sign in by Negotiate, NTLM or Basic, over TLS or from this host only."""
    require_private_transport(call.request)
    proved = await prove_identity(call)
    actor = replace(actor_before_session(call.request, proved.principal.account), address=proved.address or None)
    now = call.service.clock()
    account = proved.principal.known
    if proved.principal.source != "local":
        account = await call.service.change(partial(_admit_domain_account, proved.principal, actor, now))
    if account is None:
        raise SignInRefused
    answer = await call.service.change(partial(_open_session, account, actor, now))
    headers = {} if proved.proof is None else {hdrs.WWW_AUTHENTICATE: proved.proof}
    return web.Response(status=201, body=answer_body(answer), content_type="application/json", headers=headers)


def _admit_domain_account(principal: Principal, actor: Actor, now: datetime) -> Outcome[KnownAccount]:
    if principal.source == "local":
        raise TypeError("an account of the service's own is there already")
    return admit_domain_account(
        name=principal.account, source=principal.source, role=principal.role, actor=actor, now=now
    )


def _open_session(account: KnownAccount, actor: Actor, now: datetime) -> Outcome[models.SessionAnswer]:
    return sessions.open_session(
        judged=account, address=actor.address, settings=session_settings(), now=now, through=actor.through
    )


async def show_session(call: Call) -> BaseModel:
    """The session of this request."""
    return await call.read(sessions.show_session, call.account)


async def close_session(call: Call) -> None:
    """Sign out."""
    await call.parts.change_accounts(
        partial(sessions.close_session, call.account.session_id, call.account, actor=call.actor)
    )


async def list_sessions(call: Call) -> BaseModel:
    """An account's sessions."""
    query, account, now = call.query_as(models.SessionQuery), call.account, call.service.clock()
    return await call.read(lambda: sessions.list_sessions(query, account, session_settings(), now))


async def revoke_session(call: Call) -> None:
    """End a session."""
    await call.parts.change_accounts(partial(sessions.revoke_session, call.id, call.account, actor=call.actor))


async def list_accounts(call: Call) -> BaseModel:
    """Accounts by name."""
    return await call.read(accounts.list_accounts, call.query_as(models.AccountQuery), call.service.clock())


async def add_account(call: Call) -> BaseModel:
    """Add an account."""
    new = call.body_as(models.NewAccount)
    given = await asyncio.to_thread(nt_hash, check_password(new.password))
    return await call.parts.change_accounts(
        partial(
            accounts.add_account,
            name=new.name,
            role=new.role,
            nt_hash=given,
            enabled=new.enabled,
            key=call.parts.key,
            actor=call.actor,
            now=call.service.clock(),
        )
    )


async def show_account(call: Call) -> BaseModel:
    """One account."""
    return await call.read(accounts.show_account, call.name, call.service.clock())


async def change_account(call: Call) -> BaseModel:
    """Change an account; the administrator's own session outlives a change of the own password."""
    change = call.body_as(models.AccountChange)
    given = None
    if change.password is not None:
        given = await asyncio.to_thread(nt_hash, check_password(change.password))
    return await call.parts.change_accounts(
        partial(
            accounts.change_account,
            name=call.name,
            values=accounts.AccountValues(change.role, change.enabled, given),
            key=call.parts.key,
            actor=call.actor,
            own_session=call.account.session_id,
        )
    )


async def remove_account(call: Call) -> None:
    """Remove an account."""
    await call.parts.change_accounts(partial(accounts.remove_account, name=call.name, actor=call.actor))


async def unlock_account(call: Call) -> BaseModel:
    """Let an account sign in again."""
    return await call.parts.change_accounts(partial(accounts.unlock_account, name=call.name, actor=call.actor))


async def list_sign_ins(call: Call) -> BaseModel:
    """Who was refused to sign in, and why."""
    return await call.read(sign_ins.list_sign_ins, call.query_as(SignInQuery))


async def account_status(call: Call) -> BaseModel:
    """Whether an account can sign in."""
    return await call.read(accounts.account_status, call.name, call.service.clock())


HANDLERS: dict[str, Handle] = {
    "open_session": open_session,
    "show_session": show_session,
    "close_session": close_session,
    "list_sessions": list_sessions,
    "revoke_session": revoke_session,
    "list_accounts": list_accounts,
    "add_account": add_account,
    "show_account": show_account,
    "change_account": change_account,
    "remove_account": remove_account,
    "unlock_account": unlock_account,
    "account_status": account_status,
    "list_sign_ins": list_sign_ins,
}
