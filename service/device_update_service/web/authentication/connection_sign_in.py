"""Signing in over a connection: its handshake under way, and who is signed in on it (contract section 3.1).

NTLM and Negotiate authenticate connections, not requests. What is known of one lies here as long as its transport
lives; whoever begins to sign in again on it is nobody until that has succeeded. How a refusal is answered, and what a
signed-in caller may do, is for others.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from aiohttp import HttpVersion11, web

from device_update_contract.sign_ins import SignInCause
from device_update_service.configuration.configuration import Limits
from device_update_service.configuration.listeners import Scheme
from device_update_service.domain.accounts import AccountSnapshot
from device_update_service.identity.claims import Claim, HandshakeRefused
from device_update_service.identity.guessing import network_of
from device_update_service.identity.handshakes import Accepted, Acceptor, Challenge, Handshake
from device_update_service.web.authentication.account_judgement import AccountJudge
from device_update_service.web.authentication.authorization_header import SchemeToken, read_token
from device_update_service.web.authentication.callers import Caller
from device_update_service.web.authentication.principals import Principal
from device_update_service.web.authentication.refusal_pauses import RefusalPauses
from device_update_service.web.authentication.unfinished_sign_ins import UnfinishedSignIns
from device_update_service.web.listening.server_tls import endpoint_binding_of

DOMAIN_SECONDS: Final = 3600.0
"""How long a user of a domain stays signed in on a connection: the domain may have disabled the account since."""
_THREADS: Final = 16
"""Sign-ins at once that wait for a domain; the service's other threads stay free for images."""


class Challenged(NamedTuple):
    """The sign-in goes on: the token is sent with a 401."""

    scheme: Scheme
    token: bytes


class RefusedSignIn(NamedTuple):
    """The connection is nobody's; the cause is not for the caller."""

    cause: SignInCause


class Admitted(NamedTuple):
    """The connection is the principal's; a token, if there is one, goes with the answer."""

    principal: Principal
    scheme: Scheme
    token: bytes | None


class _UnderWay:
    """A handshake that was begun and not finished."""

    __slots__ = ("__weakref__", "handshake", "network", "scheme")

    def __init__(self, handshake: Handshake, scheme: Scheme, network: str) -> None:
        self.handshake: Handshake | None = handshake
        self.scheme = scheme
        self.network = network


class _SignedIn:
    """Who a connection is, and the accounts by which that was last seen to be so."""

    __slots__ = ("accounts", "principal", "until")

    def __init__(self, principal: Principal, accounts: AccountSnapshot, until: float) -> None:
        self.principal = principal
        self.accounts = accounts
        self.until = until


