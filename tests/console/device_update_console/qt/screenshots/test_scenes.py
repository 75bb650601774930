"""The photographer ends its round whatever happens, and takes a picture of every node and dialog."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess

from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.screenshots.photographer import (
    Condition,
    Photographer,
    Scene,
    Studio,
    opened_windows,
    set_palette,
)
from device_update_console.qt.screenshots.scenes import SCENES, dark_palette
from device_update_console.qt.window.navigation import ScopeKey

OpenConsole = Callable[..., Console]

_ROUND_MS = 150_000
"""A round of all pictures takes 12 s on a quiet machine; CI shares its cores."""


def _round(qtbot: QtBot, console: Console, folder: Path, *scenes: Scene, patience_ms: int = 200) -> Photographer:
    ended: list[None] = []
    photographer = Photographer(
        console.window, folder, lambda: ended.append(None), scenes, patience_ms=patience_ms, look_ms=5
    )
    photographer.begin()
    qtbot.waitUntil(lambda: bool(ended), timeout=_ROUND_MS)
    return photographer


def last_scene(studio: Studio) -> Iterator[Condition]:
    yield lambda: True
    studio.take("last", studio.window)


def waits_for_ever(studio: Studio) -> Iterator[Condition]:
    yield lambda: False
    studio.take("never", studio.window)


def breaks(studio: Studio) -> Iterator[Condition]:
    yield lambda: True
    raise KeyError("a dialog that was renamed")


def leaves_a_dialog_open(studio: Studio) -> Iterator[Condition]:
    dialog = _Stubborn(studio.window)
    dialog.open()
    yield lambda: False


def leaves_it_dark(studio: Studio) -> Iterator[Condition]:
    set_palette(dark_palette())
    yield lambda: False


class _Stubborn(QDialog):
    """Asks before it closes, and stays."""

    def reject(self) -> None:
        QMessageBox(self).show()


@pytest.mark.parametrize("scene", [waits_for_ever, breaks, leaves_a_dialog_open, leaves_it_dark])
def test_a_scene_that_fails_is_told_and_the_next_one_begins_as_if_nothing_had_been(
    qtbot: QtBot,
    open_console: OpenConsole,
    shared_service: ServiceProcess,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    scene: Scene,
) -> None:
    console = open_console(shared_service).connected()
    before = QApplication.palette()
    photographer = _round(qtbot, console, tmp_path, scene, last_scene)
    name = scene.__name__.replace("_", " ")  # type: ignore[attr-defined]
    assert not photographer.complete
    assert [missed.startswith(f"No picture of {name}: ") for missed in photographer.missed] == [True]
    assert photographer.missed[0] in capsys.readouterr().err
    assert [each.name for each in tmp_path.glob("*.png")] == ["last.png"]
    assert opened_windows(console.window) == []
    assert QApplication.palette() == before


def test_a_round_has_a_picture_of_every_node_and_misses_nothing(
    qtbot: QtBot, open_console: OpenConsole, furnished_service: ServiceProcess, tmp_path: Path
) -> None:
    console = open_console(furnished_service).connected()
    console.window.open_node(ScopeKey(NodeKind.SERVER, console.origin))
    photographer = _round(qtbot, console, tmp_path, *SCENES, patience_ms=20_000)
    assert photographer.missed == []
    assert photographer.complete
    taken = {picture.stem for picture in tmp_path.glob("*.png")}
    nodes = {f"node-{key.kind.value}" for key, *_ in console.window.scope.children_of(console.window.node)}
    assert taken >= {"overview", "console", "dark-overview", *nodes}
    assert console.failures == []
