"""What is photographed. Dialogs are found by themselves: whatever verb can be used and opens one.

A dialog with several states (refused, loading, second page) has a scene of its own here; they run in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QItemSelectionModel, QPoint, QTimer
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QTabWidget

from device_update_console.core.connections.connection_states import Connected, NeedsSignIn, Unreachable
from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.lists.row_changes import ListState
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.offered_verbs import DEFINITIONS, Selected, Verb
from device_update_console.core.window.scope_tree import NODES, NodeKind
from device_update_console.qt.screenshots.lists import arranged_lists
from device_update_console.qt.screenshots.photographer import Condition, Scene, Studio, opened_windows, set_palette
from device_update_console.qt.screenshots.servers import coming_to_a_server
from device_update_console.qt.screenshots.uploads import upload_pages
from device_update_console.qt.widgets.appearance import SELECTION
from device_update_console.qt.window.main_window import MainWindow
from device_update_console.qt.window.navigation import CONSOLE, ScopeKey

_OPEN_WINDOWS = frozenset({
    Verb.PROPERTIES, Verb.SERVER_PROPERTIES, Verb.ACCOUNT_STATUS, Verb.VERIFY_AUDIT_TRAIL, Verb.VIEW_LOG, Verb.HELP,
    Verb.ABOUT,
})  # fmt: skip
"""Verbs that open a window, beside all those whose title ends in dots."""
_ROWS_TRIED = 12
"""A verb on one item may fit few of them."""


def connecting(studio: Studio) -> Iterator[Condition]:
    """Before anything is known, and where somebody has to sign in."""
    window = studio.window
    studio.take("console-connecting", window)
    yield lambda: _settled(window)
    session = window.session()
    if session is None or isinstance(session.state, Connected):
        return
    yield studio.steady(window)
    studio.take("not-connected", window)
    for dialog in list(window.signing_in.dialogs.values()):
        yield studio.steady(dialog)
        studio.take("dialog-sign-in", dialog)
        dialog.refused(text("The service did not accept who you are."))
        yield studio.steady(dialog)
        studio.take("dialog-sign-in-refused", dialog)


def console_and_server(studio: Studio) -> Iterator[Condition]:
    """The nodes without a list, in light and in dark."""
    window = studio.window
    server = ScopeKey(NodeKind.SERVER, window.node.origin)
    for prefix in ("", "dark-"):
        if prefix:
            set_palette(dark_palette())
        window.open_node(CONSOLE)
        yield studio.steady(window)
        studio.take(f"{prefix}console", window)
        session = window.servers.find(server.origin)
        if session is None or session.last_connected is None:
            continue
        window.open_node(server)
        overview = window.node_pane.overview
        yield lambda: window.node_pane.overview.is_drawn
        yield studio.steady(window)
        studio.take(f"{prefix}overview", window)
        overview.by_model.as_table.setChecked(True)
        overview.verticalScrollBar().setValue(overview.verticalScrollBar().maximum())
        yield studio.steady(window)
        studio.take(f"{prefix}overview-as-table", window)
        overview.by_model.as_table.setChecked(False)
        overview.verticalScrollBar().setValue(0)
    window.open_node(server)


def lists(studio: Studio) -> Iterator[Condition]:
    """Every list, and one of its rows with its details."""
    window = studio.window
    for node in _list_nodes(studio):
        yield from _open_list(studio, node)
        yield studio.steady(window)
        studio.take(f"node-{node.kind.value}", window)
        if _rows(window):
            yield from _select(studio, 0)
            yield studio.steady(window)
            studio.take(f"node-{node.kind.value}-selected", window)


def filters_and_failures(studio: Studio) -> Iterator[Condition]:
    """What a list looks like when there is nothing in it, everything is selected, or something failed."""
    window = studio.window
    node = _node(studio, NodeKind.DEVICES)
    if node is None:
        return
    yield from _open_list(studio, node)
    if not _rows(window):
        return
    window.list_pane.filter_bar.fill({"search": "4G2"})
    window.list_pane.filter_bar.changed.emit()
    band = window.list_pane.band
    yield lambda: _list_state(window) is ListState.EMPTY and band.isVisible()
    yield studio.steady(window)
    studio.take("devices-nothing-found", window)
    told = band.texts()
    window.list_pane.filter_bar.fill({"search": "00-04-F2", "status": "install-loop"})
    window.list_pane.filter_bar.changed.emit()
    yield lambda: _list_state(window) is ListState.EMPTY and band.texts() != told
    yield studio.steady(window)
    studio.take("devices-filtered-away", window)
    told = band.texts()
    window.list_pane.filter_bar.fill({"search": "00-04-F2", "status": ""})
    window.list_pane.filter_bar.changed.emit()
    yield lambda: _listed(window) and band.isVisible() and band.texts() != told
    yield studio.steady(window)
    studio.take("devices-what-changed", window)
    window.list_pane.filter_bar.clear()
    yield lambda: _listed(window) and not _is_filtered(window)  # rows of before go, and what was selected with them
    window.list_pane.view.selectAll()
    yield lambda: _selected(window)
    studio.take("devices-all-selected", window)
    window.banner.say(
        text("The service at {origin} did not answer in time.", origin="https://updates.contoso.com:8444"), lambda: None
    )
    yield studio.steady(window)
    studio.take("failure", window)
    window.banner.hide()


def menus(studio: Studio) -> Iterator[Condition]:
    """The menus of the menu bar, of a row and of a node."""
    window = studio.window
    node = _node(studio, NodeKind.DEVICES)
    if node is None:
        return
    yield from _open_list(studio, node)
    if _rows(window):
        yield from _select(studio, 0)
    for action in window.menuBar().actions():
        menu = action.menu()
        if isinstance(menu, QMenu):
            menu.aboutToShow.emit()
        if isinstance(menu, QMenu) and not menu.isEmpty():
            menu.popup(window.menuBar().mapToGlobal(window.menuBar().actionGeometry(action).bottomLeft()))
            yield menu.isVisible
            studio.take(f"menu-{_slug(action.text())}", menu)
            menu.close()
    for name, view in (("row", window.list_pane.view), ("node", window.scope)):
        view.customContextMenuRequested.emit(view.visualRect(view.currentIndex()).center() + QPoint(1, 1))
        yield lambda: QApplication.activePopupWidget() is not None
        popup = QApplication.activePopupWidget()
        if popup is not None:
            studio.take(f"menu-of-{name}", popup)
            popup.close()


def dark_lists(studio: Studio) -> Iterator[Condition]:
    """Lists on dark ground."""
    window = studio.window
    set_palette(dark_palette())
    for node in _list_nodes(studio):
        if node.kind not in {NodeKind.DEVICES, NodeKind.PENDING_UPDATES, NodeKind.AUDIT_TRAIL}:
            continue
        yield from _open_list(studio, node)
        if _rows(window) > 1:
            yield from _select(studio, 1)
        yield studio.steady(window)
        studio.take(f"dark-{node.kind.value}", window)


def _dialog_of(verb: Verb, *, dark: bool, kind: NodeKind | None = None) -> Scene:
    """The scene of one verb's dialog, at a node of this kind or else at the first where the verb is there."""

    def scene(studio: Studio) -> Iterator[Condition]:
        window = studio.window
        if dark:
            set_palette(dark_palette())
        if kind is not None and _node(studio, kind) is None:
            return
        yield from _make_usable(studio, verb, kind)
        action = window.commands.actions[verb]
        if not action.isVisible() or not action.isEnabled():
            studio.skipped.append(verb.value)
            return
        before = opened_windows(window)
        QTimer.singleShot(0, action.trigger)  # outside this scene: it may wait for an answer
        yield lambda: len(opened_windows(window)) > len(before)
        opened = next(each for each in opened_windows(window) if each not in before)
        if isinstance(opened, QFileDialog):
            return  # the system's own
        name = f"{'dark-' if dark else ''}dialog-{verb.value}{'' if kind is None else f'-of-{kind.value}'}"
        yield studio.steady(opened)
        studio.take(name, opened)
        for tabs in opened.findChildren(QTabWidget)[:1]:
            for number in (each for each in range(tabs.count()) if each != tabs.currentIndex()):
                tabs.setCurrentIndex(number)
                yield studio.steady(opened)
                studio.take(f"{name}-{_slug(tabs.tabText(number))}", opened)

    scene.__name__ = f"the dialog of {verb.value}{'' if kind is None else f' at {kind.value}'}"
    return scene


