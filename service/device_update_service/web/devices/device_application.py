"""What devices see: checks and image files, and nothing of the administration (contract sections 3.1 to 3.3).

It is a handler for aiohttp's low-level server, not an `Application`: a router and its match objects would only cost
time, for the routes are few and compared without regard to case.
"""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from aiohttp import hdrs, web
from multidict import CIMultiDict

from device_update_contract.device_messages.answers import CONTENT_TYPE, render_error, render_log_stored
from device_update_contract.device_messages.requests import MAX_BYTES, MalformedRequest
from device_update_contract.image_paths import (
    EXTERNAL_CHECK_ROUTES,
    EXTERNAL_IMAGE_PREFIXES,
    INTERNAL_CHECK_ROUTES,
    INTERNAL_IMAGE_PREFIXES,
    is_route,
    path_below,
    path_of_target,
)
from device_update_service.storage.checks.downloads import DownloadWriter, SentBytes
from device_update_service.storage.checks.refusals import RefusalWriter
from device_update_service.storage.checks.refused_request_records import Refused
from device_update_service.storage.errors import StorageUnavailable
from device_update_service.usecases.checks import CheckAnswering
from device_update_service.web.announced_bodies import ask_for_body
from device_update_service.web.authentication.device_sign_in import DeviceSignIn
from device_update_service.web.authentication.principals import Admission
from device_update_service.web.begun_answers import has_begun
from device_update_service.web.devices.check_bodies import CheckBodyRefused, CheckBodyTooLarge, read_check_body
from device_update_service.web.devices.check_recording import CheckRecorder
from device_update_service.web.devices.device_counters import DeviceCounters
from device_update_service.web.devices.log_uploads import DeviceLogUploads, LogRefused
from device_update_service.web.devices.served_files import ServedFiles
from device_update_service.web.direct_answers import answer_at_once
from device_update_service.web.images.image_delivery import ImageDelivery, Progress, SentResponse
from device_update_service.web.images.open_images import OpenImages, StoredFileGone
from device_update_service.web.service import Service

_log = logging.getLogger(__name__)

_HEAD: Final = f"HTTP/1.1 200 OK\r\nContent-Type: {CONTENT_TYPE}\r\n".encode()
_XML: Final = CIMultiDict({"Content-Type": CONTENT_TYPE})
_NOT_FOUND: Final = "There is nothing at this address."
_BUSY_SECONDS: Final = 60
_LOG_REFUSALS: Final = {
    "log-type-not-accepted": 415,
    "log-extension-not-accepted": 415,
    "unsupported-media-type": 415,
    "log-too-large": 413,
    "request-too-large": 413,
    "request-timeout": 408,
    "log-store-full": 507,
}
"""The statuses of refused logs (contract section 3.4); 400 is every other's."""
_BUSY: Final = "The service is busy; ask again later."


@dataclass(frozen=True, slots=True)
class DeviceRoutes:
    """The addresses of one listener, and how its images may be cached."""

    checks: tuple[str, ...]
    images: tuple[str, ...]
    cache_control: str


INTERNAL_ROUTES: Final = DeviceRoutes(
    INTERNAL_CHECK_ROUTES, INTERNAL_IMAGE_PREFIXES, "public, max-age=31536000, immutable"
)
EXTERNAL_ROUTES: Final = DeviceRoutes(
    EXTERNAL_CHECK_ROUTES, EXTERNAL_IMAGE_PREFIXES, "private, max-age=31536000, immutable"
)


class _Transfer(NamedTuple):
    """To whom bytes are sent; ``update_id`` None for a signature, which is no module and not counted."""

    address: str
    account: str
    update_id: int | None
    sha256: str


