"""Putting a service together and taking it apart: addresses, and that a start that fails leaves nothing behind."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import aiohttp
import pytest
from tests.support.running_services import configuration, running_service
from tests.support.service_process import free_port

from device_update_contract.refusals import Refusal
from device_update_service.configuration.addresses import Address
from device_update_service.configuration.configuration import Configuration, Limits
from device_update_service.configuration.listeners import Listener, Listeners, SecureListener
from device_update_service.storage.data_folder import DataFolder, DataFolderLock
from device_update_service.storage.errors import DataFolderInUse
from device_update_service.web.listening.sites import CannotListen, ListeningSite
from device_update_service.web.serving import running

LOOPBACK = "127.0.0.1"


def configured(
    folder: Path, *, internal: Listener | None, admin: SecureListener, url: str | None = None
) -> Configuration:
    return Configuration(data=folder, listeners=Listeners(internal=internal, admin=admin), internal_url=url)


def at(port: int, host: str = LOOPBACK) -> Address:
    return Address(host=host, port=port)


async def refused(configuration: Configuration) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        async with running(configuration):
            raise AssertionError("it runs")
    return refusal.value


async def assert_nothing_is_left(folder: Path, *ports: int) -> None:
    """Ports, lock, threads and tasks of a service that did not start."""
    for port in ports:
        with socket.create_server((LOOPBACK, port)):
            pass
    DataFolderLock(DataFolder(folder)).release()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith(("writer", "reader"))] == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_administration_port_that_is_taken_ends_the_internal_listener_too(tmp_path: Path) -> None:
    internal = free_port()
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        refusal = await refused(
            configured(tmp_path, internal=Listener(address=at(internal)), admin=SecureListener(address=at(port)))
        )
    assert isinstance(refusal, CannotListen)
    assert refusal.sentence == f"The address 127.0.0.1:{port} cannot be listened on: Address already in use."
    await assert_nothing_is_left(tmp_path, internal, port)


async def test_a_certificate_that_can_not_be_used_ends_the_internal_listener_too(tmp_path: Path) -> None:
    internal, admin = free_port(), free_port()
    (tmp_path / "key.pem").write_text("no key")
    tls = SecureListener(address=at(admin), tls_certificate=tmp_path / "key.pem", tls_key=tmp_path / "key.pem")
    refusal = await refused(configured(tmp_path, internal=Listener(address=at(internal)), admin=tls))
    assert refusal.sentence == f"The file {tmp_path / 'key.pem'} is not a certificate in PEM form."
    await assert_nothing_is_left(tmp_path, internal, admin)


async def test_an_address_that_is_not_this_host_s_is_refused_in_a_sentence(tmp_path: Path) -> None:
    internal = Listener(address=at(0, "192.0.2.1"))
    refusal = await refused(configured(tmp_path, internal=internal, admin=SecureListener(address=at(0))))
    sentence = "The address 192.0.2.1:0 cannot be listened on: Cannot assign requested address."
    assert refusal.sentence == sentence
    await assert_nothing_is_left(tmp_path)


async def test_an_address_is_taken_before_the_listener_answers() -> None:
    """Two services that start at one time can both bind an address; only one of them can listen on it."""
    port = free_port()
    listener = Listener(address=at(port))
    first, second = (ListeningSite("internal", listener, Limits(), 1.0) for _ in range(2))
    await first.bind()
    with pytest.raises(CannotListen, match="Address already in use"):
        await second.bind()
    await second.end()
    await first.end()
    with socket.create_server((LOOPBACK, port)):
        pass


async def test_a_second_service_in_the_same_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async with running_service(tmp_path) as first:
        assert isinstance(await refused(configuration(tmp_path)), DataFolderInUse)
        async with first.client.get(f"{first.listening.admin}/api/v1/health") as health:
            assert health.status == 200


async def test_a_service_without_internal_listener_has_none(tmp_path: Path) -> None:
    async with running(configured(tmp_path, internal=None, admin=SecureListener(address=at(0)))) as (_, listening):
        assert (listening.internal, listening.external) == (None, None)
        assert listening.admin.startswith("http://127.0.0.1:")


async def test_a_listener_of_ipv6_has_its_address_in_brackets(tmp_path: Path) -> None:
    async with running(configured(tmp_path, internal=None, admin=SecureListener(address=at(0, "::1")))) as (
        _,
        listening,
    ):
        assert listening.admin.startswith("http://[::1]:")


async def test_devices_are_told_the_configured_url_else_the_listener_s(tmp_path: Path) -> None:
    internal, admin = Listener(address=at(0)), SecureListener(address=at(0))
    async with running(configured(tmp_path, internal=internal, admin=admin)) as (parts, listening):
        assert parts.service.internal_url == listening.internal
    url = "http://updates.contoso.com"
    async with running(configured(tmp_path, internal=internal, admin=admin, url=url)) as (parts, _):
        assert parts.service.internal_url == url


async def test_a_service_that_ended_can_be_started_again_on_the_same_ports(tmp_path: Path) -> None:
    internal, admin = free_port(), free_port()
    both = configured(tmp_path, internal=Listener(address=at(internal)), admin=SecureListener(address=at(admin)))
    for _ in range(2):
        async with running(both) as (_, listening):
            assert listening.admin == f"http://127.0.0.1:{admin}"
    await assert_nothing_is_left(tmp_path, internal, admin)


async def test_a_device_that_goes_away_in_the_middle_of_a_check_is_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_service(tmp_path) as service:
        port = int(service.internal.rpartition(":")[2])
        _, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(b"POST /RequestHandler/ucdevice.upx HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n<")
        await writer.drain()
        async with service.client.post(f"{service.internal}/RequestHandler/ucdevice.upx", data=b"<a/>") as other:
            assert other.status == 400  # so the first one's head was read by now
        writer.transport.abort()
        async with service.client.post(f"{service.internal}/RequestHandler/ucdevice.upx", data=b"<a/>") as other:
            assert other.status == 400
    assert [record.getMessage() for record in caplog.records if record.levelname in {"WARNING", "ERROR"}] == []


@pytest.mark.expects_log_records("An address has too many connections")
async def test_metrics_tell_open_connections_and_those_that_were_refused(tmp_path: Path) -> None:
    limits = Limits(connections=10, connections_per_address=1)
    configured_so = configuration(tmp_path).model_copy(update={"limits": limits})
    async with running(configured_so) as (_, listening), aiohttp.ClientSession() as client:
        assert listening.internal is not None
        port = int(listening.internal.rpartition(":")[2])
        with socket.create_connection((LOOPBACK, port)) as first:
            first.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            loop = asyncio.get_running_loop()
            first.setblocking(False)
            assert (await loop.sock_recv(first, 12)) == b"HTTP/1.1 404"
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            assert await reader.read() == b""
            writer.close()
            async with client.get(f"{listening.admin}/metrics") as answer:
                text = await answer.text()
    assert 'device_update_connections{listener="internal"} 1.0' in text
    assert 'device_update_connections_refused_total{cause="too-many-of-address",listener="internal"} 1.0' in text
