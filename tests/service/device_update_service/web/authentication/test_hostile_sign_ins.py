"""What strangers try, over real TLS: each is a 401 that says nothing, and none is let in."""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
import spnego
from spnego import NegotiateOptions
from spnego._ntlm_raw.messages import NegotiateFlags
from tests.support.external_listeners import (
    ACCOUNT,
    CHECK,
    PASSWORD,
    Answered,
    ExternalService,
    external_service,
    ntlm_client,
)
from tests.support.handshake_clients import SCHEMES, authenticate_message, in_scheme, negotiate_message

from device_update_contract.device_messages.answers import ErrorAnswer, parse_check_answer
from device_update_service.configuration.configuration import Limits
from device_update_service.identity.handshakes import HandshakeScheme
from device_update_service.usecases.outcomes import Actor
from device_update_service.usecases.settings import change_settings
from device_update_service.web.authentication.refusal_pauses import FREE_REFUSALS


def is_plain_refusal(answer: Answered) -> bool:
    body = parse_check_answer(answer.body)
    assert isinstance(body, ErrorAnswer)
    return (answer.status, answer.all("WWW-Authenticate"), body.code) == (
        401,
        ["Negotiate", "NTLM"],
        "sign-in-refused",
    )


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_forged_message_that_needs_no_password_is_refused(
    service: ExternalService, scheme: HandshakeScheme
) -> None:
    """``probes/ntlm_bypass.py``: pyspnego's acceptor lets it in at its default level."""
    forged = authenticate_message(ACCOUNT, lm=b"A" * 8 + bytes(16))
    async with await service.connect() as connection:
        challenge = await connection.token(scheme, in_scheme(scheme, negotiate_message()))
        assert challenge.token
        assert is_plain_refusal(await connection.token(scheme, in_scheme(scheme, forged), body=CHECK))
        assert (await connection.send(body=CHECK)).status == 401


