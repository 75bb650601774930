"""What opening a saved console would change in this one, told before it is done: such files come by mail."""

from __future__ import annotations

from dataclasses import dataclass

from device_update_console.core.filters.saved_filters import replaced_by
from device_update_console.core.texts.language import counted_text, text
from device_update_console.core.verbs.confirmations import Question
from device_update_console.core.window.console_file import ConsoleContent
from device_update_console.core.window.remembered import Remembered, RememberedList
from device_update_console.core.window.scope_tree import SavedFilter
from device_update_console.core.window.server_titles import NamedServer


@dataclass(frozen=True, slots=True)
class ConsoleChanges:
    """What is new in a file, or other than here; servers that are here keep their names."""

    servers: tuple[NamedServer, ...]
    filters: tuple[SavedFilter, ...]
    replaced: tuple[str, ...]
    """The names of those filters that take the place of one here."""
    lists: tuple[tuple[str, RememberedList], ...]

    @property
    def is_nothing(self) -> bool:
        """Whether everything is here already."""
        return not (self.servers or self.filters or self.lists)

    def question(self, name: str) -> Question:
        """What a person is asked; ``name`` is the file's."""
        lines = [
            text("Server {title}: {address}", title=server.title, address=server.address.origin)
            if server.given
            else text("Server {address}", address=server.address.origin)
            for server in self.servers
        ]
        lines += [
            text("Filter {name}, instead of yours of this name", name=saved.name)
            if saved.name in self.replaced
            else text("Filter {name}", name=saved.name)
            for saved in self.filters
        ]
        if self.lists:
            lines.append(
                counted_text(
                    "Columns, sort and filter of {count} list, instead of yours",
                    "Columns, sort and filters of {count} lists, instead of yours",
                    len(self.lists),
                )
            )
        warnings = (text("You will be asked for a password by these servers. Add only those that you know."),)
        return Question(
            text("Open Console"),
            text("Take over what {file} holds?", file=name),
            lines=tuple(lines),
            warnings=warnings if self.servers else (),
        )


def changes_by(content: ConsoleContent, present: set[str], remembered: Remembered) -> ConsoleChanges:
    """What a file would change; ``present`` are the origins of the servers in the tree."""
    known = {server.origin for server in remembered.servers()} & present
    own = remembered.filters()
    filters = tuple(saved for saved in content.filters if saved not in own)
    layouts = remembered.list_layouts()
    return ConsoleChanges(
        servers=tuple(server for server in content.servers if server.address.origin not in known),
        filters=filters,
        replaced=tuple(saved.name for saved in filters if replaced_by(saved.name, own) is not None),
        lists=tuple((key, kept) for key, kept in (content.lists or {}).items() if layouts.get(key) != kept),
    )
