"""A client of image files that sees every byte of an answer."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from tests.support.image_server import ImageServer

from device_update_service.web.images.image_delivery import Progress


@dataclass
class Answer:
    status: int
    version: str
    headers: dict[str, str]
    body: bytes


class Connection:
    """A client that writes requests as they are given and reads answers by their length."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, server: ImageServer, tls: ssl.SSLContext | None = None) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", server.port, ssl=tls, limit=2**20))

    def ask(self, name: str, *headers: str, method: str = "GET", version: str = "1.1") -> None:
        lines = [f"{method} /{name} HTTP/{version}", "Host: updates", *headers, "", ""]
        self.writer.write("\r\n".join(lines).encode())

    async def answer(self, *, head_only: bool = False) -> Answer:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        version, status, _ = lines[0].split(" ", 2)
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        length = 0 if head_only else int(headers.get("Content-Length", "0"))
        return Answer(int(status), version, headers, await self.reader.readexactly(length))

    async def get(self, name: str, *headers: str, method: str = "GET", version: str = "1.1") -> Answer:
        self.ask(name, *headers, method=method, version=version)
        return await self.answer(head_only=method == "HEAD")

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


def covered(progress: list[Progress]) -> list[tuple[int, int]]:
    """The reported ranges, joined where they touch; fails when bytes are reported twice."""
    joined: list[tuple[int, int]] = []
    for report in sorted(progress, key=lambda one: one.start):
        assert report.start < report.end_exclusive
        assert not joined or report.start >= joined[-1][1]
        if joined and joined[-1][1] == report.start:
            joined[-1] = (joined[-1][0], report.end_exclusive)
        else:
            joined.append((report.start, report.end_exclusive))
    return joined
