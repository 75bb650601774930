"""One listener: its address, its connections from the first byte until aiohttp has them, and its end.

aiohttp's own sites hand connections to TLS at once, so that a PROXY header before it cannot be read, and neither bound
connections nor change certificates. Here a connection is accepted, its proxy's header is read where one is expected,
and then asyncio makes the transport, and the runner's server the protocol, as for any other.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections import Counter
from typing import Final, Literal

from aiohttp import web

from device_update_contract.refusals import Refusal
from device_update_service.configuration.addresses import is_among
from device_update_service.configuration.configuration import Limits
from device_update_service.configuration.listeners import Listener, SecureListener
from device_update_service.web.listening.acceptor import Acceptor
from device_update_service.web.listening.connections import (
    AcceptedSocket,
    ListeningSocket,
    OpenConnections,
    told_address,
)
from device_update_service.web.listening.proxied_connections import read_proxy_header
from device_update_service.web.listening.proxy_header import NoProxyHeader
from device_update_service.web.listening.rare_warnings import RareWarnings
from device_update_service.web.listening.server_tls import ServerTls

_log = logging.getLogger(__name__)

ListenerName = Literal["internal", "external", "administration"]

_BACKLOG: Final = 4096
_HEADER_SECONDS: Final = 10.0
_HANDSHAKE_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 5.0
_READ_BYTES: Final = 64 * 1024
"""What one connection may bring in one round of the loop; with asyncio's own 256 KiB hundreds make rounds long."""


class CannotListen(Refusal):
    """A listener's address is taken or not this host's."""

    code = "cannot-listen"


