"""Thousands of mutated messages of sign-ins over real HTTP and TLS: none of them lets in who knows no password.

They are the same 5,000 at every run; with HUNT in the environment 30,000 new ones.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from spnego._spnego import NegState
from tests.support.external_listeners import (
    ACCOUNT,
    CHECK,
    BareConnection,
    ExternalService,
    external_service,
    ntlm_client,
)
from tests.support.handshake_clients import authenticate_message, in_scheme, negotiate_message, reply

from device_update_service.identity.handshakes import HandshakeScheme
from device_update_service.web.authentication.refusal_pauses import FREE_REFUSALS

HUNTING = bool(os.environ.get("HUNT"))
MESSAGES = 30_000 if HUNTING else 5_000


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[ExternalService]:
    async with external_service(tmp_path / "data") as service:
        yield service


async def spoiled_answer(generator: random.Random, connection: BareConnection) -> tuple[HandshakeScheme, bytes]:
    """The last message of somebody who knows the password, changed on the way: its integrity code covers all of it."""
    client = ntlm_client("ntlm")
    challenge = await connection.token("ntlm", client.step() or b"")
    right = client.step(challenge.token) or b""
    return "ntlm", next(spoiled for spoiled in iter(lambda: mutated(generator, right), None) if spoiled != right)


async def unknowing_sign_in(generator: random.Random, connection: BareConnection) -> tuple[HandshakeScheme, bytes]:
    """The last message of somebody who knows a name and no password."""
    scheme: HandshakeScheme = generator.choice(("ntlm", "negotiate"))
    assert (await connection.token(scheme, in_scheme(scheme, negotiate_message()))).token
    message = unknowing_answer(generator)
    if scheme == "negotiate":
        message = reply(message, state=generator.choice(list(NegState)), mic=generator.choice((None, bytes(16))))
    return scheme, mutated(generator, message)


def unknowing_answer(generator: random.Random) -> bytes:
    """An answer to a challenge by somebody who knows a name and no password: guessed, or of a kind that is not safe."""
    said = b"\x01\x01" + bytes(6) + generator.randbytes(16) + bytes(4) + attributes(generator) + bytes(4)
    lm, nt = generator.choice(
        (
            (b"", generator.randbytes(16) + said),
            (b"", bytes(16) + said),
            (generator.randbytes(24), generator.randbytes(24)),
            (bytes(24), bytes(24)),
            (b"A" * 8 + bytes(16), b""),
            (generator.randbytes(24), b""),
            (b"", b""),
        )
    )
    domain = generator.choice((None, "WORKSTATION", "contoso"))
    return authenticate_message(generator.choice((ACCOUNT, ACCOUNT.upper())), domain=domain, lm=lm, nt=nt)


def attributes(generator: random.Random) -> bytes:
    """What the client repeats of the challenge, and what it adds: bindings of zeros, a promise of an integrity code."""
    written = b""
    for kind, value in ((1, "HOST".encode("utf-16-le")), (6, b"\x02\0\0\0"), (10, bytes(16))):
        if generator.random() < 0.5:
            written += kind.to_bytes(2, "little") + len(value).to_bytes(2, "little") + value
    return written + bytes(4)


def mutated(generator: random.Random, message: bytes) -> bytes:
    """A message with flipped bits, other bytes, a piece cut out, doubled, overwritten by a number, or as it is."""
    changed = bytearray(message)
    for _ in range(generator.choice((0, 1, 1, 2, 4, 16))):
        at = generator.randrange(len(changed)) if changed else 0
        what = generator.randrange(6)
        if what == 0 and changed:
            changed[at] ^= 1 << generator.randrange(8)
        elif what == 1 and changed:
            changed[at] = generator.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif what == 2:
            del changed[at : at + generator.randint(1, 24)]
        elif what == 3:
            changed[at:at] = changed[at : at + generator.randint(1, 24)]
        elif what == 4:
            size = generator.choice((1, 2, 4))
            changed[at : at + size] = generator.choice((0, 1, 24, 2**15, 2**31, 2**32 - 1)).to_bytes(4, "little")[:size]
        else:
            del changed[at:]
    return bytes(changed)


@pytest.mark.timeout(300)
async def test_no_mutated_message_lets_anybody_in(service: ExternalService) -> None:
    generator = random.Random(os.urandom(8) if HUNTING else 20_090_503)
    guessing = service.parts.service.guessing["external"]
    statuses: Counter[int] = Counter()
    evaluated = 0
    sent = 0
    while sent < MESSAGES:
        async with await service.connect() as connection:
            for _ in range(FREE_REFUSALS):
                if generator.random() < 0.1:
                    scheme, message = await spoiled_answer(generator, connection)
                else:
                    scheme, message = await unknowing_sign_in(generator, connection)
                statuses[(await connection.token(scheme, message, body=CHECK)).status] += 1
                sent += 1
                evaluated += guessing.check(ACCOUNT, "127.0.0.1", service.parts.service.clock()) is None
                guessing.unlock(ACCOUNT)  # the next one is looked at too
    assert statuses == {401: sent}
    assert evaluated == sent
    assert await service.rows("SELECT count(*) FROM device") == [(0,)]
