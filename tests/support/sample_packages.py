"""Packages for tests of the whole service, made in memory, with content that does not shrink."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

from tests.support.cabinets import cabinet, manifest_xml, update_xml

IMAGE_FILE = "CPE.nbt"


def image_bytes(seed: str, size: int) -> bytes:
    """The same bytes for the same seed, as little compressible as firmware."""
    return random.Random(seed).randbytes(size)


def sha256_of(content: bytes) -> str:
    """In hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def package(version: str, *, models: Sequence[str] = ("CX700",), image: bytes = b"firmware") -> bytes:
    """A package with one update for each Polycom model, all with the same image."""
    updates = [
        update_xml(f'<File name="{IMAGE_FILE}" source="{IMAGE_FILE}"/>', version=version, model=model)
        for model in models
    ]
    return cabinet([("updateInfo.xml", manifest_xml(*updates)), (IMAGE_FILE, image)], "stored", checksums=False)


def package_of_files(version: str, *, models: Sequence[str], size: int) -> bytes:
    """A package with one update for each Polycom model, each with an image of its own of `size` bytes."""
    files = [(f"{model}.nbt", image_bytes(f"{model} {version}", size)) for model in models]
    updates = [
        update_xml(f'<File name="{IMAGE_FILE}" source="{model}.nbt"/>', version=version, model=model)
        for model in models
    ]
    return cabinet([("updateInfo.xml", manifest_xml(*updates)), *files], "stored", checksums=False)
