"""The verbs on a whole service: its properties, its settings, its log settings, its audit trail, its purge."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeAlias, TypeVar

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.settings.setting_fields import SettingsPage
from device_update_console.core.settings.settings_saving import read_settings
from device_update_console.core.sheets.server_properties import ServerProperties, fetch_server_properties
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.verbs.purges import PurgeKind, purges_of
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.logs_and_audit.audit_check_dialog import AuditCheckDialog
from device_update_console.qt.settings.settings_sheets import ServerSheet, log_settings_sheet
from device_update_console.qt.sheets.property_sheet import PropertySheet
from device_update_console.qt.verbs.long_work import run_with_progress
from device_update_console.qt.verbs.purge_dialog import PurgeDialog
from device_update_console.qt.window.workplace import Workplace
from device_update_contract.administration.server import SettingModel

Result = TypeVar("Result")

OnService: TypeAlias = Callable[[ServerSession], None]


class ServiceVerbs:
    """Those of one window."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self.audit_check: AuditCheckDialog | None = None
        """The check of the audit trail that is open."""
        self.purging: PurgeDialog | None = None
        """The question before a purge."""

    def handlers(self) -> Mapping[Verb, OnService]:
        """What each verb does with the server of the open node."""
        return {
            Verb.SERVER_PROPERTIES: lambda session: self._server(session, SettingsPage.GENERAL),
            Verb.SETTINGS: lambda session: self._server(session, SettingsPage.DEVICES),
            Verb.LOG_SETTINGS: self._log_settings,
            Verb.VERIFY_AUDIT_TRAIL: self._verify_audit_trail,
            Verb.PURGE_LOGS: lambda session: self._purge(session, PurgeKind.LOGS),
            Verb.PURGE_UPDATES: lambda session: self._purge(session, PurgeKind.UPDATES),
            Verb.PURGE_ALL: lambda session: self._purge(session, PurgeKind.ALL),
        }

    def _server(self, session: ServerSession, page: SettingsPage) -> None:
        origin = session.address.origin

        def show(known: ServerProperties) -> None:
            sheet = self._place.sheets.show((origin, "server"), lambda: self._server_sheet(session, known))
            found = sheet.findChild(ServerSheet)
            if found is not None:
                found.settings.show_place(page)

        self._ask(session, lambda connection: fetch_server_properties(connection, origin), show)

    def _server_sheet(self, session: ServerSession, known: ServerProperties) -> PropertySheet:
        return ServerSheet(session, known, self._place.window).settings.sheet

    def _log_settings(self, session: ServerSession) -> None:
        def show(settings: list[SettingModel]) -> None:
            key = (session.address.origin, "log-settings")
            self._place.sheets.show(key, lambda: log_settings_sheet(session, settings, self._place.window).sheet)

        self._ask(session, read_settings, show)

    def _ask(
        self,
        session: ServerSession,
        work: Callable[[ServerConnection], Coroutine[Any, Any, Result]],
        show: Callable[[Result], None],
    ) -> None:
        """Get what a sheet shows; a slow server is told, and need not be waited for."""
        title = text("Waiting for {server}", server=session.title)
        run_with_progress(self._place, session, title, lambda connection, _: work(connection), show)

    def _verify_audit_trail(self, session: ServerSession) -> None:
        dialog = AuditCheckDialog(session, self._place.background, self._place.window)
        self.audit_check = dialog
        dialog.finished.connect(lambda _: self._forget(dialog))
        dialog.open()

    def _purge(self, session: ServerSession, kind: PurgeKind) -> None:
        dialog = PurgeDialog(session, kind, purges_of(session.features), self._place.window)
        self.purging = dialog
        dialog.purged.connect(self._place.tell)
        dialog.finished.connect(lambda _: self._forget_purge(dialog))
        dialog.open()

    def _forget_purge(self, dialog: PurgeDialog) -> None:
        if self.purging is dialog:
            self.purging = None
        dialog.deleteLater()

    def _forget(self, dialog: AuditCheckDialog) -> None:
        if self.audit_check is dialog:
            self.audit_check = None
        dialog.deleteLater()
