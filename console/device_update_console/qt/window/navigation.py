"""Where somebody was: back and forward over the nodes that were opened, as a browser keeps pages. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from device_update_console.core.window.scope_tree import NodeKind

_KEPT = 100


@dataclass(frozen=True, slots=True)
class ScopeKey:
    """One node of the whole tree: ``origin`` names the server, ``name`` the saved filter."""

    kind: NodeKind
    origin: str = ""
    name: str = ""


CONSOLE = ScopeKey(NodeKind.CONSOLE)


class History:
    """The nodes that were opened, with a place in them."""

    def __init__(self) -> None:
        self._nodes: list[ScopeKey] = []
        self._place = -1

    @property
    def current(self) -> ScopeKey | None:
        """The node that is open."""
        return self._nodes[self._place] if self._nodes else None

    @property
    def can_go_back(self) -> bool:
        """Whether there is a node before this one."""
        return self._place > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether somebody went back from a node."""
        return self._place < len(self._nodes) - 1

    def open(self, node: ScopeKey) -> None:
        """A node is opened: what was gone back from is forgotten."""
        if node != self.current:
            self._nodes = [*self._nodes[: self._place + 1], node][-_KEPT:]
            self._place = len(self._nodes) - 1

    def forget_where(self, is_gone: Callable[[ScopeKey], bool]) -> None:
        """Nodes are gone: a server with all below it, or a saved filter."""
        before = self._nodes[: self._place + 1]
        self._nodes = [node for node in self._nodes if not is_gone(node)]
        self._place = sum(not is_gone(node) for node in before) - 1

    def back(self) -> ScopeKey | None:
        """Go to the node before."""
        self._place -= 1 if self.can_go_back else 0
        return self.current

    def forward(self) -> ScopeKey | None:
        """Go to the node that was gone back from."""
        self._place += 1 if self.can_go_forward else 0
        return self.current
