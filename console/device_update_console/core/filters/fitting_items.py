"""Whether an item that changed is still one of a filtered list, as far as the item itself can tell.

What it cannot tell counts as fitting: a row is greyed only when it is sure that a refresh would not show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from device_update_console.core.lists.definition import FilterField, ListDefinition

Item = TypeVar("Item")


def still_fits(definition: ListDefinition[Item], filters: Mapping[str, str]) -> Callable[[Item], bool]:
    """Tells of an item whether it belongs to a list under these filters."""
    asked = [(field, filters[field.name].strip()) for field in definition.filters if filters.get(field.name)]

    def fits(item: Item) -> bool:
        return definition.belongs(item) and all(_holds(definition, field, sought, item) for field, sought in asked)

    return fits


def has_terms(texts: Iterable[str], sought: str) -> bool:
    """Whether each word that is sought is a part of one of the texts."""
    found = [text.casefold() for text in texts]
    return all(any(term in text for text in found) for term in sought.casefold().split())


def _holds(definition: ListDefinition[Item], field: FilterField, sought: str, item: Item) -> bool:
    if field.holds is not None:
        return field.holds(item, sought)
    values = [column.value(item) for column in definition.columns if column.value and column.found_by == field.name]
    return not values or any(value is not None and value.casefold() == sought.casefold() for value in values)
