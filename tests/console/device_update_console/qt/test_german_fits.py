"""German is longer than English: in every window there is room for it, and each letter leads to one thing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QGroupBox, QLabel, QPushButton, QTabBar, QWidget
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess
from tests.support.window_walks import walk_through

from device_update_console.core.texts.mnemonics import mnemonic_of
from device_update_console.qt.screenshots.photographer import Studio
from device_update_console.qt.speaking import speak


class _Measurer(Studio):
    """Measures what is shown instead of photographing it."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio.window, Path())
        self.found: set[str] = set()

    def take(self, name: str, widget: QWidget) -> None:
        children = [each for each in widget.findChildren(QWidget) if each.isVisibleTo(widget)]
        self.found |= {f"{name}: no room for {text!r}" for each in children for text in _cut(each)}
        if isinstance(widget, QDialog):
            letters = Counter(letter for each in children for letter in _letters(each))
            self.found |= {
                f"{name}: {letter!r} leads to {count} things" for letter, count in letters.items() if count > 1
            }


def _cut(widget: QWidget) -> Iterator[str]:
    """The texts that do not fit into their widget."""
    match widget:
        case QLabel() if widget.text() and widget.pixmap().isNull():
            if widget.wordWrap():
                fits = widget.height() >= widget.heightForWidth(widget.width())
            else:
                fits = widget.width() >= min(widget.sizeHint().width(), widget.minimumSizeHint().width())
            if not fits:
                yield widget.text()
        case QAbstractButton() if widget.text() and widget.width() < widget.sizeHint().width():
            yield widget.text()


def _letters(widget: QWidget) -> Iterator[str]:
    """The letters that lead to a widget with Alt."""
    match widget:
        case QLabel() if widget.buddy() is not None and widget.buddy().isEnabled():
            texts = [widget.text()]
        case QAbstractButton() if widget.isEnabled():
            texts = [widget.text()]
        case QGroupBox():
            texts = [widget.title()]
        case QTabBar():
            texts = [widget.tabText(number) for number in range(widget.count())]
        case _:
            texts = []
    yield from filter(None, map(mnemonic_of, texts))


def test_every_window_has_room_for_german_and_a_letter_for_each_thing(
    qtbot: QtBot,
    language_application: QApplication,
    open_console: Callable[..., Console],
    furnished_service: ServiceProcess,
) -> None:
    speak(language_application, "de", {})
    measurer = walk_through(qtbot, open_console(furnished_service).connected(), _Measurer)
    assert sorted(measurer.found) == []


def test_a_text_without_room_is_found(qtbot: QtBot) -> None:
    for widget in (QLabel("Wiederherstellung"), QPushButton("Wiederherstellung")):
        qtbot.addWidget(widget)
        widget.resize(widget.sizeHint())
        assert list(_cut(widget)) == []
        widget.resize(20, 20)
        assert list(_cut(widget)) == ["Wiederherstellung"]
    sentence = QLabel("Eine Zeile, die in zwei passt")
    sentence.setWordWrap(True)
    qtbot.addWidget(sentence)
    sentence.resize(100, sentence.heightForWidth(100) - 1)
    assert list(_cut(sentence)) == [sentence.text()]
