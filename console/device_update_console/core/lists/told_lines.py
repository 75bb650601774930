"""What is told above a list: lines of words, some of which lead somewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.texts.language import text
from device_update_console.core.window.node_links import NodeLink
from device_update_console.core.window.scope_tree import NODES, NodeKind
from device_update_contract.administration.evidence import ListLink

_RULES: Mapping[str, NodeKind] = {"deployed": NodeKind.DEPLOYED_UPDATES, "pending": NodeKind.PENDING_UPDATES}
"""The nodes that show rules, by their state."""


@dataclass(frozen=True, slots=True)
class Words:
    """A part of a line; with a link it leads there."""

    said: str
    link: NodeLink | None = None


Line = tuple[Words, ...]


def plain(line: Line) -> str:
    """A line without its links."""
    return "".join(words.said for words in line)


def node_link(link: ListLink | None) -> NodeLink | None:
    """The node that shows what the service names; None where this console has none, or no such field to filter by."""
    if link is None:
        return None
    fields = dict(link.filter)
    kind = _RULES.get(fields.pop("state", "")) if link.list == "rules" else _kind(link.list)
    if kind is None or not set(fields) <= {field.name for field in LISTS[kind].filters}:
        return None
    return NodeLink(kind, tuple(fields.items()))


def show_words(link: NodeLink) -> Words:
    """A link of its own behind a sentence, that says where it leads."""
    return Words(text("Show in {node}", node=text(NODES[link.kind].title)), link)


def _kind(name: str) -> NodeKind | None:
    try:
        kind = NodeKind(name)
    except ValueError:
        return None
    return kind if kind in LISTS else None
