"""The limits within which a package is read (contract section 4)."""

from __future__ import annotations

from dataclasses import dataclass

from device_update_contract.settings import GIB


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """Sizes in bytes, times in seconds; every one is configuration.

    `unpacked_bytes` and `files` count everything that is unpacked, the cabinets inside the package and their contents.
    `depth` is how many levels of cabinets inside the package are opened; the cabinet inside a self-extracting program
    is the package itself.
    """

    package_bytes: int = 2 * GIB
    unpacked_bytes: int = 8 * GIB
    files: int = 10_000
    stall_seconds: float = 60
    total_seconds: float = 300
    depth: int = 1
    memory_bytes: int = GIB
