"""The Upload Updates wizard: choose files and servers, inspect, import, and see what came of it.

It stands beside the window and is in nobody's way, as a large package takes its time. Closing it while a request runs
asks first; then every request is cut, and nothing is left on any server but what was imported.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget, QWizard

from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.texts.language import text
from device_update_console.core.uploads.manifest_draft import manifest_xml
from device_update_console.core.uploads.package_files import look_at
from device_update_console.core.uploads.upload_plan import UploadPlan
from device_update_console.core.verbs.confirmations import Question
from device_update_console.qt.background import Background, Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.uploads.manifest_dialog import ManifestDialog
from device_update_console.qt.uploads.package_drops import PackageDrops
from device_update_console.qt.uploads.upload_files_page import UploadFilesPage
from device_update_console.qt.uploads.upload_pages import UploadInspectionPage, UploadResultPage
from device_update_console.qt.uploads.upload_runs import UploadRuns
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_console.qt.verbs.questions import AskedQuestion
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.widgets.icons import icon
from device_update_contract.administration.roles import Permission

_WIDTH, _HEIGHT = 680, 520
_WITH_FEATURE = "packages"


class UploadWizard(QWizard):
    """Of one window, for the server of the node that was open."""

    pending_wanted = Signal(str)
    """The origin of the server whose pending updates are to be shown."""

    def __init__(
        self, background: Background, servers: Servers, session: ServerSession, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._servers = servers
        self.plan = UploadPlan(session.address.origin)
        self.runs = UploadRuns(background, servers, self.plan, self)
        self.files_page = UploadFilesPage(self.plan)
        self.inspection_page = UploadInspectionPage(self.runs, self._title_of)
        self.result_page = UploadResultPage(self.runs, self._title_of)
        self.asked: AskedQuestion[ConfirmationDialog] = AskedQuestion()
        self.manifest_dialog: ManifestDialog | None = None
        self._looks: list[Job] = []
        self._build(session)
        self.drops = PackageDrops(self, self.add_files, lambda: self.takes_files)
        self.files_page.paths_chosen.connect(self._look_at)
        self.inspection_page.manifest_wanted.connect(self._ask_for_manifest)
        self.result_page.pending_wanted.connect(self.pending_wanted)
        self.runs.changed.connect(self._refresh)
        for signal in (servers.changed, servers.came, servers.went):
            signal.connect(self._offer_servers)
        self._offer_servers()

    @property
    def takes_files(self) -> bool:
        """Whether files may still be chosen."""
        return self.currentPage() is self.files_page

    def add_files(self, paths: Iterable[Path]) -> None:
        """Choose more files, as long as that is possible."""
        if self.takes_files:
            self.files_page.look_at(paths)

    def stop(self) -> None:
        """Close without asking."""
        super().reject()

    # What happens

    def _look_at(self, paths: list[Path]) -> None:
        self._looks.append(self._background.run(asyncio.to_thread(look_at, paths), self.files_page.take))

    def _refresh(self) -> None:
        page = self.currentPage()
        if page is self.inspection_page or page is self.result_page:
            page.refresh()
        self._offer_buttons()

    def _offer_buttons(self) -> None:
        running, page = self.runs.is_running, self.currentPage()
        finished = page is self.result_page and not running
        self.button(QWizard.WizardButton.BackButton).setEnabled(page is self.inspection_page and not running)
        self.button(QWizard.WizardButton.CancelButton).setEnabled(not finished)
        if finished and self.asked.dialog is not None:
            self.asked.dialog.reject()  # there is nothing left to cancel, and what came of it stands here

    def _offer_servers(self) -> None:
        """Only before anything was sent: later the choice is made."""
        if self.takes_files or self.currentPage() is None:
            self.files_page.offer_servers([each for each in self._servers if self._may_upload_to(each)])

    def _may_upload_to(self, session: ServerSession) -> bool:
        return (
            session.address.origin != self.plan.servers[0]
            and isinstance(session.state, Connected)
            and Permission.IMPORT_PACKAGES in session.permissions
            and _WITH_FEATURE in session.features
        )

    def _title_of(self, origin: str) -> str:
        session = self._servers.find(origin)
        return origin if session is None else session.title

    def _ask_for_manifest(self) -> None:
        upload = self.inspection_page.uploads.current()
        if upload is None or upload.inspection is None:
            return
        dialog = ManifestDialog(self._background, upload.file.name, upload.inspection.members, self)
        dialog.accepted.connect(lambda: self._give_manifest(upload.file.path, manifest_xml(dialog.drafts)))
        dialog.finished.connect(self._forget_manifest_dialog)
        self.manifest_dialog = dialog
        dialog.open()

    def _give_manifest(self, path: Path, manifest: str) -> None:
        self.plan.give_manifest(path, manifest)
        self.runs.inspect()

    def _forget_manifest_dialog(self) -> None:
        dialog, self.manifest_dialog = self.manifest_dialog, None
        if dialog is not None:
            dialog.deleteLater()

    # How it is built

    def _build(self, session: ServerSession) -> None:
        self.setWindowTitle(text("Upload Updates to {server}", server=session.title))
        self.setWindowIcon(icon("upload"))
        self.setWindowModality(Qt.WindowModality.NonModal)
        if sys.platform not in {"win32", "darwin"}:
            self.setWizardStyle(QWizard.WizardStyle.ModernStyle)
        self.setPixmap(QWizard.WizardPixmap.LogoPixmap, icon("upload").pixmap(32, 32))
        self.setOption(QWizard.WizardOption.NoBackButtonOnStartPage)
        self.setOption(QWizard.WizardOption.DisabledBackButtonOnLastPage)
        for page in (self.files_page, self.inspection_page, self.result_page):
            self.addPage(page)
        self.currentIdChanged.connect(lambda _: self._offer_buttons())
        resize_within_screen(self, _WIDTH, _HEIGHT)

    # Qt's interface

    def validateCurrentPage(self) -> bool:
        """Override QWizard::validateCurrentPage: the choice of servers is made."""
        if self.takes_files:
            self.plan.choose_servers(self.files_page.chosen_servers())
        return super().validateCurrentPage()

    def done(self, result: int) -> None:
        """Override QDialog::done: every request is cut, and nothing is left on any server but what was imported."""
        for look in self._looks:
            look.cancel()
        self.runs.abandon()
        super().done(result)

    def reject(self) -> None:
        """Override QDialog::reject: whoever cancels while a request runs is asked."""
        if not self.runs.is_running:
            self.stop()
        elif self.asked.dialog is None:
            dialog = ConfirmationDialog(cancelling(), "warning", self)
            self.asked.ask(dialog, lambda _: self.stop())


def cancelling() -> Question:
    """The question before an upload is cancelled."""
    return Question(
        title=text("Upload Updates"),
        question=text("Cancel the upload?"),
        effects=(text("What was not imported yet is not imported, and nothing of it stays on the server."),),
    )
