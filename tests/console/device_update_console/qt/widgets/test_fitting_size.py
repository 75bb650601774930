"""No window is opened larger than the screen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot
from tests.support.looks import beyond_screen

from device_update_console import qt
from device_update_console.qt.widgets.fitting_size import resize_within_screen

_SIZES_ITSELF = {
    "fitting_size.py",
    "fitted_dialog.py",  # as high as its sentences
    "photographer.py",  # as large as the README's pictures
}


def test_a_window_is_as_large_as_it_likes_to_be_where_the_screen_has_room(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    resize_within_screen(dialog, 640, 480)
    assert dialog.size().toTuple() == (640, 480)


def test_a_window_that_likes_to_be_larger_than_the_screen_is_shown_whole(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    resize_within_screen(dialog, 5000, 4000)
    dialog.show()
    assert beyond_screen(dialog) == []


def test_no_window_takes_its_size_without_a_look_at_the_screen() -> None:
    sources = Path(str(qt.__file__)).parent.rglob("*.py")
    assert {source.name for source in sources if ".resize(" in source.read_text()} == _SIZES_ITSELF
