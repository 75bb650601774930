"""A name is edited where it stands, in a tree or a list: Enter takes it, and so does going elsewhere; Escape leaves it.

It lies over the view instead of being one of its editors: what changes in the list or the tree meanwhile moves it, and
never closes it, unless what it names is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QStyle, QToolTip

from device_update_console.core.texts.language import text

_STAYS = frozenset({Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason})
_NARROWEST = 120
_BESIDE_ICON = 4


@dataclass(frozen=True, slots=True)
class NameEdit:
    """What is renamed: its name now, why a text will not do (empty when it does), and what takes the new one.

    ``otherwise`` is what it is called where the name is left empty.
    """

    name: str
    problem_of: Callable[[str], str]
    take: Callable[[str], object]
    otherwise: str = ""


class NameEditor(QLineEdit):
    """Over what ``place`` says stands there; an invalid place: it is gone."""

    def __init__(self, view: QAbstractItemView, edit: NameEdit, place: Callable[[], QModelIndex]) -> None:
        super().__init__(edit.name, view.viewport())
        self._view = view
        self._edit = edit
        self._place = place
        self._ended = False
        self.setAccessibleName(text("Name"))
        self.setPlaceholderText(edit.otherwise)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        model = view.model()
        for moved in (model.dataChanged, model.rowsInserted, model.rowsRemoved, model.layoutChanged):
            moved.connect(self._follow)
        model.modelReset.connect(self.leave)
        for bar in (view.verticalScrollBar(), view.horizontalScrollBar()):
            bar.valueChanged.connect(self._follow)
        view.viewport().installEventFilter(self)
        view.scrollTo(place())
        self._follow()
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def ended(self) -> bool:
        """Whether the name was taken or left."""
        return self._ended

    def take(self) -> None:
        """Take what stands there; where it will not do, say so and stay."""
        name = self.text().strip()
        if name == self._edit.name:
            self.leave()
            return
        problem = self._edit.problem_of(name)
        if problem:
            self.setAccessibleDescription(problem)
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), problem, self)
            self.selectAll()
            return
        self.leave()
        self._edit.take(name)

    def leave(self) -> None:
        """Close it; the name stays as it is."""
        if not self._ended:
            self._ended = True
            had_focus = self.hasFocus()
            self.hide()
            self.deleteLater()
            if had_focus:
                self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow(self) -> None:
        """Stand over what it names, wherever that is now."""
        if self._ended:
            return
        index = self._place()
        if not index.isValid():
            self.leave()
            return
        cell = self._view.visualRect(index)
        start = cell.left() + (0 if index.data(Qt.ItemDataRole.DecorationRole) is None else self._icon_width())
        right = min(max(cell.right(), start + _NARROWEST), self._view.viewport().width() - 1)
        self.setGeometry(QRect(start, cell.top(), max(right - start, 0), cell.height()))

    def _icon_width(self) -> int:
        width = self._view.iconSize().width()
        if width <= 0:
            width = self._view.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize, None, self._view)
        return width + _BESIDE_ICON

    # Qt's interface

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QLineEdit::keyPressEvent: no key goes on to the view below."""
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.take()
            case Qt.Key.Key_Escape:
                self.leave()
            case _:
                super().keyPressEvent(event)
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Override QLineEdit::focusOutEvent: going elsewhere takes the name; one that will not do is left."""
        super().focusOutEvent(event)
        if not self._ended and event.reason() not in _STAYS:
            if self._edit.problem_of(self.text().strip()):
                self.leave()
            else:
                self.take()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Override QObject::eventFilter: the view became another size."""
        if event.type() == QEvent.Type.Resize:
            self._follow()
        return False
