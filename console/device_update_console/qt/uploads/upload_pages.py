"""The pages of the Upload Updates wizard on which requests run: inspection, and import with what came of it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
    QWizard,
    QWizardPage,
)

from device_update_console.core.texts.language import counted_text, text
from device_update_console.core.texts.problem_texts import sentence_of
from device_update_console.core.uploads.package_uploads import UploadStage
from device_update_console.core.uploads.upload_texts import summary, updates_are_pending
from device_update_console.qt.uploads.upload_runs import UploadRuns
from device_update_console.qt.uploads.uploads_view import UploadsView
from device_update_console.qt.widgets.announcing import announce
from device_update_console.qt.widgets.failure_banner import FailureBanner, details_of
from device_update_console.qt.widgets.waiting_bar import WaitingBar

_STEPS_OF_BAR = 1000
_BY_KEYBOARD = Qt.TextInteractionFlag.LinksAccessibleByKeyboard


class UploadRunPage(QWizardPage):
    """What both have: the uploads, what failed with Try Again, and how far it is."""

    def __init__(self, runs: UploadRuns, title_of: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = runs
        self.banner = FailureBanner()
        self.uploads = UploadsView(title_of)
        self.progress = WaitingBar()
        self.progress.setAccessibleName(text("Progress"))
        self.state = QLabel(" ")
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.below = QHBoxLayout()
        self.below.addWidget(self.state, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(self.banner)
        layout.addWidget(self.uploads, 1)
        layout.addWidget(self.progress)
        layout.addLayout(self.below)

    def refresh(self) -> None:
        """Show how everything is now."""
        self.uploads.show_uploads(self.runs.plan.uploads)
        self.progress.setVisible(self.runs.is_running)
        self._show_failure()
        self.completeChanged.emit()

    def take_keyboard(self) -> None:
        """Once the page is there: the wizard gives the keyboard to the first button there is, which is a hidden one."""
        QTimer.singleShot(0, self.uploads.rows, self.uploads.rows.setFocus)

    def _show_failure(self) -> None:
        retryable = [] if self.runs.is_running else self.runs.plan.retryable
        if not retryable:
            self.banner.hide()
            return
        failures = [upload.failure for upload in retryable if upload.failure is not None]
        sentences = dict.fromkeys(map(sentence_of, failures))
        details = "\n".join(filter(None, map(details_of, failures))) or None
        self.banner.say("\n".join(sentences), self.runs.try_again, details=details)


class UploadInspectionPage(UploadRunPage):
    """Files are sent here, once for each server; what came of the inspection decides what can be imported."""

    manifest_wanted = Signal()
    """For the file that is selected."""

    def __init__(self, runs: UploadRuns, title_of: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(runs, title_of, parent)
        self.setTitle(text("Inspect Packages"))
        self.setSubTitle(text("The service examines each package and says what importing it would change."))
        self.setCommitPage(True)
        self.setButtonText(QWizard.WizardButton.CommitButton, text("&Import"))
        self.manifest = QPushButton(text("Enter &Manifest..."))
        self.manifest.setAutoDefault(False)
        self.manifest.clicked.connect(self.manifest_wanted)
        self.below.addWidget(self.manifest)
        self.uploads.selected.connect(self._offer)

    def refresh(self) -> None:
        """Show how everything is now."""
        super().refresh()
        plan, sending = self.runs.plan, self.runs.progress_text()
        if sending:
            self.progress.setRange(0, _STEPS_OF_BAR)
            self.progress.setValue(plan.sent_bytes * _STEPS_OF_BAR // max(plan.total_bytes, 1))
        else:
            self.progress.setRange(0, 0)
        said = sending or self._state()
        is_news = said != self.state.text() and not sending
        self.state.setText(said)
        if is_news:
            announce(self, said)
        self._offer()

    def _state(self) -> str:
        if self.runs.is_running:
            return text("The service examines what was sent...")
        plan = self.runs.plan
        ready = sum(upload.can_be_imported for upload in plan.uploads)
        if ready == len(plan.uploads):
            return text("Everything can be imported.")
        if any(upload.lacks_manifest for upload in plan.uploads):
            return text("A package without a manifest can be imported when you enter one for it.")
        if not ready:
            return text("Nothing can be imported.")
        return counted_text("{count} file can be imported.", "{count} files can be imported.", ready)

    def _offer(self) -> None:
        upload = self.uploads.current()
        self.manifest.setEnabled(upload is not None and upload.takes_manifest and not self.runs.is_running)

    # Qt's interface

    def initializePage(self) -> None:
        """Override QWizardPage::initializePage: what was not inspected yet is."""
        self.runs.plan.prepare()
        self.runs.inspect()
        self.refresh()
        self.take_keyboard()

    def cleanupPage(self) -> None:
        """Override QWizardPage::cleanupPage: nothing was filled in here that would be undone."""

    def isComplete(self) -> bool:
        """Override QWizardPage::isComplete."""
        return not self.runs.is_running and bool(self.runs.plan.to_import())


class UploadResultPage(UploadRunPage):
    """What can be imported is; then it is said what became pending, what was approved, and what was refused and why."""

    pending_wanted = Signal(str)
    """The origin of the server whose pending updates are to be shown."""

    def __init__(self, runs: UploadRuns, title_of: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(runs, title_of, parent)
        self.setFinalPage(True)
        self.link = QLabel()
        self.link.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse | _BY_KEYBOARD)
        self.link.linkActivated.connect(self.pending_wanted)
        self.below.addWidget(self.link)
        self._title_of = title_of
        self._say_import()

    def refresh(self) -> None:
        """Show how everything is now."""
        super().refresh()
        uploads = self.runs.plan.uploads
        if self.runs.is_running:
            done = sum(upload.stage is UploadStage.IMPORTED for upload in uploads)
            self.progress.setRange(0, 0)
            self.state.setText(
                self.runs.progress_text() or text("{done} of {all} imported...", done=done, all=done + self._left())
            )
            return
        self.setTitle(text("Updates Uploaded"))
        if self.subTitle() != (said := summary(uploads)):
            self.setSubTitle(said)
            announce(self, said)
        self.state.setText(" ")
        self._show_link()

    def _left(self) -> int:
        return sum(upload.is_running or upload.can_be_imported for upload in self.runs.plan.uploads)

    def _show_link(self) -> None:
        plan = self.runs.plan
        servers = [origin for origin in plan.servers if updates_are_pending(plan.uploads, origin)]
        show = text("Show pending updates")
        names = [show if len(plan.servers) == 1 else f"{show}: {self._title_of(origin)}" for origin in servers]
        links = [f'<a href="{escape(origin)}">{escape(name)}</a>' for origin, name in zip(servers, names, strict=True)]
        self.link.setText("<br/>".join(links))

    def _say_import(self) -> None:
        self.setTitle(text("Import Packages"))
        self.setSubTitle(text("Each package is imported whole or not at all."))
        self.link.setText("")

    # Qt's interface

    def initializePage(self) -> None:
        """Override QWizardPage::initializePage: import."""
        self._say_import()
        self.runs.import_all()
        self.refresh()
        self.take_keyboard()

    def isComplete(self) -> bool:
        """Override QWizardPage::isComplete."""
        return not self.runs.is_running