class DeviceApplication:
    """The handler of one device listener; with ``sign_in`` nothing is told to callers who are nobody."""

    def __init__(
        self,
        service: Service,
        routes: DeviceRoutes,
        *,
        answering: CheckAnswering,
        recorder: CheckRecorder,
        logs: DeviceLogUploads,
        downloads: DownloadWriter,
        refusals: RefusalWriter,
        counters: DeviceCounters,
        images: OpenImages,
        sign_in: DeviceSignIn | None = None,
        milliseconds: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._service = service
        self._routes = routes
        self._answering = answering
        self._recorder = recorder
        self._logs = logs
        self._downloads = downloads
        self._refusals = refusals
        self._counters = counters
        self._sign_in = sign_in
        self._milliseconds = milliseconds
        self._spread = functools.partial(uniform, -1.0, 1.0)
        self._files = ServedFiles(service.images, service.clock)
        self._delivery = ImageDelivery(
            cache_control=routes.cache_control, report_progress=self._count_bytes, images=images
        )

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; whatever goes wrong here is logged and told without details."""
        try:
            if self._sign_in is None:
                return await self._dispatch(request, Admission(request.remote or ""))
            return await self._dispatch_signed_in(request, self._sign_in)
        except web.HTTPException:
            raise
        except ConnectionError:
            return device_refusal(400, "malformed-request", "The connection ended.")  # nobody is there to read it
        except Exception:  # the edge of the device listener: no traceback reaches a device
            if has_begun(request):
                raise
            _log.exception("A device's request could not be answered", extra={"address": request.remote})
            return device_refusal(500, "internal-error", "The service failed to answer; its log says why.")

    async def _dispatch_signed_in(self, request: web.BaseRequest, sign_in: DeviceSignIn) -> web.StreamResponse:
        caller = sign_in.known(request) or await sign_in.admit(request)
        if not isinstance(caller, Admission):
            return caller
        answer = await self._dispatch(request, caller)
        if caller.proof is not None and not answer.prepared:
            answer.headers[hdrs.WWW_AUTHENTICATE] = caller.proof
        return answer

    async def _dispatch(self, request: web.BaseRequest, caller: Admission) -> web.StreamResponse:
        target = request.raw_path
        if target in self._routes.checks:
            return await self._check_or_log(request, caller)
        path = path_of_target(target)
        if is_route(path, self._routes.checks):
            return await self._check_or_log(request, caller)
        below = path_below(path, self._routes.images)
        if below is not None:
            return await self._image(request, caller, below)
        return device_refusal(404, "not-found", _NOT_FOUND)

    async def _check_or_log(self, request: web.BaseRequest, caller: Admission) -> web.StreamResponse:
        refused = self._refuse_unread(request, caller)
        if refused is not None:
            return refused
        ask_for_body(request)
        return await (self._log_upload if _is_log(request) else self._check)(request, caller)

    async def _check(self, request: web.BaseRequest, caller: Admission) -> web.StreamResponse:
        try:
            body = await read_check_body(request)
        except CheckBodyRefused as error:
            return self._refuse_body(request, caller, error)
        try:
            answered = self._answering.answer(
                body,
                catalog=self._service.catalog,
                address=caller.address,
                now=self._milliseconds(),
                spread=self._spread,
                looping=self._recorder.looping,
                account=caller.account,
            )
        except MalformedRequest as error:
            return self._refuse(caller, 400, error.code, error.sentence, body, device=error.device)
        durable = self._recorder.record(answered)
        if durable is not None:
            try:
                await durable
            except StorageUnavailable:
                return self._busy()
        self._counters.decisions[answered.sighting.decision.code.value] += 1
        return _answer(request, answered.body, caller)

    def _refuse_unread(self, request: web.BaseRequest, caller: Admission) -> web.Response | None:
        """Refuse what need not be read to be refused."""
        if request.method != "POST":
            return device_refusal(405, "method-not-allowed", "A check is a POST.", {"Allow": "POST"})
        if request.headers.get("Content-Type", "")[:10].lower() == "multipart/" and not _is_log(request):
            return self._refuse(caller, 415, "unsupported-media-type", "A log is sent as multipart/form-data.")
        if self._recorder.is_busy():
            return self._busy()
        if (request.content_length or 0) > MAX_BYTES and not _is_log(request):
            return self._refuse_body(request, caller, CheckBodyTooLarge())
        return None

    async def _log_upload(self, request: web.BaseRequest, caller: Admission) -> web.StreamResponse:
        """Store a log; whatever becomes of it, the device's checks are answered."""
        try:
            log_id = await self._logs.receive(request, caller)
        except LogRefused as refused:
            status = _LOG_REFUSALS.get(refused.code, 400)
            answer = self._refuse(caller, status, refused.code, refused.sentence, device=refused.device, kind="log")
            return _ended_early(request, answer)
        except StorageUnavailable:
            return _ended_early(request, self._busy())
        self._counters.logs_stored += 1
        return web.Response(body=render_log_stored(log_id), headers=_XML)

    def _refuse_body(self, request: web.BaseRequest, caller: Admission, error: CheckBodyRefused) -> web.Response:
        return _ended_early(request, self._refuse(caller, error.status, error.code, error.sentence))

    async def _image(self, request: web.BaseRequest, caller: Admission, raw: str) -> web.StreamResponse:
        if request.method not in {"GET", "HEAD"}:
            return device_refusal(
                405, "method-not-allowed", "An image file is fetched with GET.", {"Allow": "GET, HEAD"}
            )
        served = self._files.find(raw, self._service.catalog)
        if served is None:
            self._counters.image_answers[404] += 1
            return device_refusal(404, "not-found", "There is no such file, or it is no longer served.")
        file = served.file
        transfer = _Transfer(caller.address, caller.account, served.update_id, file.sha256)
        try:
            answer = await self._delivery.send(request, file, transfer, header_lines=caller.header_lines)
        except StoredFileGone:
            self._counters.image_answers[404] += 1
            return device_refusal(404, "not-found", "There is no such file, or it is no longer served.")
        self._counters.image_answers[answer.status] += 1
        if isinstance(answer, SentResponse) and answer.cut_off:
            _log.info("A download was cut off", extra={"address": caller.address, "path": raw})
        return answer

    def _count_bytes(self, progress: Progress) -> None:
        self._counters.image_bytes += progress.end_exclusive - progress.start
        transfer = progress.transfer
        if isinstance(transfer, _Transfer) and transfer.update_id is not None:
            self._downloads.add(
                SentBytes(
                    self._milliseconds(),
                    transfer.address,
                    transfer.update_id,
                    transfer.sha256,
                    progress.start,
                    progress.end_exclusive,
                    transfer.account,
                )
            )

    def _refuse(
        self,
        caller: Admission,
        status: int,
        code: str,
        sentence: str,
        body: bytes | None = None,
        *,
        device: str = "",
        kind: str = "check",
    ) -> web.Response:
        """Refuse a request and keep the refusal where help desk can see it."""
        self._counters.refusals[code] += 1
        self._refusals.add(
            Refused(
                kind=kind,
                code=code,
                detail=sentence,
                device=device,
                account=caller.account,
                address=caller.address,
                at=self._milliseconds(),
                body=body,
            )
        )
        return device_refusal(status, code, sentence)

    def _busy(self) -> web.Response:
        """Refuse for now; the wait is spread, so that devices do not come back all at once."""
        self._counters.refusals["busy"] += 1
        seconds = round(_BUSY_SECONDS * (1 + 0.5 * self._spread()))
        return device_refusal(503, "busy", _BUSY, {"Retry-After": str(seconds)})


def device_refusal(
    status: int, code: str, sentence: str, headers: Mapping[str, str] = MappingProxyType({})
) -> web.Response:
    """A refusal as devices read it."""
    return web.Response(status=status, body=render_error(code, sentence), headers={**_XML, **headers})


def _is_log(request: web.BaseRequest) -> bool:
    """Whether the body is a log: only those come in parts."""
    given = request.headers.get("Content-Type", "")
    return given[:10].lower() == "multipart/" and given.partition(";")[0].strip().lower() == "multipart/form-data"


def _ended_early(request: web.BaseRequest, answer: web.Response) -> web.Response:
    """An answer to a body that may not have been read to its end: nothing more is taken from its connection."""
    answer.force_close()
    if request.content.exception() is not None:
        # aiohttp would go on reading a body that is broken, and log its failure to do so as an error of its own.
        request.content.feed_eof()
    return answer


def _answer(request: web.BaseRequest, body: bytes, caller: Admission) -> web.StreamResponse:
    """Answer 200 with one write; aiohttp's own response where the connection is not the usual, or has more to say."""
    sent = answer_at_once(request, 200, _HEAD, body) if caller.proof is None else None
    return web.Response(body=body, headers=_XML) if sent is None else sent
