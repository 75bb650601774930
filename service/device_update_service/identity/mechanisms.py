"""The mechanisms of one connection: NTLM, and Kerberos where it is configured."""

from __future__ import annotations

from dataclasses import dataclass

from device_update_contract.sign_ins import SignInCause
from device_update_service.identity.channel_bindings import ChannelBindings
from device_update_service.identity.claims import HandshakeRefused, VerifiedUser
from device_update_service.identity.kerberos_tickets import KerberosTickets
from device_update_service.identity.ntlm_messages import SIGNATURE, Authenticate, Negotiate, read_message
from device_update_service.identity.ntlm_verification import NtlmExchange
from device_update_service.identity.spnego_tokens import KERBEROS, MICROSOFT_KERBEROS, NTLM, KerberosToken

MechanismMessage = Negotiate | Authenticate | KerberosToken


def read_mechanism_message(token: bytes) -> MechanismMessage:
    """Read a token of a mechanism, bare or from inside a negotiation."""
    return read_message(token) if token.startswith(SIGNATURE) else KerberosToken(token)


@dataclass(frozen=True, slots=True)
class Mechanisms:
    """What verifies users on one connection."""

    ntlm: NtlmExchange
    tickets: KerberosTickets | None
    bindings: ChannelBindings

    def supports(self, mechanism: bytes) -> bool:
        """Whether this mechanism can be negotiated."""
        return mechanism == NTLM or (self.tickets is not None and mechanism in {KERBEROS, MICROSOFT_KERBEROS})

    def step(self, message: MechanismMessage) -> bytes | VerifiedUser:
        """The next token for the client, or the user whom the message has proved."""
        if isinstance(message, Negotiate):
            return self.ntlm.challenge(message)
        if isinstance(message, Authenticate):
            return self.ntlm.verify(message)
        if self.tickets is None:
            raise HandshakeRefused(SignInCause.TICKET_REFUSED)
        return self.tickets.verify(message, self.bindings)


def is_message_of(mechanism: bytes, message: MechanismMessage) -> bool:
    """Whether a message belongs to the mechanism that was chosen."""
    return isinstance(message, KerberosToken) == (mechanism != NTLM)
