"""Export List in the window: what, where to, how far it came, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from device_update_console.core.lists.export import Export, ExportFormat, carry_out_export
from device_update_console.core.lists.export_form import proposed_path
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.confirmations import Outcome
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.lists.export_dialog import ExportDialog
from device_update_console.qt.lists.list_pane import ListPane
from device_update_console.qt.verbs.long_work import run_with_progress
from device_update_console.qt.window.workplace import Workplace


class Exporting:
    """Of one window; ``title`` tells what the open list is called."""

    def __init__(self, place: Workplace, pane: ListPane, title: Callable[[], str]) -> None:
        self._place = place
        self._pane = pane
        self._title = title
        self._folder: Path | None = None
        self.dialog: ExportDialog | None = None

    def handlers(self) -> Mapping[Verb, Callable[[ServerSession], object]]:
        """What the verb does."""
        return {Verb.EXPORT_LIST: self._ask}

    def _ask(self, session: ServerSession) -> None:
        """Ask first; what is exported is what is seen now, whatever is typed into the filter meanwhile."""
        definition, live, selection = self._pane.definition, self._pane.live, self._pane.selection()
        if definition is None or live is None:
            return
        # Where all are selected, or not all that are selected were read, the items are only some of what is meant.
        items = [] if selection.unread or selection.all_matching is not None else selection.items
        query = definition.query(live.filters, sort=self._pane.columns.sort or None)
        shown, selected = self._pane.columns.shown(), definition.count_text(len(items)) if items else ""
        path = proposed_path(
            self._place_of_files(), self._title(), ExportFormat.CSV, datetime.now().astimezone().date()
        )
        dialog = ExportDialog(self._pane.total_text(), selected, path, self._place.window)
        self.dialog = dialog

        def take() -> None:
            columns = shown if dialog.shown_columns.isChecked() else definition.columns
            chosen = items if dialog.selected_rows.isChecked() else None
            self._folder = dialog.path.parent
            self._carry_out(session, Export(definition, query, columns, dialog.form, dialog.path, chosen))

        dialog.accepted.connect(take)
        dialog.finished.connect(self._forget)
        dialog.open()

    def _carry_out(self, session: ServerSession, export: Export) -> None:
        def done(count: int) -> None:
            written = text("{items} written to {path}.", items=export.definition.count_text(count), path=export.path)
            self._place.tell(Outcome(written))

        title = text("Writing {path}...", path=export.path.name)
        run_with_progress(
            self._place,
            session,
            title,
            lambda connection, progress: carry_out_export(connection, export, progress),
            done,
        )

    def _place_of_files(self) -> Path:
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        proposed = [each for each in (self._folder, Path(documents)) if each is not None and each.is_dir()]
        return proposed[0] if proposed else Path.home()

    def _forget(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()
