"""A real service with its first administrator, in a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.backups import MODELS, send_log
from tests.support.device_checks import ordinary_check
from tests.support.plain_calls import Administrator, check
from tests.support.sample_packages import package_of_files
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


@pytest.fixture(scope="session")
def filled_folder(folder_with_administrator: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with something of everything, whose service was stopped in order."""
    folder = shutil.copytree(folder_with_administrator, tmp_path_factory.mktemp("filled") / "data")
    service = ServiceProcess(folder)
    service.start()
    administrator = Administrator(service)
    administrator.import_package(package_of_files("1.0", models=MODELS, size=3000))
    administrator.approve_all()
    administrator.import_package(package_of_files("2.0", models=MODELS, size=3000))
    for number in range(5):
        check(service, ordinary_check(f"00-04-F2-00-00-{number:02X}"))
        send_log(service, f"log {number}".encode() * 100, number)
    service.stop()
    return folder


@pytest.fixture
def filled(filled_folder: Path, tmp_path: Path) -> Path:
    """A copy of that folder, with its hard links, of this test's own."""
    subprocess.run(["cp", "-a", filled_folder, tmp_path / "data"], check=True)
    return tmp_path / "data"
