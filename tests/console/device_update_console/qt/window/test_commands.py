"""Verbs as actions: what is not there leaves no separator behind, and both Enter keys are one."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QToolBar
from pytestqt.qtbot import QtBot

from device_update_console.core.verbs.offered_verbs import OfferedVerb, Verb
from device_update_console.qt.window.commands import Commands

ENTRIES = (Verb.BACK, None, Verb.PROPERTIES, Verb.EXPORT_LIST, None, Verb.FIND_DEVICE, None, Verb.HELP)


@pytest.mark.parametrize(
    ("offered", "shown"),
    [
        ("back properties find-device help", "back | properties | find-device | help"),
        ("back help", "back | help"),
        ("properties export-list", "properties export-list"),
        ("help", "help"),
        ("", ""),
    ],
)
def test_a_toolbar_has_separators_between_what_is_there_only(qtbot: QtBot, offered: str, shown: str) -> None:
    commands = Commands(tuple(Verb))
    toolbar = QToolBar()
    qtbot.addWidget(toolbar)
    commands.fill_toolbar(toolbar, ENTRIES)
    commands.offer(OfferedVerb(Verb(name)) for name in offered.split())
    visible = [action for action in toolbar.actions() if action.isVisible()]
    assert " ".join("|" if action.isSeparator() else action.objectName() for action in visible) == shown


def test_both_enter_keys_open_properties_and_it_is_called_enter() -> None:
    shortcuts = Commands(tuple(Verb)).actions[Verb.PROPERTIES].shortcuts()
    assert shortcuts == [QKeySequence("Alt+Enter"), QKeySequence("Alt+Return")]
