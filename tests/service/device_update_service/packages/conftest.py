"""Reading packages in the test's own process, which is quick; `test_worker.py` does it in the worker."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.package_inspection import PackageInspection
from device_update_service.packages.progress import Progress
from device_update_service.packages.reading import read_package

Read = Callable[..., PackageInspection]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads the bytes of a package, each in a work folder of its own."""
    numbers = count()

    def read_bytes(
        package: bytes, manifest: bytes | None = None, limits: PackageLimits | None = None
    ) -> PackageInspection:
        folder = tmp_path / f"work-{next(numbers)}"
        folder.mkdir()
        source = folder / "package"
        source.write_bytes(package)
        inspection = read_package(source, folder, manifest, limits or PackageLimits(), Progress())
        assert {path.name for path in folder.iterdir()} >= {
            file.content.name for update in inspection.updates for file in update.files
        }
        return inspection

    return read_bytes
