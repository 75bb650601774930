"""Receiving device logs: two parts, streamed to the disk and committed before they are answered (contract section 3.4).

What is refused leaves nothing behind but a line in the device's history and in the refused requests. Nothing here
touches what a check needs.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from device_update_contract.checks import CheckRequest
from device_update_contract.device_messages.requests import MAX_BYTES, MalformedRequest, parse_check_request
from device_update_contract.refusals import Refusal
from device_update_service.domain.log_policy import LogDiskFull, LogPolicy, label_of
from device_update_service.storage.errors import DiskFull, StorageError
from device_update_service.usecases import device_logs
from device_update_service.usecases.device_logs import ReceivedLog, StoredLog
from device_update_service.web.authentication.principals import Admission
from device_update_service.web.log_space import LogSpace
from device_update_service.web.packed_bodies import BROKEN_BODY
from device_update_service.web.part_names import NO_PARTS, is_sent_plainly, part_file_name, part_name
from device_update_service.web.received_files import PART_SUFFIX, ReceivedFile, fill, patience
from device_update_service.web.service import Service
from device_update_service.web.turns import Place, Turns

_READ_CHUNK: Final = 64 * 1024
_GATHERED: Final = 512 * 1024
_GATHERED_BY_ALL: Final = 64 * 1024 * 1024
"""Roughly: of many that come slowly at the same time, each gathers less before it writes."""
_IN_A_ROUND: Final = 4
"""Uploads that go on in one round of the event loop, before it looks at checks again."""
_FRAMING: Final = 16 * 1024
"""Bytes of boundaries and part headers, generously."""


class LogRefused(Refusal):
    """A log was refused; ``device`` is how its sender named itself, as far as that could be read."""

    def __init__(self, cause: Refusal, device: str = "") -> None:
        super().__init__(cause.sentence, code=cause.code, parameters=cause.parameters)
        self.device = device


@dataclass(frozen=True, slots=True)
class _Announced:
    """What the first part says, and what the settings make of it."""

    request: CheckRequest
    log_type: str
    policy: LogPolicy

    @property
    def identifier(self) -> str:
        """What the readable copy is named after."""
        return self.request.mac or self.request.serial or ""


class DeviceLogUploads:
    """Receives the logs of one service, whatever listener they come to."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._space = service.log_space
        self._turns = Turns(_IN_A_ROUND)
        self._under_way = 0

    async def receive(self, request: web.BaseRequest, caller: Admission) -> str:
        """Store the log in a request's body, and give its id.

        Raises:
            LogRefused: with the reason. StorageUnavailable: it cannot be stored now.
        """
        place = self._turns.join()
        await place.turn()
        try:
            parts = _Parts(request)
            check_request = await parts.read_request()
        except BROKEN_BODY as error:
            raise LogRefused(_cut()) from error
        except MalformedRequest as error:
            raise LogRefused(error, error.device) from error
        except Refusal as error:
            raise LogRefused(error) from error
        try:
            return await self._receive_file(parts, check_request, caller, place)
        except DiskFull as error:
            full = LogDiskFull()
            with contextlib.suppress(StorageError):  # the database may be on the same disk
                await self._note(check_request, full)
            raise LogRefused(full, _named(check_request)) from error
        except StorageError:
            raise
        except BROKEN_BODY as error:
            raise LogRefused(_cut(), _named(check_request)) from error
        except Refusal as error:
            await self._note(check_request, error)
            raise LogRefused(error, _named(check_request)) from error

    async def _note(self, request: CheckRequest, refusal: Refusal) -> None:
        now = self._service.clock()
        await self._service.write(partial(device_logs.note_refused_log, request, refusal, now=now))

    async def _receive_file(self, parts: _Parts, request: CheckRequest, caller: Admission, place: Place) -> str:
        if request.log_type is None:
            raise MalformedRequest("The field LogType is missing.", parameters={"field": "LogType"})
        policy = await self._service.read(device_logs.log_policy)
        announced = _Announced(request, policy.accepted_type(request.log_type), policy)
        parts.refuse_long_bodies(policy, self._space)
        part = await parts.next_file()
        name = label_of(part_file_name(part))
        extension = policy.accepted_extension(name)
        path = self._service.logs.folder / f"{secrets.token_hex(16)}{PART_SUFFIX}"
        file = ReceivedFile(path, policy.largest, policy.too_large)
        taken = self._space.take(policy.quota)
        takes_room = False
        self._under_way += 1
        try:
            await file.open()
            await fill(
                file, taken.counted(parts.chunks(part, place), policy.full), gathered_bytes=self._gathered_by_one()
            )
            await parts.expect_end()
            await file.make_durable()
            await place.turn()
            stored = await self._store(file, announced, name, extension, caller)
            takes_room = not stored.is_copy
        finally:
            self._under_way -= 1
            await file.close(keep=False)
            if not takes_room:
                taken.give_back()
        return stored.id

    def _gathered_by_one(self) -> int:
        """Bytes of one log that are in memory before they are written."""
        return min(_GATHERED, max(_READ_CHUNK, _GATHERED_BY_ALL // self._under_way))

    async def _store(
        self, file: ReceivedFile, announced: _Announced, name: str, extension: str, caller: Admission
    ) -> StoredLog:
        """Make a durable file part of the store, and then name it."""
        logs, sha256, now = self._service.logs, file.sha256, self._service.clock()
        with logs.holding(sha256):
            await asyncio.to_thread(logs.adopt, file.path, sha256)
            link = await asyncio.to_thread(
                logs.link,
                sha256,
                device_type=announced.request.device_type,
                identifier=announced.identifier,
                log_type=announced.log_type,
                at=now,
                extension=extension,
            )
            received = ReceivedLog(
                announced.request,
                announced.log_type,
                name,
                extension,
                file.size,
                sha256,
                link,
                caller.address,
                caller.account,
            )
            if not await self._service.read(partial(device_logs.is_known, announced.request)):
                await self._service.write(_nothing)  # a check that it sent just now is durable then
            try:
                return await self._service.change(partial(device_logs.store_log, received, now=now))
            except StorageError:
                await asyncio.to_thread(logs.unlink, link)
                raise


class _Parts:
    """The two parts of a body, in their order."""

    def __init__(self, request: web.BaseRequest) -> None:
        self._length = request.content_length
        self._content = request.content
        if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() not in {"", "identity"}:
            raise Refusal("A log is accepted as it is, not compressed.", code="unsupported-media-type")
        try:
            self._reader = MultipartReader(request.headers, request.content)
        except NO_PARTS as error:
            raise _malformed() from error

    async def read_request(self) -> CheckRequest:
        """The first part, which says whose log it is."""
        part = await self._next("request")
        if part is None:
            raise MalformedRequest("The part 'request' is missing.")
        body = bytearray()
        async with patience(self._content):
            while chunk := await part.read_chunk(_READ_CHUNK):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise Refusal(f"The part 'request' has at most {MAX_BYTES} bytes.", code="request-too-large")
        return parse_check_request(bytes(body))

    def refuse_long_bodies(self, policy: LogPolicy, space: LogSpace) -> None:
        """Refuse a log that says that it is too large, before it is sent."""
        least = (self._length or 0) - MAX_BYTES - _FRAMING
        if least > policy.largest:
            raise policy.too_large(policy.largest)
        if least > 0 and not space.has_room(least, policy.quota):
            raise policy.full()

    async def next_file(self) -> BodyPartReader:
        """The second part, whose bytes come next."""
        part = await self._next("file")
        if part is None:
            raise MalformedRequest("The part 'file' is missing.")
        if not part_file_name(part):
            raise MalformedRequest("The part 'file' has no file name.")
        return part

    async def chunks(self, part: BodyPartReader, place: Place) -> AsyncIterator[bytes]:
        """The bytes of a part, each piece when its turn has come."""
        while True:
            await place.turn()
            try:
                async with patience(self._content):
                    chunk = await part.read_chunk(_READ_CHUNK)
            except NO_PARTS as error:
                raise _malformed() from error
            if not chunk:
                return
            yield chunk

    async def expect_end(self) -> None:
        """See that nothing follows."""
        if await self._next(None) is not None:
            raise MalformedRequest("The parts 'request' and 'file' are expected, and nothing else.")

    async def _next(self, name: str | None) -> BodyPartReader | None:
        try:
            async with patience(self._content):
                part = await self._reader.next()
        except NO_PARTS as error:
            raise _malformed() from error
        except HttpProcessingError as error:
            if self._content.exception() is not None:
                raise
            raise MalformedRequest("The head of a part cannot be read.") from error
        if part is None:
            return None
        if not isinstance(part, BodyPartReader) or part_name(part) != name:
            raise MalformedRequest("The parts 'request' and then 'file' are expected, each once, and nothing else.")
        if not is_sent_plainly(part):
            raise Refusal("Parts are accepted as they are, not in a transfer encoding.", code="unsupported-media-type")
        return part


def _nothing() -> None:
    """Write nothing: whatever waits is written with it."""


def _named(request: CheckRequest) -> str:
    return request.mac or request.serial or ""


def _malformed() -> MalformedRequest:
    return MalformedRequest("The body is not multipart/form-data as its header says.")


def _cut() -> MalformedRequest:
    return MalformedRequest("The log did not arrive whole.")
