"""The files of a package, with a tick before those that are images of an update, and what signs each of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from device_update_console.core.texts.formats import size_text
from device_update_console.core.texts.language import text
from device_update_console.core.uploads.manifest_draft import UpdateDraft, signature_choices
from device_update_console.qt.widgets.appearance import ALIGN_RIGHT
from device_update_contract.administration.packages import PackageMember
from device_update_contract.package_manifest import ManifestFile

_NAME, _BYTES, _SIGNATURE = range(3)
_CHECKED, _UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class ImagesView(QTreeWidget):
    """One row for each file, in the package's order."""

    chosen = Signal(str, object)
    """A file is an image; the second is the file that signs it, or None."""
    dropped = Signal(str)
    """A file is no image any more."""

    def __init__(self, members: Sequence[PackageMember], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._members = members
        self.setAccessibleName(text("Files of the package"))
        self.setRootIsDecorated(False)
        self.setAllColumnsShowFocus(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHeaderLabels([text("Image"), text("Size"), text("Signature")])
        self.headerItem().setTextAlignment(_BYTES, ALIGN_RIGHT)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_BYTES, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_SIGNATURE, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(_SIGNATURE, self.fontMetrics().averageCharWidth() * 32)
        # As high as a box, whether or not there is one.
        self._row_size = QSize(0, QComboBox().sizeHint().height())
        self._rows = [self._row(member) for member in members]
        self.itemChanged.connect(self._ticked)

    def show_images(self, draft: UpdateDraft) -> None:
        """Tick the images of an update."""
        self.blockSignals(True)  # noqa: FBT003 -- Qt's parameter
        for row, member in zip(self._rows, self._members, strict=True):
            image = draft.image_of(member.name)
            row.setCheckState(_NAME, _UNCHECKED if image is None else _CHECKED)
            self._offer_signature(row, member, image)
        self.blockSignals(False)  # noqa: FBT003 -- Qt's parameter

    def tick(self, number: int, *, is_image: bool = True) -> None:
        """Tick a file, as a click does."""
        self._rows[number].setCheckState(_NAME, _CHECKED if is_image else _UNCHECKED)

    def signature(self, number: int) -> QComboBox | None:
        """Where the signature of a file is chosen; only an image has one."""
        box = self.itemWidget(self._rows[number], _SIGNATURE)
        return box if isinstance(box, QComboBox) else None

    def _row(self, member: PackageMember) -> QTreeWidgetItem:
        row = QTreeWidgetItem(self, [member.name, size_text(member.size)])
        row.setFlags(row.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        row.setCheckState(_NAME, _UNCHECKED)
        row.setTextAlignment(_BYTES, ALIGN_RIGHT)
        row.setToolTip(_NAME, member.name)
        row.setSizeHint(_NAME, self._row_size)
        return row

    def _offer_signature(self, row: QTreeWidgetItem, member: PackageMember, image: ManifestFile | None) -> None:
        """Only an image has a box, as a package may hold a thousand files."""
        if image is None:
            self.removeItemWidget(row, _SIGNATURE)
            return
        box = QComboBox()
        box.setAccessibleName(text("Signature of {name}", name=member.name))
        box.addItem(text("not signed"), None)
        for other in signature_choices(self._members):
            if other is not member:
                box.addItem(other.name, other.name)
        signature = image.signature_source
        place = 0 if signature is None else box.findText(signature, Qt.MatchFlag.MatchFixedString)
        box.setCurrentIndex(max(place, 0))
        box.activated.connect(lambda _: self.chosen.emit(member.name, box.currentData()))
        self.setItemWidget(row, _SIGNATURE, box)

    def _ticked(self, row: QTreeWidgetItem) -> None:
        """A file that is ticked is an image that nothing signs, until something is chosen."""
        member = self._members[self._rows.index(row)]
        if row.checkState(_NAME) == _CHECKED:
            self._offer_signature(row, member, ManifestFile(member.name, member.name))
            self.chosen.emit(member.name, None)
        else:
            self._offer_signature(row, member, None)
            self.dropped.emit(member.name)
