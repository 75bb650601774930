"""The columns of a list as a person arranged them: which are shown, in which order, how wide.

What is remembered may be of another version: columns that are new join at the end as they would be shown without a
choice, those that are gone are left out, and one is always shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from device_update_console.core.lists.definition import Column
from device_update_console.core.window.remembered import RememberedColumn

Columns = Sequence[Column[Any]]
Layout = tuple[RememberedColumn, ...]


def usual_layout(columns: Columns) -> Layout:
    """The columns before anybody chose any."""
    return tuple(RememberedColumn(key=column.key, shown=column.shown) for column in columns)


def fitting_layout(columns: Columns, kept: Iterable[RememberedColumn]) -> Layout:
    """All columns of a list, each once, as far as possible as they are remembered."""
    usual = {each.key: each for each in usual_layout(columns)}
    found: dict[str, RememberedColumn] = {}
    for each in kept:
        if each.key in usual:
            found.setdefault(each.key, each)
    layout = (*found.values(), *(each for key, each in usual.items() if key not in found))
    return layout if any(each.shown for each in layout) else usual_layout(columns)


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What is chosen in the dialog: the keys of all columns, and those that are shown, in their order."""

    known: tuple[str, ...]
    shown: tuple[str, ...]
    usual: tuple[str, ...]
    widths_kept: bool = True

    @classmethod
    def of(cls, columns: Columns, layout: Layout) -> ColumnChoice:
        """The choice as it is."""
        return cls(
            known=tuple(column.key for column in columns),
            shown=tuple(each.key for each in layout if each.shown),
            usual=tuple(column.key for column in columns if column.shown),
        )

    @property
    def available(self) -> tuple[str, ...]:
        """The columns that are not shown, in the order of the list's definition."""
        return tuple(key for key in self.known if key not in self.shown)

    def add(self, keys: Collection[str]) -> ColumnChoice:
        """Show these too, after the others."""
        return replace(self, shown=(*self.shown, *(key for key in self.available if key in keys)))

    def may_remove(self, keys: Collection[str]) -> bool:
        """Whether something is left when these are shown no longer."""
        return bool(keys) and any(key not in keys for key in self.shown)

    def remove(self, keys: Collection[str]) -> ColumnChoice:
        """Show these no longer; the last one stays."""
        if not self.may_remove(keys):
            return self
        return replace(self, shown=tuple(key for key in self.shown if key not in keys))

    def may_move(self, keys: Collection[str], step: int) -> bool:
        """Whether these can go one place up (-1) or down (1)."""
        return self.move(keys, step).shown != self.shown

    def move(self, keys: Collection[str], step: int) -> ColumnChoice:
        """Let these go one place up (-1) or down (1), as a group that stops at the end."""
        order = list(self.shown)
        places = [place for place, key in enumerate(order) if key in keys]
        for place in places if step < 0 else reversed(places):
            other = place + step
            if 0 <= other < len(order) and order[other] not in keys:
                order[place], order[other] = order[other], order[place]
        return replace(self, shown=tuple(order))

    def restore(self) -> ColumnChoice:
        """The columns as they were before anybody chose any, each as wide as it comes."""
        return replace(self, shown=self.usual, widths_kept=False)

    def layout(self, before: Layout) -> Layout:
        """The layout that the choice makes of the one before."""
        widths = {each.key: each.width for each in before} if self.widths_kept else {}
        hidden = [each.key for each in before if each.key not in self.shown] if self.widths_kept else self.available
        return tuple(
            RememberedColumn(key=key, width=widths.get(key), shown=key in self.shown) for key in (*self.shown, *hidden)
        )
