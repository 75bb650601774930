"""What is around the panes of a window: their places, menu bar, toolbar and status bar, and what of it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QMainWindow, QSplitter, QToolBar, QWidget

from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.connections.connection_texts import state_text
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.menus import MENU_BAR, TOOLBAR
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.remembered import Remembered
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.lists.list_pane import ListPane
from device_update_console.qt.widgets.announcing import announce
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.window.commands import Commands
from device_update_console.qt.window.layout import WindowLayout


class WindowFrame:
    """Of one window; `keep` remembers how it is left."""

    def __init__(self, window: QMainWindow, tree: QWidget, middle: QWidget, actions: QWidget, lists: ListPane) -> None:
        self._window = window
        resize_within_screen(window, 1280, 800)
        self.counts = QLabel()
        """What is in the list, and how much of it is selected."""
        self.connection = QLabel()
        """Which server, as whom, or why not."""
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        for pane, stretch in ((tree, 0), (middle, 1), (actions, 0)):
            self.splitter.addWidget(pane)
            self.splitter.setStretchFactor(self.splitter.count() - 1, stretch)
        self.splitter.setChildrenCollapsible(False)
        self._sides = (tree, actions)
        window.setCentralWidget(self.splitter)
        self._toolbar = QToolBar(text("Toolbar"))
        self._toolbar.setMovable(False)
        self._toolbar.setIconSize(QSize(16, 16))
        self._toolbar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        window.addToolBar(self._toolbar)
        for label in (self.counts, self.connection):
            label.setContentsMargins(6, 0, 6, 0)
        window.statusBar().addWidget(self.counts, 1)
        window.statusBar().addPermanentWidget(self.connection)
        self.switches: Mapping[Verb, QWidget] = {
            Verb.SHOW_SCOPE_TREE: tree,
            Verb.SHOW_ACTIONS_PANE: actions,
            Verb.SHOW_DETAILS_PANE: lists.details,
            Verb.SHOW_FILTER_BAR: lists.filter_bar,
            Verb.SHOW_TOOLBAR: self._toolbar,
            Verb.SHOW_STATUS_BAR: window.statusBar(),
        }
        self._splitters = (self.splitter, lists.splitter)

    def say(self, sentence: str, milliseconds: int = 0) -> None:
        """Say in the status bar what was done; without a time until something else is said there."""
        self._window.statusBar().showMessage(sentence, milliseconds)
        announce(self._window.statusBar(), sentence)

    def show_connection(self, session: ServerSession | None) -> None:
        """Say which server, as whom, or why not; why not is announced by the banner that says it too."""
        said = "" if session is None else f"{session.title}: {state_text(session.state)}"
        is_news = said != self.connection.text()
        self.connection.setText(said)
        if is_news and session is not None and isinstance(session.state, Connected):
            announce(self.connection, said)

    def fill(self, commands: Commands) -> None:
        """Put the verbs into menus and toolbar."""
        for menu in MENU_BAR:
            shown = self._window.menuBar().addMenu(text(menu.title))
            commands.fill_when_opened(shown, menu.entries)
            if Verb.NEW_WINDOW in menu.entries:
                self.window_menu = shown
                """Where the open windows are listed too."""
        commands.fill_toolbar(self._toolbar, TOOLBAR)
        self._window.addActions(list(commands.actions.values()))
        tree, actions = (side.sizeHint().width() for side in self._sides)
        self.splitter.setSizes([tree, self._window.width() - tree - actions, actions])

    def restore(self, remembered: Remembered) -> None:
        """Make it what the last window was; from then on it is remembered by `keep`."""
        self._layout = WindowLayout(self._window, self._splitters, self.switches, remembered)
        self._layout.restore()

    def keep(self) -> None:
        """Remember what it is now."""
        self._layout.keep()

    def handlers(self, switched: Callable[[], None]) -> Mapping[Verb, Callable[[], None]]:
        """What shows and hides each part; ``switched`` is told afterwards."""

        def switch(widget: QWidget) -> None:
            widget.setVisible(widget.isHidden())
            switched()

        return {verb: partial(switch, widget) for verb, widget in self.switches.items()}

    def show_switches(self, commands: Commands) -> None:
        """Check the verbs of what is shown."""
        for verb, widget in self.switches.items():
            commands.actions[verb].setChecked(not widget.isHidden())
