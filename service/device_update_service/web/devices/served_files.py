"""Which stored file an image path names now (contract section 3.1); what was found is remembered with its snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from device_update_contract.image_paths import parse_image_path
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.storage.image_store import ImageStore
from device_update_service.web.images.open_images import StoredFile

_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class ServedImage:
    """A file to send; ``update_id`` is None for a signature, which is no module and not counted."""

    file: StoredFile
    update_id: int | None
    serve_until: datetime | None


class ServedFiles:
    """Finds the file of a raw path. Devices ask for few different ones, in the spelling they were told."""

    def __init__(self, images: ImageStore, clock: Callable[[], datetime]) -> None:
        self._images = images
        self._clock = clock
        self._catalog: CatalogSnapshot | None = None
        self._found: dict[str, ServedImage] = {}

    def find(self, raw: str, catalog: CatalogSnapshot) -> ServedImage | None:
        """The file that the still encoded path below an image prefix names, if it is served now."""
        if catalog is not self._catalog:
            self._catalog = catalog
            self._found.clear()
        served = self._found.get(raw)
        if served is None:
            served = self._look_up(raw, catalog)
            if served is None:
                return None
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[raw] = served
        if served.serve_until is not None and served.serve_until <= self._clock():
            return None
        return served

    def _look_up(self, raw: str, catalog: CatalogSnapshot) -> ServedImage | None:
        path = parse_image_path(raw)
        if path is None:
            return None
        served = catalog.find_file(path.device_class.key, path.version, path.update_type, path.file_name, self._clock())
        if served is None:
            return None
        imported_at = int(served.update.imported_at.timestamp())
        file = StoredFile(self._images.path(served.sha256), served.size, served.sha256, imported_at)
        return ServedImage(file, None if served.is_signature else served.update.id, served.serve_until)
