"""Packages to show the main job with: definitions of real models and versions, with made-up images.

The firmware belongs to its vendors, so the image files hold bytes that are the same at every run and no firmware.
"""

from __future__ import annotations

import hashlib
import importlib.resources
from pathlib import Path
from xml.etree import ElementTree as ET

OLDER_PHONES = "older-phones-3.5.6907.187"
OLDER_PHONES_LATER = "older-phones-4.0.7577.4387"
NEWER_PHONES = "newer-phones-4.0.7577.4387"

_IMAGE_BYTES = 1_500_000
_BLOCK = 4096


def lay_out_sample(name: str, folder: Path) -> Path:
    """Write a sample's manifest and its image files into ``folder``, and return the manifest."""
    definition = importlib.resources.files("device_update_resources") / "sample_packages" / name / "updateInfo.xml"
    text = definition.read_bytes()
    folder.mkdir(parents=True)
    manifest = folder / "updateInfo.xml"
    manifest.write_bytes(text)
    for update in ET.fromstring(text).iter("Update"):  # noqa: S314 -- our own file
        for file in update.iter("File"):
            image = folder / file.attrib["source"].replace("\\", "/")
            image.parent.mkdir(parents=True, exist_ok=True)
            seed = f"{update.attrib['brand']} {update.attrib['model']} {update.attrib['version']}"
            image.write_bytes(made_up_image(seed))
            image.with_name(file.attrib["signature"]).write_bytes(f"No signature: {seed}\n".encode())
    return manifest


def made_up_image(seed: str) -> bytes:
    """Bytes of an image that no phone can run: the same for the same seed, and about half of them compressible."""
    blocks = []
    for number in range(_IMAGE_BYTES // _BLOCK):
        digest = hashlib.shake_128(f"{seed}/{number}".encode())
        blocks.append(digest.digest(_BLOCK // 2) + bytes(_BLOCK // 2))
    return b"".join(blocks)
