"""Which verbs a person sees at a node, and which of them can be used now.

Menu bar, context menu, toolbar and actions pane are lists of verbs (`menus`). The service decides again when a verb is
carried out; nothing is protected here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from device_update_console.core.lists.rows_between import MOST_SELECTED
from device_update_console.core.texts.language import marked, text
from device_update_console.core.verbs.conditions import CONDITIONS
from device_update_console.core.verbs.definition import Selected, Verb, VerbDefinition
from device_update_console.core.verbs.table import DEFINITIONS
from device_update_console.core.window.scope_tree import NodeKind
from device_update_contract.administration.roles import Permission

__all__ = ["DEFINITIONS", "OfferedVerb", "Selected", "Selection", "Verb", "VerbDefinition", "is_visible", "verbs_for"]


_TOO_MANY = marked(
    "At most {most:,} rows can be selected so. Press Ctrl+A for all, and let a filter say which they are."
)
_NOT_READ = marked("Some of the selected rows are not read yet.")

_READ_HERE = frozenset({Verb.COPY_ROWS})
"""Verbs that read all that match the filter, however many they turn out to be."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected items; ``all_matching`` is how many the filter finds, when all of them are meant.

    ``counted`` is whether that is exact; ``unread`` rows are selected, but not known, and not all are meant.
    """

    items: Sequence[Any] = ()
    all_matching: int | None = None
    counted: bool = True
    unread: int = 0

    @property
    def count(self) -> int:
        """How many items are meant."""
        return len(self.items) + self.unread if self.all_matching is None else self.all_matching

    @property
    def unread_text(self) -> str:
        """Why nothing can be done with rows that are not known."""
        return text(_TOO_MANY, most=MOST_SELECTED) if self.count > MOST_SELECTED else text(_NOT_READ)


@dataclass(frozen=True, slots=True)
class OfferedVerb:
    """A verb that the account may use here; ``why_not`` is a sentence when it cannot be used now, else empty."""

    verb: Verb
    why_not: str = ""

    @property
    def enabled(self) -> bool:
        """Whether it can be used now."""
        return not self.why_not


def verbs_for(
    node: NodeKind, selection: Selection, permissions: Collection[Permission], features: Collection[str]
) -> list[OfferedVerb]:
    """The verbs that are shown at a node, in their order; one that the account may not use is not among them."""
    return [
        OfferedVerb(verb, _why_not(definition, selection))
        for verb, definition in DEFINITIONS.items()
        if is_visible(definition, node, permissions, features)
    ]


def is_visible(
    definition: VerbDefinition, node: NodeKind, permissions: Collection[Permission], features: Collection[str]
) -> bool:
    """Whether a verb belongs to a node, the account may use it, and the service can do it."""
    return (
        (definition.nodes is None or node in definition.nodes)
        and (definition.permission is None or definition.permission in permissions)
        and (definition.feature is None or definition.feature in features)
    )


def _why_not(definition: VerbDefinition, selection: Selection) -> str:
    """Why a verb cannot be used on what is selected; empty when it can."""
    if definition.selected is Selected.NOTHING:
        return ""
    if selection.count == 0:
        return text("Nothing is selected.")
    if definition.selected is Selected.ONE and selection.count > 1:
        return text("Select only one item.")
    if selection.unread or selection.all_matching is not None:
        return _why_not_on_all(definition, selection)
    condition = CONDITIONS.get(definition.verb)
    if condition is None or any(condition.fits(item) for item in selection.items):
        return ""
    return text(condition.otherwise)


def _why_not_on_all(definition: VerbDefinition, selection: Selection) -> str:
    """Why a verb cannot be used on rows that were not read."""
    if selection.unread:
        return selection.unread_text
    if definition.verb in _READ_HERE:
        return ""
    if not definition.whole_list:
        return text("Select single items.")
    return "" if selection.counted else text("How many match the filter is not counted; make it narrower.")
