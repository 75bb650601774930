"""SPNEGO on the server (RFC 4178): choosing a mechanism, and seeing that nobody changed what was offered.

This is not pyspnego's acceptor, which takes the client's word for it that a negotiation is complete, and hands the
token of a mechanism that it does not know to the one that it chose.
"""

from __future__ import annotations

from dataclasses import replace

from device_update_contract.sign_ins import SignInCause
from device_update_service.identity.claims import HandshakeRefused, VerifiedUser
from device_update_service.identity.mechanisms import MechanismMessage, Mechanisms, is_message_of
from device_update_service.identity.spnego_tokens import (
    KERBEROS,
    MICROSOFT_KERBEROS,
    NegotiationOffer,
    NegotiationReply,
    NegotiationState,
    write_reply,
)


class Negotiation:
    """One negotiation: the first mechanism of the client's list that the service knows is used.

    Where that is not the client's first, the client has to sign its list at the end (mechListMIC), so that nobody in
    between took a better one away; where it signs without being asked, the signature must be right.
    """

    def __init__(self, mechanisms: Mechanisms) -> None:
        self._mechanisms = mechanisms
        self._chosen: bytes | None = None
        self._mechanism_list = b""
        self._must_be_signed = False
        self._is_announced = False
        self._awaiting_signature: VerifiedUser | None = None

    def step(
        self, token: NegotiationOffer | NegotiationReply, message: MechanismMessage | None
    ) -> bytes | VerifiedUser:
        """The next token for the client, or the user who was verified, with the last token for the client.

        ``message`` is the mechanism's message in the token.
        """
        if isinstance(token, NegotiationOffer):
            message = self._chosen_by(token, message)
            if message is None:
                return self._reply(NegotiationState.ACCEPT_INCOMPLETE)
        else:
            self._check_reply(token)
        if self._awaiting_signature is not None:
            return self._signed_at_last(self._awaiting_signature, token.mic)
        if self._chosen is None or message is None or not is_message_of(self._chosen, message):
            raise HandshakeRefused(SignInCause.MALFORMED_TOKEN)
        outcome = self._mechanisms.step(message)
        if isinstance(outcome, VerifiedUser):
            return self._verified(outcome, token.mic)
        return self._reply(NegotiationState.ACCEPT_INCOMPLETE, token=outcome)

    def _chosen_by(self, offer: NegotiationOffer, message: MechanismMessage | None) -> MechanismMessage | None:
        """Choose a mechanism; the offer's message, if it is one of the chosen mechanism."""
        if self._chosen is not None:
            raise HandshakeRefused(SignInCause.OUT_OF_ORDER)
        self._chosen = next((each for each in offer.mechanisms if self._mechanisms.supports(each)), None)
        if self._chosen is None:
            raise HandshakeRefused(SignInCause.MALFORMED_TOKEN)
        self._mechanism_list = offer.mechanism_list
        is_first_choice = _plain(self._chosen) == _plain(offer.mechanisms[0])
        self._must_be_signed = not is_first_choice
        return message if is_first_choice else None

    def _check_reply(self, reply: NegotiationReply) -> None:
        """Refuse a client that gives up, or that changes the mechanism; what state it claims beyond is its own."""
        if self._chosen is None:
            raise HandshakeRefused(SignInCause.OUT_OF_ORDER)
        if reply.state == NegotiationState.REJECT or reply.mechanism not in {None, self._chosen}:
            raise HandshakeRefused(SignInCause.MALFORMED_TOKEN)
        if reply.state == NegotiationState.REQUEST_MIC:
            self._must_be_signed = True

    def _verified(self, user: VerifiedUser, signature: bytes | None) -> bytes | VerifiedUser:
        own_signature = None
        if signature is not None:
            self._check_signature(user, signature)
            own_signature = user.session.signature(self._mechanism_list)
        elif self._must_be_signed and user.token is not None:  # the client needs this token before it can sign
            self._awaiting_signature = user
            own_signature = user.session.signature(self._mechanism_list)
            return self._reply(NegotiationState.ACCEPT_INCOMPLETE, token=user.token, mic=own_signature)
        elif self._must_be_signed:
            raise HandshakeRefused(SignInCause.MALFORMED_TOKEN)
        return replace(user, token=self._reply(NegotiationState.ACCEPT_COMPLETED, token=user.token, mic=own_signature))

    def _signed_at_last(self, user: VerifiedUser, signature: bytes | None) -> VerifiedUser:
        self._check_signature(user, signature or b"")
        return replace(user, token=self._reply(NegotiationState.ACCEPT_COMPLETED))

    def _check_signature(self, user: VerifiedUser, signature: bytes) -> None:
        if not user.session.is_signed(self._mechanism_list, signature):
            raise HandshakeRefused(SignInCause.MALFORMED_TOKEN)

    def _reply(self, state: NegotiationState, *, token: bytes | None = None, mic: bytes | None = None) -> bytes:
        """A token for the client; the first names the mechanism, and asks for the signature where it must be."""
        if self._is_announced:
            return write_reply(state, token=token, mic=mic)
        self._is_announced = True
        if self._must_be_signed and state == NegotiationState.ACCEPT_INCOMPLETE:
            state = NegotiationState.REQUEST_MIC
        return write_reply(state, mechanism=self._chosen, token=token, mic=mic)


def _plain(mechanism: bytes) -> bytes:
    """Kerberos under its one name."""
    return KERBEROS if mechanism == MICROSOFT_KERBEROS else mechanism
