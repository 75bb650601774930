"""Who opens a session: by Negotiate or NTLM over several messages of one connection, or by Basic in one (contract 5).

Nothing of it stays with the connection: what comes after carries the session's token.
"""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

from aiohttp import hdrs

from device_update_contract.passwords import PASSWORD_LENGTHS
from device_update_contract.sign_ins import SignInCause, sign_in_sentence
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.usecases.sessions import SignInRefused
from device_update_service.web.administration.administration_parts import Call
from device_update_service.web.administration.problems import RequestRefused, SignInGoesOn
from device_update_service.web.administration.session_gate import basic_credentials
from device_update_service.web.authentication.connection_sign_in import Admitted, Challenged
from device_update_service.web.authentication.device_challenges import challenge_value
from device_update_service.web.authentication.principals import Principal

_HANDSHAKES: Final = frozenset({"negotiate", "ntlm"})


class Proved(NamedTuple):
    """Who has proved to be somebody, from where, and what proves the service to the client in turn, if anything."""

    principal: Principal
    address: str
    proof: str | None


async def prove_identity(call: Call) -> Proved:
    """Sign in with what the request carries.

    Raises:
        NotSignedIn: it carries nothing. SignInGoesOn: another message is needed. SignInRefused: it does not help.
        RequestRefused: the request came through a proxy that may share the connection.
    """
    await call.service.follow_accounts()  # a command on the host may have added the account a moment ago
    header = call.request.headers.get(hdrs.AUTHORIZATION, "")
    if header.partition(" ")[0].lower() in _HANDSHAKES:
        return await _by_handshake(call, header)
    credentials = basic_credentials(call.request)
    address = call.parts.callers.identify(call.request).address
    given = await asyncio.to_thread(hash_of_given, credentials.password)
    principal = call.parts.judge.by_password(credentials.name, given, address)
    if isinstance(principal, SignInCause):
        raise SignInRefused
    return Proved(principal, address, None)


async def _by_handshake(call: Call, header: str) -> Proved:
    caller = call.parts.callers.identify(call.request)
    outcome = await call.parts.sign_ins.attempt(call.request, caller, header, keep=False)
    if isinstance(outcome, Admitted):
        proof = None if outcome.token is None else challenge_value(Challenged(outcome.scheme, outcome.token))
        return Proved(outcome.principal, caller.address, proof)
    if isinstance(outcome, Challenged):
        raise SignInGoesOn(challenge_value(outcome))
    if outcome.cause is SignInCause.SHARED_PROXY:
        raise RequestRefused(sign_in_sentence(outcome.cause), code="sign-in-refused")
    raise SignInRefused


def hash_of_given(password: str) -> bytes:
    """The NT hash of a password that a stranger gives, of which no more is looked at than one can have.

    MD4 is Python's own here: hashing what fits into a header would keep the service from everybody for 0.1 s.
    """
    return nt_hash(password[: PASSWORD_LENGTHS[1] + 1])
