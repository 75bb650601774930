"""Finding the files that a manifest names among those a package holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from device_update_contract.findings import FindingCode, FindingList
from device_update_contract.identifiers import UnsafeFileName
from device_update_contract.package_manifest import (
    MANIFEST_NAME,
    ManifestFile,
    ManifestUpdate,
    PackageManifest,
    source_path,
)
from device_update_service.packages.cabinets import UnpackedFile
from device_update_service.packages.package_inspection import PackagedFile, PackagedUpdate


class Folder:
    """The files of one cabinet by comparable path; a file with an unsafe name is noted and cannot be found."""

    def __init__(self, files: tuple[UnpackedFile, ...], findings: FindingList) -> None:
        self.files = files
        self._by_path: dict[tuple[str, ...], list[UnpackedFile]] = defaultdict(list)
        for file in files:
            try:
                self._by_path[source_path(file.name)].append(file)
            except UnsafeFileName:
                findings.add(FindingCode.UNSAFE_NAME, name=file.name)

    def files_at(self, path: tuple[str, ...]) -> Sequence[UnpackedFile]:
        """Usually none or one; names that differ in case only, or repeat, give several."""
        return self._by_path.get(path, ())

    def named_files(self) -> Iterator[tuple[tuple[str, ...], UnpackedFile]]:
        """Every file that can be found, by its comparable path, in the cabinet's order."""
        for path, files in self._by_path.items():
            for file in files:
                yield path, file


class FileFinder:
    """Turns a manifest's updates into packaged ones; what it finds is collected in `used`."""

    def __init__(self, findings: FindingList) -> None:
        self._findings = findings
        self.used: set[Path] = set()

    def find_files(self, manifest: PackageManifest, folders: Sequence[Folder]) -> list[PackagedUpdate]:
        """The updates all of whose files are there, in the manifest's order."""
        updates = []
        for update in manifest.updates:
            files = [self._packaged(file, folders) for file in update.files]
            complete = tuple(file for file in files if file is not None)
            if len(complete) == len(files):
                updates.append(_packaged_update(update, complete))
        return updates

    def _packaged(self, file: ManifestFile, folders: Sequence[Folder]) -> PackagedFile | None:
        image = self._find(file.name, file.source, folders)
        if file.signature is None or file.signature_source is None:
            if image is None:
                return None
            return PackagedFile(file.name, image.sha256, image.size, file.timestamp, image.content)
        signature = self._find(file.signature, file.signature_source, folders)
        if image is None or signature is None:
            return None
        return PackagedFile(
            file.name,
            image.sha256,
            image.size,
            file.timestamp,
            image.content,
            file.signature,
            signature.sha256,
            signature.size,
            signature.content,
        )

    def _find(self, name: str, source: str, folders: Sequence[Folder]) -> UnpackedFile | None:
        try:
            path = source_path(source)
        except UnsafeFileName:
            self._findings.add(FindingCode.UNSAFE_NAME, name=source)
            return None
        found = _first_root_else_all(path, folders)
        if not found:
            self._findings.add(FindingCode.MISSING_FILE, source=source, name=name)
            return None
        if any(other.sha256 != found[0].sha256 for other in found):
            self._findings.add(
                FindingCode.MALFORMED_MANIFEST,
                manifest=MANIFEST_NAME,
                problem=f"the source {source!r} fits several files of the package, which differ",
            )
            return None
        if found[0].size == 0 and found[0].content not in self.used:
            self._findings.add(FindingCode.EMPTY_FILE, name=name)
        self.used.update(file.content for file in found)
        return found[0]


def _first_root_else_all(path: tuple[str, ...], folders: Sequence[Folder]) -> list[UnpackedFile]:
    """The package's own root goes before the cabinets inside it, which are equals."""
    at_root = list(folders[0].files_at(path))
    return at_root or [file for folder in folders[1:] for file in folder.files_at(path)]


def _packaged_update(update: ManifestUpdate, files: tuple[PackagedFile, ...]) -> PackagedUpdate:
    return PackagedUpdate(
        update.device_class,
        update.vendor,
        update.update_type,
        update.version,
        update.release_date,
        update.description,
        files,
    )
