"""Reading a whole package: cabinet, cabinets inside it, manifest, and the files that the manifest names.

Runs inside the worker process. The order follows contract section 4: an `updateInfo.xml` at the root rules; only
without one are the cabinets inside opened, one level, and each may bring its own. A manifest given beside the package
replaces them all. Findings are collected as far as reading on makes sense.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from device_update_contract.findings import FindingCode, FindingList
from device_update_contract.package_manifest import (
    MANIFEST_NAME,
    MAX_MANIFEST_BYTES,
    PackageManifest,
    note_configuration_files,
    source_path,
)
from device_update_service.packages.cabinet_layout import MAGIC, CabinetLayout, read_layout
from device_update_service.packages.cabinets import UnpackedFile, Unpacker
from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.manifest import parse_manifest
from device_update_service.packages.manifest_files import FileFinder, Folder
from device_update_service.packages.package_inspection import (
    MAX_MEMBERS,
    PackagedUpdate,
    PackageInspection,
    PackageMember,
)
from device_update_service.packages.progress import Progress
from device_update_service.packages.self_extracting import PROGRAM_MAGIC, find_cabinet
from device_update_service.packages.unreadable import THE_PACKAGE, UnreadablePackage

_MANIFEST_PATH = source_path(MANIFEST_NAME)


def read_package(
    source: Path, work_folder: Path, given_manifest: bytes | None, limits: PackageLimits, progress: Progress
) -> PackageInspection:
    """Unpack and check a package; every fault of the package becomes a finding.

    Files that no update uses are removed from the work folder again.

    Raises:
        OSError: when `source` cannot be read or `work_folder` cannot be written, e.g. because the disk is full.
    """
    reader = _PackageReader(work_folder, limits, progress)
    try:
        root = reader.open_root(source)
        return reader.inspect(root, given_manifest)
    except UnreadablePackage as unreadable:
        parameters = unreadable.parameters
        if unreadable.code == FindingCode.TOO_MANY_FILES:  # a cabinet knows only what the ones before it left
            parameters = {"limit": limits.files}
        reader.findings.add(unreadable.code, **parameters)
        return PackageInspection(reader.findings.listed())


class _PackageReader:
    def __init__(self, work_folder: Path, limits: PackageLimits, progress: Progress) -> None:
        self._limits = limits
        self._unpacker = Unpacker(work_folder, limits, progress)
        self._folders: list[Folder] = []
        self._opened: set[Path] = set()
        self._too_deep: list[str] = []
        self.findings = FindingList()

    def open_root(self, source: Path) -> Folder:
        """Unpack the package itself, and the cabinets inside it when it has no manifest at its root."""
        size = source.stat().st_size
        if size > self._limits.package_bytes:
            raise UnreadablePackage(
                FindingCode.TOO_LARGE, where=THE_PACKAGE, size=size, limit=self._limits.package_bytes
            )
        with source.open("rb") as stream:
            layout = self._root_layout(stream, size)
        root = self._unpack(source, layout, THE_PACKAGE)
        if not root.files_at(_MANIFEST_PATH):
            self._open_cabinets_in(root, depth=1)
        return root

    def inspect(self, root: Folder, given_manifest: bytes | None) -> PackageInspection:
        """Read the manifest or manifests, find their files, and say what is left over."""
        manifests = self._manifests(root, given_manifest)
        updates: list[PackagedUpdate] = []
        finder = FileFinder(self.findings)
        for manifest, folders in manifests:
            note_configuration_files(manifest, self.findings)
            updates.extend(finder.find_files(manifest, folders))
        if FindingCode.MISSING_FILE in self.findings or not manifests:
            self._note_too_deep()
        if not manifests and not self.findings.error_count:
            self.findings.add(FindingCode.NO_MANIFEST)
        self._finish_files(finder.used)
        return PackageInspection(self.findings.listed(), tuple(updates), self._members())

    def _root_layout(self, stream: BinaryIO, size: int) -> CabinetLayout:
        front = stream.read(len(MAGIC))
        if front.startswith(PROGRAM_MAGIC):
            return find_cabinet(stream, size=size, where=THE_PACKAGE, max_files=self._unpacker.files_left)
        return read_layout(stream, start=0, available=size, where=THE_PACKAGE, max_files=self._unpacker.files_left)

    def _open_cabinets_in(self, folder: Folder, depth: int) -> None:
        for file in folder.files:
            if not file.is_cabinet:
                continue
            if depth > self._limits.depth:
                self._too_deep.append(file.name)
                continue
            self._opened.add(file.content)
            inner = self._open_inner(file)
            if inner is not None and not inner.files_at(_MANIFEST_PATH):
                self._open_cabinets_in(inner, depth + 1)

    def _open_inner(self, file: UnpackedFile) -> Folder | None:
        """None when it is unreadable, which is noted; a spent budget ends the whole reading instead."""
        where = f"The cabinet {file.name!r} in the package"
        try:
            with file.content.open("rb") as stream:
                layout = read_layout(
                    stream, start=0, available=file.size, where=where, max_files=self._unpacker.files_left
                )
            return self._unpack(file.content, layout, where)
        except UnreadablePackage as unreadable:
            if unreadable.code in {FindingCode.TOO_LARGE, FindingCode.TOO_MANY_FILES}:
                raise
            self.findings.add(unreadable.code, **unreadable.parameters)
            return None

    def _unpack(self, source: Path, layout: CabinetLayout, where: str) -> Folder:
        folder = Folder(self._unpacker.unpack(source, layout, where), self.findings)
        self._folders.append(folder)
        return folder

    def _manifests(
        self, root: Folder, given_manifest: bytes | None
    ) -> Sequence[tuple[PackageManifest, Sequence[Folder]]]:
        """Each readable manifest with the folders in which its files are looked for; faults are noted."""
        if given_manifest is not None:
            folders = [root] if root.files_at(_MANIFEST_PATH) else self._folders
            manifest = parse_manifest(given_manifest, self.findings, called="The given manifest")
            return [(manifest, folders)] if manifest else []
        found: list[tuple[PackageManifest, Sequence[Folder]]] = []
        rules: set[tuple[str, ...]] = set()
        for folder in self._folders:
            files = folder.files_at(_MANIFEST_PATH)
            if any(other.sha256 != files[0].sha256 for other in files):
                problem = "the package holds several of that name, which differ"
                self.findings.add(FindingCode.MALFORMED_MANIFEST, manifest=MANIFEST_NAME, problem=problem)
                continue
            manifest = parse_manifest(_front_of(files[0]), self.findings) if files else None
            if manifest:
                self._note_repeated(manifest, rules)
                found.append((manifest, [folder]))
        return found

    def _note_repeated(self, manifest: PackageManifest, rules: set[tuple[str, ...]]) -> None:
        """Two cabinets inside one package must not both bring an update for one rule."""
        for update in manifest.updates:
            if update.rule_key in rules:
                self.findings.add(
                    FindingCode.DUPLICATE_UPDATE,
                    device_class=str(update.device_class),
                    update_type=update.update_type,
                )
        rules.update(update.rule_key for update in manifest.updates)

    def _note_too_deep(self) -> None:
        for name in self._too_deep:
            self.findings.add(FindingCode.NESTED_TOO_DEEP, cabinet=name)

    def _finish_files(self, used: set[Path]) -> None:
        """Remove what no update uses; it is worth a warning only where the manifest could be followed."""
        note = not self.findings.error_count
        for folder in self._folders:
            known = self._opened.union(file.content for file in folder.files_at(_MANIFEST_PATH))
            for file in folder.files:
                if file.content in used:
                    continue
                file.content.unlink()
                if note and file.content not in known:
                    self.findings.add(FindingCode.UNUSED_FILE, name=file.name)

    def _members(self) -> tuple[PackageMember, ...]:
        """What a given manifest could name: safe names, no manifest, no cabinet that was opened; each path once."""
        files = {
            path: PackageMember(file.name, file.size)
            for folder in self._folders
            for path, file in folder.named_files()
            if path != _MANIFEST_PATH and file.content not in self._opened
        }
        return tuple(islice(files.values(), MAX_MEMBERS))


def _front_of(manifest: UnpackedFile) -> bytes:
    """Enough of it to see that it is too large."""
    with manifest.content.open("rb") as stream:
        return stream.read(MAX_MANIFEST_BYTES + 1)
