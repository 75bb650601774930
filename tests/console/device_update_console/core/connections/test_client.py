"""The client: sessions, privacy, uploads and events against a stand-in for the service."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.support.administration_samples import package, rule
from tests.support.administration_stand_in import ACCOUNT, PASSWORD, StandIn, problem, running_stand_in
from tests.support.command_line import environment_for, run_device_update

from device_update_console.core.connections.addresses import InvalidAddress, parse_server_address
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.connections.event_stream import EventStreamReader
from device_update_console.core.failures import (
    ConnectionNotPrivate,
    FileChangedMeanwhile,
    NotAuthenticated,
    NotTheService,
    ServiceUnreachable,
)
from device_update_contract.administration.endpoints import (
    EVENTS,
    IMPORT_PACKAGE,
    OPEN_SESSION,
    SHOW_RULE,
    SHOW_SESSION,
)
from device_update_contract.administration.events import RESYNC
from device_update_contract.administration.rules import Rule
from device_update_http_authentication.identities import Credentials

ADA = Credentials(ACCOUNT, PASSWORD)


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate for 127.0.0.1, left in ``folder`` as ``cert.pem``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.fixture
def service() -> Iterator[StandIn]:
    with running_stand_in() as stand_in:
        yield stand_in


async def test_many_calls_at_once_share_one_session(service: StandIn) -> None:
    service.lay(SHOW_RULE, rule())
    async with AdministrationClient(parse_server_address(service.url), identity=ADA) as client:
        found = await asyncio.gather(*(client.ask(SHOW_RULE, Rule, path={"id": "1"}) for _ in range(20)))
    assert {each.id for each in found} == {"1"}
    assert len(service.asked_of(OPEN_SESSION)) == 1


async def test_an_ended_session_is_opened_again_once_where_credentials_are_at_hand(service: StandIn) -> None:
    service.lay(SHOW_RULE, rule())
    async with AdministrationClient(parse_server_address(service.url), identity=ADA) as client:
        await client.call(SHOW_RULE, path={"id": "1"})
        service.open_tokens.clear()
        await asyncio.gather(*(client.call(SHOW_RULE, path={"id": "1"}) for _ in range(5)))
    assert len(service.asked_of(OPEN_SESSION)) == 2


async def test_a_session_that_the_service_never_accepts_is_not_opened_again_and_again(service: StandIn) -> None:
    service.lay(SHOW_RULE, problem(401, "session-ended", "The session has ended."))
    async with AdministrationClient(parse_server_address(service.url), identity=ADA) as client:
        with pytest.raises(NotAuthenticated):
            await client.call(SHOW_RULE, path={"id": "1"})
    assert len(service.asked_of(OPEN_SESSION)) == 2


async def test_neither_password_nor_token_is_sent_where_others_can_read_along() -> None:
    server = parse_server_address("http://192.0.2.1:8444")
    for client in (AdministrationClient(server, identity=ADA), AdministrationClient(server, token="t")):
        async with client:
            with pytest.raises(ConnectionNotPrivate):
                await client.call(SHOW_SESSION)


async def test_a_service_whose_certificate_is_not_trusted_is_sent_nothing(tmp_path: Path) -> None:
    with running_stand_in(self_signed(tmp_path)) as service:
        async with AdministrationClient(parse_server_address(service.url), identity=ADA) as client:
            with pytest.raises(ServiceUnreachable, match="is not trusted"):
                await client.call(SHOW_SESSION)
        assert service.asked == []


def test_a_certificate_named_in_the_environment_is_trusted(tmp_path: Path) -> None:
    with running_stand_in(self_signed(tmp_path)) as service:
        environment = environment_for(service.url, ACCOUNT, PASSWORD) | {"SSL_CERT_FILE": str(tmp_path / "cert.pem")}
        assert run_device_update("whoami", environment=environment, preloaded=False).exit_code == 0


async def test_an_identifier_with_any_characters_stays_one_part_of_the_path(service: StandIn) -> None:
    service.lay(SHOW_RULE, rule())
    async with AdministrationClient(parse_server_address(service.url), identity=ADA) as client:
        for identifier in ("a/b", "..", "%2e", "?x=1#y", "é"):
            await client.call(SHOW_RULE, path={"id": identifier})
    assert [asked.path["id"] for asked in service.asked_of(SHOW_RULE)] == ["a/b", "..", "%2e", "?x=1#y", "é"]


async def test_what_is_no_device_update_service_is_said_to_be_none(service: StandIn) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html>It works!</html>", content_type="text/html")

    service.lay(SHOW_RULE, page)
    async with AdministrationClient(parse_server_address(service.url), identity=ADA) as client:
        with pytest.raises(NotTheService):
            await client.ask(SHOW_RULE, Rule, path={"id": "1"})


@pytest.mark.expects_log_records("^Error handling request from")
async def test_a_file_that_shrinks_while_it_is_sent_is_our_own_failure(service: StandIn, tmp_path: Path) -> None:
    file = tmp_path / "a.cab"
    file.write_bytes(b"x" * 3_000_000)

    def cut(sent: int, total: int) -> None:
        file.write_bytes(b"")

    async with AdministrationClient(parse_server_address(service.url), identity=ADA) as client:
        with pytest.raises(FileChangedMeanwhile):
            await client.upload(IMPORT_PACKAGE, file, progress=cut)


async def test_progress_counts_every_byte(service: StandIn, tmp_path: Path) -> None:
    file = tmp_path / "a.cab"
    file.write_bytes(b"x" * 1_000_000)
    service.lay(IMPORT_PACKAGE, rule())
    told: list[tuple[int, int]] = []
    async with AdministrationClient(parse_server_address(service.url), identity=ADA) as client:
        await client.upload(IMPORT_PACKAGE, file, progress=lambda sent, total: told.append((sent, total)))
    assert told[-1] == (1_000_000, 1_000_000)
    assert told == sorted(told)


async def test_a_lost_event_stream_is_continued_after_the_last_event(service: StandIn) -> None:
    asked_after: list[str | None] = []
    streams = [
        b'id: 41\nevent: rules-changed\ndata: {"ids": ["1"]}\n\nid: 42\nevent: half',
        b": still here\n\nevent: resync\ndata: {}\n\n",
    ]

    async def stream(request: web.Request) -> web.StreamResponse:
        asked_after.append(request.headers.get("Last-Event-ID"))
        return web.Response(body=streams.pop(0), content_type="text/event-stream")

    service.lay(EVENTS, stream)
    seen = []
    async with (
        AdministrationClient(parse_server_address(service.url), identity=ADA) as client,
        aclosing(client.events(40, retry_seconds=(0,))) as events,
    ):
        async for event in events:
            seen.append((event.id, event.event, event.data))
            if event.event == RESYNC:
                break
    assert seen[0] == (41, "rules-changed", {"ids": ["1"]})
    assert seen[1][1:] == (RESYNC, {})
    assert asked_after == ["40", "41"]


async def test_an_event_stream_that_stays_away_is_given_up(service: StandIn) -> None:
    async def stream(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"", content_type="text/event-stream")

    service.lay(EVENTS, stream)
    async with AdministrationClient(parse_server_address(service.url), identity=ADA) as client:
        with pytest.raises(ServiceUnreachable):
            await anext(client.events(retry_seconds=(0, 0)))
    assert len(service.asked_of(EVENTS)) == 3


def test_events_are_read_the_same_however_their_bytes_are_cut() -> None:
    sent = 'id: 7\r\nevent: a\r\ndata: {"x":\r\ndata: "é"}\r\n\r\n:\r\n\r\nevent: b\n\n'.encode()
    whole = list(EventStreamReader().feed(sent))
    reader = EventStreamReader()
    cut = [event for place in range(len(sent)) for event in reader.feed(sent[place : place + 1])]
    assert [(event.id, event.event, event.data) for event in cut] == [(7, "a", {"x": "é"}), (7, "b", {})]
    assert cut == whole


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("http://127.0.0.1:8444", True),
        ("http://localhost:8444/", True),
        ("http://[::1]:8444", True),
        ("https://updates.contoso.com", True),
        ("http://updates.contoso.com", False),
        ("http://10.0.0.1:8444", False),
        ("http://localhost.contoso.com", False),
    ],
)
def test_an_address_is_private_over_tls_or_loopback_only(text: str, private: bool) -> None:
    assert parse_server_address(text).private is private


@pytest.mark.parametrize("text", ["", "updates.contoso.com", "file:///etc", "http://", "http://x:y", "http://x/path"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        parse_server_address(text)


async def test_a_session_that_ends_right_before_a_file_is_sent_is_opened_again_and_the_file_sent_whole(
    service: StandIn, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 5000
    (tmp_path / "a.cab").write_bytes(content)
    service.lay(IMPORT_PACKAGE, problem(401, "session-ended", "The session has ended."), package("a.cab"))
    async with AdministrationClient(parse_server_address(service.url), identity=ADA) as client:
        await client.upload(IMPORT_PACKAGE, tmp_path / "a.cab")
    assert [asked.body for asked in service.asked_of(IMPORT_PACKAGE)] == [content, content]
    assert len(service.asked_of(OPEN_SESSION)) == 2
