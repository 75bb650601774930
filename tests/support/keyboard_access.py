"""What somebody meets who uses a window without a mouse, or without seeing it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QTabBar,
    QTabWidget,
    QWidget,
    QWizard,
)

from device_update_console.core.texts.mnemonics import mnemonic_of

_MOST = 200
_LINE_PIXELS = 12
"""Widgets whose middles differ by no more stand in one line."""


def mnemonic_faults(window: QWidget) -> list[str]:
    """Letters that lead to two places, and labels and buttons of the dialog's own that no letter leads to."""
    titled = [(widget, _title(widget)) for widget in _titled(window)]
    letters = Counter(mnemonic_of(title) for _, title in titled)
    twice = [
        f"{letter!r} is that of {[title for _, title in titled if mnemonic_of(title) == letter]}"
        for letter, count in letters.items()
        if letter and count > 1
    ]
    none = [f"{title!r} has none" for widget, title in titled if not mnemonic_of(title) and _wants_one(widget)]
    return twice + none


def unnamed_widgets(order: list[QWidget]) -> list[str]:
    """Widgets that can have the focus and say nothing to who cannot see them."""
    return [f"{type(widget).__name__} says nothing" for widget in order if not _spoken_name(widget)]


def hidden_sentences(window: QWidget) -> list[str]:
    """Labels that have a name which a screen reader says instead of what they show."""
    return [
        f"{label.accessibleName()!r} is said instead of {shown!r}"
        for label in window.findChildren(QLabel)
        if label.isVisible() and label.accessibleName()
        for shown in (QTextDocumentFragment.fromHtml(label.text()).toPlainText(),)
        if not set(re.findall(r"\w+", shown)) <= set(re.findall(r"\w+", label.accessibleName()))
    ]


def unreachable_rows(order: list[QWidget], window: QWidget) -> list[str]:
    """Lists and tables with something in them that the keyboard does not get to: nobody hears what is in them."""
    return [
        f"Tab does not go to {_spoken_name(view) or type(view).__name__}"
        for view in window.findChildren(QAbstractItemView)
        if view.isVisible() and view.isEnabled() and not isinstance(view, QHeaderView) and view not in order
        if view.model() is not None and view.model().rowCount()
    ]


def untitled_columns(window: QWidget) -> list[str]:
    """Columns of visible tables that nobody is told the meaning of."""
    return [
        f"column {section} of {type(header.parent()).__name__} has no title"
        for header in window.findChildren(QHeaderView)
        if header.isVisible() and header.orientation() is Qt.Orientation.Horizontal
        for section in range(header.count())
        if not str(header.model().headerData(section, Qt.Orientation.Horizontal) or "").strip()
    ]


def focus_order(window: QWidget) -> list[QWidget]:
    """The widgets that Tab goes to, once around.

    The key is pressed, because PySide takes what `QWidget.nextInFocusChain` gives for its own, and deletes it.
    """
    found: list[QWidget] = []
    widget = window.focusWidget()
    for _ in range(_MOST):
        if not isinstance(widget, QWidget) or widget in found[:-1]:
            break
        if found[-1:] != [widget]:  # the sections of a time are one after the other, too
            found.append(widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
        widget = window.focusWidget()
    return found


def jumps(order: list[QWidget], window: QWidget) -> list[str]:
    """Where Tab goes up again, to something that stands above and not to the right; once around it has to."""
    back = [
        f"from {_spoken_name(one) or type(one).__name__!r} up to {_spoken_name(other) or type(other).__name__!r}"
        for one, other in pairwise([*order, *order[:1]])
        if _goes_back(one, other, window)
    ]
    return back if len(back) > 1 else []


def _goes_back(one: QWidget, other: QWidget, window: QWidget) -> bool:
    here, there = (each.mapTo(window, each.rect().center()) for each in (one, other))
    above = there.y() < here.y() - max(_LINE_PIXELS, one.height() // 2)
    return above and there.x() <= here.x()


def _spoken_name(widget: QWidget) -> str:
    """What a screen reader says first, found as Qt finds it."""
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QTabBar | QTabWidget):
        return "tabs"
    labels = (label.text() for label in widget.window().findChildren(QLabel) if label.buddy() is widget)
    return _title(widget) or next(labels, "") or (widget.toolTip() if isinstance(widget, QAbstractButton) else "")


def _titled(window: QWidget) -> Iterator[QWidget]:
    for kind in (QLabel, QAbstractButton, QGroupBox):
        for widget in window.findChildren(kind):
            leads_somewhere = not isinstance(widget, QLabel) or widget.buddy() is not None
            if leads_somewhere and widget.isVisible() and widget.window() is window and _title(widget):
                yield widget


def _title(widget: QWidget) -> str:
    if isinstance(widget, QGroupBox):
        return widget.title()
    return str(widget.text()) if isinstance(widget, QLabel | QAbstractButton) else ""


def _wants_one(widget: QWidget) -> bool:
    """Standard buttons have what the platform gives them: Enter, Esc, perhaps a letter; tool buttons have Tab alone."""
    if isinstance(widget, QPushButton):
        box, window = widget.parentWidget(), widget.window()
        if isinstance(window, QWizard):
            return widget.text() != window.buttonText(QWizard.WizardButton.CancelButton)
        ours = QDialogButtonBox.StandardButton.NoButton
        return not isinstance(box, QDialogButtonBox) or box.standardButton(widget) == ours
    if isinstance(widget, QLabel):
        return isinstance(widget.buddy(), QLineEdit | QPlainTextEdit | QComboBox | QAbstractSpinBox | QAbstractButton)
    if isinstance(widget, QGroupBox):
        return widget.isCheckable()
    labelled = any(label.buddy() is widget for label in widget.window().findChildren(QLabel))
    return isinstance(widget, QCheckBox | QRadioButton) and not labelled
