"""What the console remembers from one start to the next: servers, lists, filters, windows, what was sought.

No secret is among it, and which certificates were accepted is `PinnedServices`' to know.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from device_update_console.core.files.shared_json_file import FileUnusable, SharedJsonFile, Values
from device_update_console.core.texts.language import text
from device_update_console.core.window.scope_tree import SavedFilter

KEPT_FINDS = 10

_SERVER = "server:"
_LIST = "list:"
_FILTER = "filter:"
_WINDOW = "window:"
_FINDS = "finds"


class _Kept(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class RememberedServer(_Kept):
    """A server of the tree; ``account`` is who signed in last."""

    origin: str
    title: str | None = None
    account: str | None = None


class RememberedColumn(_Kept):
    """A column of a list: its width in pixels (None: as it comes) and whether it is shown."""

    key: str
    width: int | None = None
    shown: bool = True


class RememberedList(_Kept):
    """How a list was left; ``columns`` in the order in which they stand, ``filters`` by field as they were typed.

    ``grouped`` is whether rows with one value in the column of the sort stand together under it.
    """

    columns: tuple[RememberedColumn, ...] = ()
    sort: str | None = None
    grouped: bool = False
    filters: dict[str, str] = Field(default_factory=dict)


class RememberedWindow(_Kept):
    """How a window was left: Qt's own geometry as text, the sizes of the panes, which of them are shown."""

    geometry: str | None = None
    panes: tuple[int, ...] = ()
    shown: dict[str, bool] = Field(default_factory=dict)


Kept = TypeVar("Kept")
_Change = Callable[[Values], object]
"""Changes the values in place; it may be called several times, for each state in which they are found."""

_SERVERS = TypeAdapter(RememberedServer)
_LISTS = TypeAdapter(RememberedList)
_WINDOWS = TypeAdapter(RememberedWindow)
_FILTERS = TypeAdapter(SavedFilter)
_TEXTS = TypeAdapter(list[str])


