"""A running service with an approved update, an external listener, and the account of a device."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.external_listeners import ExternalService, external_service
from tests.support.running_services import approve_versions

VERSION = "4.0.7577.4387"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder in which a version is approved."""
    data = tmp_path / "data"
    data.mkdir()
    approve_versions(data, VERSION)
    return data


@pytest.fixture
async def service(folder: Path) -> AsyncIterator[ExternalService]:
    """A service with everything as it is by default."""
    async with external_service(folder) as running:
        yield running
