"""Only NTLMv2 (design section 4, decision 7): said to pyspnego before it is used, and tried out on this very process.

pyspnego reads `LM_COMPAT_LEVEL` from the environment whenever it makes a context. At its default level (3) its acceptor
takes a known user's name for a proof: an empty NT response with an LM response of 8 arbitrary and 16 zero bytes. The
service's own acceptor does not use it, and has no code for anything older than NTLMv2; that this stays so is what is
tried out. Level 5 also keeps every client in this process from answering with something older.
"""

from __future__ import annotations

import os
import secrets
import struct
from typing import Final, get_args

from device_update_contract.refusals import Refusal
from device_update_service.identity.claims import HandshakeRefused
from device_update_service.identity.handshakes import Accepted, Acceptor, HandshakeScheme
from device_update_service.identity.nt_hashes import NT_HASH_BYTES
from device_update_service.identity.ntlm_messages import SIGNATURE, Flag
from device_update_service.identity.spnego_tokens import NTLM, write_offer

_VARIABLE: Final = "LM_COMPAT_LEVEL"
_NTLMV2_ONLY: Final = "5"
_FLAGS: Final = Flag.UNICODE | Flag.NTLM | Flag.EXTENDED_SESSION_SECURITY | Flag.ALWAYS_SIGN | Flag.REQUEST_TARGET
_USER: Final = "alice"


class NtlmNotSafe(Refusal):
    """NTLM would let somebody in who does not know the password."""

    code = "ntlm-not-safe"


def require_ntlmv2() -> None:
    """Make NTLMv2 the only NTLM of this process, and refuse to go on where it would not be."""
    level = os.environ.setdefault(_VARIABLE, _NTLMV2_ONLY)
    if level.strip() != _NTLMV2_ONLY:
        raise NtlmNotSafe(
            f"The environment sets {_VARIABLE} to {level!r}, with which NTLM is not safe."
            f" Remove the variable, or set it to {_NTLMV2_ONLY}.",
            parameters={"level": level},
        )
    for scheme in get_args(HandshakeScheme):
        if _lets_forged_message_in(scheme):
            raise NtlmNotSafe(
                f"NTLM is not safe in this installation: with the scheme {scheme}, a known name was let in without its"
                " password. The service does not start; install the version of it that was tested.",
                parameters={"scheme": scheme},
            )


def _lets_forged_message_in(scheme: HandshakeScheme) -> bool:
    acceptor = Acceptor(find_nt_hash=lambda _: secrets.token_bytes(NT_HASH_BYTES), channel_binding="off")
    handshake = acceptor.begin(scheme, None)
    negotiate = SIGNATURE + struct.pack("<II", 1, _FLAGS)
    try:
        handshake.step(negotiate if scheme == "ntlm" else write_offer(NTLM, negotiate))
        return isinstance(handshake.step(_forged_authenticate()), Accepted)
    except HandshakeRefused:
        return False


def _forged_authenticate() -> bytes:
    """A third message with a name and nothing that a password was needed for."""
    user = _USER.encode("utf-16-le")
    lm_response = b"A" * 8 + bytes(16)
    fields = ((lm_response, 64), (b"", 0), (b"", 0), (user, 64 + len(lm_response)), (b"", 0), (b"", 0))
    header = b"".join(struct.pack("<HHI", len(value), len(value), at) for value, at in fields)
    return SIGNATURE + struct.pack("<I", 3) + header + struct.pack("<I", _FLAGS) + lm_response + user
