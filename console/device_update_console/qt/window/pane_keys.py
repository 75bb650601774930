"""Keys that lead from pane to pane, F6 and Shift+F6, and those that open the menu where the keyboard is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QWidget


class PaneKeys(QObject):
    """``panes`` are the panes of a window in their order, each with what it does to take the keyboard (None: focus)."""

    def __init__(self, window: QWidget, panes: Sequence[tuple[QWidget, Callable[[], object] | None]]) -> None:
        super().__init__(window)
        self._panes = panes
        for keys, step in (("F6", 1), ("Shift+F6", -1)):
            QShortcut(QKeySequence(keys), window).activated.connect(self._goer(step))

    def open_menus_at_keyboard(self, view: QAbstractItemView) -> None:
        """Let Shift+F10 and the Menu key of a view ask for its menu at the item that the keyboard is on."""
        view.installEventFilter(self)

    def _goer(self, step: int) -> Callable[[], None]:
        return lambda: self._go(step)

    def _go(self, step: int) -> None:
        shown = [(pane, take) for pane, take in self._panes if pane.isVisible()]
        if not shown:
            return
        here = next((n for n, (pane, _) in enumerate(shown) if _has_keyboard(pane)), -1 if step > 0 else 0)
        pane, take = shown[(here + step) % len(shown)]
        if take is not None:
            take()
        else:
            pane.setFocus(Qt.FocusReason.TabFocusReason if step > 0 else Qt.FocusReason.BacktabFocusReason)

    # Qt's interface

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter."""
        if isinstance(watched, QAbstractItemView) and _asks_for_menu(event):
            watched.customContextMenuRequested.emit(_keyboard_place(watched))
            return True
        return super().eventFilter(watched, event)


def _has_keyboard(widget: QWidget) -> bool:
    return widget.hasFocus() or any(child.hasFocus() for child in widget.findChildren(QWidget))


def _asks_for_menu(event: QEvent) -> bool:
    if isinstance(event, QContextMenuEvent):
        return event.reason() is QContextMenuEvent.Reason.Keyboard
    if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
        return event.key() == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier
    return False


def _keyboard_place(view: QAbstractItemView) -> QPoint:
    """Just below the beginning of the item that the keyboard is on, in the viewport."""
    index = view.currentIndex()
    if not index.isValid():
        return QPoint(0, 0)
    cell = view.visualRect(index)
    return QPoint(max(cell.left(), 0) + 4, cell.center().y())
