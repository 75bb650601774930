"""Save Filter, Rename Filter and Remove Filter: nodes below Devices that open a filtered list."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QDialog

from device_update_console.core.filters.filter_text import filter_text
from device_update_console.core.filters.saved_filters import filter_line, name_fault, replaced_by
from device_update_console.core.help.topics import VERB_TOPICS
from device_update_console.core.texts.formats import one_line
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.confirmations import Question
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind, SavedFilter
from device_update_console.qt.filters.filter_name_dialog import FilterNameDialog
from device_update_console.qt.filters.saved_filters import SavedFilters
from device_update_console.qt.lists.list_pane import ListPane
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_console.qt.verbs.questions import AskedQuestion
from device_update_console.qt.widgets.name_editor import NameEdit
from device_update_console.qt.window.navigation import ScopeKey
from device_update_console.qt.window.workplace import Workplace


class FilterVerbs:
    """Carries them out at the node that is open; ``go`` opens another one."""

    def __init__(
        self,
        place: Workplace,
        pane: ListPane,
        saved_filters: SavedFilters,
        here: Callable[[], ScopeKey],
        go: Callable[[ScopeKey], None],
    ) -> None:
        self._place = place
        self._pane = pane
        self._saved_filters = saved_filters
        self._here = here
        self._go = go
        self.dialog: FilterNameDialog | None = None
        self.removing: AskedQuestion[ConfirmationDialog] = AskedQuestion()

    def handlers(self) -> Mapping[Verb, Callable[[], object]]:
        """What each verb does."""
        return {
            Verb.SAVE_FILTER: self._save,
            Verb.RENAME_FILTER: self._rename,
            Verb.REMOVE_FILTER: self._remove,
        }

    def impossible(self) -> set[Verb]:
        """The verbs that cannot be used now."""
        return set() if self._pane.asked() else {Verb.SAVE_FILTER}

    def _save(self) -> None:
        fields, node = self._pane.asked(), self._here()
        if not fields:
            return

        def advise(name: str) -> tuple[str, bool]:
            fault = name_fault(name, ())
            replaced = replaced_by(name, self._saved_filters.all())
            if fault or replaced is None:
                return fault, not fault
            return text("It takes the place of the filter of this name."), True

        def take(name: str) -> None:
            saved = self._saved_filters.save(name, fields)
            self._go(ScopeKey(NodeKind.SAVED_FILTER, node.origin, saved.name))

        self._ask(text("Save Filter"), node.name, filter_text(fields), advise, take)

    def _rename(self) -> None:
        node, saved = self._here(), self._open_filter()
        if saved is None:
            return
        others = [each.name for each in self._saved_filters.all() if each.name != saved.name]

        def take(name: str) -> None:
            renamed = self._saved_filters.rename(saved, name)
            self._go(ScopeKey(NodeKind.SAVED_FILTER, node.origin, renamed.name))

        self._place.rename_node(node, NameEdit(saved.name, lambda name: name_fault(name, others), take))

    def _remove(self) -> None:
        saved = self._open_filter()
        if saved is not None:
            question = Question(
                text("Remove Filter"),
                text("Remove the filter {name}?", name=one_line(saved.name)),
                (text("It goes out of the tree; the devices that it finds stay."),),
                lines=(filter_line(saved),),
            )
            dialog = ConfirmationDialog(question, "remove", self._place.window)
            dialog.help_topic = VERB_TOPICS[Verb.REMOVE_FILTER]
            self.removing.ask(dialog, lambda _: self._saved_filters.remove(saved))

    def _open_filter(self) -> SavedFilter | None:
        node = self._here()
        return self._saved_filters.find(node.name) if node.kind is NodeKind.SAVED_FILTER else None

    def _ask(
        self,
        title: str,
        name: str,
        line: str,
        advise: Callable[[str], tuple[str, bool]],
        take: Callable[[str], None],
    ) -> None:
        dialog = FilterNameDialog(title, name, line, advise, self._place.window)
        self.dialog = dialog

        def finish(result: int) -> None:
            self.dialog = None
            dialog.deleteLater()
            if result == QDialog.DialogCode.Accepted:
                take(dialog.name)

        dialog.finished.connect(finish)
        dialog.open()
