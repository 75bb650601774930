"""Whatever windows show in words of this program is a text of the catalogues: seen in a language that marks them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from gettext import NullTranslations
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.service_process import ServiceProcess
from tests.support.window_walks import walk_through

from device_update_console.core.texts.conventions import Conventions
from device_update_console.core.texts.language import Language, choose, language_of
from device_update_console.qt.screenshots.photographer import Studio

OF_QT = {
    *("&Yes", "&No", "OK", "&OK", "Cancel", "&Cancel", "Close", "&Close", "Apply", "&Apply", "&Next", "&Next >"),
    *("< &Back", "&Back", "&Finish", "&Help", "Save", "&Save", "Discard", "Commit", "Go Back", "Open"),
}
"""Qt translates its own buttons."""

DATA = re.compile(
    r"https?://\S+|[\w.-]+\.contoso\.com\S*|(?:(?:[0-9A-F]{2}-){5}[0-9A-F]{2}\S*\s*)+"
    r"|SHA-256:?|ID|= [\d.]+ .B|default|127\.0\.0\.1\S*"
    r"|(?:[0-9A-F]{4} ?)+|[a-z]+:[a-z-]+|\W*"
)
"""The same in every language: addresses, abbreviations, sizes, fingerprints, filters, names of the tests' service."""


class _Marked(NullTranslations):
    """A language that puts each text into brackets."""

    def gettext(self, message: str) -> str:
        return f"\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}{message}\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


class _Reader(Studio):
    """Reads what is shown instead of photographing it; names that people gave are the same in every language."""

    def __init__(self, window: Studio, given_words: set[str]) -> None:
        super().__init__(window.window, Path())
        self._given_words = given_words
        self.untranslated: set[str] = set()

    def take(self, name: str, widget: QWidget) -> None:
        for place, shown in _texts_of(widget):
            text = shown.replace("\n", " ").strip()
            if (
                "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}" not in text
                and text not in OF_QT
                and not DATA.fullmatch(text)
                and not all(word in self._given_words or DATA.fullmatch(word) for word in text.split())
            ):
                self.untranslated.add(f"{name}: {place} {text!r}")


@pytest.fixture
def marked_language() -> Iterator[None]:
    choose(Language("marked", _Marked(), Conventions()))
    yield
    choose(language_of("en"))


def _texts_of(widget: QWidget) -> Iterator[tuple[str, str]]:
    for action in widget.findChildren(QAction):
        if action.isVisible():
            yield "action", action.text()
            yield "tip", action.statusTip()
    for child in [widget, *widget.findChildren(QWidget)]:
        if child.isVisibleTo(widget):
            yield f"name of {type(child).__name__}", child.accessibleName()
            yield from _texts_of_one(child)


def _texts_of_one(widget: QWidget) -> Iterator[tuple[str, str]]:
    kind = type(widget).__name__
    match widget:
        case QAbstractButton():
            yield kind, widget.text()
        case QLabel():
            yield kind, widget.text()
        case QGroupBox():
            yield kind, widget.title()
        case QTabBar():
            yield from ((kind, widget.tabText(number)) for number in range(widget.count()))
        case QLineEdit() | QPlainTextEdit():
            yield kind, widget.placeholderText()
        case QHeaderView() if widget.model() is not None and widget.orientation() is Qt.Orientation.Horizontal:
            sections = range(widget.model().columnCount())
            yield from ((kind, str(widget.model().headerData(each, widget.orientation()) or "")) for each in sections)
        case QDialog():
            yield kind, widget.windowTitle()


def _given_words(administrator: Administrator) -> set[str]:
    """The words of all names and labels that the service has."""
    given = {("/accounts", "name"), ("/test-devices", "name"), ("/devices", "label")}
    items = ((each[field] or "") for path, field in given for each in administrator.get(f"{path}?limit=1000")["items"])
    return {word for item in items for word in item.split()}


@pytest.mark.usefixtures("marked_language")
def test_every_window_speaks_the_language_that_was_chosen(
    qtbot: QtBot, open_console: Callable[..., Console], furnished_service: ServiceProcess
) -> None:
    words = _given_words(Administrator(furnished_service))
    reader = walk_through(qtbot, open_console(furnished_service).connected(), lambda studio: _Reader(studio, words))
    assert sorted(reader.untranslated) == []
