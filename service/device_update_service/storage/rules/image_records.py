"""Which files of the image store rows name: nothing that a stored update names is ever deleted."""

from __future__ import annotations

from collections.abc import Iterable

from device_update_service.storage import tables
from device_update_service.storage.image_store import ImageStore


def referenced_images() -> set[str]:
    """The SHA-256 of every image and signature catalog of a stored update."""
    files, updates = tables.ImageFile, tables.RuleUpdate
    rows = (
        files.select(files.sha256, files.signature_sha256)
        .join(updates, on=(files.update_id == updates.id))
        .where(updates.stored == True)  # noqa: E712
    )
    return {name for row in rows for name in (row.sha256, row.signature_sha256) if name is not None}


def delete_unreferenced_images(images: ImageStore, names: Iterable[str]) -> int:
    """Delete those of these files that no stored update names, and return how many; call it in the writer.

    In the writer no import can adopt one of them meanwhile. Files that went away by themselves are no error.
    """
    unreferenced = set(names) - referenced_images()
    images.delete(sorted(unreferenced))
    return len(unreferenced)


def orphaned_images(images: ImageStore) -> list[str]:
    """The files that no stored update names: what a cut import or purge left; give them to the deletion above."""
    return sorted(set(images.names()) - referenced_images())
