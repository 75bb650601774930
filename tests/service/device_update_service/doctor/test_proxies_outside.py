"""The doctor and what stands before the external listener: real proxies, some of which share connections."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

import pytest
from tests.support.examinations import THIS_HOST, case_of, examined
from tests.support.http_proxies import haproxy, lending_proxy, nginx
from tests.support.outside_services import (
    HOST,
    PHONE,
    Files,
    outside_configuration,
    published_at,
    running_outside,
)

from device_update_contract.image_paths import INTERNAL_CHECK_ROUTE
from device_update_service.configuration.configuration import Configuration
from device_update_service.doctor.findings import Finding, Verdict
from device_update_service.doctor.proxy_checks import private_connections


def configured(tmp_path: Path, files: Files, **external: Any) -> Configuration:
    folder = tmp_path / "data"
    folder.mkdir(0o700)
    return outside_configuration(folder, files.certificate, files.key, **external)


def port_of(configuration: Configuration) -> int:
    assert configuration.listeners.external is not None
    return configuration.listeners.external.address.port


async def findings_through(port: int, configuration: Configuration, files: Files) -> dict[str, Finding]:
    told = published_at(configuration, f"https://{HOST}:{port}")
    case = case_of(told, {HOST: THIS_HOST}, authorities=files.authority, credentials=PHONE)
    return await asyncio.to_thread(examined, case)


async def test_a_proxy_that_shares_connections_without_a_trace_is_found(tmp_path: Path, files: Files) -> None:
    """The service cannot know: nginx adds no header and signs in well. Only a second client shows it."""
    service = configured(tmp_path, files)
    async with (
        running_outside(service),
        nginx(tmp_path, files.certificate, files.key, port_of(service)) as port,
    ):
        found = await findings_through(port, service, files)
    assert found["external-anonymous"].verdict is Verdict.OK
    assert found["external-sign-in-ntlm"].verdict is Verdict.OK
    assert found["external-proxy"].verdict is Verdict.WRONG
    assert "was served" in found["external-proxy"].sentence
    assert "with the identity of another one" in found["external-proxy"].sentence


@pytest.mark.parametrize(
    ("most_requests", "words"),
    [
        (math.inf, "Not private: a client that never signed in was served"),
        (2, "was a stranger again at its next request"),
    ],
)
async def test_a_proxy_that_changes_connections_when_nobody_looks_is_found(
    tmp_path: Path, files: Files, most_requests: float, words: str
) -> None:
    """It lends a client's connection to the next one when that has left, or gives a client another after a sign-in."""
    service = configured(tmp_path, files)
    own = port_of(service)
    async with (
        running_outside(service),
        lending_proxy(files.certificate, files.key, own, most_requests=most_requests) as port,
    ):
        told = published_at(service, f"https://{HOST}:{port}")
        case = case_of(told, {HOST: THIS_HOST}, authorities=files.authority, credentials=PHONE)
        found = await asyncio.to_thread(private_connections, case)
    assert found.verdict is Verdict.WRONG
    assert words in found.sentence


async def test_a_proxy_that_asks_nobody_to_sign_in_is_found(tmp_path: Path, files: Files) -> None:
    service = configured(tmp_path, files)
    inside = service.listeners.internal
    assert inside is not None
    answer_all = f"http-request set-path {INTERNAL_CHECK_ROUTE}"
    async with (
        running_outside(service),
        haproxy(tmp_path, inside.address.port, tls=f"ssl crt {files.both}", backend=answer_all, server="") as port,
    ):
        found = await findings_through(port, service, files)
    assert found["external-anonymous"].verdict is Verdict.WRONG
    assert "Anybody outside is served without an account" in found["external-anonymous"].sentence
    assert found["external-wrong-password"].verdict is Verdict.WRONG
    assert "is let in with a wrong password" in found["external-wrong-password"].sentence


async def test_a_proxy_that_shows_itself_is_refused_and_the_way_out_is_told(tmp_path: Path, files: Files) -> None:
    service = configured(tmp_path, files)
    headers = "proxy_set_header X-Forwarded-For $remote_addr;"
    async with (
        running_outside(service),
        nginx(tmp_path, files.certificate, files.key, port_of(service), headers=headers) as port,
    ):
        found = await findings_through(port, service, files)
    for scheme in ("ntlm", "negotiate"):
        assert found[f"external-sign-in-{scheme}"].verdict is Verdict.WRONG
        assert "connection_private" in found[f"external-sign-in-{scheme}"].sentence
    assert found["external-proxy"].verdict is Verdict.NOT_CHECKED


async def test_a_proxy_with_a_connection_for_each_request_lets_nobody_sign_in(tmp_path: Path, files: Files) -> None:
    service = configured(tmp_path, files)
    async with (
        running_outside(service),
        nginx(tmp_path, files.certificate, files.key, port_of(service), upstream="") as port,
    ):
        found = await findings_through(port, service, files)
    assert found["external-sign-in-ntlm"].verdict is Verdict.WRONG
    assert "straight at the listener, and not at" in found["external-sign-in-ntlm"].sentence


@pytest.mark.parametrize("reuse", ["safe", "aggressive", "always"])
async def test_haproxy_keeps_connections_private_also_where_it_reuses_others(
    tmp_path: Path, files: Files, reuse: str
) -> None:
    service = configured(tmp_path, files)
    async with (
        running_outside(service),
        haproxy(tmp_path, port_of(service), tls=f"ssl crt {files.both}", backend=f"http-reuse {reuse}") as port,
    ):
        found = await findings_through(port, service, files)
    assert found["external-proxy"].verdict is Verdict.OK
    assert found["external-proxy"].sentence.startswith("Proved private: ")
    assert "connection_private" in found["external-proxy"].sentence


async def test_haproxy_that_shows_itself_is_proved_private_once_it_is_listed(tmp_path: Path, files: Files) -> None:
    service = configured(tmp_path, files, connection_private=("127.0.0.1",))
    tls, options = f"ssl crt {files.both}", "option forwardfor"
    async with (
        running_outside(service),
        haproxy(tmp_path, port_of(service), tls=tls, options=options) as port,
    ):
        found = await findings_through(port, service, files)
    assert found["external-sign-in-negotiate"].verdict is Verdict.OK
    assert found["external-proxy"].sentence.startswith("Proved private: ")


async def test_a_tcp_proxy_with_the_proxy_protocol_is_as_good_as_none(tmp_path: Path, files: Files) -> None:
    service = configured(tmp_path, files, proxy_protocol=("127.0.0.1",))
    async with (
        running_outside(service),
        haproxy(tmp_path, port_of(service), mode="tcp", server="send-proxy-v2") as port,
    ):
        found = await findings_through(port, service, files)
        direct = await findings_through(port_of(service), service, files)
    for looked in (found, direct):
        assert looked["external-sign-in-ntlm"].verdict is Verdict.OK
        assert looked["external-proxy"].verdict is Verdict.OK
