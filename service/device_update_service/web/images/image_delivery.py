"""Answers a request for a stored file: headers, preconditions, ranges, bytes (contract section 3.3, RFC 9110)."""

from __future__ import annotations

import functools
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from aiohttp import HttpVersion10, hdrs, web
from aiohttp.abc import AbstractStreamWriter

from device_update_service.web.images.byte_ranges import ByteRange, select_ranges
from device_update_service.web.images.conditional_requests import Verdict, evaluate_preconditions, range_applies
from device_update_service.web.images.open_images import OpenImage, OpenImages, StoredFile
from device_update_service.web.images.outgoing_bytes import FRAMING, OutgoingBytes, Piece
from device_update_service.web.images.socket_sending import OutgoingSender

_REASONS: Final = {status: HTTPStatus(status).phrase for status in (200, 206, 304, 412, 416)}
_CONTENT_TYPE: Final = "Content-Type: application/octet-stream\r\n"


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes ``start`` to ``end_exclusive`` of a file were handed to the kernel for one transfer."""

    transfer: object
    start: int
    end_exclusive: int


class SentResponse(web.StreamResponse):
    """The record of an answer that has already gone out, for aiohttp's own book-keeping.

    Nothing can be added to it any more: headers that a middleware sets afterwards, and the application's
    ``on_response_prepare`` signal, have no effect.
    """

    def __init__(self, *, status: int, keep_alive: bool, body_length: int, cut_off: bool) -> None:
        super().__init__(status=status)
        self._keep_alive = keep_alive and not cut_off
        self._body_length = body_length
        self.cut_off = cut_off
        """The client went away, or stopped taking bytes, before the end."""

    @property
    def prepared(self) -> bool:
        """Always: its headers are out."""
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Do nothing: everything is out. A connection that was cut off is closed, for it is not kept alive."""
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: everything is out."""


@dataclass(slots=True)
class _Answer:
    """What will be sent: the status, header lines beside the common ones, and the body in pieces."""

    status: int
    header_lines: str
    length: int
    body: list[Piece]


class ImageDelivery:
    """Sends stored files: images to devices, device logs to administrators.

    One per listener, because ``cache_control`` differs; they may share ``images``. ``report_progress`` is called on
    the event loop and must be cheap. Which file a request names, and whether it may have it, was decided before.
    """

    def __init__(
        self,
        *,
        cache_control: str,
        report_progress: Callable[[Progress], None],
        images: OpenImages | None = None,
    ) -> None:
        self._cache_control = cache_control
        self._report_progress = report_progress
        self._images = OpenImages() if images is None else images
        self._sender = OutgoingSender()

    async def send(
        self, request: web.BaseRequest, file: StoredFile, transfer: object, *, header_lines: str = ""
    ) -> web.StreamResponse:
        """Answer a GET or HEAD for ``file`` and report progress for ``transfer``.

        ``header_lines`` go with the answer, each with its line end. Everything is sent when this returns; the response
        returned is for aiohttp. A client that goes away is no error: see `SentResponse.cut_off`.

        Raises:
            StoredFileGone: before anything was sent.
            OSError, FileCutShort: the file cannot be read; aiohttp closes a connection that has begun.
        """
        answer = self._bodiless_answer(request, file)
        if answer is not None:
            return await self._send_answer(request, answer, -1, None, header_lines)
        ranges = _wanted_ranges(request, file)
        if ranges == ():
            answer = _Answer(416, f"Content-Range: bytes */{file.size}\r\nAccept-Ranges: bytes\r\n", 0, [])
            return await self._send_answer(request, answer, -1, None, header_lines)
        image = self._images.take_ready(file) or await self._images.take(file)
        try:
            answer = self._answer_with_body(file, image, ranges)
            return await self._send_answer(request, answer, image.descriptor, transfer, header_lines)
        finally:
            image.release()

    def forget(self, sha256: str) -> None:
        """Close a file that is being purged, after its last transfer."""
        self._images.forget(sha256)

    def close(self) -> None:
        """Close every file, each after its last transfer."""
        self._images.close()

    def _bodiless_answer(self, request: web.BaseRequest, file: StoredFile) -> _Answer | None:
        """The answer to a precondition or a HEAD; None when the body is wanted."""
        verdict = _verdict(request, file)
        if verdict is Verdict.PRECONDITION_FAILED:
            return _Answer(412, "", 0, [])
        if verdict is Verdict.NOT_MODIFIED:
            return _Answer(304, self._entity_headers(file), 0, [])
        if request.method == hdrs.METH_HEAD:
            return _Answer(200, _CONTENT_TYPE + self._entity_headers(file), file.size, [])
        return None

    def _answer_with_body(self, file: StoredFile, image: OpenImage, ranges: tuple[ByteRange, ...] | None) -> _Answer:
        entity = self._entity_headers(file)
        if ranges is None:
            body = [_file_piece(image, 0, file.size)] if file.size else []
            return _Answer(200, _CONTENT_TYPE + entity, file.size, body)
        if len(ranges) == 1:
            start, end = ranges[0]
            lines = f"{_CONTENT_TYPE}Content-Range: bytes {start}-{end - 1}/{file.size}\r\n{entity}"
            return _Answer(206, lines, end - start, [_file_piece(image, start, end)])
        boundary = secrets.token_hex(16)
        body = _multipart_body(file, image, ranges, boundary)
        lines = f"Content-Type: multipart/byteranges; boundary={boundary}\r\n{entity}"
        return _Answer(206, lines, sum(piece.count for piece in body), body)

    def _entity_headers(self, file: StoredFile) -> str:
        return (
            f'ETag: "{file.sha256}"\r\nLast-Modified: {_http_date(file.modified_at)}\r\n'
            f"Accept-Ranges: bytes\r\nCache-Control: {self._cache_control}\r\n"
        )

    async def _send_answer(
        self, request: web.BaseRequest, answer: _Answer, descriptor: int, transfer: object, header_lines: str
    ) -> SentResponse:
        head = _head(request, answer, header_lines)
        pieces = deque((Piece(head, FRAMING, len(head)), *answer.body))

        def report(start: int, end: int) -> None:
            self._report_progress(Progress(transfer, start, end))

        outgoing = OutgoingBytes(pieces, descriptor, report)
        body_length = sum(piece.count for piece in answer.body)
        cut_off = False
        try:
            await self._sender.send(request, outgoing)
        except ConnectionError:
            cut_off = True
            body_length = max(outgoing.total - len(head), 0)
        return SentResponse(
            status=answer.status, keep_alive=request.keep_alive, body_length=body_length, cut_off=cut_off
        )


def _verdict(request: web.BaseRequest, file: StoredFile) -> Verdict:
    headers = request.headers
    if not (
        hdrs.IF_NONE_MATCH in headers
        or hdrs.IF_MODIFIED_SINCE in headers
        or hdrs.IF_MATCH in headers
        or hdrs.IF_UNMODIFIED_SINCE in headers
    ):
        return Verdict.PROCEED
    return evaluate_preconditions(
        entity_tag=f'"{file.sha256}"',
        modified_at=file.modified_at,
        if_match=_joined(request, hdrs.IF_MATCH),
        if_unmodified_since=_joined(request, hdrs.IF_UNMODIFIED_SINCE),
        if_none_match=_joined(request, hdrs.IF_NONE_MATCH),
        if_modified_since=_joined(request, hdrs.IF_MODIFIED_SINCE),
    )


def _wanted_ranges(request: web.BaseRequest, file: StoredFile) -> tuple[ByteRange, ...] | None:
    """As `select_ranges`; a header that was given twice is malformed and ignored."""
    header = _joined(request, hdrs.RANGE)
    if header is None or not range_applies(
        _joined(request, hdrs.IF_RANGE), entity_tag=f'"{file.sha256}"', modified_at=file.modified_at
    ):
        return None
    return select_ranges(header, file.size)


def _joined(request: web.BaseRequest, name: str) -> str | None:
    """A header's value; several lines of it are one list (RFC 9110 section 5.3), which no date or range is."""
    values = request.headers.getall(name, ())
    return ", ".join(values) if values else None