async def test_clients_of_lm_and_ntlmv1_are_refused_with_the_right_password(
    service: ExternalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    for level in ("0", "1", "2"):
        monkeypatch.setenv("LM_COMPAT_LEVEL", level)  # what pyspnego's client answers with
        for scheme in SCHEMES:
            # Not by the hash, which would only do for NTLMv2.
            options = NegotiateOptions.use_ntlm if scheme == "ntlm" else NegotiateOptions.use_negotiate
            client = spnego.client(ACCOUNT, PASSWORD, protocol=scheme, options=options)
            async with await service.connect() as connection:
                challenge = await connection.token(scheme, client.step() or b"")
                last = client.step(challenge.token) or b""
                assert is_plain_refusal(await connection.token(scheme, last, body=CHECK))
    assert await service.refusals() == [("external-sign-in", "old-protocol", ACCOUNT, "127.0.0.1")]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_first_message_that_was_changed_on_the_way_is_noticed(
    service: ExternalService, scheme: HandshakeScheme
) -> None:
    client = ntlm_client(scheme)
    first = bytearray(client.step() or b"")
    first[first.index(b"NTLMSSP\0") + 12] &= ~int(NegotiateFlags.sign)
    async with await service.connect() as connection:
        challenge = await connection.token(scheme, bytes(first))
        assert is_plain_refusal(await connection.token(scheme, client.step(challenge.token) or b"", body=CHECK))
        assert (await connection.send(body=CHECK)).status == 401


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_last_message_is_worth_nothing_on_another_connection(
    service: ExternalService, scheme: HandshakeScheme
) -> None:
    client = ntlm_client(scheme)
    async with await service.connect() as one, await service.connect() as other, await service.connect() as third:
        challenge = await one.token(scheme, client.step() or b"")
        last = client.step(challenge.token) or b""
        assert is_plain_refusal(await third.token(scheme, last, body=CHECK))  # with no handshake under way
        await other.token(scheme, ntlm_client(scheme).step() or b"")
        assert is_plain_refusal(await other.token(scheme, last, body=CHECK))  # with another one
        assert (await one.token(scheme, last, body=CHECK)).status == 200
        assert is_plain_refusal(await one.token(scheme, last, body=CHECK))  # again
    causes = [(code, account) for _, code, account, _ in await service.refusals()]
    assert causes == [("out-of-order", ACCOUNT), ("wrong-password", ACCOUNT)]


async def test_a_handshake_does_not_change_its_scheme(service: ExternalService) -> None:
    client = ntlm_client("ntlm")
    async with await service.connect() as connection:
        challenge = await connection.token("ntlm", client.step() or b"")
        assert is_plain_refusal(await connection.token("negotiate", client.step(challenge.token) or b""))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", [0, 1, 48 * 1024, 48 * 1024 + 1, 64 * 1024])
async def test_tokens_of_any_size_are_refused(service: ExternalService, scheme: HandshakeScheme, size: int) -> None:
    async with await service.connect() as connection:
        assert is_plain_refusal(await connection.token(scheme, b"\x60" * size, body=CHECK))


@pytest.mark.parametrize("text", ["====", "TlRM*", "é", "TlRMTVNTUAAB" + "A" * 4001, "TlRMTVNTUAAB AAAA"])
async def test_what_is_not_base64_is_refused(service: ExternalService, text: str) -> None:
    async with await service.connect() as connection:
        assert is_plain_refusal(await connection.send(authorization=f"NTLM {text}"))


@pytest.mark.parametrize("token", [b"\0", b"TlRM\x07", b"\x7f", b"A" * 70_000])
async def test_what_cannot_stand_in_a_header_is_a_refused_sign_in_like_any_other(
    service: ExternalService, token: bytes
) -> None:
    async with await service.connect() as connection:
        connection.writer.write(b"POST /RequestHandlerExt/ucdevice.upx HTTP/1.1\r\nHost: x\r\n")
        connection.writer.write(b"Authorization: NTLM " + token + b"\r\nContent-Length: 0\r\n\r\n")
        assert is_plain_refusal(await connection.answer())
    assert await service.refusals() == [("external-sign-in", "malformed-token", "", "127.0.0.1")]


async def test_a_broken_body_of_a_stranger_is_not_what_the_stranger_is_told_of(service: ExternalService) -> None:
    head = "POST /RequestHandlerExt/ucdevice.upx HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    async with await service.connect() as connection:
        connection.writer.write(f"{head}\r\nZZ\r\nabc".encode())
        assert (await connection.answer()).status == 401
    async with await service.connect() as connection:
        assert (await connection.sign_in(body=CHECK)).status == 200
        connection.writer.write(f"{head}\r\nZZ\r\nabc".encode())
        assert (await connection.answer()).status == 400


async def test_two_headers_are_refused(service: ExternalService) -> None:
    first = base64.b64encode(ntlm_client("ntlm").step() or b"").decode()
    async with await service.connect() as connection:
        answer = await connection.send(headers={"authorization": f"NTLM {first}"}, authorization=f"NTLM {first}")
        assert is_plain_refusal(answer)


async def test_after_too_many_failures_not_even_the_right_password_is_looked_at(service: ExternalService) -> None:
    await service.parts.service.change(partial(change_settings, {"lockout_attempts": 3}, actor=Actor("test")))
    async with await service.connect() as connection:
        refused = [await connection.sign_in(password="wrong", body=CHECK) for _ in range(3)]
        locked = await connection.sign_in(body=CHECK)
    assert {answer.without_date for answer in refused} == {locked.without_date}
    causes = [code for _, code, _, _ in await service.refusals()]
    assert causes == ["wrong-password", "locked-out"]


async def test_unfinished_sign_ins_are_bounded_and_those_that_ended_do_not_count(folder: Path) -> None:
    first = ntlm_client("ntlm").step() or b""
    async with external_service(folder, limits=Limits(unfinished_sign_ins=2)) as service:
        async with await service.connect() as one, await service.connect() as two, await service.connect() as three:
            assert (await one.token("ntlm", first)).token
            assert (await two.token("ntlm", first)).token
            assert is_plain_refusal(await three.token("ntlm", first))
            assert (await one.token("ntlm", first)).token  # it begins again, and is still one
            await one.send()
            assert (await three.sign_in(body=CHECK)).status == 200
        assert await service.refusals() == [("external-sign-in", "too-many-unfinished", "", "127.0.0.1")]


async def test_a_sign_in_that_takes_too_long_is_forgotten(folder: Path) -> None:
    client = ntlm_client("ntlm")
    async with external_service(folder, limits=Limits(sign_in_seconds=1)) as service:
        async with await service.connect() as connection:
            challenge = await connection.token("ntlm", client.step() or b"")
            later = asyncio.Event()
            asyncio.get_running_loop().call_later(1, later.set)  # the service's own timer was set before
            await later.wait()
            last = client.step(challenge.token) or b""
            assert is_plain_refusal(await connection.token("ntlm", last, body=CHECK))
            assert (await connection.sign_in(body=CHECK)).status == 200
        assert await service.refusals() == [("external-sign-in", "out-of-order", ACCOUNT, "127.0.0.1")]


@pytest.mark.parametrize("header", ["Via", "Forwarded", "X-Forwarded-For", "x-forwarded-host"])
async def test_behind_a_proxy_that_shows_itself_nobody_signs_in_and_is_told_what_to_change(
    service: ExternalService, header: str
) -> None:
    async with await service.connect() as connection:
        answer = await connection.token("ntlm", ntlm_client("ntlm").step() or b"", headers={header: "1.1 proxy"})
        assert is_plain_refusal(answer)
        assert b"connection_private" in answer.body
        await connection.sign_in(body=CHECK)
        answer = await connection.send(body=CHECK, headers={header: "1.1 proxy"})
        assert is_plain_refusal(answer)
        assert (await connection.send(body=CHECK)).status == 401
    assert {code for _, code, _, _ in await service.refusals()} == {"shared-proxy"}


async def test_an_http_proxy_that_is_configured_is_one_also_where_it_shows_nothing(folder: Path) -> None:
    async with (
        external_service(folder, http_proxies=("127.0.0.0/8",)) as service,
        await service.connect() as connection,
    ):
        assert is_plain_refusal(await connection.token("ntlm", ntlm_client("ntlm").step() or b""))


async def test_a_proxy_that_keeps_connections_apart_tells_the_device_s_address(folder: Path) -> None:
    proxied = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7", "Via": "1.1 proxy"}
    async with external_service(folder, connection_private=("127.0.0.1",)) as service:
        async with await service.connect() as connection:
            assert (await connection.sign_in(password="wrong", headers=proxied)).status == 401
            assert (await connection.sign_in(body=CHECK, headers=proxied)).status == 200
            assert (await connection.send(body=CHECK, headers=proxied)).status == 200
        assert await service.rows("SELECT address FROM device") == [("203.0.113.7",)]
        assert [address for *_, address in await service.refusals()] == ["203.0.113.7"]


@pytest.mark.parametrize(
    ("told", "address"),
    [("::ffff:192.0.2.80", "192.0.2.80"), ("fe80::1%" + "a" * 500, "fe80::1"), ("[2001:db8::7]:443", "2001:db8::7")],
)
async def test_an_address_that_a_proxy_tells_is_kept_in_one_form(folder: Path, told: str, address: str) -> None:
    async with external_service(folder, connection_private=("127.0.0.1",)) as service:
        async with await service.connect() as connection:
            await connection.sign_in(password="wrong", headers={"X-Forwarded-For": told})
        assert [kept for *_, kept in await service.refusals()] == [address]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_mutated_messages_are_refused(service: ExternalService, scheme: HandshakeScheme) -> None:
    """A sample over HTTP; the many are in the tests of handshakes."""
    generator = random.Random(7)
    for _ in range(50):
        async with await service.connect() as connection:  # one that is refused more often has to wait
            for _ in range(FREE_REFUSALS):
                client = ntlm_client(scheme)
                challenge = await connection.token(scheme, client.step() or b"")
                message = bytearray(client.step(challenge.token) or b"")
                for _ in range(generator.randint(1, 4)):
                    message[generator.randrange(len(message))] ^= 1 << generator.randrange(8)
                if generator.random() < 0.3:
                    message = message[: generator.randrange(len(message))]
                assert is_plain_refusal(await connection.token(scheme, bytes(message), body=CHECK))


async def test_who_begins_again_and_again_on_one_connection_has_to_wait_like_who_sends_junk(
    service: ExternalService,
) -> None:
    first = ntlm_client("ntlm").step() or b""
    async with await service.connect() as connection:
        began = time.monotonic()
        for _ in range(1 + FREE_REFUSALS + 3):
            assert (await connection.token("ntlm", first)).token
        assert time.monotonic() - began >= 0.05 + 0.1
        assert (await connection.sign_in(body=CHECK)).status == 200
    assert await service.refusals() == []


async def test_a_signed_in_device_is_served_while_50_connections_send_junk_as_fast_as_they_can(
    service: ExternalService,
) -> None:
    """How little it notices is measured by tests/benchmarks/junk_tokens.py."""
    served = asyncio.Event()
    statuses: Counter[int] = Counter()

    async def send_junk() -> None:
        async with await service.connect() as connection:
            while True:
                statuses[(await connection.token("ntlm", b"NTLMSSP\0junk", body=CHECK)).status] += 1
                if served.is_set():
                    return

    async with await service.connect() as honest:
        assert (await honest.sign_in(body=CHECK)).status == 200
        async with asyncio.TaskGroup() as junk:
            for _ in range(50):
                junk.create_task(send_junk())
            for _ in range(30):
                assert (await honest.send(body=CHECK)).status == 200
            served.set()
    assert statuses.keys() == {401}
    assert statuses[401] >= 50
