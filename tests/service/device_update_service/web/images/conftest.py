from __future__ import annotations

import random
import ssl
from collections.abc import AsyncIterator

import pytest
from tests.support.image_server import LARGE, MIDDLE, SMALL, ImageServer, StartServer, stored_file

from device_update_service.web.images.open_images import OpenImages, StoredFile


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StoredFile]:
    folder = tmp_path_factory.mktemp("store")
    content = random.Random(7)
    sizes = {"large": LARGE, "middle": MIDDLE, "small": SMALL, "empty": 0}
    for name, size in sizes.items():
        (folder / name).write_bytes(content.randbytes(size))
    return {name: stored_file(folder / name) for name in sizes}


@pytest.fixture
async def start(files: dict[str, StoredFile]) -> AsyncIterator[StartServer]:
    servers: list[ImageServer] = []

    async def start_server(
        *,
        tls: ssl.SSLContext | None = None,
        as_application: bool = False,
        images: OpenImages | None = None,
        served: dict[str, StoredFile] | None = None,
    ) -> ImageServer:
        server = ImageServer(files if served is None else served, images=images)
        servers.append(server)
        await server.start(tls=tls, as_application=as_application)
        return server

    yield start_server
    for server in servers:
        await server.stop()
