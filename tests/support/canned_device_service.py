"""The other side of the device protocol, canned: checks are answered and files served as a test says, faults included.

It stands for any service of the contract, so it imports the contract and nothing of ours that implements it.
"""

from __future__ import annotations

import hashlib
import re
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote

from aiohttp import web
from aiohttp.test_utils import TestServer

from device_update_contract.checks import CheckRequest
from device_update_contract.device_messages.answers import (
    CheckAnswer,
    OfferedModule,
    OfferedUpdate,
    render_check_answer,
    render_error,
    render_log_stored,
)
from device_update_contract.device_messages.requests import parse_check_request
from device_update_contract.versions import Version

FOLDER = "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/4.0.7577.4387/CPE"
Answer = Callable[[CheckRequest], web.StreamResponse]


def xml(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A message of the contract."""
    return web.Response(body=body, status=status, content_type="text/xml", charset="utf-8", headers=headers)


def refusal(status: int, code: str, sentence: str, headers: dict[str, str] | None = None) -> web.Response:
    """An error of the contract."""
    return xml(render_error(code, sentence), status=status, headers=headers)


def no_update(code: str = "up-to-date", *, next_check_seconds: int = 86400) -> bytes:
    """The answer to a device that has nothing to do."""
    return render_check_answer(CheckAnswer(code, "Nothing to do.", None, next_check_seconds))


@dataclass(slots=True)
class CannedFile:
    """One file and how it misbehaves: each entry of ``cuts`` breaks one response after so many bytes."""

    content: bytes
    etag: str | None = None
    ignores_ranges: bool = False
    ignores_if_range: bool = False
    cuts: deque[int] = field(default_factory=deque)
    refusals: deque[web.Response] = field(default_factory=deque)

    @property
    def sent_etag(self) -> str:
        """The ETag of the contract, unless a test says otherwise."""
        return self.etag or f'"{hashlib.sha256(self.content).hexdigest()}"'


class CannedDeviceService:
    """A server on a free loopback port; `checks` and `file_requests` hold what was asked of it, in order."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.answer: Answer = lambda _request: xml(no_update())
        self.files: dict[str, CannedFile] = {}
        self.heard: Callable[[str], None] = lambda _address: None
        """Called with the address that each request comes from."""

        self.checks: list[CheckRequest] = []
        self.logs: list[tuple[CheckRequest, str, bytes]] = []
        """What each log says of its sender, its file's name, and its content."""
        self.file_requests: list[tuple[str, str | None, str | None]] = []
        """Path, ``Range`` and ``If-Range`` of each."""

        application = web.Application()
        application.router.add_post("/RequestHandler/ucdevice.upx", self._check)
        application.router.add_post("/RequestHandlerExt/ucdevice.upx", self._check)
        application.router.add_get("/{path:.*}", self._file)
        self._server = TestServer(application, host="127.0.0.1")

    @property
    def url(self) -> str:
        """The listener's address."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._server.port}"

    async def __aenter__(self) -> Self:
        await self._server.start_server(ssl=self._tls)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._server.close()

    def offer(
        self,
        files: dict[str, bytes],
        *,
        version: str = "4.0.7577.4387",
        signature: bytes | None = None,
        external: bool = False,
    ) -> OfferedUpdate:
        """Serve these image files (and one signature file) and give the offer that names them."""
        folder = FOLDER.replace("4.0.7577.4387", version)
        modules = []
        for name, content in files.items():
            self.files[f"{folder}/{quote(name, safe='')}"] = CannedFile(content)
            digest = hashlib.sha256(content).hexdigest()
            catalog = "CPE.cat" if signature is not None else None
            modules.append(OfferedModule(name, catalog, Version.parse(version), None, len(content), digest))
        if signature is not None:
            self.files[f"{folder}/CPE.cat"] = CannedFile(signature)
        return OfferedUpdate(self.url + folder, f"{self.url}{folder}" if external else None, tuple(modules))

    def file(self, name: str = "CPE.nbt", version: str = "4.0.7577.4387") -> CannedFile:
        """The file of that name, to let it misbehave."""
        return self.files[f"{FOLDER.replace('4.0.7577.4387', version)}/{name}"]

    async def _check(self, request: web.Request) -> web.StreamResponse:
        self.heard(request.remote or "")
        if request.content_type == "multipart/form-data":
            return await self._log(request)
        check = parse_check_request(await request.read())
        self.checks.append(check)
        return self.answer(check)

    async def _log(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        told, file = form["request"], form["file"]
        assert isinstance(told, str | bytes | bytearray)
        assert isinstance(file, web.FileField)
        body = told.encode() if isinstance(told, str) else bytes(told)
        self.logs.append((parse_check_request(body), file.filename, file.file.read()))
        return xml(render_log_stored(str(len(self.logs))))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        self.heard(request.remote or "")
        asked, if_range = request.headers.get("Range"), request.headers.get("If-Range")
        self.file_requests.append((request.raw_path, asked, if_range))
        file = self.files.get(request.raw_path)
        if file is None:
            return refusal(404, "not-found", "There is no such file.")
        if file.refusals:
            return file.refusals.popleft()
        response = web.StreamResponse(headers={"ETag": file.sent_etag, "Content-Type": "application/octet-stream"})
        begin = 0
        wanted = re.fullmatch(r"bytes=(\d+)-", asked or "")
        if wanted and not file.ignores_ranges and (file.ignores_if_range or if_range in {None, file.sent_etag}):
            begin = int(wanted[1])
            if begin >= len(file.content):
                return web.Response(status=416, headers={"Content-Range": f"bytes */{len(file.content)}"})
            response.set_status(206)
            response.headers["Content-Range"] = f"bytes {begin}-{len(file.content) - 1}/{len(file.content)}"
        body = file.content[begin:]
        response.content_length = len(body)
        await response.prepare(request)
        if file.cuts:
            await response.write(body[: file.cuts.popleft()])
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(body)
        return response


def update_available(offer: OfferedUpdate, code: str = "approved-update", *, next_check_seconds: int = 86400) -> bytes:
    """The answer that offers an update."""
    return render_check_answer(CheckAnswer(code, "An update is approved.", offer, next_check_seconds))
