"""Reading one log in a viewer: a piece at a time, with what the binary logs of Windows CE tell beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.logs_and_audit.ce_log_pieces import CeLogPieces, FetchPiece, Progress
from device_update_console.core.logs_and_audit.log_facts import ce_log_facts, crash_dump_facts, modules_text
from device_update_console.core.logs_and_audit.log_windows import (
    LogForm,
    LogShape,
    fetch_piece,
    shape_of,
    stream_log,
)
from device_update_console.core.sheets.details_form import Fact
from device_update_contract.administration.device_logs import DeviceLog
from device_update_contract.log_contents.crash_dumps import CrashDump, read_crash_dump
from device_update_contract.log_contents.log_bytes import LogBytes, PieceMissing

_MOST_KEPT: Final = 4
_MOST_ASKED: Final = 16
"""Pieces of a crash dump that are fetched for its facts."""


@dataclass(frozen=True, slots=True)
class LogView:
    """One piece as bytes, and what there is to say of the log; ``told`` is the text of a binary log that is known."""

    shape: LogShape
    content: bytes
    facts: tuple[Fact, ...] = ()
    told: str | None = None


class LogReading:
    """What is known of one log while it is looked at; for one look at a time."""

    def __init__(self, log: DeviceLog) -> None:
        self._log = log
        self._shape: LogShape | None = None
        self._dump: CrashDump | None = None
        self._events = CeLogPieces(log.size)
        self._kept: dict[int, bytes] = {}

    async def look_at(
        self, connection: ServerConnection, number: int, form: LogForm | None, progress: Progress
    ) -> LogView:
        """A piece; without a form as the log is usually shown. Pieces that its text needs are fetched too.

        Before a piece far down a CeLog is shown as text, all before it is read through once: ``progress`` tells how far
        that came, and what was read is kept when it is cancelled.

        Raises:
            FailedCall.
        """

        async def fetch(piece: int) -> bytes:
            if piece not in self._kept:
                content = await fetch_piece(connection, self._log, piece)
                self._kept[piece] = content
                while len(self._kept) > _MOST_KEPT:
                    del self._kept[next(iter(self._kept))]
                return content
            return self._kept[piece]

        content = await fetch(number)
        if self._shape is None:
            self._shape = shape_of(content if number == 0 else await fetch(0), self._log.size)
        shape = self._shape
        if shape.is_crash_dump:
            if self._dump is None:
                self._dump = await read_dump(self._log.size, fetch)
            return LogView(shape, content, crash_dump_facts(self._dump, self._log.name), modules_text(self._dump))
        if shape.marker is None:
            return LogView(shape, content)
        events, told = self._events, None
        if (form or shape.usual_form) is LogForm.TEXT:
            stream = partial(stream_log, connection, self._log)
            await connection.repeated(lambda: events.pass_over(number, stream, progress))
            told = await events.lines(number, fetch)
        facts = ce_log_facts(
            shape.marker, events.position, self._log.name, is_whole=events.is_whole, broken_at=events.broken_at
        )
        return LogView(shape, content, facts, told)


async def read_dump(size: int, fetch: FetchPiece) -> CrashDump:
    """The facts of a crash dump, for which no more than some pieces are fetched.

    Raises:
        UnreadableLog: it does not begin as one. Whatever ``fetch`` does.
    """
    pieces = {0: await fetch(0)}
    while True:
        try:
            return read_crash_dump(LogBytes(size, pieces, asks=len(pieces) < _MOST_ASKED))
        except PieceMissing as missing:
            pieces[missing.number] = await fetch(missing.number)
