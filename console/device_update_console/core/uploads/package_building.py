r"""Building a package from a manifest and files on this computer: `device-update package build MANIFEST --output FILE`.

For firmware that no vendor packaged. The manifest has the form of contract section 4. Its sources are paths on this
computer, relative to the manifest's folder, `\` and `/` alike, in any case. They may lead out of that folder or be
absolute, since both the manifest and the files are the administrator's own: such files get a place of their own inside
the package, and the packaged manifest, which is written anew, names it. A package is built in memory, of which it takes
about three times the size of its files.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from device_update_console.core.files.whole_file import write_whole
from device_update_console.core.uploads.manifest_parsing import parse_manifest
from device_update_contract.findings import Finding, FindingCode, FindingList
from device_update_contract.identifiers import UnsafeFileName
from device_update_contract.package_manifest import (
    MANIFEST_NAME,
    ManifestFile,
    ManifestUpdate,
    PackageManifest,
    note_configuration_files,
    render_manifest,
    source_path,
)
from device_update_contract.refusals import Refusal

MAX_UNPACKED_BYTES = 65535 * 32768
"""What one folder of a cabinet can hold; a package has one."""

_MAX_MEMBER_NAME = 255
_DOS_YEARS = range(1980, 2108)


class PackageNotBuilt(Refusal):
    """Nothing was written; the sentence names every fault, the code is the first one's."""

    code = "package-not-built"


class UnreadablePath(PackageNotBuilt):
    """The manifest, or a file it names, cannot be read, or the output cannot be written: wrong usage, not content."""

    code = "unreadable-path"


@dataclass(frozen=True, slots=True)
class BuiltPackage:
    """What was written, with the warnings that the service will give as well."""

    output: Path
    size: int
    updates: int
    files: int
    warnings: tuple[Finding, ...]


def build_package(manifest: Path, output: Path) -> BuiltPackage:
    """Write the package of a manifest, in the place of what `output` held; at no moment is a part of it there.

    Raises:
        PackageNotBuilt: the manifest or the files are not what the service would import.
        UnreadablePath: something cannot be read or written.
    """
    findings = FindingList()
    read = parse_manifest(_bytes_of(manifest), findings, called=manifest.name)
    note_configuration_files(read, findings)
    members = _Members(manifest.parent, findings)
    packaged = PackageManifest(tuple(members.placed(update) for update in read.updates))
    if findings.error_count:
        raise _refusal(findings)
    cabinet = _cabinet(packaged, members)
    _write(cabinet, output)
    return BuiltPackage(output, len(cabinet), len(packaged.updates), len(members.paths), findings.listed())


class _Members:
    """The files on this computer and the place each gets in the package, once however often it is named."""

    def __init__(self, folder: Path, findings: FindingList) -> None:
        self._folder = folder
        self._findings = findings
        self._places: dict[Path, str] = {}
        self._taken = {source_path(MANIFEST_NAME)}

    @property
    def paths(self) -> dict[str, Path]:
        """Every file by its name in the package."""
        return {place: path for path, place in self._places.items()}

    def placed(self, update: ManifestUpdate) -> ManifestUpdate:
        """The update with sources inside the package; a missing file is noted."""
        return replace(update, files=tuple(self._placed_file(file) for file in update.files))

    def _placed_file(self, file: ManifestFile) -> ManifestFile:
        source = self._place(file.name, file.source)
        if file.signature is None or file.signature_source is None:
            return replace(file, source=source)
        return replace(file, source=source, signature_source=self._place(file.signature, file.signature_source))

    def _place(self, name: str, source: str) -> str:
        path = _find(self._folder, source)
        if path is None:
            self._findings.add(FindingCode.MISSING_FILE, source=source, name=name)
            return source
        if path in self._places:
            return self._places[path]
        if path.stat().st_size == 0:
            self._findings.add(FindingCode.EMPTY_FILE, name=name)
        place = self._free_place(name, source)
        self._taken.add(source_path(place))
        self._places[path] = place
        return place

    def _free_place(self, name: str, source: str) -> str:
        own = f"files\\{len(self._places) + 1}\\{name}"
        try:
            key = source_path(source)
        except UnsafeFileName:
            return own
        place = "\\".join(part for part in source.replace("\\", "/").split("/") if part != ".")
        return own if key in self._taken or len(place.encode()) > _MAX_MEMBER_NAME else place


def _find(folder: Path, source: str) -> Path | None:
    """The file that a source means: as it is written, else with any separator and in any case."""
    with contextlib.suppress(OSError, ValueError):
        if (exact := folder / source).is_file():
            return exact.resolve()
        path = folder
        for part in PurePosixPath(source.replace("\\", "/")).parts:
            following = path / part
            if not following.exists():
                alike = [entry for entry in path.iterdir() if entry.name.casefold() == part.casefold()]
                if len(alike) != 1:
                    return None
                following = alike[0]
            path = following
        if path.is_file():
            return path.resolve()
    return None


def _cabinet(manifest: PackageManifest, members: _Members) -> bytes:
    from cabarchive import CabArchive, CabFile

    archive = CabArchive()
    text = render_manifest(manifest)
    archive[MANIFEST_NAME] = CabFile(text, mtime=dt.datetime.now(dt.UTC))
    total = len(text)
    for place, path in members.paths.items():
        total += path.stat().st_size
        if total > MAX_UNPACKED_BYTES:
            raise PackageNotBuilt(
                f"The files are too large for one package: more than {MAX_UNPACKED_BYTES} bytes.",
                code=FindingCode.TOO_LARGE,
                parameters={"limit": MAX_UNPACKED_BYTES},
            )
        archive[place] = CabFile(_bytes_of(path), mtime=_dos_time(path))
    return archive.save(compress=True)


def _dos_time(path: Path) -> dt.datetime:
    changed = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    return changed if changed.year in _DOS_YEARS else dt.datetime(_DOS_YEARS[0], 1, 1, tzinfo=dt.UTC)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadablePath(f"{path} cannot be read: {error.strerror}.", parameters={"path": str(path)}) from error


def _write(cabinet: bytes, output: Path) -> None:
    try:
        write_whole(output, cabinet)
    except OSError as error:
        raise UnreadablePath(
            f"{output} cannot be written: {error.strerror}.", parameters={"path": str(output)}
        ) from error


def _refusal(findings: FindingList) -> PackageNotBuilt:
    errors = [finding for finding in findings.listed() if finding.is_error]
    return PackageNotBuilt(
        " ".join(finding.text for finding in errors),
        code=errors[0].code,
        parameters={"findings": [{"code": finding.code, "text": finding.text} for finding in errors]},
    )
