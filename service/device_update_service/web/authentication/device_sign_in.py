"""Who a request to the external listener is from, or the 401 that it gets (contract section 3.1)."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from device_update_contract.sign_ins import SignInCause
from device_update_service.web.authentication.callers import Caller, Callers
from device_update_service.web.authentication.connection_sign_in import Admitted, Challenged, SignIns
from device_update_service.web.authentication.device_challenges import DeviceChallenges, challenge_value
from device_update_service.web.authentication.principals import Admission

_AUTHORIZATION: Final = "authorization"


class DeviceSignIn:
    """Lets signed-in connections through and has all others sign in."""

    def __init__(self, sign_ins: SignIns, callers: Callers, challenges: DeviceChallenges) -> None:
        self._sign_ins = sign_ins
        self._callers = callers
        self._challenges = challenges

    def known(self, request: web.BaseRequest) -> Admission | None:
        """Who is signed in already; None: ask `admit`. Nothing here waits, for it is done with every request."""
        if hdrs.AUTHORIZATION in request.headers:
            return None
        principal = self._sign_ins.principal_of(request)
        if principal is None:
            return None
        caller = self._callers.identify(request)
        return None if caller.through_shared_proxy else Admission(caller.address, principal.account)

    async def admit(self, request: web.BaseRequest) -> Admission | web.StreamResponse:
        """Take the next step of signing in; an answer that asks for more, or who it is now."""
        caller = self._callers.identify(request)
        admitted = await self._admit(request, caller)
        if caller.through_private_proxy and not isinstance(admitted, Admission):
            self._sign_ins.asked(request)
        return admitted

    async def _admit(self, request: web.BaseRequest, caller: Caller) -> Admission | web.StreamResponse:
        header = request.headers.get(hdrs.AUTHORIZATION)
        if header is None:
            if self._sign_ins.principal_of(request) is not None:
                # It turned out to be a proxy's connection: it may be anybody's, and is nobody's from now on.
                cause = self._sign_ins.refuse(request, caller, SignInCause.SHARED_PROXY)
                return self._challenges.refused(request, cause)
            self._sign_ins.forget(request)
            return self._challenges.anonymous(request)
        outcome = await self._sign_ins.attempt(request, caller, header, keep=True)
        if isinstance(outcome, Admitted):
            proof = None if outcome.token is None else challenge_value(Challenged(outcome.scheme, outcome.token))
            return Admission(caller.address, outcome.principal.account, proof)
        if isinstance(outcome, Challenged):
            return self._challenges.challenge(request, outcome)
        return self._challenges.refused(request, outcome.cause)

    def refuse_unread(self, request: web.BaseRequest, error: HttpProcessingError) -> web.StreamResponse | None:
        """Refuse what could not be read as a request; its connection ends. None: whoever sent it is signed in.

        Where it was the token that could not be read, because it is too long or no text, that is a refused sign-in.
        """
        if isinstance(error, LineTooLong) or _AUTHORIZATION in error.message.lower():
            cause = self._sign_ins.refuse(request, self._callers.identify(request), SignInCause.MALFORMED_TOKEN)
            return self._challenges.refused(request, cause, must_close=True)
        if self._sign_ins.principal_of(request) is None:
            return self._challenges.anonymous(request, must_close=True)
        return None

    def close(self) -> None:
        """Let nobody in any more."""
        self._sign_ins.close()
