"""The real window against the real service in a process of its own."""

from __future__ import annotations

import asyncio
import gc
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt, QTranslator
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from tests.support.announcements import Announcements, announced
from tests.support.consoles import Console
from tests.support.filled_service import filled_service
from tests.support.fleets import fill_devices
from tests.support.service_process import ACCOUNT, PASSWORD, ServiceProcess, add_administrator
from tests.support.stores import open_stores

from device_update_console.core.connections.credentials import ACCOUNT_VARIABLE, PASSWORD_VARIABLE
from device_update_console.core.texts.language import choose, language_of

FLEET = 20_000


@pytest.fixture(autouse=True)
def no_held_key(qapp: QApplication) -> Iterator[None]:
    """Qt takes the Shift or Ctrl of a test's last key or click for held, and the next test would select otherwise."""
    yield
    if qapp.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        QTest.keyRelease(QWidget(), Qt.Key.Key_Shift)


@pytest.fixture(autouse=True)
def garbage_goes_in_this_thread() -> Iterator[None]:
    """Windows and what belongs to them are deleted between tests, in the thread that is theirs, as in the program.

    By itself the collector works in whichever thread made one object too many, also in the loop's, where Qt may crash.
    """
    gc.disable()
    yield
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def shared_service(made_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """One service for all tests that leave it running; each works with a device model of its own."""
    folder = tmp_path_factory.mktemp("console-service") / "data"
    service = ServiceProcess(shutil.copytree(made_folder, folder))
    service.start()
    yield service
    service.end()


@pytest.fixture(scope="session")
def fleet_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """One service with 20,000 devices; tests that change some take those of one model each."""
    folder = tmp_path_factory.mktemp("console-fleet") / "data"
    with open_stores(folder) as stores:
        database = stores.folder.database
    fill_devices(database, FLEET, int(time.time() * 1000))
    add_administrator(folder)
    service = ServiceProcess(folder)
    service.start()
    yield service
    service.end()


@pytest.fixture(scope="session")
def furnished_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """One service in which every list has something, always the same, for tests that look at all of the window."""
    folder = tmp_path_factory.mktemp("console-furnished") / "data"
    asyncio.run(_furnish(folder))
    add_administrator(folder)
    service = ServiceProcess(folder)
    service.start()
    yield service
    service.end()


async def _furnish(folder: Path) -> None:
    async with filled_service(folder):
        pass


@pytest.fixture
def open_console(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Console]]:
    """Opens windows that sign in as the administrator, or as somebody else, or (None) ask who it is.

    Without a service there are the remembered servers, which are never signed in to as the environment says. What they
    remember is one folder of the test's own, so that a second window finds what the first one left.
    """
    opened: list[Console] = []
    settings = tmp_path / "settings"

    def open_one(service: ServiceProcess | None, account: str | None = ACCOUNT, password: str = PASSWORD) -> Console:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        monkeypatch.setenv("KRB5CCNAME", "FILE:/nonexistent/tickets")
        for name, value in ((ACCOUNT_VARIABLE, account), (PASSWORD_VARIABLE, password if account else None)):
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        opened.append(Console(qtbot, None if service is None else service.admin, settings))
        return opened[-1]

    yield open_one
    for console in opened:
        console.close()


@pytest.fixture
def announcements(monkeypatch: pytest.MonkeyPatch) -> Iterator[Announcements]:
    """What a screen reader is told while the test runs."""
    with announced(monkeypatch) as told:
        yield told


@pytest.fixture(scope="session")
def made_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an administrator, to be copied: making one takes a process."""
    folder = tmp_path_factory.mktemp("made") / "data"
    add_administrator(folder)
    return folder


@pytest.fixture
def data_folder(made_folder: Path, tmp_path: Path) -> Path:
    """A data folder of a test's own, with an administrator."""
    return shutil.copytree(made_folder, tmp_path / "own-service" / "data")


@pytest.fixture
def own_service(data_folder: Path) -> Iterator[ServiceProcess]:
    """A service that a test may kill, or whose uploads it counts."""
    service = ServiceProcess(data_folder)
    service.start()
    yield service
    service.end()


@pytest.fixture
def device_model(request: pytest.FixtureRequest) -> str:
    """A device model of one test, so that tests do not see each other's rules."""
    return f"U{zlib.crc32(request.node.name.encode()):08X}"


@pytest.fixture
def language_application(qapp: QApplication) -> Iterator[QApplication]:
    """The application for a test that chooses a language; it speaks English again afterwards."""
    usual = QLocale()
    yield qapp
    choose(language_of("en"))
    QLocale.setDefault(usual)
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)
        translator.deleteLater()
