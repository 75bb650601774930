"""Pictures of the Upload Updates wizard: packages are inspected and not imported, so that nothing changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from device_update_console.core.uploads.manifest_draft import UpdateDraft, manifest_xml
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.qt.screenshots.photographer import Condition, Studio
from device_update_contract.package_manifest import MANIFEST_NAME

_IMAGE, _CATALOG = "CX700\\CPE.nbt", "CX700\\CPE.cat"
_NEEDED = {"version": "4.0.7577.4512", "brand": "Polycom", "model": "CX700"}


def upload_pages(studio: Studio) -> Iterator[Condition]:
    """The wizard's pages, and the form for a package without a manifest."""
    window = studio.window
    if not window.commands.actions[Verb.UPLOAD_UPDATES].isEnabled():
        studio.skipped.append(Verb.UPLOAD_UPDATES.value)
        return
    with TemporaryDirectory() as folder:
        packages = _write_packages(Path(folder))
        window.uploading.begin(packages)
        wizard = window.uploading.wizards[-1]
        yield lambda: len(wizard.plan.files) == len(packages)
        yield studio.steady(wizard)
        studio.take("dialog-upload-updates-files", wizard)
        wizard.next()
        yield lambda: not wizard.runs.is_running
        for upload in wizard.plan.uploads:
            wizard.inspection_page.uploads.select(upload.key)
            yield studio.steady(wizard)
            studio.take(f"dialog-upload-updates-{upload.file.path.stem.lower()}", wizard)
        wizard.inspection_page.manifest.click()
        yield lambda: wizard.manifest_dialog is not None
        if wizard.manifest_dialog is not None:
            yield studio.steady(wizard.manifest_dialog)
            studio.take("dialog-upload-updates-manifest", wizard.manifest_dialog)
            wizard.manifest_dialog.reject()
        wizard.stop()


def _write_packages(folder: Path) -> list[Path]:
    """One with a manifest, one that is no cabinet, one without a manifest."""
    from cabarchive import CabArchive, CabFile

    update = UpdateDraft(_NEEDED).with_image(_IMAGE, _CATALOG)
    files = {_IMAGE: CabFile(b"firmware" * 4096), _CATALOG: CabFile(b"signed"), "readme.txt": CabFile(b"Read me.")}
    whole, bare = CabArchive(), CabArchive()
    for archive in (whole, bare):
        for name, file in files.items():
            archive[name] = file
    whole[MANIFEST_NAME] = CabFile(manifest_xml([update]).encode())
    paths = [folder / f"{name}.cab" for name in ("UCUpdates", "Notes", "Firmware")]
    for path, content in zip(paths, (whole.save(compress=True), b"just words", bare.save(compress=True)), strict=True):
        path.write_bytes(content)
    return paths
