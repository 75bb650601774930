r"""The update log as the original's text files: copies for people and their scripts, behind the database (contract 8).

``Logs/Server/Audit/imageUpdates/RequestHandlerAuditLog_<server>_<YYYYMMDD>[_<n>].log``. What is not written yet is not
held in memory: it is in the day's database, and how far the files have come is noted beside that. So nothing is lost
or written twice, whatever is killed, and a disk that is full for a while only makes the files late.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import BaseModel, RootModel, ValidationError

from device_update_service.storage.checks.update_log import UpdateLog
from device_update_service.storage.checks.update_log_lines import HEADER, LINE
from device_update_service.storage.errors import StorageUnavailable

_LINES: Final = f"SELECT sequence, {LINE} FROM check_log WHERE sequence > ? ORDER BY sequence LIMIT ?"
_AT_ONCE: Final = 2_000
_USUAL_LINE: Final = 200
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.-]+")
_ANY_SERVER: Final = re.compile(r"RequestHandlerAuditLog_.+?_(?P<day>[0-9]{8})(?:_[0-9]+)?\.log")


class _Written(BaseModel):
    """How far a day's files have come: the last check in them, the newest file's number and its size."""

    sequence: int
    number: int
    size: int


class _Notes(RootModel[dict[str, _Written]]):
    """By day."""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """The settings of the files: bytes of one file, bytes that may wait, seconds that they may wait."""

    largest: int
    waiting: int
    seconds: float


class UpdateLogFiles:
    """Writes the files of one folder; for one thread at a time."""

    def __init__(self, log: UpdateLog, folder: Path, notes: Path, server: str | None = None) -> None:
        self._log = log
        self._folder = folder
        self._notes_file = notes
        self._server = _UNSAFE.sub("_", server or socket.gethostname()) or "server"
        self._notes = _read_notes(notes)
        self._line_bytes = float(_USUAL_LINE)
        self._whole: dict[str, int] = {}
        """`UpdateLog.appended` of each day when its files had all of it."""

    def is_due(self, limits: FileLimits, lines_waiting: int, seconds_since: float) -> bool:
        """Whether what waits is to be written: the room is used up, or the time is over."""
        return bool(lines_waiting) and (
            seconds_since >= limits.seconds or lines_waiting * self._line_bytes >= limits.waiting
        )

    def write(self, limits: FileLimits) -> int:
        """Bring the files up to the database, and return how many lines that took.

        All days are looked at once, then those with new lines: a clock may go to any day and back, and a disk may have
        refused for many.

        Raises:
            StorageUnavailable: the disk refuses; what was not written is written later.
        """
        written = 0
        for day in self._log.days():
            appended = self._log.appended(day)
            if self._whole.get(day) == appended:
                continue
            try:
                written += self._write_day(day, limits)
            except OSError as error:
                raise StorageUnavailable(f"The update log's files cannot be written: {error.strerror}.") from error
            self._whole[day] = appended
        return written

    def delete_before(self, now: datetime, days: int) -> list[str]:
        """Delete the files of days that ended more than ``days`` days ago, and name them.

        Also those of a server that was called otherwise: containers have another name with every start.
        """
        oldest = (now.astimezone(UTC).date() - timedelta(days=days)).strftime("%Y%m%d")
        named = {file: _ANY_SERVER.fullmatch(file.name) for file in sorted(self._folder.glob("*.log"))}
        gone = [file for file, name in named.items() if name is not None and name["day"] < oldest]
        for file in gone:
            file.unlink(missing_ok=True)
        kept = {day: note for day, note in self._notes.items() if day >= oldest}
        if kept != self._notes:
            self._notes = kept
            self._keep_notes()
        return [file.name for file in gone]

    def _write_day(self, day: str, limits: FileLimits) -> int:
        note, total = self._notes.get(day), 0
        while True:
            lines = self._log.rows(day, _LINES, (0 if note is None else note.sequence, _AT_ONCE))
            if not lines:
                return total
            before = self._as_noted(day, note)
            if before != note:
                note = before
                continue
            note = self._append(day, note, lines, limits.largest)
            self._notes[day] = note
            self._keep_notes()
            total += len(lines)

    def _as_noted(self, day: str, note: _Written | None) -> _Written | None:
        """What is noted, with the file as it was then; None where the day has to be written anew."""
        if note is None:
            for file in self._files_of(day):
                file.unlink(missing_ok=True)
            return None
        path = self._path(day, note.number)
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return None
        if size > note.size:
            os.truncate(path, note.size)  # lines that were written but not noted: they come again
        return note if size >= note.size else None

    def _append(self, day: str, note: _Written | None, lines: Sequence[tuple[int, str]], largest: int) -> _Written:
        """Write lines, into further files when one has reached its size."""
        number, size = (0, 0) if note is None else (note.number, note.size)
        texts = [line.encode("utf-8", "replace") for _, line in lines]
        self._line_bytes = sum(map(len, texts)) / len(texts)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pieces: list[bytes] = []
        for text in texts:
            if size >= largest:
                self._put(day, number, pieces)
                number, size, pieces = number + 1, 0, []
            if not size:
                pieces.append(HEADER.encode())
                size = len(HEADER)
            pieces.append(text)
            size += len(text)
        self._put(day, number, pieces)
        return _Written(sequence=lines[-1][0], number=number, size=size)

    def _put(self, day: str, number: int, pieces: Sequence[bytes]) -> None:
        with self._path(day, number).open("ab") as file:
            file.write(b"".join(pieces))

    def _path(self, day: str, number: int) -> Path:
        suffix = f"_{number}" if number else ""
        return self._folder / f"RequestHandlerAuditLog_{self._server}_{day}{suffix}.log"

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"RequestHandlerAuditLog_{self._server}_*.log"))

    def _files_of(self, day: str) -> Iterable[Path]:
        return [file for file in self._files() if self._day_of(file) == day]

    def _day_of(self, file: Path) -> str:
        return file.stem.removeprefix(f"RequestHandlerAuditLog_{self._server}_").partition("_")[0]

    def _keep_notes(self) -> None:
        text = _Notes(self._notes).model_dump_json()
        new = self._notes_file.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self._notes_file)


def _read_notes(file: Path) -> dict[str, _Written]:
    """What was noted; nothing where that cannot be read, and the files of the last days are written anew."""
    with suppress(OSError, ValidationError):
        return _Notes.model_validate_json(file.read_bytes()).root
    return {}
