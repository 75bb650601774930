"""Entering a manifest for a package, or loading one from a file; it says what is wrong while one types."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from device_update_console.core.sheets.sheet_fields import SharedText
from device_update_console.core.texts.language import text
from device_update_console.core.uploads.manifest_draft import (
    FIELDS,
    UpdateDraft,
    load_manifest,
    problems,
    suggested_update,
)
from device_update_console.qt.background import Background, Job
from device_update_console.qt.sheets.sheet_pages import FieldEntry
from device_update_console.qt.uploads.images_view import ImagesView
from device_update_console.qt.widgets.appearance import quiet_text
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.widgets.painted_label import PaintedLabel
from device_update_contract.administration.packages import PackageMember

_WIDTH, _HEIGHT = 640, 600


class ManifestDialog(QDialog):
    """`drafts` make a manifest for the package once the dialog was accepted; not before."""

    def __init__(
        self, background: Background, package: str, members: Sequence[PackageMember], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._members = members
        self.drafts: list[UpdateDraft] = [suggested_update(members)]
        self._place = 0
        self._loading: Job | None = None
        self.setWindowTitle(text("Manifest for {package}", package=package))
        self.setWindowIcon(icon("packages"))
        resize_within_screen(self, _WIDTH, _HEIGHT)
        self.banner = FailureBanner()
        self.updates = QComboBox()
        self.add = QPushButton(text("&Add Update"))
        self.drop = QPushButton(text("Rem&ove Update"))
        self.load = QPushButton(text("Load Mani&fest..."))
        self.entries = {each.name: FieldEntry(each, SharedText()) for each in FIELDS}
        self.files = ImagesView(members)
        self.missing = PaintedLabel(" ", quiet_text)
        self.missing.setWordWrap(True)
        self.buttons = QDialogButtonBox()
        self.inspect = self.buttons.addButton(text("I&nspect"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._arrange()
        self._connect()
        self._show_all()
        self.entries[FIELDS[0].name].editor.setFocus()

    def load_file(self, path: Path) -> None:
        """Take the updates of a manifest file in the place of what was filled in."""
        self._stop_loading()
        loading = asyncio.to_thread(load_manifest, path, self._members)
        self._loading = self._background.run(loading, self._loaded, self.banner.show_failure)

    # What happens

    def _stop_loading(self) -> None:
        if self._loading is not None:
            self._loading.cancel()

    def _loaded(self, drafts: Sequence[UpdateDraft]) -> None:
        self.banner.hide()
        self.drafts = list(drafts)
        self._place = 0
        self._show_all()

    def _filled_in(self, name: str) -> None:
        self._change(self.drafts[self._place].filled_in(name, self.entries[name].filled_in()))

    def _image_chosen(self, member: str, signature: str | None) -> None:
        self._change(self.drafts[self._place].with_image(member, signature))

    def _image_dropped(self, member: str) -> None:
        self._change(self.drafts[self._place].without_image(member))

    def _change(self, draft: UpdateDraft) -> None:
        self.drafts[self._place] = draft
        self.updates.setItemText(self._place, draft.title)
        self._offer()

    def _add(self) -> None:
        """Another device class mostly differs in little from the one before."""
        self.drafts.append(self.drafts[self._place].filled_in("model", ""))
        self._place = len(self.drafts) - 1
        self._show_all()

    def _drop(self) -> None:
        del self.drafts[self._place]
        self._place = max(0, self._place - 1)
        self._show_all()

    def _go_to(self, place: int) -> None:
        if place >= 0:
            self._place = place
            self._show_update()

    def _choose_file(self) -> None:
        filters = ";;".join((text("Manifests (*.xml)"), text("All files (*)")))
        dialog = QFileDialog(self, text("Load Manifest"), "", filters)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.load_file(Path(name)))
        dialog.open()

    # What is shown

    def _show_all(self) -> None:
        self.updates.blockSignals(True)  # noqa: FBT003 -- Qt's parameter
        self.updates.clear()
        self.updates.addItems([draft.title for draft in self.drafts])
        self.updates.setCurrentIndex(self._place)
        self.updates.blockSignals(False)  # noqa: FBT003 -- Qt's parameter
        self._show_update()

    def _show_update(self) -> None:
        draft = self.drafts[self._place]
        for name, entry in self.entries.items():
            entry.show_value(SharedText(draft.texts.get(name, "")))
        self.files.show_images(draft)
        self._offer()

    def _offer(self) -> None:
        found = problems(self.drafts, self._members)
        self.inspect.setEnabled(not found)
        self.drop.setEnabled(len(self.drafts) > 1)
        self.missing.setText(found[0] if found else text("The manifest is complete."))

    def _arrange(self) -> None:
        head = QHBoxLayout()
        label = QLabel(text("U&pdate:"))
        label.setBuddy(self.updates)
        head.addWidget(label)
        head.addWidget(self.updates, 1)
        for button in (self.add, self.drop, self.load):
            button.setAutoDefault(False)
            head.addWidget(button)
        files_label = QLabel(text("Files of the package that are &images of this update, and what signs them:"))
        files_label.setBuddy(self.files)
        layout = QVBoxLayout(self)
        layout.addWidget(self.banner)
        layout.addLayout(head)
        layout.addLayout(self._fields())
        layout.addWidget(files_label)
        layout.addWidget(self.files, 1)
        layout.addWidget(self.missing)
        layout.addWidget(self.buttons)

    def _fields(self) -> QGridLayout:
        """In two columns: what is needed and what identifies the class on the left, the rest on the right."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        half = len(FIELDS) // 2
        for place, each in enumerate(FIELDS):
            label = QLabel(f"{text(each.title)}:")
            label.setBuddy(self.entries[each.name].editor)
            label.setContentsMargins(0, 4, 0, 0)
            column, row = divmod(place, half)
            grid.addWidget(label, row, 2 * column, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self.entries[each.name], row, 2 * column + 1, Qt.AlignmentFlag.AlignTop)
        for column in (1, 3):
            grid.setColumnStretch(column, 1)
        return grid

    def _connect(self) -> None:
        for name, entry in self.entries.items():
            entry.edited.connect(lambda name=name: self._filled_in(name))
        self.updates.currentIndexChanged.connect(self._go_to)
        self.add.clicked.connect(self._add)
        self.drop.clicked.connect(self._drop)
        self.load.clicked.connect(self._choose_file)
        self.files.chosen.connect(self._image_chosen)
        self.files.dropped.connect(self._image_dropped)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    # Qt's interface

    def done(self, result: int) -> None:
        """Override QDialog::done: what is still being read is not wanted any more."""
        self._stop_loading()
        super().done(result)
