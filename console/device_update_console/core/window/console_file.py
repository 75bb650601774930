"""A console in one file that can be mailed: servers, saved filters, and how lists are shown. No secret is in it.

Nor is it in the file who signs in, or which certificate is trusted: whoever opens it decides both anew. What is not
understood is refused whole, so that nobody works with half of what a colleague meant.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device_update_console.core.connections.connect_form import typed_address
from device_update_console.core.files.system_errors import system_error_text
from device_update_console.core.files.whole_file import write_whole
from device_update_console.core.filters.filter_text import InvalidFilter
from device_update_console.core.filters.saved_filters import name_fault, plain_name
from device_update_console.core.lists.definition import ListDefinition
from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.texts.language import text
from device_update_console.core.window.remembered import Remembered, RememberedColumn, RememberedList
from device_update_console.core.window.scope_tree import NodeKind, SavedFilter
from device_update_console.core.window.server_titles import NamedServer, title_problem
from device_update_contract.refusals import Refusal

VERSION = 1
SUFFIX = ".duc"
"""What the files end in."""
LARGEST_BYTES = 1024 * 1024
"""A larger file was not written by this program."""

_FORMAT: Literal["device-update-console"] = "device-update-console"
_Text = Annotated[str, Field(max_length=1000)]
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class ConsoleFileUnusable(Refusal):
    """The file cannot be read or written."""

    code = "console-file-unusable"


class NotAConsoleFile(Refusal):
    """The file is not a console that this version understands; nothing of it was used."""

    code = "not-a-console-file"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Server(_Part):
    address: _Text
    title: _Name | None = None


class _Filter(_Part):
    name: _Name
    fields: dict[_Name, _Text] = Field(max_length=50)


class _Column(_Part):
    key: _Name
    width: int | None = Field(default=None, ge=1, le=10_000)
    shown: bool = True


class _List(_Part):
    columns: list[_Column] = Field(default=[], max_length=100)
    sort: _Name | None = None
    grouped: bool = False
    filters: dict[_Name, _Text] = Field(default={}, max_length=50)


class _File(_Part):
    format: Literal["device-update-console"]
    version: int = Field(strict=True, ge=1)
    servers: list[_Server] = Field(default=[], max_length=500)
    filters: list[_Filter] = Field(default=[], max_length=500)
    lists: dict[_Name, _List] = Field(default={}, max_length=100)


class _Version(BaseModel):
    """What every version of the file has."""

    format: Literal["device-update-console"]
    version: int = Field(strict=True, ge=1)


@dataclass(frozen=True, slots=True)
class ConsoleContent:
    """What a file holds, or is to hold; every address in it may be sent a password, and every filter can be used."""

    servers: tuple[NamedServer, ...] = ()
    filters: tuple[SavedFilter, ...] = ()
    lists: Mapping[str, RememberedList] | None = None


def console_content(servers: Collection[NamedServer], remembered: Remembered) -> ConsoleContent:
    """A console as it is now, with these servers in its tree."""
    known = {definition.remembered_as for definition in LISTS.values()}
    lists = {key: layout for key, layout in remembered.list_layouts().items() if key in known}
    return ConsoleContent(tuple(servers), tuple(remembered.filters()), lists)


def write_console(path: Path, content: ConsoleContent) -> None:
    """Write a console to a file, whole or not at all.

    Raises:
        ConsoleFileUnusable: that is impossible; a file that was there before is as it was.
    """
    document = _File(
        format=_FORMAT,
        version=VERSION,
        servers=[_Server(address=server.address.origin, title=server.given) for server in content.servers],
        filters=[_Filter(name=saved.name, fields=dict(saved.fields)) for saved in content.filters],
        lists={key: _List.model_validate(layout.model_dump()) for key, layout in (content.lists or {}).items()},
    )
    content_text = json.dumps(document.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"
    try:
        write_whole(path, content_text.encode())
    except OSError as error:
        raise ConsoleFileUnusable(
            text("{name} cannot be written: {why}.", name=path.name, why=system_error_text(error))
        ) from error


def read_console(path: Path) -> ConsoleContent:
    """Read a console from a file.

    Raises:
        ConsoleFileUnusable: it cannot be read. NotAConsoleFile: the sentence names the place that is not understood.
    """
    try:
        with path.open("rb") as opened:
            found = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ConsoleFileUnusable(
            text("{name} cannot be read: {why}.", name=path.name, why=system_error_text(error))
        ) from error
    return _content_of(_document_of(found, path.name), path.name)


def _document_of(found: bytes, name: str) -> _File:
    if len(found) > LARGEST_BYTES:
        raise NotAConsoleFile(text("{file} is too large to be a saved console.", file=name))
    try:
        version = _Version.model_validate_json(found).version
    except ValidationError:
        raise NotAConsoleFile(text("{file} is not a saved console.", file=name)) from None
    if version > VERSION:
        raise NotAConsoleFile(
            text("{file} was written by a newer version of this program and cannot be opened.", file=name)
        )
    try:
        return _File.model_validate_json(found)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])[:200]
        raise _damaged(name, place) from None


def _content_of(document: _File, name: str) -> ConsoleContent:
    servers = []
    for number, server in enumerate(document.servers):
        typed = typed_address(server.address)
        if typed.address is None:
            raise _damaged(name, f"servers.{number}.address", typed.problem)
        if problem := title_problem(server.title or ""):
            raise _damaged(name, f"servers.{number}.title", problem)
        servers.append(NamedServer(typed.address, server.title))
    filters: list[SavedFilter] = []
    for number, saved in enumerate(document.filters):
        if fault := name_fault(saved.name, (other.name for other in filters)):
            raise _damaged(name, f"filters.{number}.name", fault)
        _judge(LISTS[NodeKind.SAVED_FILTER], saved.fields, None, name, f"filters.{number}")
        filters.append(SavedFilter(plain_name(saved.name), tuple(saved.fields.items())))
    definitions = {definition.remembered_as: definition for definition in LISTS.values()}
    lists = {}
    for key, layout in document.lists.items():
        if key in definitions:  # else it is a list that this version does not have
            _judge(definitions[key], layout.filters, layout.sort, name, f"lists.{key}")
            columns = tuple(RememberedColumn(**column.model_dump()) for column in layout.columns)
            lists[key] = RememberedList(
                columns=columns, sort=layout.sort, grouped=layout.grouped, filters=layout.filters
            )
    return ConsoleContent(tuple(servers), tuple(filters), lists)


def _judge(
    definition: ListDefinition[object], filters: Mapping[str, str], sort: str | None, name: str, place: str
) -> None:
    """Refuse what the list would refuse each time that it is opened."""
    try:
        definition.query(filters)
    except InvalidFilter as refusal:
        raise _damaged(name, f"{place}.filters", refusal.sentence) from None
    if sort is not None and sort.removeprefix("-") not in {column.sort for column in definition.columns}:
        raise _damaged(name, f"{place}.sort")


def _damaged(name: str, place: str, why: str = "") -> NotAConsoleFile:
    sentence = text("{file} is not understood at {place}.", file=name, place=place)
    return NotAConsoleFile(f"{sentence} {why}".strip())
