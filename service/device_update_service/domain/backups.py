"""What a backup says of itself, and what follows from that: pure rules, no file is touched here.

A backup is a pool of files, each under its SHA-256, and one manifest that says where each belongs in a data folder. So
what did not change is the same file of the pool in the next backup, and replacing the manifest is what makes the next
backup the one that counts: until then the files of the last one are all there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from device_update_contract.refusals import Refusal

FORMAT: Final = 1
DATABASE: Final = "device-update.sqlite"
ACCOUNT_KEY: Final = "account.key"
IMAGES: Final = "images"
DEVICE_LOGS: Final = "Logs/Store"
UPDATE_LOG: Final = "update-log"

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_DAY: Final = re.compile(rf"{UPDATE_LOG}/update-log-[0-9]{{8}}\.sqlite")
_CONTENT: Final = re.compile(rf"(?:{IMAGES}|{DEVICE_LOGS})/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})")
_MAX_NAMED: Final = 200


class BackupDamaged(Refusal):
    """There is no whole backup: its manifest or a file that it names is missing or not what it was."""

    code = "backup-damaged"


class NewerBackup(Refusal):
    """The backup was made by a newer version of the service."""

    code = "newer-backup"


@dataclass(frozen=True, slots=True)
class Content:
    """A content-addressed file that a row names: its place in the data folder is told by its SHA-256."""

    store: str
    """`IMAGES` or `DEVICE_LOGS`."""
    sha256: str
    size: int

    @property
    def path(self) -> str:
        """Its place in the data folder."""
        return f"{self.store}/{self.sha256[:2]}/{self.sha256}"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class BackupFile(_Part):
    """One file of a data folder; in the pool it is found by its SHA-256."""

    path: str
    size: int = Field(ge=0)
    sha256: str
    stamp: tuple[int, int, int] | None = None
    """Of a day of the update log: what tells that its file was not written to since (`storage.backups`)."""

    @model_validator(mode="after")
    def _of_a_data_folder(self) -> Self:
        if _SHA256.fullmatch(self.sha256) is None:
            raise ValueError("is no SHA-256")
        content = _CONTENT.fullmatch(self.path)
        if content is None and self.path not in {DATABASE, ACCOUNT_KEY} and _DAY.fullmatch(self.path) is None:
            raise ValueError("is no file of a data folder")
        if content is not None and content[2] != self.sha256:
            raise ValueError("is not named by what is in it")
        return self


class BackupCounts(_Part):
    """How many there are of what people look for first."""

    devices: int
    rules: int
    packages: int
    accounts: int
    stored_passwords: int
    audit_entries: int
    device_logs: int


class Manifest(_Part):
    """A backup: when and by what it was made, and every file of it."""

    format: int
    made_at: AwareDatetime
    version: str
    migrations: tuple[str, ...]
    counts: BackupCounts
    audit_head: str | None
    """The end of the audit trail, as ``device-update audit --verify --head`` takes it."""
    files: tuple[BackupFile, ...]

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        paths = [file.path for file in self.files]
        if len(set(paths)) != len(paths) or DATABASE not in paths:
            raise ValueError("names no database, or a file twice")
        return self

    @property
    def holds_key(self) -> bool:
        """Whether the key of the stored passwords is in it."""
        return any(file.path == ACCOUNT_KEY for file in self.files)

    @property
    def needs_key(self) -> bool:
        """Whether passwords are stored whose key has to come from elsewhere."""
        return bool(self.counts.stored_passwords) and not self.holds_key

    @property
    def total_bytes(self) -> int:
        """Of all files, each content once."""
        return sum({file.sha256: file.size for file in self.files}.values())

    def file(self, path: str) -> BackupFile | None:
        """The file that belongs to a path."""
        return next((file for file in self.files if file.path == path), None)


class _Format(BaseModel):
    format: int


def manifest_text(manifest: Manifest) -> str:
    """The manifest as it is written."""
    return manifest.model_dump_json(indent=1) + "\n"


def parse_manifest(text: str | bytes, known_migrations: Iterable[str]) -> Manifest:
    """Read a manifest.

    Raises:
        NewerBackup: its format, or the database's schema, is of a newer version. BackupDamaged: it is none.
    """
    try:
        if _Format.model_validate_json(text).format > FORMAT:
            raise NewerBackup("The backup was made by a newer version of this service; install that version.")
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise BackupDamaged(f"The backup's manifest is damaged: {_place(error)}.") from error
    unknown = sorted(set(manifest.migrations) - set(known_migrations))
    if unknown:
        raise NewerBackup(
            f"The backup was made by a newer version of this service ({manifest.version}, {unknown[-1]});"
            " install that version."
        )
    return manifest


def _place(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    message = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place} {message}"[:_MAX_NAMED].strip()


def lacking(wanted: Iterable[Content], pool: Mapping[str, int]) -> list[Content]:
    """What has to be copied: contents that the pool has not, or not in their size; each once."""
    found = {content.sha256: content for content in wanted if pool.get(content.sha256) != content.size}
    return list(found.values())


def superfluous(pool: Iterable[str], manifest: Manifest | None) -> list[str]:
    """The files of the pool that a backup does not need; all of them where there is no backup."""
    needed = set() if manifest is None else {file.sha256 for file in manifest.files}
    return sorted(set(pool) - needed)


def unchanged_day(last: Manifest | None, path: str, stamp: tuple[int, int, int] | None) -> BackupFile | None:
    """The file of the last backup that a day of the update log still is; None where it has to be copied."""
    found = None if last is None or stamp is None else last.file(path)
    return found if found is not None and found.stamp == stamp else None
