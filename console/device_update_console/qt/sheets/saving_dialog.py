"""A dialog that saves what its pages hold: one way to check, to wait, to fail and to stop.

Its ``save`` starts a request and returns the job. It is called when somebody clicks OK (or Apply), something was filled
in and no page has a `problem`::

    def save(done: Done, failed: Failed) -> Job:
        body = DeviceChange(**page.changes())
        return session.run(lambda connection: change(connection, body), done, failed)

where ``change`` is a coroutine of the core that gives `core.sheets.sheet_saving.Saved` (`save_each` does that for
several items, one line for each that was refused). What fails is said above the buttons, and nothing of what was filled
in is lost. Closing the dialog while it saves stops what was not sent yet and leaves it open; closing it again closes
it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from device_update_console.core.failures import NotAuthenticated, ServiceUnreachable
from device_update_console.core.sheets.sheet_saving import Saved
from device_update_console.core.texts.language import text
from device_update_console.core.texts.problem_texts import sentence_of
from device_update_console.core.verbs.confirmations import first_lines
from device_update_console.qt.background import Job
from device_update_console.qt.sheets.sheet_pages import SheetPage
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.widgets.icons import icon

Done: TypeAlias = Callable[[Saved], None]
Failed: TypeAlias = Callable[[Exception], None]

BUTTONS = QDialogButtonBox.StandardButton


class Save(Protocol):
    """Starts saving what the pages hold; exactly one of the two is called in the end."""

    def __call__(self, done: Done, failed: Failed) -> Job: ...  # noqa: D102


class SavingDialog(QDialog):
    """Pages with OK and Cancel; as it is, its only page fills it. `property_sheet.PropertySheet` has tabs and Apply.

    ``help_topic`` names the page of the help that F1 opens (`helping.Helping`).
    """

    saved = Signal(object)
    """`Saved`, each time that something was; the window reads anew what it shows of it."""

    def __init__(
        self,
        title: str,
        icon_name: str,
        pages: Sequence[SheetPage],
        save: Save | None = None,
        *,
        help_topic: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.pages = tuple(pages)
        self.help_topic = help_topic
        self._save = save
        self._job: Job | None = None
        self._focused: QWidget | None = None
        self.setWindowTitle(title)
        self.setWindowIcon(icon(icon_name))
        self.banner = FailureBanner()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(6)
        self.progress.setAccessibleName(text("Saving"))
        # The bar keeps its place, so that nothing moves when it comes and goes.
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.progress.hide()
        self.buttons = QDialogButtonBox(BUTTONS.Ok | BUTTONS.Cancel)
        self.ok_button = self.button(BUTTONS.Ok)
        self.cancel_button = self.button(BUTTONS.Cancel)
        self.content = self._arrange_pages()
        layout = QVBoxLayout(self)
        layout.setSpacing(6)
        for widget, stretch in ((self.content, 1), (self.banner, 0), (self.progress, 0), (self.buttons, 0)):
            layout.addWidget(widget, stretch)
        self.ok_button.clicked.connect(lambda: self.begin(then_close=True))
        self.buttons.rejected.connect(self.reject)
        for page in self.pages:
            page.changed.connect(self._offer)
            self.finished.connect(page.leave)
        self._offer()
        self._focus_first()
        self.pages[0].come_up()

    @property
    def is_saving(self) -> bool:
        """Whether a request is on its way."""
        return self._job is not None

    @property
    def can_save(self) -> bool:
        """Whether there is something to save now."""
        return self._save is not None and not self.is_saving and any(page.is_changed for page in self.pages)

    def button(self, kind: QDialogButtonBox.StandardButton) -> QAbstractButton:
        """One of the buttons below."""
        return self.buttons.button(kind)

    def show_progress(self, done: int, total: int) -> None:
        """Say how far saving came, where it is more than one step."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)

    def show_page(self, page: SheetPage) -> None:
        """Bring a page to the front."""

    def stop(self) -> None:
        """Send no more of what is being saved; nobody is told."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self._wait()

    def begin(self, *, then_close: bool) -> None:
        """Save what was filled in, as OK and Apply do."""
        changed = [page for page in self.pages if page.is_changed]
        if self._save is None or not changed:
            if then_close:
                self.accept()
            return
        for page in changed:
            if sentence := page.problem():
                self.show_page(page)
                page.problem()  # once more: the cursor can only go to what is shown
                self.banner.say(sentence)
                return
        self.banner.hide()
        self._job = self._save(
            lambda outcome: self._done(outcome, changed, then_close=then_close),
            lambda failure: self._failed(failure, then_close=then_close),
        )
        self._wait()

    def _done(self, outcome: Saved, changed: Sequence[SheetPage], *, then_close: bool) -> None:
        self._job = None
        if outcome.refused:
            self.banner.say("\n".join(first_lines(outcome.refused)))
        else:
            for page in changed:
                page.settle()
        self._wait()
        self.saved.emit(outcome)
        if then_close and not outcome.refused:
            self.accept()

    def _failed(self, failure: Exception, *, then_close: bool) -> None:
        self._job = None
        self._wait()
        is_away = isinstance(failure, ServiceUnreachable | NotAuthenticated)  # as what is read for a page may say too
        said = text("Saving failed: {why}", why=sentence_of(failure)) if is_away else ""
        self.banner.show_failure(failure, lambda: self.begin(then_close=then_close), sentence=said)

    def _wait(self) -> None:
        """Nothing can be filled in while a request is on its way; the cursor comes back to where it was."""
        if self.is_saving:
            self._focused = self.focusWidget()
            self.progress.setRange(0, 0)
        self.progress.setVisible(self.is_saving)
        self.content.setEnabled(not self.is_saving)
        self._offer()
        if not self.is_saving and self._focused is not None:
            (self._focused if self._focused.isEnabled() else self.ok_button).setFocus()
            self._focused = None

    # What a dialog of another kind does in its own way

    def _arrange_pages(self) -> QWidget:
        """The widget with the pages; it is called before the dialog is laid out."""
        return self.pages[0]

    def _offer(self) -> None:
        """Enable the buttons that can be clicked now."""
        self.ok_button.setEnabled(not self.is_saving)

    def _focus_first(self) -> None:
        """The cursor begins in the first field of the first page, or at what holds the pages."""
        fields = self.pages[0].findChildren(QWidget)
        first = next((each for each in fields if isinstance(each, QLineEdit | QPlainTextEdit | QComboBox)), None)
        (first or self.content).setFocus()

    # Qt's interface

    def reject(self) -> None:
        """Override QDialog::reject: while it saves, that is stopped first."""
        if self.is_saving:
            self.stop()
            self.banner.say(text("Saving was stopped. What had reached the server by then stays."))
        else:
            super().reject()
