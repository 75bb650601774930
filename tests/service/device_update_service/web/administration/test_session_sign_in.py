"""Opening a session by Negotiate or NTLM, over several messages of one connection (contract section 5)."""

from __future__ import annotations

import base64

import aiohttp
import pytest
from tests.support.administration import API, PASSWORD, Administration, Reply
from tests.support.external_listeners import SCHEME_NAMES, ntlm_client
from tests.support.handshake_clients import SCHEMES, authenticate_message, in_scheme, negotiate_message

from device_update_contract.administration.roles import Role
from device_update_service.identity.handshakes import HandshakeScheme
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.web.administration.session_sign_in import hash_of_given

SESSION = f"{API}/session"
BASIC = 'Basic realm="device-update-service", charset="UTF-8"'


def header(scheme: HandshakeScheme, token: bytes | None) -> dict[str, str]:
    return {"Authorization": f"{SCHEME_NAMES[scheme]} {base64.b64encode(token or b'').decode()}"}


def token_of(reply: Reply) -> bytes:
    (challenge,) = reply.challenges
    return base64.b64decode(challenge.partition(" ")[2])


async def sign_in(
    administration: Administration, scheme: HandshakeScheme, user: str, password: str = PASSWORD, **headers: str
) -> Reply:
    client = ntlm_client(scheme, user, password)
    first = await administration.send("POST", SESSION, headers={**header(scheme, client.step()), **headers})
    assert (first.status, first.json["code"]) == (401, "sign-in-goes-on")
    last = client.step(token_of(first))
    reply = await administration.send("POST", SESSION, headers={**header(scheme, last), **headers})
    if reply.status == 201 and reply.challenges:
        client.step(token_of(reply))
        assert client.complete
    return reply


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_session_is_opened_and_its_token_is_all_that_counts_afterwards(
    administration: Administration, scheme: HandshakeScheme
) -> None:
    reply = await sign_in(administration, scheme, "CONTOSO\\otto")
    assert (reply.status, reply.json["account"], reply.json["role"]) == (201, "otto", "operator")
    assert reply.headers["Cache-Control"] == "no-store"
    assert len(reply.challenges) == (1 if scheme == "negotiate" else 0)
    bearer = {"Authorization": f"Bearer {reply.json['token']}"}
    assert (await administration.send("GET", SESSION, headers=bearer)).status == 200
    assert (await administration.send("GET", SESSION)).status == 401  # the connection is nobody's
    assert administration.metrics.sign_ins == {("administration", "accepted"): 1}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_whatever_is_wrong_the_answer_is_that_of_a_wrong_password(
    administration: Administration, scheme: HandshakeScheme
) -> None:
    basic = await administration.sign_in("otto", "wrong horse")
    forged = authenticate_message("anna", lm=b"A" * 8 + bytes(16))
    assert await administration.send("POST", SESSION, headers=header(scheme, in_scheme(scheme, negotiate_message())))
    for reply in (
        await administration.send("POST", SESSION, headers=header(scheme, in_scheme(scheme, forged))),
        await sign_in(administration, scheme, "anna", "wrong horse"),
        await sign_in(administration, scheme, "nobody"),
        await administration.send("POST", SESSION, headers={"Authorization": "NTLM ???"}),
        await administration.send("POST", SESSION, headers={"Authorization": f"Negotiate {'A' * 8000}"}),
    ):
        assert (reply.status, reply.body, reply.challenges) == (401, basic.body, ["Negotiate", "NTLM", BASIC])


@pytest.mark.expects_log_records("^Sign-in of ")
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_device_user_opens_no_session(administration: Administration, scheme: HandshakeScheme) -> None:
    reply = await sign_in(administration, scheme, "phone")
    assert (reply.status, reply.json["code"]) == (403, "not-permitted")


async def test_failures_of_every_way_to_sign_in_count_together(administration: Administration) -> None:
    await administration.call("PATCH", "/settings", json={"lockout_attempts": 3})
    for _ in range(2):
        await sign_in(administration, "ntlm", "otto", "wrong horse")
    await administration.sign_in("otto", "wrong horse")
    assert (await sign_in(administration, "ntlm", "otto")).status == 401
    shown = await administration.call("GET", "/sign-ins?account=otto", Role.HELP_DESK)
    assert [(item["cause"], item["count"]) for item in shown.json["items"]] == [
        ("locked-out", 1),
        ("wrong-password", 3),
    ]


async def test_a_handshake_is_not_split_over_connections(administration: Administration) -> None:
    client = ntlm_client("ntlm", "otto", PASSWORD)
    first = await administration.send("POST", SESSION, headers=header("ntlm", client.step()))
    last = client.step(token_of(first))
    url, headers = administration.url + SESSION, header("ntlm", last)
    async with aiohttp.ClientSession() as other, other.post(url, headers=headers) as refused:
        assert refused.status == 401
    assert (await administration.send("POST", SESSION, headers=header("ntlm", last))).status == 201


def test_of_a_password_that_is_given_no_more_is_hashed_than_one_can_have() -> None:
    """Hashing all that fits into a header takes so long that a stranger could keep the service from everybody."""
    longest, too_long = "a" * 256, "a" * 257
    assert hash_of_given(longest) == nt_hash(longest)
    assert hash_of_given(too_long) != nt_hash(longest)
    assert hash_of_given(too_long + "b" * 40_000) == hash_of_given(too_long)


@pytest.mark.parametrize("parameter", ["token", "access_token"])
async def test_a_token_in_an_address_is_refused_and_nowhere_logged(
    administration: Administration, parameter: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = await administration.token()
    with caplog.at_level("DEBUG"):
        alone = await administration.send("GET", f"{SESSION}?{parameter}={token}")
        beside = await administration.call("GET", f"/session?{parameter}={token}")
        opening = await administration.send("POST", f"{SESSION}?{parameter}={token}")
    assert (alone.status, alone.json["code"]) == (401, "not-signed-in")
    assert (beside.status, beside.json["code"]) == (400, "unknown-parameter")
    assert opening.status in {400, 401}
    assert token not in caplog.text
    assert all(token.encode() not in reply.body for reply in (alone, beside, opening))