class ListeningSite:
    """One listener: bound first, so that its port is known; answering once started; it has its sockets until `end`.

    Raises:
        CertificateUnusable: it is configured with a certificate that cannot be used.
    """

    def __init__(self, name: ListenerName, listener: Listener, limits: Limits, seconds_to_end: float) -> None:
        self.name = name
        self.tls = ServerTls.configured(listener) if isinstance(listener, SecureListener) else None
        self.open = OpenConnections(limits.connections, limits.connections_per_address)
        self.refused: Counter[str] = Counter()
        """Connections that were closed without an answer, by cause."""
        self._address = listener.address
        self._proxies = listener.proxy_protocol
        self._seconds_to_end = seconds_to_end
        self._sockets: list[ListeningSocket] = []
        self._acceptors: list[Acceptor] = []
        self._runner: web.BaseRunner | None = None
        self._beginning: dict[asyncio.Task[None], AcceptedSocket] = {}
        self._look: asyncio.TimerHandle | None = None
        self._warnings = RareWarnings(_log)

    @property
    def connected(self) -> int:
        """How many connections are open."""
        return self.open.total

    async def bind(self) -> str:
        """Take the address and return its URL."""
        loop = asyncio.get_running_loop()
        host = None if self._address.host in {"*", ""} else self._address.host
        try:
            # A server that does not start serving is the standard library's way to bind by name, IPv4 and IPv6.
            server = await loop.create_server(asyncio.Protocol, host, self._address.port, start_serving=False)
            self._sockets = [ListeningSocket(os.dup(listening.fileno())) for listening in server.sockets]
            server.close()
            for listening in self._sockets:
                listening.setblocking(False)  # noqa: FBT003 - the standard library's own
                listening.listen(_BACKLOG)  # two services can bind one address; only one of them can listen on it
        except OSError as error:
            raise CannotListen(
                f"The address {self._address.host}:{self._address.port} cannot be listened on: {_cause(error)}."
            ) from error
        port = self._sockets[0].getsockname()[1]
        host = f"[{self._address.host}]" if ":" in self._address.host else self._address.host
        return f"{'https' if self.tls else 'http'}://{host}:{port}"

    async def start(self, runner: web.BaseRunner) -> None:
        """Let a runner answer here."""
        self._runner = runner
        await runner.setup()
        for listening in self._sockets:
            acceptor = Acceptor(listening, self._take)
            self._acceptors.append(acceptor)
            acceptor.start()
        self._look_after_certificate()

    async def end(self) -> None:
        """Take no more connections, give what is under way some seconds, then cut it.

        The runner alone would wait for as long again, because aiohttp first asks handlers that hang to stop.
        """
        if self._look is not None:
            self._look.cancel()
        while self._acceptors:
            self._acceptors.pop().stop()
        for listening in self._sockets:
            listening.close()
        for task in self._beginning:
            task.cancel()
        await asyncio.gather(*self._beginning, return_exceptions=True)
        if self._runner is not None:
            cutting = asyncio.get_running_loop().call_later(self._seconds_to_end, self._cut)
            await self._runner.cleanup()
            cutting.cancel()

    def _cut(self) -> None:
        server = None if self._runner is None else self._runner.server
        for connection in [] if server is None else server.connections:
            if connection.transport is not None:
                connection.transport.abort()

    def _look_after_certificate(self) -> None:
        if self.tls is not None:
            self.tls.reload_if_changed()
            self._look = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look_after_certificate)

    def _take(self, accepted: AcceptedSocket) -> None:
        host = str(accepted.peer[0])
        if not self.open.count(accepted):
            self._refuse("too-many", "There are too many connections; new ones are closed", address=host)
            accepted.close()
            return
        is_proxy = bool(self._proxies) and is_among(host, self._proxies)
        if not is_proxy and not self._admit(accepted):
            return
        beginning = asyncio.get_running_loop().create_task(self._begin(accepted, is_proxy=is_proxy))
        self._beginning[beginning] = accepted
        beginning.add_done_callback(self._begun)

    def _begun(self, beginning: asyncio.Task[None]) -> None:
        accepted = self._beginning.pop(beginning)
        if beginning.cancelled():
            accepted.close()  # a task cancelled before its first step never comes to it; twice does no harm

    def _admit(self, connection: AcceptedSocket) -> bool:
        """Count a connection for its client's address, and close it where that has too many."""
        if self.open.count_address(connection):
            return True
        message = "An address has too many connections; new ones are closed"
        self._refuse("too-many-of-address", message, address=str(connection.peer[0]))
        connection.close()
        return False

    async def _begin(self, connection: AcceptedSocket, *, is_proxy: bool) -> None:
        """Make a new connection one of the runner's; if it breaks first, nobody needs to know."""
        if is_proxy and not await self._hear_proxy(connection):
            return
        server = None if self._runner is None else self._runner.server
        if server is None:  # the runner has ended
            connection.close()
            return
        loop = asyncio.get_running_loop()
        try:
            if self.tls is None:
                transport, _ = await loop.connect_accepted_socket(server, connection)
                transport.max_size = _READ_BYTES  # type: ignore[attr-defined]  # read before the first byte is
            else:
                await loop.connect_accepted_socket(
                    server, connection, ssl=self.tls.context, ssl_handshake_timeout=_HANDSHAKE_SECONDS
                )
        except OSError as error:  # also every error of TLS; asyncio closes the socket
            _log.debug("A connection broke at its beginning", extra={"error": str(error)})

    async def _hear_proxy(self, connection: AcceptedSocket) -> bool:
        """Read the header of a proxy's connection; False when it has none, is over, or its client has too many."""
        proxy = str(connection.peer[0])
        try:
            async with asyncio.timeout(_HEADER_SECONDS):
                header = await read_proxy_header(connection)
        except (NoProxyHeader, OSError) as error:
            connection.close()
            if isinstance(error, NoProxyHeader | TimeoutError):
                sentence = str(error) or f"It does not come within {_HEADER_SECONDS:g} s."
                message = "A proxy sent no PROXY header; its connection is closed"
                self._refuse("no-proxy-header", message, address=proxy, error=sentence)
            return False
        if header.caller is None:
            connection.peer = told_address(proxy, connection.peer[1], proxy)
            return True
        host, port = header.caller
        connection.peer = told_address(str(host), port, proxy)
        return self._admit(connection)

    def _refuse(self, cause: str, message: str, **facts: str) -> None:
        self.refused[cause] += 1
        self._warnings.warn(message, listener=self.name, **facts)


def _cause(error: OSError) -> str:
    """What the system says, without asyncio's words around it.

    From Python 3.12 on asyncio keeps the number to itself where none of a name's addresses is this host's.
    """
    if error.errno is None:
        return os.strerror(errno.EADDRNOTAVAIL)
    return os.strerror(error.errno) if error.errno > 0 else str(error.strerror or error)
