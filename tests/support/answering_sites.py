"""A real listener before a small handler that tells what it knows of its caller, and bare clients for it."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web

from device_update_service.configuration.addresses import Address
from device_update_service.configuration.configuration import Limits
from device_update_service.configuration.listeners import Listener, SecureListener
from device_update_service.web.listening.connections import socket_peer
from device_update_service.web.listening.server_tls import endpoint_binding_of
from device_update_service.web.listening.sites import ListeningSite

LOOPBACK = "127.0.0.1"
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass(slots=True)
class AnsweringSite:
    """A site that answers; ``release`` lets answers of ``/slow`` go on."""

    site: ListeningSite
    url: str
    release: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """What is known of the caller, as JSON; at ``/slow`` not before it is released."""
        if request.path == "/slow":
            self.begun.set()
            await self.release.wait()
        transport = request.transport
        assert transport is not None
        binding = endpoint_binding_of(transport)
        return web.json_response(
            {
                "remote": request.remote,
                "peername": transport.get_extra_info("peername"),
                "socket_peer": socket_peer(transport),
                "binding": None if binding is None else binding.hex(),
            }
        )


def plain(*proxies: str, host: str = LOOPBACK) -> Listener:
    """A listener on a free port without TLS."""
    return Listener.model_validate({"address": Address(host=host, port=0), "proxy_protocol": list(proxies)})


def secure(folder: Path, *proxies: str, **more: Any) -> SecureListener:
    """A listener with TLS whose files are in a folder."""
    return SecureListener.model_validate(
        {
            "address": Address(host=LOOPBACK, port=0),
            "tls_certificate": folder / "tls.pem",
            "tls_key": folder / "tls.key",
            "proxy_protocol": list(proxies),
            **more,
        }
    )


def write_certificate(folder: Path, authority: trustme.CA, *, rsa: bool = False) -> None:
    """A new certificate and key for loopback."""
    kind = trustme.KeyType.RSA if rsa else trustme.KeyType.ECDSA
    made = authority.issue_cert("localhost", LOOPBACK, key_type=kind)
    made.private_key_pem.write_to_path(folder / "tls.key")
    (folder / "tls.pem").write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """A client that trusts the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@asynccontextmanager
async def answering_site(
    listener: Listener, limits: Limits | None = None, *, seconds_to_end: float = 1.0
) -> AsyncIterator[AnsweringSite]:
    """Let a site answer until the block ends."""
    answering = AnsweringSite(ListeningSite("external", listener, limits or Limits(), seconds_to_end), "")
    server = web.Server(answering.answer, access_log=None)
    answering.url = await answering.site.bind()
    await answering.site.start(web.ServerRunner(server, shutdown_timeout=seconds_to_end))
    try:
        yield answering
    finally:
        await answering.site.end()


class Client:
    """One connection, of which the test writes every byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @property
    def port(self) -> int:
        """The client's own port."""
        return int(self.writer.get_extra_info("sockname")[1])

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def ask(self, data: bytes = REQUEST) -> tuple[int, Any]:
        """Send a request and read the whole answer: status, and JSON if it is 200."""
        await self.send(data)
        head = await self.reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        body = await self.reader.readexactly(length)
        return status, json.loads(body) if status == 200 else body

    async def is_closed(self) -> bool:
        """Wait for the other end to close without a byte."""
        try:
            return await self.reader.read() == b""
        except (ConnectionError, ssl.SSLError):
            return True


@asynccontextmanager
async def client(port: int, *, own: str = LOOPBACK, tls: ssl.SSLContext | None = None) -> AsyncIterator[Client]:
    """A connection from an address of this host."""
    host = "::1" if ":" in own else LOOPBACK
    reader, writer = await asyncio.open_connection(
        host, port, local_addr=(own, 0), ssl=tls, server_hostname="localhost" if tls else None
    )
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def until(true: Callable[[], bool], *, seconds: float = 60) -> None:
    """Give the site, which runs on the same loop, its turns until something is so."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what sockets do is no event of ours
            await asyncio.sleep(0)
