"""How the client opens a session: by Basic, NTLM or Negotiate, and with which certificate at the other end."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from tests.support.external_listeners import external_service
from tests.support.signing_in_server import ACCOUNT, PASSWORD, ServerCertificate, SigningInServer, server_certificate

from device_update_console.core.connections.addresses import InvalidAddress, ServerAddress, parse_server_address
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.connections.pinned_services import PinnedServices, PinsUnusable, place_of_pins
from device_update_console.core.failures import CertificateNotTrusted, NotAuthenticated
from device_update_contract.administration.endpoints import SHOW_SESSION
from device_update_contract.administration.roles import PERMISSIONS, Role
from device_update_contract.administration.server import SessionAnswer, SessionModel
from device_update_http_authentication.identities import Credentials, SignedInUser

FINGERPRINT = "ab" * 32


async def open_session(request: web.Request) -> web.StreamResponse:
    answer = SessionAnswer(
        token="t",
        expires_at=datetime(2026, 5, 10, tzinfo=UTC),
        account=ACCOUNT,
        role=Role.OPERATOR,
        permissions=sorted(PERMISSIONS[Role.OPERATOR]),
    )
    return web.Response(status=201, body=answer.model_dump_json(), content_type="application/json")


async def sign_in(server: ServerAddress, account: str, password: str = PASSWORD) -> str:
    async with AdministrationClient(server, identity=Credentials(account, password)) as client:
        return (await client.sign_in()).read(SessionAnswer).account


def schemes_used(server: SigningInServer) -> set[str | None]:
    return {request.scheme for request in server.requests} - {None}


@pytest.mark.parametrize("account", [f"CONTOSO\\{ACCOUNT}", f"{ACCOUNT}@contoso.com"])
async def test_the_password_of_a_domain_account_is_never_shown_to_the_service(account: str) -> None:
    async with SigningInServer(schemes=("Negotiate", "NTLM", "Basic realm=x"), answer=open_session) as server:
        assert await sign_in(parse_server_address(server.url), account) == ACCOUNT
        assert schemes_used(server) == {"NTLM"}


async def test_a_plain_account_goes_by_basic_and_by_ntlm_where_that_is_not_offered() -> None:
    async with SigningInServer(schemes=("NTLM",), answer=open_session) as server:
        assert await sign_in(parse_server_address(server.url), ACCOUNT) == ACCOUNT
        assert schemes_used(server) == {"Basic", "NTLM"}


async def test_a_wrong_password_is_tried_once() -> None:
    async with SigningInServer(schemes=("NTLM", "Basic realm=x"), answer=open_session) as server:
        with pytest.raises(NotAuthenticated):
            await sign_in(parse_server_address(server.url), ACCOUNT, "not the password")
        assert [request.scheme for request in server.requests] == ["Basic"]


async def test_a_domain_account_is_not_sent_where_only_basic_is_offered() -> None:
    async with SigningInServer(schemes=("Basic realm=x",), answer=open_session) as server:
        with pytest.raises(NotAuthenticated, match="offers neither Negotiate nor NTLM"):
            await sign_in(parse_server_address(server.url), f"CONTOSO\\{ACCOUNT}")
        assert schemes_used(server) == set()


async def test_without_a_ticket_the_signed_in_user_is_not_signed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/none")
    async with (
        SigningInServer(answer=open_session) as server,
        AdministrationClient(parse_server_address(server.url), identity=SignedInUser()) as client,
    ):
        with pytest.raises(NotAuthenticated) as caught:
            await client.sign_in()
    assert caught.value.code == "no-ticket"


@pytest.mark.parametrize("account", ["anna", "CONTOSO\\anna"])
async def test_the_real_service_opens_a_session_either_way(tmp_path: Path, account: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    async with external_service(folder) as service:
        await service.add_account("anna", Role.ADMINISTRATOR)
        assert service.listening.admin is not None
        credentials = Credentials(account, "correct horse")
        async with AdministrationClient(parse_server_address(service.listening.admin), identity=credentials) as client:
            assert (await client.ask(SHOW_SESSION, SessionModel)).role is Role.ADMINISTRATOR
            await client.sign_out()


@pytest.fixture
def certificate(tmp_path: Path) -> ServerCertificate:
    return server_certificate(tmp_path)


async def test_the_pinned_certificate_is_trusted_and_bound_to(certificate: ServerCertificate) -> None:
    async with SigningInServer(
        certificate=certificate, channel_binding="require", schemes=("NTLM",), answer=open_session
    ) as server:
        address = parse_server_address(server.url).pinned(certificate.fingerprint.upper())
        assert await sign_in(address, f"CONTOSO\\{ACCOUNT}") == ACCOUNT
        for pin in (None, FINGERPRINT):
            other = parse_server_address(server.url) if pin is None else parse_server_address(server.url).pinned(pin)
            server.requests.clear()
            with pytest.raises(CertificateNotTrusted) as caught:
                await sign_in(other, ACCOUNT)
            assert caught.value.may_be_pinned is (pin is None)
            assert server.requests == []
        assert certificate.fingerprint in caught.value.sentence
        assert FINGERPRINT in caught.value.sentence


def test_only_an_https_address_can_be_pinned() -> None:
    with pytest.raises(InvalidAddress):
        parse_server_address("http://127.0.0.1:8444").pinned(FINGERPRINT)


def test_accepted_certificates_are_remembered_until_their_line_is_deleted(tmp_path: Path) -> None:
    pins = PinnedServices(place_of_pins({"XDG_CONFIG_HOME": str(tmp_path / "settings")}))
    one, other = parse_server_address("https://one"), parse_server_address("https://other:8444")
    assert pins.known(one) == one
    pins.remember(one)
    assert not pins.path.exists()
    pins.remember(one.pinned(FINGERPRINT))
    pins.remember(other.pinned("cd" * 32))
    pins.remember(one.pinned("ef" * 32))
    assert (pins.known(one).pin, pins.known(other).pin) == ("ef" * 32, "cd" * 32)
    assert sorted(path.name for path in pins.path.parent.iterdir()) == [
        "pinned-certificates",
        "pinned-certificates.lock",
    ]
    pins.path.write_text(pins.path.read_text().replace(f"https://one {'ef' * 32}\n", ""))
    assert pins.known(one) == one


def test_a_file_of_pins_that_is_not_understood_is_a_sentence(tmp_path: Path) -> None:
    pins = PinnedServices(tmp_path / "pins")
    for content in (b"https://one\n", b"https://one abc\n", b"\xff\n"):
        pins.path.write_bytes(content)
        with pytest.raises(PinsUnusable):
            pins.known(parse_server_address("https://one"))
    pins.path.unlink()
    pins.path.mkdir()
    with pytest.raises(PinsUnusable):
        pins.remember(parse_server_address("https://one").pinned(FINGERPRINT))
