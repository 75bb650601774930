"""What can be seen to be off in a window without looking at it: texts that are cut, pictures that are blurred."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QPushButton, QScrollArea, QWidget


def cut_texts(window: QWidget) -> list[str]:
    """Labels and buttons that have less room than their text needs."""
    return [f"{type(each).__name__} {each.text()!r}" for each in _texts(window) if _is_cut(each)]


def cut_pages(window: QWidget) -> list[str]:
    """Areas that do not scroll sideways and hold something wider than they are."""
    off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    found = []
    for area in window.findChildren(QScrollArea):
        inside = area.widget()
        if inside is not None and area.isVisible() and area.horizontalScrollBarPolicy() is off:
            wide, room = inside.width(), area.viewport().width()
            found += [f"{wide} pixels in {room}"] if wide > room else []
    return found


def blurred_pictures(window: QWidget) -> list[str]:
    """Pictures in labels that have fewer pixels than the screen."""
    factor = window.devicePixelRatio()
    return [
        f"a picture of {label.pixmap().devicePixelRatio()} in a window of {factor}"
        for label in window.findChildren(QLabel)
        if not label.pixmap().isNull() and label.pixmap().devicePixelRatio() < factor
    ]


def beyond_screen(window: QWidget) -> list[str]:
    """What a window has more of than the screen."""
    room, shown = window.screen().availableSize(), window.frameSize()
    wider, higher = shown.width() - room.width(), shown.height() - room.height()
    return [f"{more} pixels {way} than the screen" for more, way in ((wider, "wider"), (higher, "higher")) if more > 0]


def _texts(window: QWidget) -> Iterator[QLabel | QAbstractButton]:
    for label in window.findChildren(QLabel):
        if label.isVisible() and label.text() and label.pixmap().isNull():
            yield label
    for kind in (QPushButton, QCheckBox):
        yield from (button for button in window.findChildren(kind) if button.isVisible() and button.text())


def _is_cut(widget: QLabel | QAbstractButton) -> bool:
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.height() < widget.heightForWidth(widget.width())
    return widget.width() < widget.sizeHint().width() or widget.height() < widget.minimumSizeHint().height()