def opens_window(verb: Verb) -> bool:
    """Whether there is a dialog, or another window, to photograph."""
    return verb in _OPEN_WINDOWS or DEFINITIONS[verb].title.endswith("...")


_DARK_DIALOGS = (Verb.APPROVE, Verb.PROPERTIES, Verb.SERVER_PROPERTIES, Verb.UPLOAD_UPDATES, Verb.HELP)

SCENES: tuple[Scene, ...] = (
    connecting,
    console_and_server,
    lists,
    filters_and_failures,
    menus,
    arranged_lists,
    coming_to_a_server,
    dark_lists,
    upload_pages,
    *(_dialog_of(verb, dark=False) for verb in Verb if opens_window(verb)),
    *(_dialog_of(Verb.PROPERTIES, dark=False, kind=kind) for kind in NodeKind if kind in LISTS),
    *(_dialog_of(verb, dark=True) for verb in _DARK_DIALOGS),
)


# What scenes are made of


def _make_usable(studio: Studio, verb: Verb, kind: NodeKind | None = None) -> Iterator[Condition]:
    """Open a node where the verb is there, and select what it fits; of a kind only one item."""
    window, definition = studio.window, DEFINITIONS[verb]
    nodes = (definition.nodes or frozenset(NodeKind)) if kind is None else {kind}
    node = next((node for node in _all_nodes(studio) if node.kind in nodes), None)
    if node is None:
        return
    if node.kind in {NodeKind.SERVER, NodeKind.CONSOLE}:
        window.open_node(node)
        return
    yield from _open_list(studio, node)
    action, view = window.commands.actions[verb], window.list_pane.view
    rows = _rows(window)
    if definition.selected is Selected.NOTHING:
        return
    for row in range(min(rows, _ROWS_TRIED)):
        yield from _select(studio, row)
        if action.isEnabled():
            break
    if definition.selected is Selected.SOME and rows > 1 and kind is None:
        chosen = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        view.selectionModel().select(view.model().index(1, 0), chosen)
        yield lambda: _selected(window)


