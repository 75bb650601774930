"""The button of a sheet with the verbs that can be used on what it shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from PySide6.QtWidgets import QDialogButtonBox, QMenu, QPushButton

from device_update_console.core.texts.language import text
from device_update_console.core.verbs.offered_verbs import DEFINITIONS, Selection, Verb, verbs_for
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.sheets.saving_dialog import SavingDialog
from device_update_console.qt.widgets.icons import blank, icon


def add_actions(
    sheet: SavingDialog,
    session: ServerSession,
    nodes: Collection[NodeKind],
    verbs: Sequence[Verb],
    items: Callable[[], Sequence[Any]],
    do: Callable[[Verb], None],
) -> QPushButton:
    """Put the button into a sheet; which verbs fit is found each time that it is clicked."""
    button = QPushButton(text("A&ctions"))
    menu = QMenu(button)

    def fill() -> None:
        menu.clear()
        for verb, why_not in _offered(session, nodes, verbs, items()):
            definition = DEFINITIONS[verb]
            action = menu.addAction(icon(definition.icon) if definition.icon else blank(), text(definition.title))
            action.setEnabled(not why_not)
            action.setToolTip(why_not)
            action.triggered.connect(lambda _=False, verb=verb: do(verb))

    menu.setToolTipsVisible(True)
    menu.aboutToShow.connect(fill)
    button.setMenu(menu)
    button.setAutoDefault(False)
    sheet.buttons.addButton(button, QDialogButtonBox.ButtonRole.ResetRole)
    button.setVisible(bool(_offered(session, nodes, verbs, items())))
    return button


def _offered(
    session: ServerSession, nodes: Collection[NodeKind], verbs: Sequence[Verb], items: Sequence[Any]
) -> list[tuple[Verb, str]]:
    """The verbs that the account may use, with why each cannot be used now; one that cannot anywhere is left out."""
    found: dict[Verb, str] = {}
    for node in nodes:
        for offered in verbs_for(node, Selection(items), session.permissions, session.features):
            if offered.verb in verbs:
                found[offered.verb] = offered.why_not
    return [(verb, found[verb]) for verb in verbs if verb in found]
