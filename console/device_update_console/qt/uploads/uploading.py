"""Upload Updates in a window: its wizards, packages that are dropped on it, and the question before it closes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.failures import NothingSelected
from device_update_console.core.texts.language import text
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.uploads.package_drops import PackageDrops
from device_update_console.qt.uploads.upload_wizard import UploadWizard, cancelling
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_console.qt.verbs.questions import AskedQuestion
from device_update_console.qt.window.navigation import ScopeKey
from device_update_console.qt.window.workplace import Workplace
from device_update_contract.administration.roles import Permission


class Uploading:
    """Of one window; ``session`` is the server of the open node."""

    def __init__(
        self,
        place: Workplace,
        servers: Servers,
        session: Callable[[], ServerSession | None],
        open_node: Callable[[ScopeKey], None],
    ) -> None:
        self._place = place
        self._servers = servers
        self._session = session
        self._open_node = open_node
        self.wizards: list[UploadWizard] = []
        self.asked: AskedQuestion[ConfirmationDialog] = AskedQuestion()
        self._drops = PackageDrops(place.window, self.begin)

    def begin(self, paths: Sequence[Path] = ()) -> None:
        """Open the wizard, or the one that still takes files; with these files in it."""
        session = self._session()
        if session is None or not _may_upload_to(session):
            self._place.fail(NothingSelected(text("Open a server first, one on which you may upload packages.")))
            return
        origin = session.address.origin
        fitting = (each for each in self.wizards if each.takes_files and each.plan.servers[0] == origin)
        wizard = next(fitting, None) or self._new(session)
        wizard.add_files(paths)
        wizard.raise_()
        wizard.activateWindow()

    def may_close(self, close: Callable[[], object]) -> bool:
        """Whether the window may close now; otherwise somebody is asked, and ``close`` is called after Yes."""
        if not any(wizard.runs.is_running for wizard in self.wizards):
            self.stop()
            return True
        if self.asked.dialog is None:
            dialog = ConfirmationDialog(cancelling(), "warning", self._place.window)

            def yes(_: ConfirmationDialog) -> None:
                self.stop()
                close()

            self.asked.ask(dialog, yes)
        return False

    def stop(self) -> None:
        """Cut all uploads and close their wizards."""
        for wizard in tuple(self.wizards):
            wizard.stop()

    def _new(self, session: ServerSession) -> UploadWizard:
        wizard = UploadWizard(self._place.background, self._servers, session, self._place.window)
        wizard.finished.connect(lambda _: self._forget(wizard))
        wizard.pending_wanted.connect(lambda origin: self._show_pending(wizard, origin))
        self.wizards.append(wizard)
        wizard.show()
        return wizard

    def _show_pending(self, wizard: UploadWizard, origin: str) -> None:
        wizard.accept()
        self._open_node(ScopeKey(NodeKind.PENDING_UPDATES, origin))

    def _forget(self, wizard: UploadWizard) -> None:
        if wizard in self.wizards:
            self.wizards.remove(wizard)
            wizard.deleteLater()


def _may_upload_to(session: ServerSession) -> bool:
    return isinstance(session.state, Connected) and Permission.IMPORT_PACKAGES in session.permissions
