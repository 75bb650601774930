"""A file being downloaded: it has its own name only when it is complete and verified.

Beside ``NAME.partial`` lies ``NAME.partial-etag``, which says of what content it is a part; a part without it, left by
a device that lost power between the two, cannot go on and is begun again.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from device_update_contract.identifiers import parse_file_name
from device_update_simulator.downloads import strong_etag

_BLOCK_BYTES: Final = 1024 * 1024


def is_complete(path: Path, size: int | None, sha256: str | None) -> bool:
    """Whether the file is already there, as offered; a file whose hash the offer does not name is fetched again."""
    if size is None or sha256 is None or not path.is_file() or path.stat().st_size != size:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == sha256


class PartialFile:
    """A `Sink` that writes to ``NAME.partial`` and takes up what an earlier attempt left there."""

    def __init__(self, folder: Path, file_name: str) -> None:
        """Open it; ``file_name`` comes from the service, so it is checked before it becomes a path.

        Raises:
            UnsafeFileName: when it could reach outside the folder.
            OSError: when it cannot be opened.
        """
        self.path = folder / parse_file_name(file_name)
        self._partial = folder / f"{self.path.name}.partial"
        self._etag_file = folder / f"{self.path.name}.partial-etag"
        self.etag = self._remembered_etag()
        self._stream = self._partial.open("r+b" if self._partial.is_file() else "w+b")
        self._digest = hashlib.sha256()
        self.received = 0
        while block := self._stream.read(_BLOCK_BYTES):
            self._digest.update(block)
            self.received += len(block)

    def _remembered_etag(self) -> str | None:
        if not self._etag_file.is_file():
            return None
        return strong_etag(self._etag_file.read_text(encoding="utf-8", errors="replace"))

    def restart(self, etag: str | None) -> None:
        """Begin again with the content that ``etag`` names."""
        self._stream.seek(0)
        self._stream.truncate()
        self._stream.flush()
        self._digest = hashlib.sha256()
        self.received = 0
        self.etag = etag
        if etag is None:
            self._etag_file.unlink(missing_ok=True)
        else:
            self._etag_file.write_text(etag, encoding="utf-8")

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._stream.write(data)
        self._digest.update(data)
        self.received += len(data)

    def sha256(self) -> str:
        """The hash of all that was received."""
        return self._digest.hexdigest()

    def complete(self) -> None:
        """Give it its name, durably."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._partial.replace(self.path)
        self._etag_file.unlink(missing_ok=True)

    def discard(self) -> None:
        """Drop what was received: it is not what was offered."""
        self._partial.unlink(missing_ok=True)
        self._etag_file.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it; what was received stays for the next attempt."""
        self._stream.close()
