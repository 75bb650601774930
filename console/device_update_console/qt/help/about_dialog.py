"""Help > About: versions and licence, to be copied into a report."""

from __future__ import annotations

import PySide6
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QFormLayout, QGridLayout, QLabel, QWidget

from device_update_console.core.help.about import KnownService, about_facts
from device_update_console.core.texts.language import text
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.widgets.copyable_text import CopyableText
from device_update_console.qt.widgets.fitted_dialog import FittedDialog
from device_update_console.qt.widgets.icons import icon

TOOLKIT = f"PySide6 {PySide6.__version__}"


class AboutDialog(FittedDialog):
    """About this program and the servers of its tree."""

    def __init__(self, servers: Servers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("About Device Update Console"))
        self.setWindowIcon(icon("console"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        known = (
            KnownService(
                session.title,
                session.address.origin,
                None if session.last_connected is None else session.last_connected.server.version,
            )
            for session in servers
        )
        self.facts = about_facts(TOOLKIT, servers.remembered.path, known)
        picture = QLabel()
        picture.setPixmap(icon("console").pixmap(48, 48))
        heading = QLabel(text("Device Update Console"))
        font = heading.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        font.setBold(True)
        heading.setFont(font)
        purpose = QLabel(text("Keeps desk phones and meeting-room devices up to date."))
        purpose.setWordWrap(True)
        rows = QFormLayout()
        rows.setHorizontalSpacing(12)
        rows.setVerticalSpacing(4)
        rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for name, value in self.facts:
            label = QLabel(f"{name}:")
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            rows.addRow(label, CopyableText(value, name))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = self.buttons.addButton(text("&Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(self._copy)
        self.buttons.rejected.connect(self.reject)
        layout = QGridLayout(self)
        layout.setColumnStretch(1, 1)
        layout.setHorizontalSpacing(16)
        layout.setVerticalSpacing(6)
        layout.addWidget(picture, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(heading, 0, 1)
        layout.addWidget(purpose, 1, 1)
        layout.setRowMinimumHeight(2, 6)
        layout.addLayout(rows, 3, 1)
        layout.setRowMinimumHeight(4, 6)
        layout.addWidget(self.buttons, 5, 0, 1, 2)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setFocus()

    def _copy(self) -> None:
        lines = (f"{name}: {value}" for name, value in self.facts)
        QGuiApplication.clipboard().setText("\n".join((self.windowTitle(), *lines)))
