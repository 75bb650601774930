"""What is photographed of lists beside their dialogs: groups, the menu of a heading, a saved filter, finding."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from device_update_console.core.lists.row_changes import ListState
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.screenshots.photographer import Condition, Studio
from device_update_console.qt.window.navigation import ScopeKey


def arranged_lists(studio: Studio) -> Iterator[Condition]:
    """The devices grouped and filtered; what is changed for it is changed back."""
    window = studio.window
    session = window.session()
    if session is None or "devices" not in session.features:
        return
    devices = ScopeKey(NodeKind.DEVICES, session.address.origin)
    window.open_node(devices)
    yield lambda: _is_read(studio)
    pane = window.list_pane
    before = pane.columns.chosen
    section = next(n for n, column in enumerate(pane.columns.columns) if column.key == "model")
    pane.columns.group_by(section, grouped=True)
    yield studio.steady(window)
    studio.take("devices-grouped", window)
    place = QPoint(pane.view.horizontalHeader().sectionViewportPosition(section) + 4, 4)
    pane.view.horizontalHeader().customContextMenuRequested.emit(place)
    yield lambda: QApplication.activePopupWidget() is not None
    menu = QApplication.activePopupWidget()
    if menu is not None:
        studio.take("menu-of-heading", menu)
        menu.close()
    pane.columns.group_by(section, grouped=False)
    pane.columns.chosen = before
    yield from _saved_filter(studio)
    yield from _found(studio)


def _saved_filter(studio: Studio) -> Iterator[Condition]:
    window = studio.window
    window.list_pane.filter_bar.put({"status": "up-to-date"})
    yield lambda: _is_read(studio)
    window.commands.actions[Verb.SAVE_FILTER].trigger()
    dialog = window.lists.filters.dialog
    if dialog is None:
        return
    dialog.name_field.setText(text("Up to date"))
    yield studio.steady(dialog)
    studio.take("dialog-save-filter", dialog)
    dialog.accept()
    yield lambda: window.node.kind is NodeKind.SAVED_FILTER and _is_read(studio)
    yield lambda: window.servers.saved_filters.counts(window.node.origin) != {}
    yield studio.steady(window)
    studio.take("node-saved-filter", window)
    window.commands.actions[Verb.REMOVE_FILTER].trigger()
    window.list_pane.filter_bar.clear()
    yield lambda: _is_read(studio)


def _found(studio: Studio) -> Iterator[Condition]:
    window = studio.window
    window.lists.finding.begin("00-")
    dialog = window.lists.finding.dialog
    if dialog is None:
        return
    yield lambda: dialog.has_answered
    yield studio.steady(dialog)
    studio.take("dialog-find-device-found", dialog)
    dialog.sought.setEditText("4G2")
    yield lambda: dialog.has_answered and dialog.devices.topLevelItemCount() == 0
    yield studio.steady(dialog)
    studio.take("dialog-find-device-known-instead", dialog)
    dialog.reject()


def _is_read(studio: Studio) -> bool:
    live = studio.window.list_pane.live
    return live is not None and live.model.status.state is not ListState.LOADING
