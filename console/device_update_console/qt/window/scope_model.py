"""The scope tree as Qt sees it: entries with a key each, shown anew as a whole, of which only what differs changes.

Indexes carry numbers, never Python objects: PySide6 keeps no reference to those. The model owns the entries for as long
as they are shown.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from device_update_console.qt.widgets.icons import icon

_INVALID = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_ROOT = 0


@dataclass(frozen=True, slots=True)
class ScopeEntry:
    """One node as it is shown; ``key`` is unique in the whole tree and stays the same while titles change."""

    key: Hashable
    title: str
    icon_name: str
    tool_tip: str = ""
    children: tuple[ScopeEntry, ...] = ()


@dataclass(slots=True)
class _Place:
    entry: ScopeEntry
    parent: int
    children: list[int] = field(default_factory=list)


class ScopeModel(QAbstractItemModel):
    """The entries, found by the number of their place; numbers are never used again."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._places: dict[int, _Place] = {_ROOT: _Place(ScopeEntry(None, "", ""), _ROOT)}
        self._numbers: dict[Hashable, int] = {}
        self._next = count(1)

    def show(self, entries: Sequence[ScopeEntry]) -> None:
        """Make the tree these entries; what has the same key and parent as before keeps its place and selection."""
        self._show(_ROOT, entries)

    def key_at(self, index: _Index) -> Hashable:
        """The key of an entry; None for no entry."""
        place = self._places.get(index.internalId()) if index.isValid() else None
        return None if place is None else place.entry.key

    def entry_at(self, index: _Index) -> ScopeEntry | None:
        """The entry at an index."""
        place = self._places.get(index.internalId()) if index.isValid() else None
        return None if place is None else place.entry

    def index_of(self, key: Hashable) -> QModelIndex:
        """Where the entry with this key is; invalid when there is none."""
        number = self._numbers.get(key)
        return QModelIndex() if number is None else self._index(number)

    def _show(self, parent: int, entries: Sequence[ScopeEntry]) -> None:
        keys = {entry.key for entry in entries}
        children = self._places[parent].children
        for row in reversed(range(len(children))):
            if self._places[children[row]].entry.key not in keys:
                self._remove(parent, row)
        for row, entry in enumerate(entries):
            if row < len(children) and self._places[children[row]].entry.key == entry.key:
                self._change(children[row], entry)
                continue
            earlier = [at for at, number in enumerate(children) if self._places[number].entry.key == entry.key]
            if earlier:
                self._remove(parent, earlier[0])
            self._insert(parent, row, entry)
        for number, entry in zip(tuple(children), entries, strict=True):
            self._show(number, entry.children)

    def _change(self, number: int, entry: ScopeEntry) -> None:
        place = self._places[number]
        before, place.entry = place.entry, entry
        if (before.title, before.icon_name, before.tool_tip) != (entry.title, entry.icon_name, entry.tool_tip):
            index = self._index(number)
            self.dataChanged.emit(index, index)

    def _insert(self, parent: int, row: int, entry: ScopeEntry) -> None:
        number = next(self._next)
        self.beginInsertRows(self._index(parent), row, row)
        self._places[number] = _Place(entry, parent)
        self._numbers[entry.key] = number
        self._places[parent].children.insert(row, number)
        self.endInsertRows()

    def _remove(self, parent: int, row: int) -> None:
        self.beginRemoveRows(self._index(parent), row, row)
        self._forget(self._places[parent].children.pop(row))
        self.endRemoveRows()

    def _forget(self, number: int) -> None:
        place = self._places.pop(number)
        if self._numbers.get(place.entry.key) == number:  # else it was shown below another parent meanwhile
            del self._numbers[place.entry.key]
        for child in place.children:
            self._forget(child)

    def _index(self, number: int) -> QModelIndex:
        if number == _ROOT:
            return QModelIndex()
        row = self._places[self._places[number].parent].children.index(number)
        return self.createIndex(row, 0, number)

    # Qt's interface

    def index(self, row: int, column: int, parent: _Index = _INVALID) -> QModelIndex:
        """Override QAbstractItemModel::index."""
        place = self._places.get(parent.internalId() if parent.isValid() else _ROOT)
        if place is None or column != 0 or not 0 <= row < len(place.children):
            return QModelIndex()
        return self.createIndex(row, 0, place.children[row])

    def parent(self, index: _Index) -> QModelIndex:  # type: ignore[override]
        """Override QAbstractItemModel::parent."""
        place = self._places.get(index.internalId()) if index.isValid() else None
        return QModelIndex() if place is None else self._index(place.parent)

    def rowCount(self, parent: _Index = _INVALID) -> int:
        """Override QAbstractItemModel::rowCount."""
        place = self._places.get(parent.internalId() if parent.isValid() else _ROOT)
        return 0 if place is None else len(place.children)

    def columnCount(self, parent: _Index = _INVALID) -> int:
        """Override QAbstractItemModel::columnCount."""
        return 1

    def data(self, index: _Index, role: int = _DISPLAY) -> Any:
        """Override QAbstractItemModel::data."""
        place = self._places.get(index.internalId()) if index.isValid() else None
        if place is None:
            return None
        if role == _DISPLAY:
            return place.entry.title
        if role == int(Qt.ItemDataRole.DecorationRole):
            return icon(place.entry.icon_name)
        if role == int(Qt.ItemDataRole.ToolTipRole):
            return place.entry.tool_tip or None
        return None
