"""Pictures of every node, menu and dialog of a running console, for the README and for whoever looks for what is off.

The photographer goes from scene to scene (`scenes`), does what a person would do, and waits until what was
asked for is there. A scene that does not come about is told and left: whatever happens, the round ends.
"""

from __future__ import annotations

import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtGui import QImage, QPalette
from PySide6.QtWidgets import QApplication, QDialog, QProgressDialog, QWidget

from device_update_console.qt.window.main_window import MainWindow

PATIENCE_MS = 15_000
"""So long one thing is waited for."""

_SIZE = QSize(1280, 800)
_LOOK_MS = 40
_TIDYING_ROUNDS = 5
"""A dialog that is closed may ask whether it should, and so on."""

Condition = Callable[[], bool]
"""What a scene waits for before it goes on."""


class Scene(Protocol):
    """One part of the round."""

    def __call__(self, studio: Studio) -> Iterator[Condition]:
        """Go through it; each condition that is given is waited for."""


class Studio:
    """What a scene works with: the window, and the camera."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        self.window = window
        self.skipped: list[str] = []
        """What could not be shown here, because there is nothing to do it with."""
        self._folder = folder

    def take(self, name: str, widget: QWidget) -> None:
        """Save a picture."""
        widget.grab().save(str(self._folder / f"{name}.png"))

    def steady(self, widget: QWidget) -> Condition:
        """A condition: the widget has looked the same for three looks, so that nothing is on its way any more."""
        seen: deque[QImage] = deque(maxlen=3)

        def is_steady() -> bool:
            seen.append(widget.grab().toImage())
            return len(seen) == 3 and seen[0] == seen[1] == seen[2]

        return is_steady


class Photographer(QObject):
    """Goes through scenes step by step, on the window's own event loop; ``finished`` is called at the end."""

    def __init__(
        self,
        window: MainWindow,
        folder: Path,
        finished: Callable[[], None],
        scenes: Sequence[Scene],
        *,
        patience_ms: int = PATIENCE_MS,
        look_ms: int = _LOOK_MS,
    ) -> None:
        super().__init__(window)
        self.missed: list[str] = []
        """What did not come about, a sentence each."""
        self.studio = Studio(window, folder)
        self._finished = finished
        self._scenes = iter(scenes)
        self._most_looks = max(patience_ms // look_ms, 1)
        self._looks = 0
        self._scene = ""
        self._steps: Iterator[Condition] = iter(())
        self._condition: Condition = lambda: True
        self._palette = QApplication.palette()
        self._timer = QTimer(self)
        self._timer.setInterval(look_ms)
        self._timer.timeout.connect(self._look)

    @property
    def complete(self) -> bool:
        """Whether the round is over and nothing was missed."""
        return not self._timer.isActive() and not self.missed

    def begin(self) -> None:
        """Start walking; what was remembered of the window's size has no part in it."""
        self.studio.window.resize(_SIZE)
        self._timer.start()

    def _look(self) -> None:
        self._looks += 1
        try:
            if self._condition():
                self._looks = 0
                self._condition = next(self._steps)
            elif self._looks >= self._most_looks:
                self._miss(f"what it waited for did not come{_place_of(self._condition)}")
        except StopIteration:
            self._next_scene()
        except Exception as error:  # noqa: BLE001 -- one scene that breaks must not end the round
            traceback.print_exc()
            self._miss(f"{type(error).__name__}: {error}")

    def _miss(self, why: str) -> None:
        sentence = f"No picture of {self._scene or 'the beginning'}: {why}."
        self.missed.append(sentence)
        sys.stderr.write(f"{sentence}\n")
        self._next_scene()

    def _next_scene(self) -> None:
        tidy_up(self.studio.window)
        if QApplication.palette() != self._palette:
            QApplication.setPalette(self._palette)
        self._looks, self._condition, self._steps = 0, lambda: True, iter(())
        scene = next(self._scenes, None)
        if scene is None:
            self._timer.stop()
            self._finished()
        else:
            self._scene = getattr(scene, "__name__", type(scene).__name__).replace("_", " ").strip()
            self._steps = scene(self.studio)


def _place_of(condition: Condition) -> str:
    """Where a condition is written, for whoever has to find out why it does not hold."""
    code = getattr(condition, "__code__", None)
    return "" if code is None else f" ({Path(code.co_filename).name}, line {code.co_firstlineno})"


def opened_windows(window: QWidget) -> list[QWidget]:
    """The dialogs and windows that are open beside a window, without menus, tool tips and what says "please wait"."""
    kinds = {Qt.WindowType.Window, Qt.WindowType.Dialog, Qt.WindowType.Sheet, Qt.WindowType.Tool}
    return [
        each
        for each in QApplication.topLevelWidgets()
        if each.isVisible()
        and each is not window
        and each.windowType() in kinds
        and not isinstance(each, QProgressDialog)
    ]


def tidy_up(window: QWidget) -> None:
    """Close everything but the window; what does not want to close is hidden."""
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
    for _ in range(_TIDYING_ROUNDS):
        for each in reversed(opened_windows(window)):
            if isinstance(each, QDialog):
                each.reject()
            else:
                each.close()
    for each in opened_windows(window):
        each.hide()


def set_palette(palette: QPalette) -> None:
    """Have the whole program drawn in other colours, until the scene is over."""
    QApplication.setPalette(palette)
