"""Where a link in the console leads: to a node with a filter, or to a page of the help."""

from __future__ import annotations

from dataclasses import dataclass

from device_update_console.core.window.scope_tree import NodeKind


@dataclass(frozen=True, slots=True)
class NodeLink:
    """A node of the same server; ``filters`` are the fields of its list's filter bar that are filled in."""

    kind: NodeKind
    filters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HelpLink:
    """A page of the help, and a place on it."""

    page: str
    place: str = ""


Link = NodeLink | HelpLink
