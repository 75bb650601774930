"""The verbs on a list as a whole: columns, sort, groups and filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from device_update_console.core.lists.definition import Column
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.menus import HEADER_CONTEXT_MENU
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.qt.lists.columns_dialog import ColumnsDialog
from device_update_console.qt.lists.list_pane import ListPane
from device_update_console.qt.window.commands import Commands


class ListVerbs(QObject):
    """Carries them out on one list pane.

    A verb on a column is about the one that the keyboard is in; in the menu of a heading, about that one.
    """

    def __init__(self, pane: ListPane) -> None:
        super().__init__(pane)
        self._pane = pane
        self.columns_dialog: ColumnsDialog | None = None

    def handlers(self) -> Mapping[Verb, Callable[[], object]]:
        """What each verb does."""
        pane = self._pane
        return {
            Verb.SELECT_ALL: pane.view.selectAll,
            Verb.CLEAR_FILTER: pane.filter_bar.clear,
            Verb.CHOOSE_COLUMNS: self._choose_columns,
            Verb.SIZE_COLUMNS: pane.columns.size_to_fit,
            Verb.SORT_BY_COLUMN: lambda: pane.columns.sort_by(self._section),
            Verb.GROUP_BY_COLUMN: lambda: self._group(self._section),
            Verb.FILTER_BY_VALUE: lambda: self._filter(self._section),
        }

    def impossible(self) -> set[Verb]:
        """The verbs that cannot be used now, for what the core cannot know."""
        column = self._column(self._section)
        cannot = {
            Verb.CLEAR_FILTER: not self._pane.filter_bar.typed(),
            Verb.SORT_BY_COLUMN: column is None or column.sort is None,
            Verb.GROUP_BY_COLUMN: column is None or column.sort is None,
            Verb.FILTER_BY_VALUE: self._value(self._section) is None,
        }
        return {verb for verb, so in cannot.items() if so}

    def show_states(self, commands: Commands) -> None:
        """Say of which column the verbs are, and whether the list is grouped by it."""
        column = self._column(self._section)
        if column is not None:
            title = text(column.title)
            commands.actions[Verb.SORT_BY_COLUMN].setText(text("&Sort by {column}", column=title))
            commands.actions[Verb.GROUP_BY_COLUMN].setText(text("Grou&p by {column}", column=title))
        grouped = column is not None and self._section == self._pane.columns.grouped_section
        commands.actions[Verb.GROUP_BY_COLUMN].setChecked(grouped)

    def header_menu(self, commands: Commands, place: QPoint) -> QMenu:
        """The menu of a heading: all columns, then what can be done with this one."""
        header = self._pane.view.horizontalHeader()
        section = header.logicalIndexAt(place)
        menu = QMenu(self._pane)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, each in enumerate(self._pane.columns.columns):
            shown = not header.isSectionHidden(number)
            action = _switch(menu, _plain(each), on=shown)
            action.setEnabled(not shown or len(self._pane.columns.shown()) > 1)
            action.toggled.connect(self._shower(number))
        menu.addSeparator()
        column = self._column(section)
        if column is not None:
            self._offer_of_column(menu, section, column)
            menu.addSeparator()
        commands.fill(menu, HEADER_CONTEXT_MENU)
        return menu

    def _offer_of_column(self, menu: QMenu, section: int, column: Column[Any]) -> None:
        grouped = _switch(
            menu, text("Grou&p by {column}", column=_plain(column)), on=section == self._pane.columns.grouped_section
        )
        grouped.setEnabled(column.sort is not None)
        grouped.toggled.connect(lambda: self._group(section))
        value = self._value(section)
        if value is not None:
            filtered = menu.addAction(
                text("&Filter by {column}: {value}", column=_plain(column), value=_shortened(value))
            )
            filtered.triggered.connect(lambda: self._filter(section))

    # What they do

    def _choose_columns(self) -> None:
        columns = self._pane.columns
        dialog = ColumnsDialog(columns.columns, columns.layout(), self._pane.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: columns.choose(dialog.choice))
        dialog.finished.connect(self._forget_dialog)
        self.columns_dialog = dialog
        dialog.open()

    def _forget_dialog(self) -> None:
        self.columns_dialog = None

    def _shower(self, section: int) -> Callable[[bool], None]:
        return lambda shown: self._pane.columns.show_column(section, shown=shown)

    def _group(self, section: int) -> None:
        if self._column(section) is not None:
            self._pane.columns.group_by(section, grouped=section != self._pane.columns.grouped_section)

    def _filter(self, section: int) -> None:
        column, value = self._column(section), self._value(section)
        if column is not None and column.found_by is not None and value is not None:
            self._pane.filter_bar.put({**self._pane.filter_bar.typed(), column.found_by: value})

    # Where the keyboard is

    @property
    def _section(self) -> int:
        return self._pane.view.currentIndex().column()

    def _column(self, section: int) -> Column[Any] | None:
        columns = self._pane.columns.columns
        return columns[section] if 0 <= section < len(columns) else None

    def _value(self, section: int) -> str | None:
        """The value of the row that the keyboard is in, where the list can be filtered by it."""
        column, live = self._column(section), self._pane.live
        row = None if live is None else live.model.row(self._pane.view.currentIndex().row())
        if column is None or column.found_by is None or column.value is None or row is None:
            return None
        return column.value(row.item) or None


_MOST_SHOWN = 30


def _shortened(value: str) -> str:
    shown = value if len(value) <= _MOST_SHOWN else f"{value[:_MOST_SHOWN]}\N{HORIZONTAL ELLIPSIS}"
    return shown.replace("&", "&&")


def _plain(column: Column[Any]) -> str:
    """A column's title in a menu, where ``&`` would be a mnemonic."""
    return text(column.title).replace("&", "&&")


def _switch(menu: QMenu, title: str, *, on: bool) -> QAction:
    action = menu.addAction(title)
    action.setCheckable(True)
    action.setChecked(on)
    return action