def _file_piece(image: OpenImage, start: int, end: int) -> Piece:
    if image.content is None:
        return Piece(None, start, end - start)
    if start == 0 and end == len(image.content):
        return Piece(image.content, 0, end)
    return Piece(memoryview(image.content)[start:end], start, end - start)


def _multipart_body(file: StoredFile, image: OpenImage, ranges: tuple[ByteRange, ...], boundary: str) -> list[Piece]:
    pieces: list[Piece] = []
    line_end = ""
    for start, end in ranges:
        delimiter = (
            f"{line_end}--{boundary}\r\n{_CONTENT_TYPE}Content-Range: bytes {start}-{end - 1}/{file.size}\r\n\r\n"
        ).encode("ascii")
        pieces.append(Piece(delimiter, FRAMING, len(delimiter)))
        pieces.append(_file_piece(image, start, end))
        line_end = "\r\n"
    closing = f"\r\n--{boundary}--\r\n".encode("ascii")
    pieces.append(Piece(closing, FRAMING, len(closing)))
    return pieces


def _head(request: web.BaseRequest, answer: _Answer, header_lines: str) -> bytes:
    """The status line and all header lines; ``Connection`` is named only where it is not the version's default."""
    version = request.version
    connection = ""
    if version <= HttpVersion10:
        if request.keep_alive:
            connection = "Connection: keep-alive\r\n"
    elif not request.keep_alive:
        connection = "Connection: close\r\n"
    # a 304 has no body, and a length in it would be the one of the file, not zero
    length = "" if answer.status == 304 else f"Content-Length: {answer.length}\r\n"
    return (
        f"HTTP/{version.major}.{version.minor} {answer.status} {_REASONS[answer.status]}\r\n"
        f"Date: {_http_date(int(time.time()))}\r\n{length}{answer.header_lines}{header_lines}{connection}\r\n"
    ).encode("latin-1")


@functools.lru_cache(maxsize=1024)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)
