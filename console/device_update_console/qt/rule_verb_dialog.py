"""The question before a verb on rules: what it does to how many devices; No unless somebody says Yes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from device_update_console.core.rule_confirmations import ROW_TITLES, Confirmation
from device_update_console.qt.appearance import ALIGN_RIGHT, banner_ground, notice_ground, painted
from device_update_console.qt.icons import icon

_MOST_SHOWN_ROWS = 8
_RIGHT = frozenset({2, 3, 4})
_MAX_COMMENT = 1000


class RuleVerbDialog(QDialog):
    """``confirmed`` carries the comment, empty for none; the window sends the request and closes the dialog."""

    confirmed = Signal(str)

    def __init__(self, confirmation: Confirmation, icon_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(confirmation.title)
        self.setWindowIcon(icon(icon_name))
        picture = QLabel()
        picture.setPixmap(icon(icon_name).pixmap(32, 32))
        layout = QGridLayout(self)
        layout.setColumnStretch(1, 1)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(8)
        layout.addWidget(picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(6)
        layout.addLayout(texts, 0, 1)
        texts.addWidget(_sentence(confirmation.question, bold=True))
        for text in (confirmation.effect, confirmation.totals):
            if text:
                texts.addWidget(_sentence(text))
        self.rules = _table(confirmation.rows)
        if confirmation.rows:
            texts.addWidget(self.rules)
        application = QGuiApplication.palette()
        if confirmation.warnings:
            texts.addWidget(_box("warning", confirmation.warnings, painted(application, notice_ground(application))))
        if confirmation.refused:
            texts.addWidget(_box("failure", confirmation.refused, painted(application, banner_ground(application))))
        self.comment = QLineEdit()
        self.comment.setMaxLength(_MAX_COMMENT)
        self.comment.setPlaceholderText("optional; kept in the history of the rule")
        if confirmation.request is not None:
            line = QHBoxLayout()
            label = QLabel("&Comment:")
            label.setBuddy(self.comment)
            line.addWidget(label)
            line.addWidget(self.comment, 1)
            texts.addLayout(line)
        self.buttons = QDialogButtonBox()
        layout.addWidget(self.buttons, 1, 0, 1, 2)
        self._offer(may_be_done=confirmation.request is not None)
        self.setMinimumWidth(640 if confirmation.rows else 420)

    def _offer(self, *, may_be_done: bool) -> None:
        kinds = QDialogButtonBox.StandardButton
        self.buttons.rejected.connect(self.reject)
        if not may_be_done:
            self.buttons.addButton(kinds.Close).setDefault(True)
            return
        self.yes = self.buttons.addButton(kinds.Yes)
        self.no = self.buttons.addButton(kinds.No)
        self.yes.setAutoDefault(False)
        self.no.setDefault(True)
        self.no.setFocus()
        self.yes.clicked.connect(self._confirm)

    def _confirm(self) -> None:
        self.accept()
        self.confirmed.emit(self.comment.text().strip())


def _sentence(text: str, *, bold: bool = False) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if bold:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    return label


def _box(icon_name: str, lines: tuple[str, ...], palette: QPalette) -> QFrame:
    box = QFrame()
    box.setFrameShape(QFrame.Shape.StyledPanel)
    box.setAutoFillBackground(True)
    box.setPalette(palette)
    layout = QHBoxLayout(box)
    layout.setContentsMargins(8, 6, 8, 6)
    picture = QLabel()
    picture.setPixmap(icon(icon_name).pixmap(16, 16))
    layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
    shown = lines if len(lines) <= _MOST_SHOWN_ROWS else (*lines[:_MOST_SHOWN_ROWS], _rest(lines))
    layout.addWidget(_sentence("\n".join(shown)), 1)
    return box


def _rest(lines: tuple[str, ...]) -> str:
    return f"... and {len(lines) - _MOST_SHOWN_ROWS} more."


def _table(rows: tuple[tuple[str, ...], ...]) -> QTableWidget:
    table = QTableWidget(len(rows), len(ROW_TITLES))
    table.setAccessibleName("Rules")
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 6)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    for column, title in enumerate(ROW_TITLES):
        alignment = ALIGN_RIGHT if column in _RIGHT else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        heading = QTableWidgetItem(title)
        heading.setTextAlignment(alignment)
        table.setHorizontalHeaderItem(column, heading)
        mode = QHeaderView.ResizeMode.Stretch if column == 0 else QHeaderView.ResizeMode.ResizeToContents
        header.setSectionResizeMode(column, mode)
        for row, texts in enumerate(rows):
            item = QTableWidgetItem(texts[column])
            item.setTextAlignment(alignment)
            table.setItem(row, column, item)
    shown = min(max(len(rows), 1), _MOST_SHOWN_ROWS)
    table.setFixedHeight(header.sizeHint().height() + shown * table.verticalHeader().defaultSectionSize() + 4)
    return table