class SignIns:
    """The sign-ins of one listener, for one event loop."""

    def __init__(
        self,
        acceptor: Acceptor,
        judge: AccountJudge,
        schemes: tuple[Scheme, ...],
        limits: Limits,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._acceptor = acceptor
        self._judge = judge
        self._schemes = frozenset(schemes)
        self._monotonic = monotonic
        self._under_way: weakref.WeakKeyDictionary[asyncio.Transport, _UnderWay] = weakref.WeakKeyDictionary()
        self._signed_in: weakref.WeakKeyDictionary[asyncio.Transport, _SignedIn] = weakref.WeakKeyDictionary()
        self._unfinished: UnfinishedSignIns[_UnderWay] = UnfinishedSignIns(
            seconds=limits.sign_in_seconds, per_network=limits.unfinished_sign_ins, expire=_expire
        )
        self._asked: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        self._pauses = RefusalPauses(monotonic)
        self._threads: ThreadPoolExecutor | None = None
        self._waiting_for_domain = asyncio.Semaphore(_THREADS)

    def close(self) -> None:
        """Begin no more; what waits for a domain is left alone."""
        self._unfinished.close()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def principal_of(self, request: web.BaseRequest) -> Principal | None:
        """Who is signed in on the request's connection, if the account is as it was then."""
        transport = request.transport
        if transport is None:
            return None
        signed_in = self._signed_in.get(transport)
        if signed_in is None:
            return None
        accounts = self._judge.accounts
        if signed_in.accounts is not accounts:
            if not self._judge.is_unchanged(signed_in.principal):
                del self._signed_in[transport]
                return None
            signed_in.accounts = accounts
        if signed_in.until <= self._monotonic():
            del self._signed_in[transport]
            return None
        return signed_in.principal

    def forget(self, request: web.BaseRequest) -> None:
        """The request's connection is nobody's, and has no sign-in under way."""
        transport = request.transport
        if transport is not None:
            self._signed_in.pop(transport, None)
            self._end_under_way(transport)

    def asked(self, request: web.BaseRequest) -> None:
        """Note that a request was answered 401: a proxy that keeps connections apart does so with this one from now on.

        HAProxy keeps a connection private when it has seen it ask for NTLM or Negotiate. A Kerberos ticket may come
        with the first request of all, and then the next request over the connection may be anybody's.
        """
        if request.transport is not None:
            self._asked.add(request.transport)

    def refuse(self, request: web.BaseRequest, caller: Caller, cause: SignInCause) -> SignInCause:
        """Record a refusal of somebody who names nobody; the connection is nobody's from now on."""
        self.forget(request)
        return self._judge.refused(None, caller.address, cause)

    async def attempt(
        self, request: web.BaseRequest, caller: Caller, header: str, *, keep: bool
    ) -> Admitted | Challenged | RefusedSignIn:
        """Take the next step of a sign-in; whoever the connection was before, it is not any more.

        ``header`` is the value of ``Authorization``. With ``keep`` the connection stays the principal's, if it is kept
        for one client (see `asked`).
        """
        transport = request.transport
        if transport is None:
            return RefusedSignIn(SignInCause.OUT_OF_ORDER)  # nobody is there to read it
        self._signed_in.pop(transport, None)
        if pause := self._pauses.seconds(transport):
            await asyncio.sleep(pause)
        claim: Claim | None = None
        try:
            offered = self._read(request, header)
            handshake = self._handshake_for(transport, offered, caller)
            claim = handshake.claim(offered.token)
            self._judge.refuse_unseen(claim, caller.address)
            outcome = await self._step(handshake, offered.token, claim, caller)
        except HandshakeRefused as refused:
            self._end_under_way(transport)
            self._pauses.refused(transport)
            claim = refused.claim or claim
            return RefusedSignIn(self._judge.refused(claim, caller.address, refused.cause, refused.detail))
        if isinstance(outcome, Challenge):
            return self._go_on(request, transport, offered.scheme, outcome)
        self._end_under_way(transport)
        return self._accept(transport, caller, offered.scheme, outcome, keep=keep)

    def _read(self, request: web.BaseRequest, header: str) -> SchemeToken:
        offered = read_token(header)
        if offered is None or offered.scheme not in self._schemes or len(request.headers.getall("Authorization")) > 1:
            raise HandshakeRefused(SignInCause.MALFORMED_TOKEN)
        return offered

    def _claim_of(self, offered: SchemeToken) -> Claim | None:
        """Who would sign in, for help desk; nothing else is looked at."""
        return self._acceptor.begin(offered.scheme, None).claim(offered.token)

    def _handshake_for(self, transport: asyncio.Transport, offered: SchemeToken, caller: Caller) -> Handshake:
        """The handshake that a token belongs to: a new one for a first message, else that of the connection."""
        if caller.through_shared_proxy:
            raise HandshakeRefused(SignInCause.SHARED_PROXY, self._claim_of(offered))
        under_way = self._under_way.get(transport)
        if not offered.is_first:
            if under_way is not None and under_way.handshake is not None and under_way.scheme == offered.scheme:
                return under_way.handshake
            raise HandshakeRefused(SignInCause.OUT_OF_ORDER, self._claim_of(offered))
        if under_way is not None:
            self._pauses.refused(transport)  # whoever begins again and again costs as much as one who sends junk
            self._end_under_way(transport)
        handshake = self._acceptor.begin(offered.scheme, endpoint_binding_of(transport))
        under_way = _UnderWay(handshake, offered.scheme, network_of(caller.address))
        if not self._unfinished.begin(under_way, under_way.network):
            raise HandshakeRefused(SignInCause.TOO_MANY_UNFINISHED)
        self._under_way[transport] = under_way
        return handshake

    async def _step(
        self, handshake: Handshake, token: bytes, claim: Claim | None, caller: Caller
    ) -> Challenge | Accepted:
        if not handshake.blocks(token):
            return handshake.step(token)
        async with self._waiting_for_domain:
            # Many guesses that wait side by side had all been found well before the first of them failed.
            self._judge.refuse_unseen(claim, caller.address)
            if self._threads is None:
                self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sign-in")
            return await asyncio.get_running_loop().run_in_executor(self._threads, handshake.step, token)

    def _go_on(
        self, request: web.BaseRequest, transport: asyncio.Transport, scheme: Scheme, challenge: Challenge
    ) -> Challenged | RefusedSignIn:
        if request.version == HttpVersion11 and request.keep_alive and transport in self._under_way:
            return Challenged(scheme, challenge.token)
        # The answer to the challenge could not come over this connection.
        self._end_under_way(transport)
        return RefusedSignIn(SignInCause.OUT_OF_ORDER)

    def _accept(
        self, transport: asyncio.Transport, caller: Caller, scheme: Scheme, accepted: Accepted, *, keep: bool
    ) -> Admitted | RefusedSignIn:
        principal = self._judge.accepted(accepted, caller.address)
        if isinstance(principal, SignInCause):
            self._pauses.refused(transport)
            return RefusedSignIn(principal)
        self._pauses.accepted(transport)
        if keep and (not caller.through_private_proxy or transport in self._asked):
            until = float("inf") if principal.source == "local" else self._monotonic() + DOMAIN_SECONDS
            self._signed_in[transport] = _SignedIn(principal, self._judge.accounts, until)
        return Admitted(principal, scheme, accepted.token)

    def _end_under_way(self, transport: asyncio.Transport) -> None:
        under_way = self._under_way.pop(transport, None)
        if under_way is not None:
            self._unfinished.finish(under_way, under_way.network)


def _expire(under_way: _UnderWay) -> None:
    under_way.handshake = None
