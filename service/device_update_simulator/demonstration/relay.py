"""A relay between a program and the service that keeps what both said, so that ``--verbose`` shows real bytes."""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from urllib.parse import urlsplit

_KEPT_PER_MESSAGE = 4096
_SECRETS = re.compile(rb'(?i)(authorization: \w+ )\S+|("token": ?")[^"]+')


class Relay(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine and passes every connection on to one service listener."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        parts = urlsplit(target)
        self.target = (parts.hostname or "", parts.port or 80)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._lock = threading.Lock()
        self._messages: list[tuple[str, int, bytearray]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def note(self, direction: str, connection: int, data: bytes) -> None:
        """Keep the beginning of a message; what one side says without interruption is one message."""
        with self._lock:
            if not self._messages or self._messages[-1][:2] != (direction, connection):
                self._messages.append((direction, connection, bytearray()))
            kept = self._messages[-1][2]
            kept += data[: max(0, _KEPT_PER_MESSAGE - len(kept))]

    def heard(self) -> list[str]:
        """What was said since this was last asked, as text; passwords and tokens are left out."""
        with self._lock:
            messages, self._messages = self._messages, []
        return [f"{direction} {_readable(bytes(data))}" for direction, _, data in messages]


class _Connection(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        """Pass bytes on both ways until one side ends."""
        with socket.create_connection(self.server.target) as service:
            back = threading.Thread(target=self._pass_on, args=("<<<", service, self.request), daemon=True)
            back.start()
            self._pass_on(">>>", self.request, service)
            back.join()

    def _pass_on(self, direction: str, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self.server.note(direction, id(self), data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return  # one side went away; the program that was served says so itself


def _readable(data: bytes) -> str:
    head, separator, body = _SECRETS.sub(rb"\1\2(left out)", data).partition(b"\r\n\r\n")
    if b"\0" in body:
        body = b"(bytes of a file)"
    return (head + separator + body).decode("utf-8", "replace").replace("\r\n", "\n").rstrip().replace("\n", "\n    ")
