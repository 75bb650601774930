"""Real proxies before a listener, each on a socket that is open before it starts, so that nobody has to wait."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.programs import required_program

_NGINX = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    upstream service {{ server 127.0.0.1:{port}; {upstream} }}
    server {{
        listen 127.0.0.1:{own} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        location / {{
            proxy_pass https://service;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Connection "";
            {headers}
        }}
    }}
}}
"""

_HAPROXY = """
defaults
    mode {mode}
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    {options}
frontend devices
    bind fd@{listening} {tls}
    default_backend service
backend service
    {backend}
    server service 127.0.0.1:{port} {server}
"""


@asynccontextmanager
async def nginx(
    folder: Path, certificate: Path, key: Path, port: int, *, upstream: str = "keepalive 8;", headers: str = ""
) -> AsyncIterator[int]:
    """nginx that ends TLS; as it is here it shares its connections to the service between its clients."""
    program = required_program("nginx", "nginx-light")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        own = int(listening.getsockname()[1])
        configured = folder / "nginx.conf"
        user = "root" if os.geteuid() == 0 else "nobody"
        configured.write_text(
            _NGINX.format(
                user=user, folder=folder, port=port, own=own, certificate=certificate, key=key, upstream=upstream,
                headers=headers,
            )
        )  # fmt: skip
        # nginx takes over the sockets that a nginx before it has left.
        environment = {**os.environ, "NGINX": f"{listening.fileno()};"}
        async with _running(program, "-c", configured, "-p", folder, passing=listening, environment=environment):
            yield own


@asynccontextmanager
async def haproxy(
    folder: Path,
    port: int,
    *,
    mode: str = "http",
    tls: str = "",
    options: str = "",
    backend: str = "",
    server: str = "ssl verify none",
) -> AsyncIterator[int]:
    """HAProxy, by HTTP or by TCP; ``tls`` is of its own listener."""
    program = required_program("haproxy", "haproxy")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        configured = folder / "haproxy.cfg"
        configured.write_text(
            _HAPROXY.format(
                mode=mode, options=options, listening=listening.fileno(), tls=tls, backend=backend, port=port,
                server=server,
            )
        )  # fmt: skip
        async with _running(program, "-db", "-q", "-f", configured, passing=listening, environment=dict(os.environ)):
            yield int(listening.getsockname()[1])


@asynccontextmanager
async def lending_proxy(
    certificate: Path, key: Path, port: int, *, most_requests: float = math.inf
) -> AsyncIterator[int]:
    """A proxy that keeps a connection to the service for its client, and gives it to the next when that has left.

    After so many requests the client gets another one.
    """
    tls, towards_service = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    tls.load_cert_chain(certificate, key)
    towards_service.check_hostname, towards_service.verify_mode = False, ssl.CERT_NONE
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    opened: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        lent = idle.pop() if idle else await connect()
        answering = asyncio.create_task(_pass_on(lent[0], writer))
        requests = 0
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                requests += data.startswith(b"POST ")
                if requests > most_requests:
                    await _stop(answering)
                    lent, requests = await connect(), 1
                    answering = asyncio.create_task(_pass_on(lent[0], writer))
                lent[1].write(data)
        await _stop(answering)
        idle.append(lent)

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        made = await asyncio.open_connection("127.0.0.1", port, ssl=towards_service)
        opened.append(made[1])
        return made

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as server:
        yield int(server.sockets[0].getsockname()[1])
    for writer in opened:
        writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _running(
    program: str, *arguments: str | Path, passing: socket.socket, environment: dict[str, str]
) -> AsyncIterator[None]:
    passing.set_inheritable(True)
    process = await asyncio.create_subprocess_exec(
        program, *arguments, pass_fds=(passing.fileno(),), env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        assert process.returncode is None, f"{program} ended by itself"
        process.terminate()
        await process.wait()
