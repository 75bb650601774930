"""How a window was left, and is found again: its place and size, its panes' sizes, and which of them are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.remembered import Remembered, RememberedWindow


class WindowLayout(QObject):
    """Of one window; ``splitters`` hold the panes, ``switches`` are the panes that a verb shows and hides."""

    def __init__(
        self,
        window: QMainWindow,
        splitters: Sequence[QSplitter],
        switches: Mapping[Verb, QWidget],
        remembered: Remembered,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._splitters = splitters
        self._switches = switches
        self._remembered = remembered
        self._waiting: dict[QSplitter, list[int]] = {}
        """Sizes for splitters that were not shown yet: before that they have no room to divide."""

    def restore(self) -> None:
        """Make the window what the last one was; what does not fit this version or screen stays as it is."""
        left = self._remembered.window()
        for verb, widget in self._switches.items():
            widget.setVisible(left.shown.get(verb.value, not widget.isHidden()))
        if left.geometry is not None:
            self._window.restoreGeometry(QByteArray.fromBase64(left.geometry.encode("ascii", "ignore")))
        sizes = list(left.panes)
        for splitter in self._splitters:
            own, sizes = sizes[: splitter.count()], sizes[splitter.count() :]
            if len(own) == splitter.count() and any(own):
                self._waiting[splitter] = own
                splitter.installEventFilter(self)

    def keep(self) -> None:
        """Remember what the window is now."""
        left = RememberedWindow(
            geometry=self._window.saveGeometry().toBase64().toStdString(),
            panes=tuple(size for splitter in self._splitters for size in self._sizes_of(splitter)),
            shown={verb.value: not widget.isHidden() for verb, widget in self._switches.items()},
        )
        if left != self._remembered.window():
            self._remembered.keep_window(left)

    def _sizes_of(self, splitter: QSplitter) -> list[int]:
        """The panes' sizes; a hidden one has the size that it would like to have when it is shown again."""
        if splitter in self._waiting:
            return self._waiting[splitter]
        sizes = splitter.sizes()
        if not any(sizes):
            return sizes  # never shown: nobody chose anything
        hints = [pane.sizeHint() for place in range(splitter.count()) if (pane := splitter.widget(place)) is not None]
        horizontal = splitter.orientation() is Qt.Orientation.Horizontal
        return [
            size or (hint.width() if horizontal else hint.height()) for size, hint in zip(sizes, hints, strict=True)
        ]

    # Qt's interface

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: divide a splitter's room when it has it."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QSplitter):
            sizes = self._waiting.pop(watched, None)
            watched.removeEventFilter(self)
            if sizes is not None:
                watched.setSizes(sizes)
        return super().eventFilter(watched, event)
