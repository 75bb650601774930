"""A small JSON file of named values that several programs change at the same time without undoing each other.

A change is made to the file as it is then, under a lock between processes, and replaces it whole, so that a reader
never sees half of it. A file that cannot be understood is set aside, not overwritten; one of a newer version is left
alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from device_update_console.core.files.file_locks import locked
from device_update_console.core.files.system_errors import system_error_text
from device_update_console.core.files.whole_file import write_whole
from device_update_console.core.texts.language import text
from device_update_contract.refusals import Refusal

VERSION = 1
LARGEST_BYTES = 4 * 1024 * 1024
"""A file that is larger was not written by this program."""

Values = dict[str, JsonValue]


class FileUnusable(Refusal):
    """The file cannot be read or written, or belongs to a newer version; what it should hold is not kept."""

    code = "file-unusable"


class _Content(BaseModel):
    """The file's form; ``values`` of names that this version does not know stay as they are."""

    model_config = ConfigDict(extra="ignore", strict=True)

    version: int
    values: Values


class SharedJsonFile:
    """One such file; ``path`` need not exist. ``remark`` is told each sentence about it that a person should read."""

    def __init__(self, path: Path, remark: Callable[[str], object]) -> None:
        self.path = path
        self._remark = remark

    def read(self) -> Values:
        """The values now; none where there is no file, and none of one that was damaged and is set aside.

        Raises:
            FileUnusable: it is there, but cannot be read by this version.
        """
        values = self._read()
        if values is not None:
            return values
        with self._locked():
            return self._read_or_set_aside()

    def change(self, change: Callable[[Values], object]) -> None:
        """Have the values changed in place, as they are now.

        Raises:
            FileUnusable: that is impossible; the file is as it was.
        """
        with self._locked():
            values = self._read_or_set_aside()
            change(values)
            self._replace(values)

    def _read(self) -> Values | None:
        """The values; None of a damaged file."""
        try:
            with self.path.open("rb") as opened:
                content = opened.read(LARGEST_BYTES + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise FileUnusable(
                text("{name} cannot be read: {why}.", name=self.path, why=system_error_text(error))
            ) from error
        if len(content) > LARGEST_BYTES:
            return None
        try:
            found = _Content.model_validate_json(content)
        except ValidationError:
            return None
        if found.version > VERSION:
            raise FileUnusable(
                text("{file} was written by a newer version of this program and is left as it is.", file=self.path)
            )
        return found.values

    def _read_or_set_aside(self) -> Values:
        values = self._read()
        if values is None:
            self._set_aside()
        return values or {}

    def _replace(self, values: Values) -> None:
        content = json.dumps({"version": VERSION, "values": values}, ensure_ascii=False, indent=1)
        write_whole(self.path, content.encode("utf-8", "replace") + b"\n")  # half of a character would damage the file

    def _set_aside(self) -> None:
        aside = next(name for name in self._names_aside() if not name.exists())
        self.path.replace(aside)
        self._remark(
            text(
                "{file} was damaged and is kept as {name}; what it remembered begins anew.",
                file=self.path,
                name=aside.name,
            )
        )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Be the only program that changes the file."""
        try:
            with locked(self.path):
                yield
        except OSError as error:
            raise FileUnusable(
                text("{name} cannot be written: {why}.", name=self.path, why=system_error_text(error))
            ) from error

    def _names_aside(self) -> Iterator[Path]:
        number = 1
        while True:
            yield self.path.with_name(f"{self.path.name}.damaged-{number}")
            number += 1
