"""The uploads of a wizard: a row for each file and server, and below it one line for each thing that is said of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from device_update_console.core.texts.formats import size_text
from device_update_console.core.texts.language import text
from device_update_console.core.uploads.package_uploads import PackageUpload, UploadKey
from device_update_console.core.uploads.upload_texts import UploadLine, stage_icon, stage_text, upload_lines
from device_update_console.qt.lists.list_messages import paint_message
from device_update_console.qt.widgets.appearance import ALIGN_RIGHT
from device_update_console.qt.widgets.icons import icon

_FILE, _SERVER, _SIZE, _STAGE = range(4)


class UploadsView(QSplitter):
    """Rows stay selected while their uploads come further; ``title_of`` names a server."""

    selected = Signal()

    def __init__(self, title_of: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._title_of = title_of
        self._uploads: dict[UploadKey, PackageUpload] = {}
        self._items: dict[UploadKey, QTreeWidgetItem] = {}
        self.rows = QTreeWidget()
        self.lines = LinesView()
        self._build()
        self.rows.currentItemChanged.connect(lambda *_: self._show_lines())
        self.rows.currentItemChanged.connect(lambda *_: self.selected.emit())

    def show_uploads(self, uploads: Sequence[PackageUpload]) -> None:
        """Show these; what was selected stays so, and only what is another way than before is drawn anew."""
        before = self._uploads
        if [upload.key for upload in uploads] != list(before):
            self.rows.clear()
            self._items = {upload.key: self._new_item(upload) for upload in uploads}
            before = {}
        self._uploads = {upload.key: upload for upload in uploads}
        self.rows.setColumnHidden(_SERVER, len({upload.server for upload in uploads}) < 2)
        for upload in uploads:
            if before.get(upload.key) is not upload:
                self._show(self._items[upload.key], upload)
        if self.rows.currentItem() is None and uploads:
            self.select(uploads[0].key)
        self._show_lines()

    def current(self) -> PackageUpload | None:
        """The upload whose lines are shown."""
        shown = self.rows.currentItem()
        return next((self._uploads[key] for key, item in self._items.items() if item is shown), None)

    def select(self, key: UploadKey) -> None:
        """Show the lines of an upload."""
        self.rows.setCurrentItem(self._items[key])

    def _new_item(self, upload: PackageUpload) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self.rows, [upload.file.name, self._title_of(upload.server)])
        item.setIcon(_FILE, icon("packages"))
        item.setToolTip(_FILE, str(upload.file.path))
        item.setTextAlignment(_SIZE, ALIGN_RIGHT)
        return item

    def _show(self, item: QTreeWidgetItem, upload: PackageUpload) -> None:
        item.setText(_SIZE, size_text(upload.file.size))
        item.setText(_STAGE, stage_text(upload))
        item.setIcon(_STAGE, icon(stage_icon(upload)))

    def _show_lines(self) -> None:
        upload = self.current()
        self.lines.show_lines([] if upload is None else upload_lines(upload))

    def _build(self) -> None:
        self.rows.setAccessibleName(text("Files"))
        self.rows.setRootIsDecorated(False)
        self.rows.setUniformRowHeights(True)
        self.rows.setAllColumnsShowFocus(True)
        self.rows.setHeaderLabels([text("File"), text("Server"), text("Size"), text("State")])
        self.rows.headerItem().setTextAlignment(_SIZE, ALIGN_RIGHT)
        header = self.rows.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(60)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_FILE, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_STAGE, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(_STAGE, self.fontMetrics().averageCharWidth() * 36)
        self.addWidget(self.rows)
        self.addWidget(self.lines)
        self.setChildrenCollapsible(False)
        self.setSizes([130, 200])


class LinesView(QListWidget):
    """Sentences with their pictures, which wrap, and are copied as lines; ``nothing`` is said when there are none."""

    def __init__(self, nothing: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._nothing = nothing
        self._shown: list[UploadLine] = []
        self.setAccessibleName(text("What is said of the selected file"))
        self.setWordWrap(True)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSpacing(1)
        self.setIconSize(QSize(16, 16))

    def show_lines(self, lines: list[UploadLine]) -> None:
        """Show these; nothing moves when they are the same."""
        if lines == self._shown:
            return
        self._shown = lines
        self.clear()
        for line in lines:
            self.addItem(QListWidgetItem(icon(line.icon), line.text))

    def texts(self) -> list[str]:
        """What is shown."""
        return [line.text for line in self._shown]

    # Qt's interface

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QAbstractItemView::keyPressEvent: all selected lines are copied, in their order."""
        if event.matches(QKeySequence.StandardKey.Copy):
            rows = sorted(index.row() for index in self.selectedIndexes())
            QGuiApplication.clipboard().setText("\n".join(self._shown[row].text for row in rows))
            event.accept()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent: an empty list says so."""
        super().paintEvent(event)
        if not self._shown:
            paint_message(self, self._nothing)
