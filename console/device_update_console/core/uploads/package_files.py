"""The files that somebody chose or dropped for an upload: what can be said of them before anything is sent.

What is in a file is the service's to judge, so an empty one, or one that is no cabinet, may be chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from device_update_console.core.files.system_errors import system_error_text
from device_update_console.core.texts.language import text
from device_update_contract.refusals import Refusal

PACKAGE_SUFFIXES = (".cab", ".exe")


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A file that can be read, and its size when it was looked at."""

    path: Path
    size: int

    @property
    def name(self) -> str:
        """What people call it."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class LookedAtFiles:
    """The files that can be sent, and a sentence for each path that cannot."""

    files: tuple[PackageFile, ...]
    unusable: tuple[str, ...]


class UnreadableFile(Refusal):
    """A file is not there, or cannot be read."""

    code = "unreadable-path"


def is_package_name(name: str) -> bool:
    """Whether a file is called like a package."""
    return name.lower().endswith(PACKAGE_SUFFIXES)


def look_at(paths: Iterable[Path]) -> LookedAtFiles:
    """Look whether files can be read; a path on the network may take its time, so not in the window's thread."""
    files: list[PackageFile] = []
    unusable: list[str] = []
    for path in paths:
        try:
            files.append(_looked_at(path))
        except UnreadableFile as refusal:
            unusable.append(refusal.sentence)
    return LookedAtFiles(tuple(files), tuple(unusable))


def unreadable(path: Path, error: OSError) -> UnreadableFile:
    """What to say of a file that could not be opened."""
    return UnreadableFile(text("{name} cannot be read: {why}.", name=path.name, why=system_error_text(error)))


def _looked_at(path: Path) -> PackageFile:
    try:
        if path.is_dir():
            raise UnreadableFile(text("{name} is a folder; choose the files in it.", name=path.name))
        with path.open("rb"):
            return PackageFile(path.absolute(), path.stat().st_size)
    except OSError as error:
        raise unreadable(path, error) from error
