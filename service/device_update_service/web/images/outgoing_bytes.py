"""What is left of one answer, and which bytes of the file have gone; knows nothing of sockets' readiness."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from typing import Final

REPORT_BYTES: Final = 8 * 1024 * 1024
"""Bytes that go before progress is reported, unless time or the end comes first."""

FRAMING: Final = -1
"""The position of bytes that are no part of the file: header fields and multipart delimiters."""


class Piece:
    """Bytes to send: ``data`` from memory, or ``count`` bytes of the file at ``position`` when it is None."""

    __slots__ = ("count", "data", "position")

    def __init__(self, data: bytes | memoryview | None, position: int, count: int) -> None:
        self.data = data
        self.position = position
        self.count = count


class FileCutShort(Exception):
    """A stored file ended before its size: it was damaged on the disk while it was sent."""


class OutgoingBytes:
    """Pieces in order, consumed as they are handed over, and the report of the file's bytes among them."""

    __slots__ = ("_descriptor", "_from", "_report", "_to", "pieces", "total")

    def __init__(self, pieces: deque[Piece], descriptor: int, report: Callable[[int, int], None]) -> None:
        self.pieces = pieces
        self.total = 0
        """All bytes handed straight to the kernel so far, framing included."""
        self._descriptor = descriptor
        self._report = report
        self._from = 0
        self._to = 0

    def is_longer_than(self, count: int) -> bool:
        """Whether more than ``count`` bytes are left."""
        return sum(piece.count for piece in self.pieces) > count

    def hand_over(self, socket_descriptor: int, limit: int) -> bool:
        """Write to a non-blocking socket until it takes no more or ``limit`` bytes went; True when nothing is left.

        Raises:
            OSError: the connection is lost (EPIPE, ECONNRESET), or the file cannot be read.
            FileCutShort: the file has fewer bytes than was said.
        """
        pieces = self.pieces
        while pieces and limit > 0:
            piece = pieces[0]
            try:
                if piece.data is None:
                    wanted = min(piece.count, limit)
                    sent = os.sendfile(socket_descriptor, self._descriptor, piece.position, wanted)
                    if sent == 0:
                        raise FileCutShort
                else:
                    leading = self._leading_data()
                    wanted = sum(map(len, leading))
                    sent = os.writev(socket_descriptor, leading)
            except (BlockingIOError, InterruptedError):
                return False
            self._consume(sent)
            if sent < wanted:
                return False  # full: trying again at once would only cost a system call
            limit -= sent
        return not pieces

    def take(self, limit: int) -> tuple[bytes | memoryview, int]:
        """The next at most ``limit`` bytes and their position, for a transport that copies.

        They count as gone only when `confirm` is told so.
        """
        piece = self.pieces[0]
        position = piece.position
        if piece.data is None:
            data: bytes | memoryview = os.pread(self._descriptor, min(piece.count, limit), position)
            if not data:
                raise FileCutShort
        else:
            data = piece.data[:limit]
        self._shorten(piece, len(data))
        return data, position

    def confirm(self, position: int, count: int) -> None:
        """Note that ``count`` taken bytes from ``position`` on have gone."""
        if position != FRAMING:
            self._note(position, count)

    def report(self) -> None:
        """Report the bytes that have gone since the last report, if any."""
        start, end = self._from, self._to
        if start < end:
            self._from = end
            self._report(start, end)

    def _consume(self, sent: int) -> None:
        self.total += sent
        while sent:
            piece = self.pieces[0]
            part = min(sent, piece.count)
            self.confirm(piece.position, part)
            self._shorten(piece, part)
            sent -= part

    def _shorten(self, piece: Piece, part: int) -> None:
        if part == piece.count:
            self.pieces.popleft()
            return
        piece.count -= part
        if piece.position != FRAMING:
            piece.position += part
        if piece.data is not None:
            piece.data = memoryview(piece.data)[part:]

    def _leading_data(self) -> list[bytes | memoryview]:
        leading: list[bytes | memoryview] = []
        for piece in self.pieces:
            if piece.data is None:
                break
            leading.append(piece.data)
        return leading

    def _note(self, position: int, count: int) -> None:
        if position != self._to:
            self.report()
            self._from = position
        self._to = position + count
        if self._to - self._from >= REPORT_BYTES:
            self.report()