class Remembered:
    """One file of remembered things, which other consoles may use at the same time.

    Every change is made to the file as it is now, not as it was read, so that nobody undoes what another console
    changed elsewhere; of two changes to one thing the later counts. What cannot be read or kept is remembered for this
    run alone, with a remark, and never stops the console.

    ``carry_out`` calls what writes the file, in order: at once, or in a thread where a window must not wait for a disk.
    """

    def __init__(self, path: Path, carry_out: Callable[[Callable[[], None]], object] = lambda write: write()) -> None:
        self._carry_out = carry_out
        self._lock = threading.Lock()
        self._unwritten: list[_Change] = []
        self._remarks: list[str] = []
        self._remarked: set[str] = set()
        self._file = SharedJsonFile(path, self._remark)
        self._values: Values = self._read()

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    def take_remarks(self) -> list[str]:
        """Sentences for the person, each given once: what was damaged, set aside or could not be written."""
        remarks, self._remarks = self._remarks, []
        return remarks

    # Servers

    def servers(self) -> list[RememberedServer]:
        """The servers, in the order in which they were added."""
        return self._all(_SERVER, _SERVERS)

    def keep_server(self, server: RememberedServer) -> None:
        """Remember a server, or what changed of it."""
        self._keep(_SERVER + server.origin, server)

    def change_server(self, origin: str, **changed: str | None) -> None:
        """Remember what changed of a server; one that another console took out meanwhile does not come back."""

        def change(values: Values) -> None:
            found = values.get(_SERVER + origin)
            if isinstance(found, dict):
                values[_SERVER + origin] = {**found, **changed}

        self._change(change)

    def drop_server(self, origin: str) -> None:
        """Remember a server no longer."""
        self._drop(_SERVER + origin)

    # Lists and windows

    def list_layout(self, key: str) -> RememberedList:
        """How a list was left; ``key`` is the caller's, e.g. the node's kind."""
        return self._one(_LIST + key, _LISTS) or RememberedList()

    def list_layouts(self) -> dict[str, RememberedList]:
        """How every list was left, by its key."""
        keys = [key for key in self._values if key.startswith(_LIST)]
        found = ((key.removeprefix(_LIST), self._one(key, _LISTS)) for key in keys)
        return {key: layout for key, layout in found if layout is not None}

    def keep_list_layout(self, key: str, layout: RememberedList) -> None:
        """Remember how a list is left."""
        self._keep(_LIST + key, layout)

    def window(self, key: str = "main") -> RememberedWindow:
        """How a window was left."""
        return self._one(_WINDOW + key, _WINDOWS) or RememberedWindow()

    def keep_window(self, window: RememberedWindow, key: str = "main") -> None:
        """Remember how a window is left."""
        self._keep(_WINDOW + key, window)

    # Filters and finds

    def filters(self) -> list[SavedFilter]:
        """The saved filters, in the order in which they were added."""
        return self._all(_FILTER, _FILTERS)

    def keep_filter(self, saved: SavedFilter) -> None:
        """Save a filter, instead of one of the same name."""
        self._change(lambda values: values.update({_FILTER + saved.name: _FILTERS.dump_python(saved, mode="json")}))

    def drop_filter(self, name: str) -> None:
        """Save a filter no longer."""
        self._drop(_FILTER + name)

    def finds(self) -> list[str]:
        """The last ten texts that were sought, the newest first."""
        return _finds_of(self._values)

    def add_find(self, text: str) -> None:
        """Remember what is sought."""
        sought = text.strip()
        if not sought:
            return

        def put_first(values: Values) -> None:
            others = [other for other in _finds_of(values) if other.casefold() != sought.casefold()]
            values[_FINDS] = [*[sought, *others][:KEPT_FINDS]]

        self._change(put_first)

    # The file

    def _one(self, key: str, kind: TypeAdapter[Kept]) -> Kept | None:
        value = self._values.get(key)
        if value is None:
            return None
        try:
            return kind.validate_python(value)
        except ValidationError:
            self._remark(
                text(
                    "{file} holds something for {key!r} that cannot be understood; it is not used.",
                    file=self._file.path,
                    key=key,
                )
            )
            return None

    def _all(self, prefix: str, kind: TypeAdapter[Kept]) -> list[Kept]:
        found = (self._one(key, kind) for key in self._values if key.startswith(prefix))
        return [value for value in found if value is not None]

    def _keep(self, key: str, value: BaseModel) -> None:
        self._change(lambda values: values.update({key: value.model_dump(mode="json")}))

    def _drop(self, key: str) -> None:
        self._change(lambda values: values.pop(key, None))

    def _change(self, change: _Change) -> None:
        with self._lock:
            values = dict(self._values)
            change(values)
            self._values = values
            self._unwritten.append(change)
        self._carry_out(self._write)

    def _write(self) -> None:
        """Make the file hold what changed, and learn what others changed in it."""
        with self._lock:
            changes = tuple(self._unwritten)
        if not changes:
            return  # written together with an earlier one
        written: Values = {}

        def change_all(values: Values) -> None:
            for change in changes:
                change(values)
            written.update(values)

        try:
            self._file.change(change_all)
        except FileUnusable as unusable:
            self._remark(unusable.sentence)
            with self._lock:
                del self._unwritten[: len(changes)]
            return
        with self._lock:
            del self._unwritten[: len(changes)]
            for change in self._unwritten:
                change(written)
            self._values = written

    def _read(self) -> Values:
        try:
            return self._file.read()
        except FileUnusable as unusable:
            self._remark(unusable.sentence)
            return {}

    def _remark(self, sentence: str) -> None:
        if sentence not in self._remarked:
            self._remarked.add(sentence)
            self._remarks.append(sentence)


def _finds_of(values: Values) -> list[str]:
    try:
        return _TEXTS.validate_python(values.get(_FINDS, []))
    except ValidationError:
        return []


def place_of_remembered(environment: Mapping[str, str]) -> Path:
    """Where the file is: below ``XDG_CONFIG_HOME``, or ``.config`` in the user's home."""
    given = Path(environment.get("XDG_CONFIG_HOME", ""))
    folder = given if given.is_absolute() else Path.home() / ".config"
    return folder / "device-update" / "console.json"
