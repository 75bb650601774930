"""What the console remembers survives restarts, other consoles, damage and disks that do not take it."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies

from device_update_console.core.files.file_locks import locked
from device_update_console.core.window.remembered import (
    KEPT_FINDS,
    Remembered,
    RememberedColumn,
    RememberedList,
    RememberedServer,
    RememberedWindow,
    place_of_remembered,
)
from device_update_console.core.window.scope_tree import SavedFilter

LAYOUT = RememberedList(
    columns=(RememberedColumn(key="model", width=120), RememberedColumn(key="mac", shown=False)),
    sort="-last_check_at",
    filters={"status": "silent"},
)
SERVER = RememberedServer(origin="https://updates.contoso.com:8444", title="Pool", account="anna")
SILENT = SavedFilter("Silent", (("status", "silent"), ("search", "مكتب 📞")))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "device-update" / "console.json"


def remembered(path: Path) -> Remembered:
    """A console that starts, and finds nothing to remark."""
    found = Remembered(path)
    assert found.take_remarks() == []
    return found


def test_everything_is_there_after_a_restart(path: Path) -> None:
    console = remembered(path)
    console.keep_server(SERVER)
    console.keep_list_layout("devices", LAYOUT)
    console.keep_filter(SILENT)
    console.keep_window(RememberedWindow(geometry="abc", panes=(200, 800), shown={"tree": False}))
    console.add_find("00-04-F2")
    again = remembered(path)
    assert again.servers() == [SERVER]
    assert again.list_layout("devices") == LAYOUT
    assert again.filters() == [SILENT]
    assert again.window() == RememberedWindow(geometry="abc", panes=(200, 800), shown={"tree": False})
    assert again.finds() == ["00-04-F2"]


def test_nothing_is_remembered_at_first(path: Path) -> None:
    console = remembered(path)
    assert (console.servers(), console.filters(), console.finds()) == ([], [], [])
    assert console.list_layout("devices") == RememberedList()
    assert not path.exists()


def test_what_is_dropped_is_gone(path: Path) -> None:
    console = remembered(path)
    console.keep_server(SERVER)
    console.keep_filter(SILENT)
    console.drop_server(SERVER.origin)
    console.drop_filter("Silent")
    assert (remembered(path).servers(), remembered(path).filters()) == ([], [])


def test_two_consoles_at_once_undo_nothing_of_each_other(path: Path) -> None:
    one, other = remembered(path), remembered(path)
    one.keep_server(SERVER)
    other.keep_list_layout("devices", LAYOUT)
    other.add_find("b")
    one.add_find("a")
    assert remembered(path).servers() == [SERVER]
    assert remembered(path).list_layout("devices") == LAYOUT
    assert remembered(path).finds() == ["a", "b"]
    one.drop_server(SERVER.origin)
    other.keep_window(RememberedWindow(geometry="x"))
    assert remembered(path).servers() == []


def test_what_changed_of_a_server_that_another_console_took_out_does_not_bring_it_back(path: Path) -> None:
    one, other = remembered(path), remembered(path)
    one.keep_server(SERVER)
    other.change_server(SERVER.origin, account="helen")
    assert remembered(path).servers() == [SERVER.model_copy(update={"account": "helen"})]
    one.drop_server(SERVER.origin)
    other.change_server(SERVER.origin, account="otto")
    assert remembered(path).servers() == other.servers() == []


def test_every_list_is_known_by_its_key(path: Path) -> None:
    console = remembered(path)
    console.keep_list_layout("devices", LAYOUT)
    console.keep_list_layout("packages", RememberedList())
    console.keep_server(SERVER)
    assert remembered(path).list_layouts() == {"devices": LAYOUT, "packages": RememberedList()}


def test_a_change_counts_at_once_and_is_written_when_there_is_time(path: Path) -> None:
    writes: list[Callable[[], None]] = []
    console = Remembered(path, writes.append)
    console.add_find("a")
    other = remembered(path)
    other.keep_server(SERVER)
    console.add_find("b")
    assert console.finds() == ["b", "a"]
    assert remembered(path).finds() == []
    writes[0]()
    console.add_find("c")
    assert (console.finds(), console.servers()) == (["c", "b", "a"], [SERVER])
    for write in writes[1:]:
        write()
    assert remembered(path).finds() == ["c", "b", "a"]
    assert remembered(path).servers() == [SERVER]


def _keep_many(path: Path, name: str) -> None:
    console = Remembered(path)
    for number in range(20):
        console.keep_list_layout(f"{name}-{number}", RememberedList(sort=name))


def test_consoles_that_write_at_the_same_moment_lose_nothing(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_keep_many, args=(path, name)) for name in ("one", "other")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    found = remembered(path)
    for name in ("one", "other"):
        assert [found.list_layout(f"{name}-{number}").sort for number in range(20)] == [name] * 20


def test_the_last_ten_finds_are_kept_the_newest_first_and_each_once(path: Path) -> None:
    console = remembered(path)
    for number in range(12):
        console.add_find(f"device {number}")
    console.add_find("  DEVICE 5 ")
    console.add_find("   ")
    found = remembered(path).finds()
    assert found[:2] == ["DEVICE 5", "device 11"]
    assert len(found) == KEPT_FINDS
    assert "device 5" not in found


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\xff\xfe", b"[]", b'{"version": "1"}', b'{"version": 1, "values": []}', b"x" * 5_000_000]
)
def test_a_damaged_file_is_set_aside_with_a_sentence(path: Path, damage: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(damage)
    console = Remembered(path)
    (sentence,) = console.take_remarks()
    assert "console.json.damaged-1" in sentence
    assert console.take_remarks() == []
    assert path.with_name("console.json.damaged-1").read_bytes() == damage
    console.keep_server(SERVER)
    assert remembered(path).servers() == [SERVER]


def test_a_file_that_is_damaged_again_does_not_replace_the_one_set_aside(path: Path) -> None:
    path.parent.mkdir()
    for number in (1, 2):
        path.write_bytes(b"%d" % number)
        Remembered(path)
    assert path.with_name("console.json.damaged-1").read_bytes() == b"1"
    assert path.with_name("console.json.damaged-2").read_bytes() == b"2"


def test_one_thing_that_cannot_be_understood_costs_only_itself(path: Path) -> None:
    path.parent.mkdir()
    values = {"list:devices": {"columns": 3}, f"server:{SERVER.origin}": SERVER.model_dump()}
    path.write_text(json.dumps({"version": 1, "values": values}))
    console = Remembered(path)
    assert console.list_layout("devices") == RememberedList()
    assert console.servers() == [SERVER]
    assert len(console.take_remarks()) == 1


def test_what_another_version_remembers_stays(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"version": 1, "values": {"theme": "dark"}}))
    remembered(path).keep_server(SERVER)
    assert json.loads(path.read_text())["values"]["theme"] == "dark"


def test_a_file_of_a_newer_version_is_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    newer = json.dumps({"version": 2, "values": {"finds": ["x"]}})
    path.write_text(newer)
    console = Remembered(path)
    assert "newer version" in console.take_remarks()[0]
    console.add_find("y")
    assert console.finds() == ["y"]
    assert path.read_text() == newer


def test_a_place_that_cannot_be_written_is_said_once_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    console = Remembered(tmp_path / "file" / "console.json")
    console.take_remarks()
    console.add_find("y")
    console.add_find("z")
    assert console.finds() == ["z", "y"]
    assert len(console.take_remarks()) <= 1


def test_whoever_hangs_with_the_file_in_hand_does_not_make_others_hang(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device_update_console.core.files.file_locks.LONGEST_WAIT_SECONDS", 0.05)
    console = remembered(path)
    with locked(path):
        console.keep_server(SERVER)
    (sentence,) = console.take_remarks()
    assert "cannot be written" in sentence
    assert console.servers() == [SERVER]
    console.add_find("a")
    assert remembered(path).finds() == ["a"]


def test_no_half_written_file_is_left(path: Path) -> None:
    remembered(path).keep_server(SERVER)
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["console.json", "console.json.lock"]


@hypothesis.given(text=strategies.text(alphabet=strategies.characters(exclude_categories=()), min_size=1))
def test_any_text_can_be_remembered_and_damages_nothing(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "console.json"
    remembered(path).keep_server(RememberedServer(origin="https://a", title=text))
    (found,) = remembered(path).servers()
    assert found.title == text.encode("utf-8", "replace").decode()


def test_the_file_is_below_the_folder_of_settings() -> None:
    assert place_of_remembered({"XDG_CONFIG_HOME": "/etc/x"}) == Path("/etc/x/device-update/console.json")
    assert place_of_remembered({}) == Path.home() / ".config/device-update/console.json"
