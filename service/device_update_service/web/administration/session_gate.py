"""From an ``Authorization`` header to the account behind it (contract section 5, sessions)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from device_update_contract.refusals import Refusal
from device_update_service.identity.permissions import SignedIn
from device_update_service.identity.tokens import MAX_TOKEN_LENGTH, token_hash
from device_update_service.storage.accounts.session_records import SessionRecord
from device_update_service.storage.setting_records import integer_of, read_settings
from device_update_service.usecases.sessions import (
    TOUCH_EVERY,
    SessionEnded,
    SessionSettings,
    SignInRefused,
    current_session,
    touch_session,
)
from device_update_service.web.service import Service

_log = logging.getLogger(__name__)

KNOWN_FOR_SECONDS = 1.0
"""How long a session is taken for alive without looking: another process may have ended it."""
_MOST_KNOWN = 10_000


class NotSignedIn(Refusal):
    """The request carries no session token."""

    code = "not-signed-in"

    def __init__(self) -> None:
        super().__init__("Sign in first: the request carries no session token.")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a Basic header carries."""

    name: str
    password: str


def basic_credentials(request: web.Request) -> Credentials:
    """Name and password of a Basic header in UTF-8 (RFC 7617).

    Raises:
        NotSignedIn: without a header. SignInRefused: for one that is not Basic or not readable, and for two.
    """
    headers = request.headers.getall("Authorization", ())
    if not headers:
        raise NotSignedIn
    scheme, _, value = headers[0].partition(" ")
    try:
        if len(headers) > 1 or scheme.lower() != "basic":
            raise SignInRefused
        name, separator, password = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError) as error:
        raise SignInRefused from error
    if not separator or not name.isprintable():  # no account's name is other, and it would be shown to people
        raise SignInRefused
    return Credentials(name, password)


def bearer_token(request: web.Request) -> str:
    """The session token of a request.

    Raises:
        NotSignedIn: when there is none, or there are two headers, of which a proxy might have judged the other.
    """
    headers = request.headers.getall("Authorization", ())
    scheme, _, token = headers[0].partition(" ") if headers else ("", "", "")
    token = token.strip()
    if len(headers) > 1 or scheme.lower() != "bearer" or not 0 < len(token) <= MAX_TOKEN_LENGTH:
        raise NotSignedIn
    return token


@dataclass(frozen=True, slots=True)
class _Known:
    signed_in: SignedIn
    read_at: float


def session_settings() -> SessionSettings:
    """How long sessions live now; call it in a reader or the writer."""
    values = read_settings()
    return SessionSettings(
        idle_minutes=integer_of(values, "session_idle_minutes"), days=integer_of(values, "session_days")
    )


class SessionGate:
    """Knows the sessions that were used within the last second; everything else is read from the database.

    What ends a session in this process calls `forget`, so that it ends at once; what another process does is seen
    within `KNOWN_FOR_SECONDS`.
    """

    def __init__(self, service: Service, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._service = service
        self._monotonic = monotonic
        self._known: dict[tuple[bytes, bool], _Known] = {}
        self._epoch = 0

    async def signed_in(self, token: str, *, is_use: bool = True) -> SignedIn:
        """The account behind a token; `is_use` False (an open event stream) does not keep the session from idling out.

        Raises:
            SessionEnded.
        """
        # Uses and looks apart: a use that is answered from a look would never be noted, and the session would idle out.
        hashed = token_hash(token)
        key = (hashed, is_use)
        known = self._known.get(key)
        if known is not None and self._monotonic() - known.read_at < KNOWN_FOR_SECONDS:
            return known.signed_in
        epoch, read_at = self._epoch, self._monotonic()
        now = self._service.clock()
        try:
            session = await self._service.read(lambda: current_session(hashed, session_settings(), now))
        except SessionEnded:
            self._known.pop(key, None)
            raise
        if is_use and abs(now - session.last_used_at) >= TOUCH_EVERY:  # also later than now: the clock was set back
            self._touch(session)
        signed_in = SignedIn(session.id, session.account_id, session.account, session.role)
        if epoch == self._epoch:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = _Known(signed_in, read_at)
        return signed_in

    def forget(self) -> None:
        """Look again at the next request of every session: one has ended, or an account has changed."""
        self._epoch += 1
        self._known.clear()

    def _touch(self, session: SessionRecord) -> None:
        """Not awaited: a request need not wait for the disk to have noted it, nor fail when it cannot."""
        try:
            noted = self._service.database.write(partial(touch_session, session.id, self._service.clock()))
        except Refusal as refusal:
            _log.warning("The use of a session could not be noted: %s", refusal.sentence)
            return
        noted.add_done_callback(_report)


def _report(noted: Future[None]) -> None:
    error = noted.exception()
    if error is not None and not isinstance(error, asyncio.CancelledError):
        _log.warning("The use of a session could not be noted: %s", error)
