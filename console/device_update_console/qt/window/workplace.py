"""What the verbs of a window need of it: where dialogs stand, where outcomes and failures are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from device_update_console.core.verbs.confirmations import Outcome
from device_update_console.qt.background import Background
from device_update_console.qt.sheets.open_sheets import OpenSheets
from device_update_console.qt.widgets.name_editor import NameEdit
from device_update_console.qt.window.navigation import ScopeKey


@dataclass(frozen=True, slots=True)
class Workplace:
    """One window, as a verb sees it."""

    window: QWidget
    background: Background
    sheets: OpenSheets
    tell: Callable[[Outcome], None]
    """What came of a verb; the lists that show it are read anew."""
    fail: Callable[[Exception], None]
    """Why nothing came of it."""
    rename_node: Callable[[ScopeKey, NameEdit], None]
    """Edit a node's name where it stands in the tree."""
    rename_item: Callable[[str, NameEdit], None]
    """Edit the name of the item of an id where it stands in the list."""
