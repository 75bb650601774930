"""The Upload Updates wizard, used as a person uses it: files, buttons, and what is said of each file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QAbstractButton, QWizard
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import call
from tests.support.service_process import ServiceProcess

from device_update_console.core.uploads.package_uploads import PackageUpload
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.qt.uploads.upload_wizard import UploadWizard

_MS = 30_000
_BUTTONS = QWizard.WizardButton


class UploadWalk:
    """One wizard of a console's window."""

    def __init__(self, qtbot: QtBot, console: Console, *, open_wizard: bool = True) -> None:
        self._qtbot = qtbot
        self._console = console
        if open_wizard:
            console.window.commands.actions[Verb.UPLOAD_UPDATES].trigger()
        self.wizard: UploadWizard = console.window.uploading.wizards[-1]

    def add(self, *paths: Path) -> None:
        """Choose files, and wait until they were looked at."""
        self.wizard.add_files(paths)
        self.until(self.wizard.files_page.isComplete)

    def inspect(self, *paths: Path) -> None:
        """Choose files, click Next, and wait for what the service says."""
        self.add(*paths)
        self.click(_BUTTONS.NextButton)
        self.until_rest()

    def import_all(self) -> None:
        """Click Import, and wait for what came of it."""
        self.click(_BUTTONS.CommitButton)
        self.until_rest()

    def click(self, button: QWizard.WizardButton) -> None:
        """Click a button that can be clicked."""
        self.press(self.wizard.button(button))

    def press(self, button: QAbstractButton) -> None:
        """Click a button that can be clicked."""
        assert button.isEnabled(), button.text()
        button.click()

    def until_rest(self) -> None:
        """Wait until no request is on its way."""
        self.until(lambda: not self.wizard.runs.is_running)

    def until_sending(self) -> None:
        """Wait until bytes are on their way."""
        self.until(lambda: self.wizard.plan.sent_bytes > 0)

    def until(self, so: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(so, timeout=_MS)

    def upload(self, path: Path) -> PackageUpload:
        """How far a file is, on the first server."""
        return next(upload for upload in self.wizard.plan.uploads if upload.file.path == path)

    def lines(self, path: Path) -> list[str]:
        """What the page that is shown says of a file."""
        page = self.wizard.currentPage()
        assert page in {self.wizard.inspection_page, self.wizard.result_page}
        page.uploads.select(self.upload(path).key)
        return page.uploads.lines.texts()


def saved(folder: Path, name: str, content: bytes) -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content)
    return path


def large_file(folder: Path) -> Path:
    """A file of a gigabyte that takes no room."""
    path = folder / "large.cab"
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    return path


def kept_uploads(service: ServiceProcess) -> list[str]:
    """What lies in the service's uploads folder."""
    return [path.name for path in (service.folder / "uploads").iterdir()]


def uploaded_bytes(service: ServiceProcess) -> int:
    """The bytes of packages that the service received."""
    lines = call(service.admin_port, "GET", "/metrics").body.decode().splitlines()
    (line,) = [line for line in lines if "uploaded_bytes" in line and not line.startswith("#")]
    return int(float(line.split()[-1]))
