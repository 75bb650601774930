"""The 401 answers of the external listener (contract section 3.1): small, prepared, and the same for every cause."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from aiohttp import hdrs, web
from multidict import CIMultiDict

from device_update_contract.device_messages.answers import CONTENT_TYPE, render_error
from device_update_contract.device_messages.requests import MAX_BYTES
from device_update_contract.sign_ins import SignInCause, sign_in_sentence
from device_update_service.configuration.listeners import Scheme
from device_update_service.web.announced_bodies import ask_for_body, is_announced
from device_update_service.web.authentication.connection_sign_in import Challenged
from device_update_service.web.direct_answers import answer_at_once

SCHEME_NAMES: Final[dict[Scheme, str]] = {"negotiate": "Negotiate", "ntlm": "NTLM"}

_ANONYMOUS: Final = render_error(
    "anonymous-access-not-supported", "Anonymous access is not supported here: sign in with a valid account."
)
_REFUSED: Final = render_error("sign-in-refused", "The sign-in was refused.")
_SHARED_PROXY: Final = render_error("sign-in-refused", sign_in_sentence(SignInCause.SHARED_PROXY))


def challenge_value(challenged: Challenged) -> str:
    """The value of a ``WWW-Authenticate`` header that carries a token."""
    return f"{SCHEME_NAMES[challenged.scheme]} {base64.b64encode(challenged.token).decode()}"


class DeviceChallenges:
    """Asks to sign in, with the schemes that a listener offers."""

    def __init__(self, schemes: Sequence[Scheme]) -> None:
        self._plain = tuple(SCHEME_NAMES[scheme] for scheme in schemes)
        self._plain_head = _head(self._plain)

    def anonymous(self, request: web.BaseRequest, *, must_close: bool = False) -> web.StreamResponse:
        """Without credentials."""
        return self._refusal(request, _ANONYMOUS, must_close=must_close)

    def refused(self, request: web.BaseRequest, cause: SignInCause, *, must_close: bool = False) -> web.StreamResponse:
        """With credentials that do not let in. The caller is not told why, but that a proxy stands between."""
        body = _SHARED_PROXY if cause is SignInCause.SHARED_PROXY else _REFUSED
        return self._refusal(request, body, must_close=must_close)

    def challenge(self, request: web.BaseRequest, challenged: Challenged) -> web.StreamResponse:
        """With the first message of a sign-in: the second one."""
        if _waits_to_send(request) and not _is_too_large(request):
            # It must have sent its body before it can go on with the sign-in over this connection.
            ask_for_body(request)
        value = challenge_value(challenged)
        return self._answer(request, _head((value,)), (value,), _ANONYMOUS, must_close=_is_too_large(request))

    def _refusal(self, request: web.BaseRequest, body: bytes, *, must_close: bool = False) -> web.StreamResponse:
        # Whoever waits to send a body now either sends it or begins another request: nobody can tell which.
        must_close = must_close or _is_too_large(request) or _waits_to_send(request)
        return self._answer(request, self._plain_head, self._plain, body, must_close=must_close)

    @staticmethod
    def _answer(
        request: web.BaseRequest, head: bytes, challenges: Sequence[str], body: bytes, *, must_close: bool
    ) -> web.StreamResponse:
        """Answer at once; what was not read of the body aiohttp reads and drops, so that the connection lives on."""
        sent = None if must_close else answer_at_once(request, 401, head, body)
        if sent is not None:
            return sent
        headers = CIMultiDict({hdrs.CONTENT_TYPE: CONTENT_TYPE})
        for value in challenges:
            headers.add(hdrs.WWW_AUTHENTICATE, value)
        response = web.Response(status=401, body=body, headers=headers)
        if must_close:
            response.force_close()
        return response


def _head(challenges: Sequence[str]) -> bytes:
    lines = "".join(f"{hdrs.WWW_AUTHENTICATE}: {value}\r\n" for value in challenges)
    return f"HTTP/1.1 401 Unauthorized\r\nContent-Type: {CONTENT_TYPE}\r\n{lines}".encode()


def _is_too_large(request: web.BaseRequest) -> bool:
    """Whether a body is announced that no check has, and that is not worth reading to keep the connection."""
    return (request.content_length or 0) > MAX_BYTES


def _waits_to_send(request: web.BaseRequest) -> bool:
    return is_announced(request) and not request.content.is_eof()
