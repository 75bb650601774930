"""Pictures of every node and dialog of a running console, for the README and for whoever looks for what is off.

It does what a person would do, waits until what was asked for is there, and changes nothing on the service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from device_update_console.core.connection_states import Connected, NeedsSignIn, Unreachable
from device_update_console.core.row_changes import ListState
from device_update_console.core.scope_tree import NodeKind
from device_update_console.core.verbs import Verb
from device_update_console.qt.main_window import MainWindow
from device_update_console.qt.navigation import CONSOLE, ScopeKey

_LOOK_MS = 50
_MOST_LOOKS = 600
"""30 seconds for each picture."""

Condition = Callable[[], bool]

_DIALOGS = (
    (NodeKind.PENDING_UPDATES, Verb.APPROVE),
    (NodeKind.PENDING_UPDATES, Verb.REJECT),
    (NodeKind.DEPLOYED_UPDATES, Verb.ROLL_BACK),
    (NodeKind.DEPLOYED_UPDATES, Verb.REMOVE_UPDATE),
)


class Photographer(QObject):
    """Goes through the window step by step, on the window's own event loop."""

    def __init__(self, window: MainWindow, folder: Path, finished: Callable[[], None]) -> None:
        super().__init__(window)
        self.complete = False
        self._window = window
        self._folder = folder
        self._finished = finished
        self._steps = self._walk()
        self._condition: Condition = lambda: True
        self._looks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def begin(self) -> None:
        """Start walking."""
        self._timer.start()

    def _look(self) -> None:
        self._looks += 1
        if not self._condition() and self._looks < _MOST_LOOKS:
            return
        self._looks = 0
        try:
            self._condition = next(self._steps)
        except StopIteration:
            self._timer.stop()
            self.complete = True
            self._finished()

    def _walk(self) -> Iterator[Condition]:
        """The whole round; each condition is waited for before the next step."""
        window = self._window
        self._take("console-connecting", window)
        yield self._settled
        session = window.session()
        if session is None or not isinstance(session.state, Connected):
            yield from self._signing_in()
            return
        for number, (node, _, _, _) in enumerate(window.scope.children_of(window.node), start=1):
            window.open_node(node)
            yield self._listed
            self._take(f"{number:02}-{node.kind.value}", window)
            if window.list_pane.view.model().rowCount():
                window.list_pane.view.selectRow(0)
                yield self._selected
                self._take(f"{number:02}-{node.kind.value}-selected", window)
        yield from self._filters(session.address.origin)
        for kind, verb in _DIALOGS:
            yield from self._dialog(ScopeKey(kind, session.address.origin), verb)
        yield from self._dark(session.address.origin)
        window.open_node(ScopeKey(NodeKind.SERVER, session.address.origin))
        yield lambda: True
        self._take("server", window)
        window.open_node(CONSOLE)
        yield lambda: True
        self._take("console", window)

    def _signing_in(self) -> Iterator[Condition]:
        self._take("not-connected", self._window)
        for dialog in self._window.signing_in.dialogs.values():
            self._take("dialog-sign-in", dialog)
            dialog.refused("The account or password is wrong.")
            yield lambda: True
            self._take("dialog-sign-in-refused", dialog)

    def _filters(self, origin: str) -> Iterator[Condition]:
        window = self._window
        window.open_node(ScopeKey(NodeKind.DEVICES, origin))
        yield self._listed
        window.list_pane.filter_bar.fill({"search": "no such device"})
        window.list_pane.filter_bar.changed.emit()
        yield lambda: self._list_state() is ListState.EMPTY
        self._take("devices-nothing-found", window)
        window.list_pane.filter_bar.clear()
        yield self._listed
        window.list_pane.view.selectAll()
        yield self._selected
        self._take("devices-all-selected", window)
        window.banner.say("The service at https://updates.contoso.com:8444 did not answer in time.", lambda: None)
        yield lambda: True
        self._take("failure", window)
        window.banner.hide()

    def _dialog(self, node: ScopeKey, verb: Verb, prefix: str = "") -> Iterator[Condition]:
        window = self._window
        window.open_node(node)
        yield self._listed
        window.list_pane.view.selectAll()
        yield self._selected
        if not window.commands.actions[verb].isEnabled():
            return
        window.commands.actions[verb].trigger()
        yield lambda: window.item_verbs.rules.dialog is not None
        dialog = window.item_verbs.rules.dialog
        if isinstance(dialog, QDialog):
            yield dialog.isVisible
            self._take(f"{prefix}dialog-{verb.value}", dialog)
            dialog.reject()
        yield lambda: window.item_verbs.rules.dialog is None

    def _dark(self, origin: str) -> Iterator[Condition]:
        window = self._window
        light = QApplication.palette()
        QApplication.setPalette(_dark_palette())
        for kind in (NodeKind.DEVICES, NodeKind.PENDING_UPDATES):
            window.open_node(ScopeKey(kind, origin))
            yield self._listed
            window.list_pane.view.selectRow(1)
            yield self._selected
            self._take(f"dark-{kind.value}", window)
        yield from self._dialog(ScopeKey(NodeKind.PENDING_UPDATES, origin), Verb.APPROVE, "dark-")
        QApplication.setPalette(light)
        yield lambda: True

    def _take(self, name: str, widget: QWidget) -> None:
        widget.grab().save(str(self._folder / f"{name}.png"))

    # What is waited for

    def _settled(self) -> bool:
        session = self._window.session()
        return session is None or isinstance(session.state, Connected | NeedsSignIn | Unreachable)

    def _list_state(self) -> ListState | None:
        live = self._window.list_pane.live
        return None if live is None else live.model.status.state

    def _listed(self) -> bool:
        live = self._window.list_pane.live
        if live is None or self._list_state() is ListState.LOADING:
            return False
        return live.model.rowCount() == 0 or live.model.row(0) is not None

    def _selected(self) -> bool:
        """The view tells of a selection in the turn after it."""
        view = self._window.list_pane.view
        return bool(self._window.list_pane.selected_items()) and not view.is_settling


def _dark_palette() -> QPalette:
    """Fusion's dark colours, for a platform that has no colour scheme of its own to follow."""
    palette = QPalette(QColor("#323232"), QColor("#2b2b2b"))
    for role, colour in (
        (QPalette.ColorRole.Base, "#242424"),
        (QPalette.ColorRole.AlternateBase, "#2b2b2b"),
        (QPalette.ColorRole.Text, "#f0f0f0"),
        (QPalette.ColorRole.WindowText, "#f0f0f0"),
        (QPalette.ColorRole.ButtonText, "#f0f0f0"),
        (QPalette.ColorRole.PlaceholderText, "#a0a0a0"),
        (QPalette.ColorRole.Highlight, "#308cc6"),
        (QPalette.ColorRole.HighlightedText, "#ffffff"),
    ):
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#808080"))
    return palette