def _open_list(studio: Studio, node: ScopeKey) -> Iterator[Condition]:
    window = studio.window
    window.open_node(node)
    yield lambda: _listed(window)


def _rows(window: MainWindow) -> int:
    return window.list_pane.view.model().rowCount()


def _select(studio: Studio, row: int) -> Iterator[Condition]:
    """Select one row; the view tells of it in a later turn."""
    window = studio.window
    window.list_pane.view.selectRow(row)
    yield lambda: _selected(window)


def _all_nodes(studio: Studio) -> list[ScopeKey]:
    """The server and the nodes below it, in the tree's order."""
    window = studio.window
    server = ScopeKey(NodeKind.SERVER, window.node.origin)
    found = [server]
    for node in found:
        found += [key for key, *_ in window.scope.children_of(node)]
    return found


def _list_nodes(studio: Studio) -> list[ScopeKey]:
    return [node for node in _all_nodes(studio) if NODES[node.kind].parent not in {None, NodeKind.CONSOLE}]


def _node(studio: Studio, kind: NodeKind) -> ScopeKey | None:
    return next((node for node in _all_nodes(studio) if node.kind is kind), None)


def _settled(window: MainWindow) -> bool:
    session = window.session()
    return (
        session is None
        or isinstance(session.state, Connected | NeedsSignIn | Unreachable)
        or bool(window.signing_in.dialogs)
    )


def _list_state(window: MainWindow) -> ListState | None:
    live = window.list_pane.live
    return None if live is None else live.model.status.state


def _listed(window: MainWindow) -> bool:
    live = window.list_pane.live
    if live is None or _list_state(window) is ListState.LOADING:
        return False
    return live.model.rowCount() == 0 or live.model.row(0) is not None


def _is_filtered(window: MainWindow) -> bool:
    """Whether the rows that are there were found by a filter; those of another one may be on their way."""
    live = window.list_pane.live
    return live is not None and any(live.filters.values())


def _selected(window: MainWindow) -> bool:
    """The view tells of a selection in the turn after it."""
    return bool(window.list_pane.selected_items()) and not window.list_pane.view.is_settling


def _slug(title: str) -> str:
    """A title as a part of a file's name."""
    return re.sub(r"\W+", "-", title.replace("&", "").lower()).strip("-")


def dark_palette() -> QPalette:
    """Fusion's dark colours, for a platform that has no colour scheme of its own to follow."""
    palette = QPalette(QColor("#323232"), QColor("#2b2b2b"))
    for role, colour in (
        (QPalette.ColorRole.Base, "#242424"),
        (QPalette.ColorRole.AlternateBase, "#2b2b2b"),
        (QPalette.ColorRole.Text, "#f0f0f0"),
        (QPalette.ColorRole.WindowText, "#f0f0f0"),
        (QPalette.ColorRole.ButtonText, "#f0f0f0"),
        (QPalette.ColorRole.PlaceholderText, "#a0a0a0"),
        (QPalette.ColorRole.Highlight, SELECTION),
        (QPalette.ColorRole.HighlightedText, "#ffffff"),
        (QPalette.ColorRole.Link, "#6db3f2"),
        (QPalette.ColorRole.LinkVisited, "#6db3f2"),
    ):
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#808080"))
    return palette
