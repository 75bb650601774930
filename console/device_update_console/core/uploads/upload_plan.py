"""What the Upload Updates wizard is about: chosen files for chosen servers, and how far each of them is.

It decides what is to be sent, which pages can be left and what is left behind on the servers; it sends nothing, and
belongs to the window's thread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from device_update_console.core.uploads.package_files import PackageFile
from device_update_console.core.uploads.package_uploads import PackageUpload, UploadKey, UploadStage


class UploadPlan:
    """``servers`` are origins, the first the one that the wizard was opened for."""

    def __init__(self, first_server: str) -> None:
        self.files: tuple[PackageFile, ...] = ()
        self.servers: tuple[str, ...] = (first_server,)
        self._uploads: dict[UploadKey, PackageUpload] = {}
        self._left_behind: dict[str, list[str]] = defaultdict(list)

    # What is chosen

    def add_files(self, files: Iterable[PackageFile]) -> None:
        """Choose more files; one that was chosen before is taken as it is now."""
        chosen = {file.path: file for file in self.files}
        for file in files:
            if file != chosen.get(file.path):
                self._drop(upload for upload in self.uploads if upload.file.path == file.path)
            chosen[file.path] = file
        self.files = tuple(chosen.values())

    def remove_files(self, paths: Iterable[Path]) -> None:
        """Choose these no longer."""
        removed = set(paths)
        self._drop(upload for upload in self.uploads if upload.file.path in removed)
        self.files = tuple(file for file in self.files if file.path not in removed)

    def choose_servers(self, others: Iterable[str]) -> None:
        """Also upload to these, and to no others."""
        self.servers = (self.servers[0], *(origin for origin in others if origin != self.servers[0]))
        self._drop(upload for upload in self._uploads.values() if upload.server not in self.servers)

    # The uploads

    @property
    def uploads(self) -> tuple[PackageUpload, ...]:
        """All that are known, file by file."""
        keys = [(file.path, server) for file in self.files for server in self.servers]
        return tuple(self._uploads[key] for key in keys if key in self._uploads)

    def prepare(self) -> None:
        """Have an upload for each chosen file and server; those that there are stay as they are."""
        for file in self.files:
            for server in self.servers:
                self._uploads.setdefault((file.path, server), PackageUpload(file, server))

    def take(self, upload: PackageUpload) -> None:
        """It came further; one that nobody wants any more only leaves behind what the server keeps of it."""
        if upload.key in self._uploads:
            self._uploads[upload.key] = upload
        elif upload.kept_id is not None:
            self._left_behind[upload.server].append(upload.kept_id)

    def give_manifest(self, path: Path, manifest: str) -> None:
        """Use this manifest instead of the package's own, on every server."""
        for upload in self.uploads:
            if upload.file.path == path:
                self._uploads[upload.key] = replace(upload, manifest=manifest, stage=UploadStage.CHOSEN, failure=None)

    def interrupt(self) -> None:
        """No request is on its way any more: what was under way is where it was before."""
        for upload in self.uploads:
            self._uploads[upload.key] = upload.at_rest()

    # What can be done

    def to_inspect(self) -> Mapping[str, Sequence[PackageUpload]]:
        """What is still to be inspected, by server."""
        return _by_server(upload for upload in self.uploads if upload.stage is UploadStage.CHOSEN)

    def to_import(self) -> Mapping[str, Sequence[PackageUpload]]:
        """What can be imported, by server."""
        return _by_server(upload for upload in self.uploads if upload.can_be_imported)

    @property
    def is_running(self) -> bool:
        """Whether any request is on its way."""
        return any(upload.is_running for upload in self.uploads)

    @property
    def retryable(self) -> tuple[PackageUpload, ...]:
        """What failed and may succeed at another attempt."""
        return tuple(upload for upload in self.uploads if upload.may_be_tried_again)

    @property
    def sent_bytes(self) -> int:
        """Of all files for all servers."""
        return sum(min(upload.sent, upload.file.size) for upload in self.uploads)

    @property
    def total_bytes(self) -> int:
        """Of all files for all servers."""
        return sum(upload.file.size for upload in self.uploads)

    # What is left behind

    def left_behind(self) -> Mapping[str, Sequence[str]]:
        """What servers keep of uploads that nobody wants any more, told once."""
        left, self._left_behind = self._left_behind, defaultdict(list)
        return left

    def abandon(self) -> Mapping[str, Sequence[str]]:
        """Nothing more is wanted: all that servers keep is left behind."""
        self._drop(self.uploads)
        self.files = ()
        return self.left_behind()

    def _drop(self, uploads: Iterable[PackageUpload]) -> None:
        for upload in list(uploads):
            del self._uploads[upload.key]
            if upload.kept_id is not None:
                self._left_behind[upload.server].append(upload.kept_id)


def _by_server(uploads: Iterable[PackageUpload]) -> dict[str, list[PackageUpload]]:
    found: dict[str, list[PackageUpload]] = {}
    for upload in uploads:
        found.setdefault(upload.server, []).append(upload)
    return found
