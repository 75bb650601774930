"""A choice that is too narrow for its text says so, and tells all of it."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from device_update_console.qt.widgets.elided_choice import ElidedChoice

LONG = "Installs again and again"


def test_a_text_that_is_too_long_ends_in_an_ellipsis_and_the_tip_has_all_of_it(qtbot: QtBot) -> None:
    choice = ElidedChoice()
    qtbot.addWidget(choice)
    choice.addItems(["Any", LONG])
    choice.resize(100, choice.sizeHint().height())
    assert (choice.shown_text(), choice.toolTip()) == ("Any", "")
    choice.setCurrentText(LONG)
    assert choice.shown_text().endswith("\N{HORIZONTAL ELLIPSIS}")
    assert choice.toolTip() == LONG
    choice.resize(choice.sizeHint())
    choice.setCurrentText("Any")
    choice.setCurrentText(LONG)
    assert (choice.shown_text(), choice.toolTip()) == (LONG, "")
    assert not choice.grab().isNull()
