"""Every verb as one action of Qt, shared by menus, toolbar, context menus, actions pane and shortcuts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QToolBar

from device_update_console.core.texts.language import text
from device_update_console.core.verbs.definition import without_mnemonic
from device_update_console.core.verbs.menus import Entry, Menu, shown_entries
from device_update_console.core.verbs.offered_verbs import DEFINITIONS, OfferedVerb, Verb
from device_update_console.qt.widgets.icons import blank, icon

_ALSO = {Verb.UP: ["Alt+Up", "Backspace"]}


class Commands(QObject):
    """The actions; `offer` says which of them are there and can be used now."""

    triggered = Signal(object)
    """The `Verb`."""

    def __init__(self, handled: Collection[Verb], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._handled = frozenset(handled)
        self._offered: dict[Verb, OfferedVerb] = {}
        self._toolbars: list[list[tuple[Verb | None, QAction]]] = []
        self.actions: Mapping[Verb, QAction] = {verb: self._action(verb) for verb in Verb}
        self.offer(())

    def offer(self, offered: Iterable[OfferedVerb]) -> None:
        """These verbs are there; the others vanish from every place, and their shortcuts with them."""
        self._offered = {each.verb: each for each in offered if each.verb in self._handled}
        for verb, action in self.actions.items():
            each = self._offered.get(verb)
            action.setVisible(each is not None)
            action.setEnabled(each is not None and each.enabled)
            tip = text(DEFINITIONS[verb].tip)
            action.setStatusTip(tip if each is None or each.enabled else each.why_not)
        for toolbar in self._toolbars:
            self._separate(toolbar)

    def offered(self) -> Collection[Verb]:
        """The verbs that are there now."""
        return self._offered.keys()

    def shown(self, entries: Collection[Entry]) -> list[QAction | None]:
        """The actions of a flat list of verbs that are there now; None separates."""
        left = shown_entries(entries, self._offered.keys())
        return [self.actions[each] if isinstance(each, Verb) else None for each in left]

    def fill(self, menu: QMenu, entries: Collection[Entry]) -> None:
        """Put what is there of a menu into a menu."""
        for entry in shown_entries(entries, self._offered.keys()):
            if entry is None:
                menu.addSeparator()
            elif isinstance(entry, Menu):
                self.fill(menu.addMenu(text(entry.title)), entry.entries)
            else:
                menu.addAction(self.actions[entry])

    def fill_when_opened(self, menu: QMenu, entries: Collection[Entry]) -> None:
        """A menu of the menu bar: put together each time that it opens."""

        def fill() -> None:
            menu.clear()
            self.fill(menu, entries)

        menu.aboutToShow.connect(fill)

    def fill_toolbar(self, toolbar: QToolBar, entries: Collection[Verb | None]) -> None:
        """Put all of a toolbar's verbs into it; those that are not there are hidden by Qt."""
        filled: list[tuple[Verb | None, QAction]] = []
        for entry in entries:
            if isinstance(entry, Verb):
                toolbar.addAction(self.actions[entry])
                filled.append((entry, self.actions[entry]))
            else:
                filled.append((None, toolbar.addSeparator()))
        self._toolbars.append(filled)

    def _separate(self, toolbar: list[tuple[Verb | None, QAction]]) -> None:
        """Show a separator only between verbs that are there."""
        waiting: QAction | None = None
        any_before = False
        for verb, action in toolbar:
            if verb is None:
                action.setVisible(False)
                waiting = action
            elif verb in self._offered:
                if waiting is not None and any_before:
                    waiting.setVisible(True)
                waiting, any_before = None, True

    def _action(self, verb: Verb) -> QAction:
        definition = DEFINITIONS[verb]
        action = QAction(text(definition.title), self)
        action.setObjectName(verb.value)
        title = without_mnemonic(text(definition.title))
        action.setIconText(title)
        action.setCheckable(definition.checkable)
        action.setIcon(blank() if definition.icon is None else icon(definition.icon))
        action.setIconVisibleInMenu(not definition.checkable)  # a tick stands there
        shortcuts = _ALSO.get(verb) or _both_enters(definition.shortcut or "")
        action.setShortcuts([QKeySequence(each) for each in shortcuts])
        action.setToolTip(_tool_tip(title, shortcuts))
        action.triggered.connect(self._teller(verb))
        return action

    def _teller(self, verb: Verb) -> Callable[[], None]:
        return lambda: self.triggered.emit(verb)


def _both_enters(shortcut: str) -> list[str]:
    """For Qt the large key is Return, the one beside the digits Enter; people call both Enter."""
    if not shortcut:
        return []
    return [shortcut.replace("Return", "Enter"), shortcut] if shortcut.endswith("Return") else [shortcut]


def _tool_tip(title: str, shortcuts: list[str]) -> str:
    title = title.removesuffix("...")
    if not shortcuts:
        return title
    return f"{title} ({QKeySequence(shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText)})"
