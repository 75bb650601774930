"""Above the list: the fields that it is filtered by; the list follows while one types.

All fields can be typed into the search field too, in the one syntax of `filter_text`; Enter puts them in their places.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from device_update_console.core.filters.filter_text import SEARCH, InvalidFilter, filter_text, parse_filter
from device_update_console.core.lists.definition import FilterField, FilterKind
from device_update_console.core.texts.language import text
from device_update_console.qt.widgets.elided_choice import ElidedChoice
from device_update_console.qt.widgets.icons import icon

TYPING_MS = 200
"""After the last key the list is read; what was asked for earlier is dropped by the list itself."""

_FIELDS_AT_ONCE = 3
_FIELDS_A_ROW = 4
_MAX_SOUGHT = 300
_CHOICE_CHARACTERS = 14
_NARROWEST = 56
"""Pixels that a field keeps in a narrow window, so that the bar takes no room from the panes beside the list."""
_NARROWEST_SEARCH = 120
"""Those of the field that a whole MAC address is typed into."""


class FilterBar(QWidget):
    """The first fields stand in one line; the others come with *More*."""

    changed = Signal()
    left = Signal()
    """Somebody goes on to the list: Down, or Esc where there is nothing to clear."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields: dict[str, QLineEdit | QComboBox] = {}
        self._offered: tuple[FilterField, ...] = ()
        self.stop_before: QWidget | None = None
        """What Tab leaves for the first field."""
        self._hidden_fields: tuple[str, ...] = ()
        self.more_button: QToolButton | None = None
        self._content = QWidget()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self._content)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self.changed)
        self.setAccessibleName(text("Filter"))

    def offer(self, fields: tuple[FilterField, ...], values: Mapping[str, str]) -> None:
        """Show these fields, filled in; nothing is told."""
        self._typing.stop()
        self._fields, self._offered = {}, fields
        content = QWidget()
        rows = QVBoxLayout(content)
        rows.setContentsMargins(8, 6, 8, 6)
        rows.setSpacing(6)
        first = QHBoxLayout()
        first.setSpacing(6)
        rows.addLayout(first)
        for field in fields[:_FIELDS_AT_ONCE]:
            first.addWidget(self._label(field))
            first.addWidget(self._fields[field.name], 2 if field.kind is FilterKind.TEXT else 0)
        others = fields[_FIELDS_AT_ONCE:]
        self._hidden_fields = tuple(field.name for field in others)
        self.more_button = None
        if others:
            more = self._more(others)
            rows.addWidget(more)
            self.more_button = self._switch(more)
            first.addWidget(self.more_button)
        self.clear_button = QToolButton()
        self.clear_button.setIcon(icon("clear-filter"))
        self.clear_button.setToolTip(text("Clear Filter"))
        self.clear_button.setAccessibleName(text("Clear Filter"))
        self.clear_button.setAutoRaise(True)
        self.clear_button.clicked.connect(self.clear)
        first.addWidget(self.clear_button)
        self.fill(values)
        self._layout.replaceWidget(self._content, content)
        self._content.deleteLater()
        self._content = content
        content.setVisible(bool(fields))
        self._order_tabs()

    def typed(self) -> dict[str, str]:
        """What stands in the fields, by their names; empty fields are left out."""
        found = {name: _value(field).strip() for name, field in self._fields.items()}
        return {name: value for name, value in found.items() if value}

    def values(self) -> dict[str, str]:
        """What is asked for, by the names of the fields.

        Raises:
            InvalidFilter: the search field names a field that there is not.
        """
        typed = self.typed()
        return {**typed, SEARCH: "", **parse_filter(typed.get(SEARCH, ""), self._fields)} if SEARCH in typed else typed

    def fill(self, values: Mapping[str, str]) -> None:
        """Fill the fields in; nothing is told."""
        for name, field in self._fields.items():
            blocked = QSignalBlocker(field)
            value = values.get(name, "")
            if isinstance(field, QComboBox):
                field.setCurrentIndex(max(field.findData(value), 0))
            else:
                field.setText(value)
            blocked.unblock()
        if self.more_button is not None and any(values.get(name) for name in self._hidden_fields):
            self.more_button.setChecked(True)
        self.clear_button.setEnabled(bool(self.typed()))

    def put(self, values: Mapping[str, str]) -> None:
        """Fill the fields in, and tell."""
        self.fill(values)
        self._typing.stop()
        self.changed.emit()

    def tell_now(self) -> None:
        """Tell at once what was typed: somebody goes on."""
        if self._typing.isActive():
            self._typing.stop()
            self.changed.emit()

    def clear(self) -> None:
        """Empty all fields."""
        if self.typed():
            self.put({})

    def spread(self) -> None:
        """Put the fields that were typed into the search field in their places."""
        try:
            values = self.values()
        except InvalidFilter:
            self.changed.emit()  # whoever reads it says what is wrong
            return
        fitting = {name: value for name, value in values.items() if self._takes(name, value)}
        left = {name: value for name, value in values.items() if name not in fitting or name == SEARCH}
        self.put({**fitting, SEARCH: filter_text(left)})

    def take_focus(self) -> None:
        """Go to the first field."""
        for field in self._fields.values():
            field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            if isinstance(field, QLineEdit):
                field.selectAll()
            return

    def _order_tabs(self) -> None:
        """New fields are stops where this bar is, not after everything else in the window."""
        names = [field.name for field in self._offered]
        first, others = names[:_FIELDS_AT_ONCE], names[_FIELDS_AT_ONCE:]
        buttons = [button for button in (self.more_button, self.clear_button) if button is not None]
        stops: list[QWidget] = [] if self.stop_before is None else [self.stop_before]
        stops += [*(self._fields[name] for name in first), *buttons, *(self._fields[name] for name in others)]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)

    def _more(self, fields: tuple[FilterField, ...]) -> QWidget:
        more = QWidget()
        grid = QGridLayout(more)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        for place, field in enumerate(fields):
            row, column = divmod(place, _FIELDS_A_ROW)
            grid.addWidget(self._label(field), row, 2 * column)
            grid.addWidget(self._fields[field.name], row, 2 * column + 1)
            grid.setColumnStretch(2 * column + 1, 1)
        return more

    def _takes(self, name: str, value: str) -> bool:
        field = self._fields[name]
        return not isinstance(field, QComboBox) or field.findData(value) >= 0

    def _switch(self, more: QWidget) -> QToolButton:
        switch = QToolButton()
        switch.setText(text("More"))
        switch.setToolTip(text("More fields to filter by"))
        switch.setCheckable(True)
        switch.setAutoRaise(True)
        switch.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

        def show(*, checked: bool) -> None:
            more.setVisible(checked)
            switch.setArrowType(Qt.ArrowType.UpArrow if checked else Qt.ArrowType.DownArrow)

        switch.toggled.connect(lambda checked: show(checked=checked))
        show(checked=False)
        return switch

    def _label(self, field: FilterField) -> QLabel:
        """A field's label; the field itself is made with it."""
        label = QLabel(text("{field}:", field=text(field.title)))
        entry = self._choice(field) if field.choices else self._text(field)
        entry.setAccessibleName(text(field.title))
        label.setBuddy(entry)
        self._fields[field.name] = entry
        return label

    def _choice(self, field: FilterField) -> QComboBox:
        entry = ElidedChoice()
        entry.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        entry.setMinimumContentsLength(_CHOICE_CHARACTERS)
        entry.setMinimumWidth(_NARROWEST)
        for value, title in field.choices:
            entry.addItem(text(title), value)
        view = entry.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + 24)
        entry.currentIndexChanged.connect(self._chosen)
        return entry

    def _text(self, field: FilterField) -> QLineEdit:
        entry = QLineEdit()
        entry.setMaxLength(_MAX_SOUGHT)
        entry.setPlaceholderText(text(field.placeholder))
        entry.setClearButtonEnabled(True)
        entry.setMinimumWidth(_NARROWEST_SEARCH if field.name == SEARCH else _NARROWEST)
        entry.textChanged.connect(self._typed)
        entry.installEventFilter(self)
        if field.name == SEARCH:
            entry.setToolTip(_syntax_tip(self._offered))
            entry.returnPressed.connect(self.spread)
        return entry

    def _typed(self) -> None:
        self.clear_button.setEnabled(bool(self.typed()))
        self._typing.start()

    def _chosen(self) -> None:
        self.clear_button.setEnabled(bool(self.typed()))
        self._typing.stop()
        self.changed.emit()

    # Qt's interface

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: Esc empties a field, and leads to the list once it is empty; so does Down."""
        if not isinstance(watched, QLineEdit) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        key = event.key() if isinstance(event, QKeyEvent) and not event.modifiers() else None
        if key == Qt.Key.Key_Escape and watched.text():
            watched.clear()
        elif key in {Qt.Key.Key_Escape, Qt.Key.Key_Down}:
            self.left.emit()
        else:
            return super().eventFilter(watched, event)
        return True


def _syntax_tip(fields: tuple[FilterField, ...]) -> str:
    """How the other fields are typed, with one of them as the example."""
    names = [field.name for field in fields if field.name != SEARCH]
    if not names:
        return ""
    chosen = [f"{field.name}:{field.choices[1][0]}" for field in fields if field.choices]
    example = chosen[0] if chosen else f"{names[0]}:\N{HORIZONTAL ELLIPSIS}"
    return text(
        "Fields can be typed here too, for example {example}; Enter puts them in their places.\nThere are: {names}.",
        example=example,
        names=", ".join(names),
    )


def _value(field: QLineEdit | QComboBox) -> str:
    return str(field.currentData() or "") if isinstance(field, QComboBox) else field.text()
