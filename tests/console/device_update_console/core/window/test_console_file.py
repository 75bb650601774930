"""A saved console can be mailed and opened, holds no secret, and is refused whole where it is not understood."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.window.console_file import (
    ConsoleContent,
    ConsoleFileUnusable,
    NotAConsoleFile,
    console_content,
    read_console,
    write_console,
)
from device_update_console.core.window.console_opening import changes_by
from device_update_console.core.window.remembered import Remembered, RememberedColumn, RememberedList, RememberedServer
from device_update_console.core.window.scope_tree import SavedFilter
from device_update_console.core.window.server_titles import NamedServer

ONE = NamedServer(parse_server_address("https://updates.contoso.com:8444"), "Headquarters", "default")
OTHER = NamedServer(parse_server_address("http://127.0.0.1:8444"), None, "lab")
SILENT = SavedFilter("Silent", (("status", "silent"), ("search", "مكتب 📞")))
LAYOUT = RememberedList(
    columns=(RememberedColumn(key="model", width=120), RememberedColumn(key="mac", shown=False)),
    sort="-last_check_at",
    filters={"status": "silent"},
)


@pytest.fixture
def remembered(tmp_path: Path) -> Remembered:
    kept = Remembered(tmp_path / "settings" / "console.json")
    kept.keep_server(RememberedServer(origin=ONE.address.origin, title="Headquarters", account="anna"))
    kept.keep_filter(SILENT)
    kept.keep_list_layout("list_devices", LAYOUT)
    kept.add_find("00-04-F2")
    return kept


def test_what_was_saved_is_what_is_opened(tmp_path: Path, remembered: Remembered) -> None:
    file = tmp_path / "desk phones.duc"
    write_console(file, console_content((ONE, OTHER), remembered))
    found = read_console(file)
    assert [(server.address, server.given) for server in found.servers] == [
        (ONE.address, "Headquarters"),
        (OTHER.address, None),
    ]
    assert found.filters == (SILENT,)
    assert found.lists == {"list_devices": LAYOUT}
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["desk phones.duc", "settings"]


def test_neither_accounts_nor_finds_nor_pins_are_in_the_file(tmp_path: Path, remembered: Remembered) -> None:
    file = tmp_path / "console.duc"
    pinned = NamedServer(ONE.address.pinned("ab" * 32), "Headquarters")
    write_console(file, console_content((pinned,), remembered))
    written = file.read_text(encoding="utf-8")
    assert not any(word in written for word in ("anna", "00-04-F2", "abab"))


def document(**changed: Any) -> dict[str, Any]:
    return {"format": "device-update-console", "version": 1, **changed}


SERVER = {"address": "https://updates.contoso.com", "title": None}


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ([], "is not a saved console."),
        ({}, "is not a saved console."),
        ({"format": "device-update-console", "version": "1.0"}, "is not a saved console."),
        (document(version=2, more=1), "was written by a newer version of this program"),
        (document(passwords=["x"]), "is not understood at passwords."),
        (document(servers=[{**SERVER, "password": "x"}]), "is not understood at servers.0.password."),
        (document(servers=[{"address": "ftp://a"}]), "at servers.0.address. An address such as"),
        (document(servers=[{"address": "http://updates.contoso.com"}]), "at servers.0.address. Over http"),
        (document(servers=[{**SERVER, "title": "two\nlines"}]), "at servers.0.title. A name is one line"),
        (document(filters=[{"name": "a", "fields": {"colour": "red"}}]), "at filters.0.filters. This list cannot be"),
        (document(filters=[{"name": "a", "fields": {"status": "odd"}}]), "at filters.0.filters. Status: this is none"),
        (document(filters=[{"name": "a\x00", "fields": {}}]), "at filters.0.name. A name has no control characters."),
        (document(lists={"list_devices": {"sort": "colour"}}), "is not understood at lists.list_devices.sort."),
        (document(lists={"list_devices": {"columns": [{"key": "mac", "width": -1}]}}), "columns.0.width."),
        (document(servers=[SERVER] * 501), "is not understood at servers."),
    ],
)
def test_what_is_not_understood_is_refused_by_its_place(tmp_path: Path, damage: object, sentence: str) -> None:
    file = tmp_path / "console.duc"
    file.write_text(json.dumps(damage), encoding="utf-8")
    with pytest.raises(NotAConsoleFile) as refusal:
        read_console(file)
    assert refusal.value.sentence.startswith("console.duc ")
    assert sentence in refusal.value.sentence


@hypothesis.given(found=strategies.binary(max_size=200))
def test_whatever_a_file_holds_it_is_opened_or_refused(tmp_path_factory: pytest.TempPathFactory, found: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "console.duc"
    file.write_bytes(found)
    with pytest.raises(NotAConsoleFile):
        read_console(file)


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "console.duc"
    file.write_bytes(b"[" * (1024 * 1024 + 1))
    with pytest.raises(NotAConsoleFile, match="too large"):
        read_console(file)


def test_a_file_that_cannot_be_read_or_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConsoleFileUnusable, match=r"gone.duc cannot be read: No such file or directory\."):
        read_console(tmp_path / "gone.duc")
    with pytest.raises(ConsoleFileUnusable, match="cannot be read"):
        read_console(tmp_path)
    with pytest.raises(ConsoleFileUnusable, match="cannot be written"):
        write_console(tmp_path / "nowhere" / "console.duc", ConsoleContent())
    (tmp_path / "folder.duc").mkdir()
    with pytest.raises(ConsoleFileUnusable, match="cannot be written"):
        write_console(tmp_path / "folder.duc", ConsoleContent())
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder.duc"]


def test_a_list_of_another_version_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "console.duc"
    file.write_text(json.dumps(document(lists={"phone-books": {"sort": "colour"}})), encoding="utf-8")
    assert read_console(file) == ConsoleContent((), (), {})


def test_only_what_is_new_or_other_is_taken_over_and_said_before(tmp_path: Path, remembered: Remembered) -> None:
    loud = SavedFilter("Loud", (("status", "offered"),))
    silent = SavedFilter("Silent", (("status", "retired"),))
    content = ConsoleContent((ONE, OTHER), (SILENT, loud), {"list_devices": LAYOUT})
    changes = changes_by(content, {ONE.address.origin}, remembered)
    assert (changes.servers, changes.filters, changes.replaced, changes.lists) == ((OTHER,), (loud,), (), ())
    assert changes.question("a.duc").lines == (f"Server {OTHER.address.origin}", "Filter Loud")
    assert changes.question("a.duc").warnings
    content = ConsoleContent((ONE,), (silent,), {"list_devices": RememberedList()})
    changes = changes_by(content, {ONE.address.origin}, remembered)
    assert changes.question("a.duc").lines == (
        "Filter Silent, instead of yours of this name",
        "Columns, sort and filter of 1 list, instead of yours",
    )
    assert changes.question("a.duc").warnings == ()
    assert not changes.is_nothing


def test_nothing_is_asked_where_everything_is_here_already(remembered: Remembered) -> None:
    content = console_content((ONE,), remembered)
    assert changes_by(content, {ONE.address.origin}, remembered).is_nothing
