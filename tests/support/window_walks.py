"""A walk through every node, menu and dialog of the real window, for whoever wants to look at all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pytestqt.qtbot import QtBot
from tests.support.consoles import Console

from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.screenshots.photographer import Photographer, Studio
from device_update_console.qt.screenshots.scenes import SCENES
from device_update_console.qt.window.navigation import ScopeKey

_WALK_MS = 150_000

Looking = TypeVar("Looking", bound=Studio)


def walk_through(qtbot: QtBot, console: Console, looking: Callable[[Studio], Looking]) -> Looking:
    """Go through all scenes as the photographer does, and look instead of taking pictures."""
    console.window.open_node(ScopeKey(NodeKind.SERVER, console.origin))
    done: list[None] = []
    photographer = Photographer(
        console.window, Path(), lambda: done.append(None), SCENES, patience_ms=30_000, look_ms=5
    )
    looker = looking(photographer.studio)
    photographer.studio = looker
    photographer.begin()
    qtbot.waitUntil(lambda: bool(done), timeout=_WALK_MS)
    assert not photographer.missed, photographer.missed
    return looker
