"""A real service with its first administrator, in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.plain_calls import Administrator
from tests.support.service_process import ServiceProcess, add_administrator


@pytest.fixture(scope="session")
def folder_with_administrator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as it is before the first start; copied, since making it takes a process."""
    folder = tmp_path_factory.mktemp("made") / "data"
    add_administrator(folder)
    return folder


@pytest.fixture
def data_folder(folder_with_administrator: Path, tmp_path: Path) -> Path:
    """A data folder of this test's own."""
    return shutil.copytree(folder_with_administrator, tmp_path / "data")


@pytest.fixture
def stopped_service(data_folder: Path) -> Iterator[ServiceProcess]:
    """A service that the test starts; whatever happened to it, it never logged a traceback."""
    service = ServiceProcess(data_folder)
    yield service
    service.end()
    assert "Traceback" not in service.stderr, service.stderr


@pytest.fixture
def service(stopped_service: ServiceProcess) -> ServiceProcess:
    """A service that is ready."""
    stopped_service.start()
    return stopped_service


@pytest.fixture
def administrator(service: ServiceProcess) -> Administrator:
    """The first administrator, signed in."""
    return Administrator(service)
