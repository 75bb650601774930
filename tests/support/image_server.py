"""A small aiohttp server around `ImageDelivery`, as the device application serves: given files below ``/``."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import signal
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web

from device_update_service.web.images.image_delivery import ImageDelivery, Progress
from device_update_service.web.images.open_images import OpenImages, StoredFile

CACHE_CONTROL = "public, max-age=31536000, immutable"
MODIFIED_AT = 1_366_070_400
MODIFIED = "Tue, 16 Apr 2013 00:00:00 GMT"
"""`MODIFIED_AT` as HTTP writes it."""
LARGE = 20_000_003
MIDDLE = 300_001
SMALL = 5_003
"""Bytes of files that are sent from the socket in many steps, in a few, and from memory."""


def stored_file(path: Path) -> StoredFile:
    """The record of a file as the image store would have it."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    return StoredFile(path, path.stat().st_size, digest.hexdigest(), MODIFIED_AT)


class ImageServer:
    """A server on a free loopback port that keeps every report, request and response."""

    def __init__(self, files: dict[str, StoredFile], *, images: OpenImages | None = None, record: bool = True) -> None:
        self.files = files
        self.progress: list[Progress] = []
        self.requests: list[web.BaseRequest] = []
        self.responses: list[web.StreamResponse] = []
        self.reported = asyncio.Event()
        """Set at every report; a test clears it."""
        self.finished = asyncio.Event()
        """Set when a handler ends; a test clears it."""
        self.delivery = ImageDelivery(
            cache_control=CACHE_CONTROL,
            report_progress=self._note_progress if record else lambda _progress: None,
            images=images,
        )
        self._record = record
        self._resources = AsyncExitStack()
        self.port = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """What the device application does, without the catalog."""
        file = self.files.get(request.raw_path.partition("?")[0][1:])
        if file is None:
            return web.Response(status=404)
        try:
            response = await self.delivery.send(request, file, request.raw_path)
        finally:
            self.finished.set()
        if self._record:
            self.requests.append(request)
            self.responses.append(response)
        return response

    def _note_progress(self, progress: Progress) -> None:
        self.progress.append(progress)
        self.reported.set()

    async def start(self, *, tls: ssl.SSLContext | None = None, as_application: bool = False) -> None:
        """Listen on loopback, as a low-level server or as a routed application."""
        runner: web.BaseRunner
        if as_application:
            application = web.Application()
            application.router.add_get("/{path:.*}", self.handle)
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        else:
            runner = web.ServerRunner(web.Server(self.handle, access_log=None), shutdown_timeout=0.2)
        await runner.setup()
        self._resources.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        self.port = runner.addresses[0][1]

    async def stop(self) -> None:
        """Close connections and files."""
        await self._resources.aclose()
        self.delivery.close()


StartServer = Callable[..., Awaitable[ImageServer]]
"""The fixture `start`: its arguments are those of `ImageServer` and `ImageServer.start`."""


async def serve_files(files: dict[str, StoredFile], *, as_application: bool) -> None:
    """Serve until SIGTERM; prints the port."""
    server = ImageServer(files, record=False)
    await server.start(as_application=as_application)
    print(server.port, flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--application", action="store_true")
    arguments = parser.parse_args()
    served = {path.name: stored_file(path) for path in arguments.folder.iterdir() if path.is_file()}
    asyncio.run(serve_files(served, as_application=arguments.application))
