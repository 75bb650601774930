"""Asking the person in front of the window who they are, for each server that wants to know."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from device_update_console.core.connections.connection_states import SignedOut, Unreachable
from device_update_console.core.failures import FailedCall
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.sign_in_dialog import SignInDialog
from device_update_http_authentication.identities import Credentials


class SigningIn:
    """One question at a time, in whichever window; it stays until the service has let somebody in.

    The questions of other servers wait for their turn: five dialogs one over the other are none that can be answered.
    """

    def __init__(self, parent_of_questions: Callable[[], QWidget | None]) -> None:
        self._parent_of_questions = parent_of_questions
        self._waiting: dict[str, tuple[ServerSession, FailedCall | None]] = {}
        self.dialogs: dict[str, SignInDialog] = {}
        """By the server's origin."""
        self._given_up: set[str] = set()
        """Origins of servers whose question was left while what was typed was being tried."""

    def asking(self) -> list[str]:
        """The origins of the servers that want to know, in the order in which they are asked about."""
        return [*self.dialogs, *self._waiting]

    def watch(self, session: ServerSession) -> None:
        """Ask for this server when it asks."""
        session.asks_for_access.connect(lambda failure: self._ask(session, failure))
        session.signed_in.connect(lambda: self._close(session))
        session.state_changed.connect(lambda: self._state_changed(session))

    def forget(self, session: ServerSession) -> None:
        """Ask no longer for a server that is taken out."""
        self._close(session)

    def _ask(self, session: ServerSession, failure: FailedCall | None) -> None:
        origin = session.address.origin
        dialog = self.dialogs.get(origin)
        if origin in self._given_up:
            self._given_up.discard(origin)
            session.answer(None)
        elif dialog is not None:
            dialog.refused("" if failure is None else failure.sentence)
        elif self.dialogs:
            self._waiting[origin] = (session, failure)
        else:
            self._open(session, failure)

    def _open(self, session: ServerSession, failure: FailedCall | None) -> None:
        origin = session.address.origin
        dialog = SignInDialog(origin, _last_account(session), session.found, self._parent_of_questions())
        self.dialogs[origin] = dialog
        if failure is not None:
            dialog.refused(failure.sentence)
        dialog.given.connect(lambda credentials, remember: self._given(session, credentials, remember=remember))
        dialog.rejected.connect(lambda: self._left(session, dialog))
        dialog.finished.connect(lambda _: self._finished(session))
        dialog.open()

    def _given(self, session: ServerSession, credentials: Credentials, *, remember: bool) -> None:
        session.account = credentials.account
        session.answer(credentials, remember=remember)

    def _left(self, session: ServerSession, dialog: SignInDialog) -> None:
        """Nobody is asked once more for what turns out to be wrong; what is right signs in."""
        if dialog.is_waiting:
            self._given_up.add(session.address.origin)

    def _finished(self, session: ServerSession) -> None:
        dialog = self.dialogs.pop(session.address.origin, None)
        if dialog is not None:
            session.answer(None)  # of no effect where the question has been answered
            dialog.deleteLater()
        if self._waiting and not self.dialogs:
            self._open(*self._waiting.pop(next(iter(self._waiting))))

    def _state_changed(self, session: ServerSession) -> None:
        """A server that is gone is said in the window, and what was typed is used when it is back."""
        if isinstance(session.state, Unreachable | SignedOut):
            self._close(session)

    def _close(self, session: ServerSession) -> None:
        """There is nothing to ask any more, whether that was asked already or waits for its turn."""
        self._waiting.pop(session.address.origin, None)
        self._given_up.discard(session.address.origin)
        dialog = self.dialogs.get(session.address.origin)
        if dialog is not None:
            dialog.accept()


def _last_account(session: ServerSession) -> str:
    """Who signed in last, as they wrote it or as the service calls them."""
    known = session.last_connected
    return session.account or ("" if known is None else known.account)
