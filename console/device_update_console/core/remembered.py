"""What the console remembers from one start to the next: servers, lists, filters, windows, what was sought.

No secret is among it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class _Kept(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class RememberedServer(_Kept):
    """A server of the tree; certificates that were accepted are kept in `PinnedServices`."""

    origin: str
    title: str | None = None
    account: str | None = None


class RememberedColumn(_Kept):
    """A column of a list: its width in pixels (None: as it comes) and whether it is shown."""

    key: str
    width: int | None = None
    shown: bool = True


class RememberedList(_Kept):
    """How a list was left; ``columns`` in the order in which they stand."""

    columns: tuple[RememberedColumn, ...] = ()
    sort: str | None = None
    filters: dict[str, str] = Field(default_factory=dict)


class SavedFilter(_Kept):
    """A filter with a name, a child of its list's node."""

    name: str
    node: str
    filters: dict[str, str]


class RememberedWindow(_Kept):
    """How a window was left: Qt's own geometry and state as text, the sizes of the panes, which of them are shown."""

    geometry: str | None = None
    state: str | None = None
    panes: tuple[int, ...] = ()
    shown: dict[str, bool] = Field(default_factory=dict)


class Remembered:
    """One file of remembered things, which other consoles may use at the same time.

    Every change is made to the file as it is now, not as it was read, so that nobody undoes what another console
    changed elsewhere; of two changes to one thing the later counts.
    """

    def __init__(self, path: Path) -> None:
        raise NotImplementedError

    def take_remarks(self) -> list[str]:
        """Sentences for the person, each given once: what was damaged, set aside or could not be written."""
        raise NotImplementedError

    def servers(self) -> list[RememberedServer]:
        """The servers, in the order in which they were added."""
        raise NotImplementedError

    def keep_server(self, server: RememberedServer) -> None:
        """Remember a server, or what changed of it."""
        raise NotImplementedError

    def drop_server(self, origin: str) -> None:
        """Remember a server no longer."""
        raise NotImplementedError

    def list(self, key: str) -> RememberedList:
        """How a list was left; ``key`` is the caller's, e.g. the node's name."""
        raise NotImplementedError

    def keep_list(self, key: str, value: RememberedList) -> None:
        """Remember how a list is left."""
        raise NotImplementedError

    def filters(self) -> list[SavedFilter]:
        """The saved filters, in the order in which they were added."""
        raise NotImplementedError

    def keep_filter(self, saved: SavedFilter) -> None:
        """Save a filter, instead of one of the same node and name."""
        raise NotImplementedError

    def drop_filter(self, saved: SavedFilter) -> None:
        """Save a filter no longer."""
        raise NotImplementedError

    def window(self, key: str = "main") -> RememberedWindow:
        """How a window was left."""
        raise NotImplementedError

    def keep_window(self, value: RememberedWindow, key: str = "main") -> None:
        """Remember how a window is left."""
        raise NotImplementedError

    def finds(self) -> list[str]:
        """The last ten texts that were sought, the newest first."""
        raise NotImplementedError

    def add_find(self, text: str) -> None:
        """Remember what is sought."""
        raise NotImplementedError


def place_of_remembered(environment: Mapping[str, str]) -> Path:
    """Where the file is: below ``XDG_CONFIG_HOME``, or ``.config`` in the user's home."""
    raise NotImplementedError
