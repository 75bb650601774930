"""Signed-in sessions against a server that demands NTLM or Negotiate on each connection."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tests.support.signing_in_server import (
    ACCOUNT,
    PASSWORD,
    ServerCertificate,
    SigningInServer,
    server_certificate,
)

from device_update_http_authentication.handshakes import NoTicket, SignInFailed
from device_update_http_authentication.identities import Credentials, SignedInUser
from device_update_http_authentication.pinned_certificates import CertificateNotPinned, pinned_tls
from device_update_http_authentication.sessions import NotPrivate, signed_in_session

PHONE = Credentials(ACCOUNT, PASSWORD)


@pytest.fixture
def certificate(tmp_path: Path) -> ServerCertificate:
    return server_certificate(tmp_path)


async def post(session: aiohttp.ClientSession, url: str, body: bytes | None = b"<Request/>") -> int:
    async with session.post(url, data=body, allow_redirects=False) as response:
        await response.read()
        return response.status


@pytest.mark.parametrize("schemes", [("NTLM",), ("Negotiate",), ("Negotiate", "NTLM"), ('Basic realm="x"', "NTLM")])
async def test_a_password_signs_in_by_what_is_offered(schemes: tuple[str, ...]) -> None:
    async with SigningInServer(schemes=schemes) as server, signed_in_session(PHONE, server.url) as session:
        assert await post(session, server.url) == 200
        assert server.who == ACCOUNT


@pytest.mark.parametrize("account", [f"CONTOSO\\{ACCOUNT}", f"{ACCOUNT}@contoso.com", ACCOUNT.upper()])
async def test_an_account_may_name_its_domain(account: str) -> None:
    async with (
        SigningInServer() as server,
        signed_in_session(Credentials(account, PASSWORD), server.url) as session,
    ):
        assert await post(session, server.url) == 200


async def test_a_body_is_sent_once_and_with_the_last_message_of_the_handshake() -> None:
    async with SigningInServer() as server, signed_in_session(PHONE, server.url) as session:
        assert await post(session, server.url) == 200
        assert [(request.scheme, len(request.body)) for request in server.requests] == [
            (None, 0),
            ("NTLM", 0),
            ("NTLM", 10),
        ]


async def test_a_connection_signs_in_once_and_is_kept() -> None:
    async with SigningInServer() as server, signed_in_session(PHONE, server.url) as session:
        for number in range(5):
            assert await post(session, server.url, b"%d" % number) == 200
        assert [request.scheme for request in server.requests[3:]] == [None] * 4
        assert {request.connection for request in server.requests} == {0}


async def test_requests_at_once_wait_for_one_another_instead_of_parting_a_handshake() -> None:
    async with SigningInServer() as server, signed_in_session(PHONE, server.url) as session:
        assert await asyncio.gather(*(post(session, server.url) for _ in range(8))) == [200] * 8
        assert len(server.bodies) == 8
        assert {request.connection for request in server.requests} == {0}


async def test_two_identities_never_share_a_connection() -> None:
    other = Credentials(ACCOUNT, "another password")
    async with (
        SigningInServer() as server,
        signed_in_session(PHONE, server.url) as first,
        signed_in_session(other, server.url) as second,
    ):
        assert [await post(first, server.url), await post(second, server.url)] == [200, 401]
        assert await post(second, server.url) == 401


@pytest.mark.parametrize("schemes", [("NTLM",), ("Negotiate",)])
async def test_a_wrong_password_is_the_servers_401(schemes: tuple[str, ...]) -> None:
    wrong = Credentials(ACCOUNT, "not the password")
    async with SigningInServer(schemes=schemes) as server, signed_in_session(wrong, server.url) as session:
        async with session.post(server.url, data=b"x") as response:
            assert (response.status, await response.text()) == (401, "no")
        assert len(server.requests) == 3  # it is tried once: attempts are counted


async def test_a_connection_closed_within_a_handshake_is_opened_once_more() -> None:
    async with SigningInServer() as server, signed_in_session(PHONE, server.url) as session:
        server.closes_after_challenge = 1
        assert await post(session, server.url) == 200
    async with SigningInServer() as server, signed_in_session(PHONE, server.url) as session:
        server.closes_after_challenge = 10
        assert await post(session, server.url) == 401


async def test_a_lost_connection_is_signed_in_again() -> None:
    async def last_one(request: web.Request) -> web.StreamResponse:
        response = web.Response(text="bye")
        response.force_close()
        return response

    async with SigningInServer(answer=last_one) as server, signed_in_session(PHONE, server.url) as session:
        assert [await post(session, server.url, b"%d" % number) for number in range(3)] == [200] * 3
        assert server.bodies == [b"0", b"1", b"2"]


async def test_where_nothing_is_demanded_the_body_is_sent_all_the_same() -> None:
    application = web.Application()
    bodies = []

    async def handle(request: web.Request) -> web.StreamResponse:
        bodies.append(await request.read())
        return web.Response(text="open")

    application.router.add_post("/", handle)
    async with TestServer(application, host="127.0.0.1") as server:
        url = str(server.make_url("/"))
        async with signed_in_session(PHONE, url) as session:
            assert await post(session, url) == 200
    assert bodies == [b"", b"<Request/>"]


async def test_a_server_that_offers_nothing_we_can_do_is_left_alone() -> None:
    async with (
        SigningInServer(schemes=("Digest realm=x", "Basic realm=x")) as server,
        signed_in_session(PHONE, server.url) as session,
    ):
        assert await post(session, server.url, None) == 401
        assert [request.scheme for request in server.requests] == [None]


async def test_only_bytes_are_sent() -> None:
    async def much() -> object:
        yield b"x"

    async with SigningInServer() as server, signed_in_session(PHONE, server.url) as session:
        with pytest.raises(TypeError, match="only bytes"):
            await session.post(server.url, data=much())


async def test_no_sign_in_where_others_can_read_along() -> None:
    with pytest.raises(NotPrivate, match="Nothing was sent"):
        signed_in_session(PHONE, "http://updates.contoso.com")


async def test_nobody_but_the_named_server_gets_an_answer_to_its_challenge() -> None:
    async with SigningInServer() as trap:

        async def elsewhere(request: web.Request) -> web.StreamResponse:
            raise web.HTTPTemporaryRedirect(trap.url)

        async with (
            SigningInServer(answer=elsewhere) as server,
            signed_in_session(PHONE, server.url) as session,
            session.get(server.url) as response,
        ):
            assert response.status == 401
        assert [request.scheme for request in trap.requests] == [None]


@pytest.mark.parametrize("schemes", [("NTLM",), ("Negotiate",)])
async def test_channel_binding_is_always_sent(certificate: ServerCertificate, schemes: tuple[str, ...]) -> None:
    async with (
        SigningInServer(certificate=certificate, channel_binding="require", schemes=schemes) as server,
        signed_in_session(PHONE, server.url, tls=certificate.client_tls()) as session,
    ):
        assert await post(session, server.url) == 200


async def test_a_sign_in_for_another_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    shown, expected = server_certificate(tmp_path), server_certificate(tmp_path / "other")
    # Somebody in between ends TLS with his own certificate and passes the sign-in on.
    async with (
        SigningInServer(certificate=shown, expected=expected, channel_binding="require") as in_between,
        signed_in_session(PHONE, in_between.url, tls=shown.client_tls()) as session,
    ):
        assert await post(session, in_between.url) == 401


async def test_a_pinned_certificate_is_trusted_without_its_authority_and_bound_to(
    certificate: ServerCertificate,
) -> None:
    async with (
        SigningInServer(certificate=certificate, channel_binding="require") as server,
        signed_in_session(PHONE, server.url, tls=pinned_tls(certificate.fingerprint)) as session,
    ):
        assert await post(session, server.url) == 200


async def test_another_certificate_than_the_pinned_one_is_sent_nothing_and_both_are_named(
    certificate: ServerCertificate,
) -> None:
    async with SigningInServer(certificate=certificate) as server:
        async with signed_in_session(PHONE, server.url, tls=pinned_tls("ab" * 32)) as session:
            with pytest.raises(aiohttp.ClientConnectorCertificateError) as caught:
                await post(session, server.url)
        refusal = caught.value.certificate_error
        assert isinstance(refusal, CertificateNotPinned)
        assert certificate.fingerprint in refusal.sentence
        assert "ab" * 32 in refusal.sentence
        assert server.requests == []


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(certificate: ServerCertificate) -> None:
    async with SigningInServer(certificate=certificate) as server, signed_in_session(PHONE, server.url) as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError) as caught:
            await post(session, server.url)
        assert isinstance(caught.value.certificate_error, ssl.SSLCertVerificationError)


async def test_a_password_that_looks_like_hashes_is_a_password() -> None:
    looks = "0123456789abcdef0123456789abcdef:fedcba9876543210fedcba9876543210"
    async with (
        SigningInServer(password=looks) as server,
        signed_in_session(Credentials(ACCOUNT, looks), server.url) as session,
    ):
        assert await post(session, server.url) == 200


async def test_ntlmv1_is_not_answered_with_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    async with SigningInServer() as server, signed_in_session(PHONE, server.url) as session:
        for level in ("0", "2", "high"):
            monkeypatch.setenv("LM_COMPAT_LEVEL", level)
            with pytest.raises(SignInFailed, match="LM_COMPAT_LEVEL"):
                await post(session, server.url)
        monkeypatch.setenv("LM_COMPAT_LEVEL", "5")
        assert await post(session, server.url) == 200


@asynccontextmanager
async def always_challenging(token: str) -> AsyncIterator[str]:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(status=401, headers={"WWW-Authenticate": f"NTLM {token}"})

    application = web.Application()
    application.router.add_get("/", handle)
    async with TestServer(application, host="127.0.0.1") as server:
        yield str(server.make_url("/"))


@pytest.mark.parametrize("token", ["AAAA", "TlRMTVNTUAACAAAA", "TlRMTVNTUAABAAAAB4IIAAAAAAAAAAAAAAAAAAAAAAA="])
async def test_a_hostile_challenge_is_a_sentence(token: str) -> None:
    async with always_challenging(token) as url, signed_in_session(PHONE, url) as session:
        with pytest.raises(SignInFailed, match="cannot be understood"):
            await session.get(url)


@pytest.mark.parametrize("token", ["", "*not base64*"])
async def test_a_challenge_without_a_token_is_a_refusal(token: str) -> None:
    async with (
        always_challenging(token) as url,
        signed_in_session(PHONE, url) as session,
        session.get(url) as response,
    ):
        assert response.status == 401


async def test_without_a_ticket_nobody_is_signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/none")
    async with SigningInServer() as server, signed_in_session(SignedInUser(), server.url) as session:
        with pytest.raises(NoTicket):
            await post(session, server.url)
