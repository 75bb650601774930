"""The first page of the Upload Updates wizard: which files, and to which servers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGroupBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
    QWizardPage,
)

from device_update_console.core.texts.formats import size_text
from device_update_console.core.texts.language import text
from device_update_console.core.uploads.package_files import PACKAGE_SUFFIXES, LookedAtFiles, PackageFile
from device_update_console.core.uploads.upload_plan import UploadPlan
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.lists.list_messages import paint_message
from device_update_console.qt.lists.row_model import BESIDE
from device_update_console.qt.lists.row_view import BesideDelegate
from device_update_console.qt.widgets.appearance import ALIGN_RIGHT
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.widgets.icons import icon

_FILE, _SIZE, _FOLDER = range(3)


class UploadFilesPage(QWizardPage):
    """Whoever owns it looks at the paths that `paths_chosen` names, and gives what came of it to `take`."""

    paths_chosen = Signal(object)

    def __init__(self, plan: UploadPlan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan = plan
        self._folder = ""
        self._looking = 0
        self.setTitle(text("Choose Packages"))
        self.setSubTitle(text("Packages are .cab files, or .exe files that hold one. Nothing becomes pending yet."))
        self.banner = FailureBanner()
        self.files = _FilesView()
        self.add = QPushButton(text("&Add..."))
        self.remove = QPushButton(text("&Remove"))
        self.also = QGroupBox(text("Also upload to"))
        self.also_layout = QVBoxLayout(self.also)
        self.others: dict[str, QCheckBox] = {}
        self._build()
        self.add.clicked.connect(self._choose)
        self.remove.clicked.connect(self._remove)
        self.files.delete_pressed.connect(self._remove)
        self.files.itemSelectionChanged.connect(self._offer)
        self._offer()

    def look_at(self, paths: Iterable[Path]) -> None:
        """Have paths looked at, which takes a moment."""
        paths = list(paths)
        if paths:
            self._looking += 1
            self.paths_chosen.emit(paths)
            self.completeChanged.emit()

    def take(self, looked: LookedAtFiles) -> None:
        """The files that can be sent are chosen now; of the others it is said why not."""
        self._looking -= 1
        self.banner.hide()
        if looked.unusable:
            self.banner.say("\n".join(looked.unusable))
        self._plan.add_files(looked.files)
        self.files.show_files(self._plan.files)
        self.completeChanged.emit()

    def offer_servers(self, sessions: Sequence[ServerSession]) -> None:
        """The other servers that one may upload to now; those that were ticked stay so."""
        ticked = set(self.chosen_servers())
        for box in self.others.values():
            self.also_layout.removeWidget(box)
            box.deleteLater()
        self.others = {session.address.origin: QCheckBox(_named(session)) for session in sessions}
        for origin, box in self.others.items():
            box.setChecked(origin in ticked)
            self.also_layout.addWidget(box)
        self.also.setVisible(bool(self.others))

    def chosen_servers(self) -> list[str]:
        """The origins of the other servers that are ticked."""
        return [origin for origin, box in self.others.items() if box.isChecked()]

    def _choose(self) -> None:
        pattern = " ".join(f"*{suffix}" for suffix in PACKAGE_SUFFIXES)
        filters = ";;".join((text("Packages ({pattern})", pattern=pattern), text("All files (*)")))
        dialog = QFileDialog(self, text("Choose Packages"), self._folder, filters)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self._chosen)
        dialog.open()

    def _chosen(self, names: list[str]) -> None:
        if names:
            self._folder = str(Path(names[0]).parent)
        self.look_at(Path(name) for name in names)

    def _remove(self) -> None:
        self._plan.remove_files(self.files.selected_paths())
        self.files.show_files(self._plan.files)
        self.completeChanged.emit()

    def _offer(self) -> None:
        self.remove.setEnabled(bool(self.files.selectedItems()))

    def _build(self) -> None:
        self.also.hide()
        self.add.setToolTip(text("Choose files; they may also be dropped anywhere in this window"))
        buttons = QVBoxLayout()
        for button in (self.add, self.remove):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        middle = QHBoxLayout()
        middle.addWidget(self.files, 1)
        middle.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.addWidget(self.banner)
        layout.addLayout(middle, 1)
        layout.addWidget(self.also)

    # Qt's interface

    def isComplete(self) -> bool:
        """Override QWizardPage::isComplete."""
        return bool(self._plan.files) and not self._looking


class _FilesView(QTreeWidget):
    """The chosen files; while there are none it says how to choose some."""

    delete_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files: tuple[PackageFile, ...] = ()
        self.setAccessibleName(text("Packages"))
        self.setAccessibleDescription(text("Drop packages here, or click Add."))
        self.setRootIsDecorated(False)
        self.setAllColumnsShowFocus(True)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
        self.setHeaderLabels([text("File"), text("Size") + BESIDE, text("Folder")])
        self.headerItem().setTextAlignment(_SIZE, ALIGN_RIGHT)
        self.setItemDelegate(BesideDelegate(self))
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(_FILE, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(_FILE, self.fontMetrics().averageCharWidth() * 34)
        header.setSectionResizeMode(_SIZE, QHeaderView.ResizeMode.ResizeToContents)

    def show_files(self, files: tuple[PackageFile, ...]) -> None:
        """Show these; what was selected stays so."""
        selected = self.selected_paths()
        self._files = files
        self.clear()
        for file in files:
            item = QTreeWidgetItem(self, [file.name, size_text(file.size), str(file.path.parent)])
            item.setIcon(_FILE, icon("packages"))
            item.setTextAlignment(_SIZE, ALIGN_RIGHT)
            item.setToolTip(_FILE, str(file.path))
            item.setSelected(file.path in selected)
        self.header().resizeSection(_FILE, min(self.sizeHintForColumn(_FILE) + 8, self.viewport().width() // 2))

    def selected_paths(self) -> list[Path]:
        """The files that are selected."""
        return [self._files[index.row()].path for index in self.selectionModel().selectedRows()]

    # Qt's interface

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QAbstractItemView::keyPressEvent: Del takes files out."""
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent: an empty list says what to do."""
        super().paintEvent(event)
        if not self._files:
            paint_message(self, text("Drop packages here, or click Add."))


def _named(session: ServerSession) -> str:
    return f"{session.title} ({session.address.origin})".replace("&", "&&")
