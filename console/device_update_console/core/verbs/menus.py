"""Menus, toolbar and actions pane: lists of verbs.

They are complete; what is shown of them are the verbs that `verbs_for` offers at the node, with what is left of the
separators (`shown_entries`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from device_update_console.core.verbs.definition import Verb
from device_update_console.core.verbs.table import LISTS
from device_update_console.core.window.scope_tree import NODES, NodeKind


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu with its title; an entry None separates."""

    title: str
    entries: tuple[Entry, ...]


Entry: TypeAlias = "Verb | Menu | None"

_V = Verb

_OF_THE_NODE: tuple[Entry, ...] = (
    _V.CONNECT_SERVER, _V.TRY_AGAIN, _V.SIGN_IN, _V.SIGN_OUT, _V.RENAME_SERVER, _V.DISCONNECT_SERVER, None,
    _V.UPLOAD_UPDATES, _V.ADD_TEST_DEVICE, _V.ADD_ACCOUNT, _V.VERIFY_AUDIT_TRAIL,
    _V.SAVE_FILTER, _V.RENAME_FILTER, _V.REMOVE_FILTER,
)  # fmt: skip
_OF_THE_ITEMS: tuple[Entry, ...] = (
    _V.APPROVE, _V.REJECT, _V.ROLL_BACK, _V.ROLL_BACK_TO, _V.REMOVE_UPDATE,
    _V.EDIT_TEST_DEVICE, _V.RENAME_TEST_DEVICE, _V.REMOVE_TEST_DEVICE,
    _V.USE_AS_TEST_DEVICE, _V.EDIT_NOTE, _V.EDIT_DEVICE, _V.RETIRE_DEVICE, _V.BRING_DEVICE_BACK, _V.REMOVE_DEVICE,
    _V.VIEW_LOG, _V.SAVE_LOG, _V.SHOW_DEVICE,
    _V.EDIT_ACCOUNT, _V.SET_PASSWORD, _V.UNLOCK_ACCOUNT, _V.ACCOUNT_STATUS, _V.REMOVE_ACCOUNT,
)  # fmt: skip

_CUSTOMIZE = Menu(
    "C&ustomize",
    (
        _V.SHOW_SCOPE_TREE, _V.SHOW_FILTER_BAR, _V.SHOW_DETAILS_PANE, _V.SHOW_ACTIONS_PANE, _V.SHOW_TOOLBAR,
        _V.SHOW_STATUS_BAR,
    ),
)  # fmt: skip
_GO = Menu("&Go", (_V.BACK, _V.FORWARD, _V.UP))

ACTION_MENU = Menu(
    "&Action",
    (
        *_OF_THE_NODE, None, *_OF_THE_ITEMS, None,
        _V.COPY_ROWS, _V.COPY_SUMMARY, _V.SELECT_ALL, None,
        _V.REFRESH, _V.EXPORT_LIST, None, _V.SERVER_PROPERTIES, _V.PROPERTIES,
    ),
)  # fmt: skip

_PURGE = Menu("&Purge", (_V.PURGE_LOGS, _V.PURGE_UPDATES, _V.PURGE_ALL))

MENU_BAR: tuple[Menu, ...] = (
    Menu("&File", (_V.OPEN_CONSOLE, _V.SAVE_CONSOLE_AS, None, _V.EXIT)),
    ACTION_MENU,
    Menu(
        "&View",
        (
            _V.CHOOSE_COLUMNS,
            _V.SIZE_COLUMNS,
            None,
            _V.SORT_BY_COLUMN,
            _V.GROUP_BY_COLUMN,
            _V.FILTER_BY_VALUE,
            _V.CLEAR_FILTER,
            None,
            _V.LIVE_UPDATES,
            None,
            _GO,
            _CUSTOMIZE,
        ),
    ),
    Menu(
        "&Tools",
        (_V.FIND_DEVICE, _V.REPORTS, None, _V.SETTINGS, _V.LOG_SETTINGS, None, _PURGE),
    ),
    Menu("&Window", (_V.NEW_WINDOW,)),
    Menu("&Help", (_V.HELP, None, _V.ABOUT)),
)

TOOLBAR: tuple[Verb | None, ...] = (
    _V.BACK, _V.FORWARD, _V.UP, None,
    _V.SHOW_SCOPE_TREE, None,
    _V.SERVER_PROPERTIES, _V.PROPERTIES, _V.REFRESH, _V.EXPORT_LIST, None,
    _V.UPLOAD_UPDATES, _V.FIND_DEVICE, None,
    _V.HELP, None,
    _V.SHOW_ACTIONS_PANE,
)  # fmt: skip

ITEM_CONTEXT_MENU: tuple[Entry, ...] = (
    *_OF_THE_ITEMS, None, _V.COPY_ROWS, _V.COPY_SUMMARY, None, _V.FILTER_BY_VALUE, None, _V.PROPERTIES,
)  # fmt: skip
"""Of the selected rows."""

NODE_CONTEXT_MENU: tuple[Entry, ...] = (
    *_OF_THE_NODE, None, _V.NEW_WINDOW, None, _V.REFRESH, _V.EXPORT_LIST, None, _V.SERVER_PROPERTIES,
)  # fmt: skip
"""Of a node in the tree, and of the empty part of a list."""

NODE_ACTIONS: tuple[Entry, ...] = (
    *_OF_THE_NODE, None, _V.NEW_WINDOW, _V.REFRESH, _V.EXPORT_LIST, None, _V.SERVER_PROPERTIES, _V.HELP,
)  # fmt: skip
"""The upper group of the actions pane, below the node's title."""

ITEM_ACTIONS: tuple[Entry, ...] = (*_OF_THE_ITEMS, None, _V.COPY_ROWS, _V.COPY_SUMMARY, None, _V.PROPERTIES)
"""The lower group of the actions pane, below what is selected; there only when something is."""

HEADER_CONTEXT_MENU: tuple[Entry, ...] = (_V.CHOOSE_COLUMNS, _V.SIZE_COLUMNS, None, _V.CLEAR_FILTER)
"""Of a list's headings, after the columns themselves."""

DEFAULT_VERBS: Mapping[NodeKind, Verb] = {
    **{node: _V.PROPERTIES for node in NODES if node in LISTS},
    NodeKind.DEVICE_LOGS: _V.VIEW_LOG,
}
"""What Enter and a double click on an item do; a node opens instead. Several items have their properties shown."""

REMOVING_VERBS: Mapping[NodeKind, Verb] = {
    NodeKind.SERVER: _V.DISCONNECT_SERVER,
    NodeKind.SAVED_FILTER: _V.REMOVE_FILTER,
}
"""What Del in the tree asks about: nodes that a person put there."""


def verbs_of(entries: Collection[Entry]) -> tuple[Verb, ...]:
    """All verbs of a menu, those of its submenus too."""
    found: list[Verb] = []
    for entry in entries:
        if isinstance(entry, Menu):
            found += verbs_of(entry.entries)
        elif entry is not None:
            found.append(entry)
    return tuple(found)


def shown_entries(entries: Collection[Entry], offered: Collection[Verb]) -> tuple[Entry, ...]:
    """What is left of a menu when only these verbs are offered: no empty submenu, no separator without purpose."""
    shown: list[Entry] = []
    for entry in entries:
        if entry is None:
            if shown and shown[-1] is not None:
                shown.append(None)
        elif isinstance(entry, Menu):
            inner = shown_entries(entry.entries, offered)
            if inner:
                shown.append(Menu(entry.title, inner))
        elif entry in offered:
            shown.append(entry)
    if shown and shown[-1] is None:
        shown.pop()
    return tuple(shown)
