"""The sheets of accounts: properties with sessions and refused sign-ins, and the status that help desk asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.lists.record_lists import ACCOUNTS
from device_update_console.core.sheets.account_status import (
    REFUSED_TITLES,
    KnownStatus,
    fetch_status,
    refused_row,
    status_details,
)
from device_update_console.core.sheets.sheet_saving import Saved
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.account_verbs import (
    SESSION_TITLES,
    change_account,
    end_sessions,
    end_sessions_question,
    read_sessions,
    session_row,
)
from device_update_console.qt.background import Job
from device_update_console.qt.connections.repeated_read import RepeatedRead
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.sheets.account_pages import AccountPage
from device_update_console.qt.sheets.item_watch import ItemWatch
from device_update_console.qt.sheets.property_sheet import PropertySheet
from device_update_console.qt.sheets.saving_dialog import Done, Failed
from device_update_console.qt.sheets.sheet_pages import FactsPage
from device_update_console.qt.sheets.table_page import LoadedTablePage, TablePage
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_console.qt.verbs.questions import AskedQuestion
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.window.workplace import Workplace
from device_update_contract.administration.endpoints import SHOW_ACCOUNT
from device_update_contract.administration.events import Event
from device_update_contract.administration.server import AccountModel, SessionModel


class SessionsPage(LoadedTablePage):
    """The sessions of an account, each of which can be ended."""

    def __init__(self, session: ServerSession, account: AccountModel) -> None:
        titles = [text(title) for title in SESSION_TITLES]
        nothing = text("Nobody is signed in with it.")
        super().__init__(text("Sessions"), titles, nothing, session, self._read_sessions, stretched=0)
        self._session = session
        self._account = account
        self._sessions: list[SessionModel] = []
        self._ending: Job | None = None
        self.asked: AskedQuestion[ConfirmationDialog] = AskedQuestion()
        self.end_button = QPushButton(text("&End Session"))
        self.end_button.setAutoDefault(False)
        self.refresh_button = QPushButton(text("Re&fresh"))
        self.refresh_button.setAutoDefault(False)
        line = QHBoxLayout()
        line.addStretch(1)
        for button in (self.refresh_button, self.end_button):
            line.addWidget(button)
        layout = self.layout()
        if isinstance(layout, QVBoxLayout):
            layout.addLayout(line)
        self.end_button.clicked.connect(self._ask)
        self.refresh_button.clicked.connect(self.read_again)
        self.table.itemSelectionChanged.connect(self._offer)
        self._offer()

    def show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Override TablePage.show_rows."""
        super().show_rows(rows)
        self._offer()

    def leave(self) -> None:
        """Override SheetPage.leave."""
        super().leave()
        if self._ending is not None:
            self._ending.cancel()

    async def _read_sessions(self, connection: ServerConnection) -> list[tuple[str, ...]]:
        """In the loop."""
        self._sessions = await read_sessions(connection, self._account)
        return [session_row(each) for each in self._sessions]

    def _selected(self) -> list[SessionModel]:
        return [self._sessions[row] for row in self.table.selected_rows() if row < len(self._sessions)]

    def _ask(self) -> None:
        chosen = self._selected()
        if chosen:
            dialog = ConfirmationDialog(end_sessions_question(self._account, chosen), "remove", self.window())
            self.asked.ask(dialog, lambda _: self._end(chosen))

    def _end(self, chosen: Sequence[SessionModel]) -> None:
        self._ending = self._session.run(
            lambda connection: end_sessions(connection, chosen), self._ended, self.banner.show_failure
        )

    def _ended(self, saved: Saved) -> None:
        if saved.refused:
            self.banner.say("\n".join(saved.refused))
        self.read_again()

    def _offer(self) -> None:
        self.end_button.setEnabled(bool(self.table.selected_rows()))


class AccountSheet(PropertySheet):
    """The property sheet of an account; it follows what others change."""

    def __init__(self, place: Workplace, session: ServerSession, account: AccountModel) -> None:
        self._session = session
        own = "" if session.last_connected is None else session.last_connected.account
        self.account_page = AccountPage(account, own)
        self.sessions = SessionsPage(session, account)
        self.refused = LoadedTablePage(
            text("Refused Sign-ins"),
            [text(title) for title in REFUSED_TITLES],
            text("Nobody was refused with this name."),
            session,
            lambda connection: _refused_rows(connection, account.name),
            stretched=2,
        )
        super().__init__(
            text("{name} Properties", name=account.name),
            "account",
            [self.account_page, self.sessions, self.refused],
            self._start,
            help_topic="accounts",
            parent=place.window,
        )
        self.watch = ItemWatch(session, ACCOUNTS, SHOW_ACCOUNT, [account], self._show, self)
        resize_within_screen(self, 640, 460)

    def _show(self, accounts: list[Any]) -> None:
        if not accounts:
            self.banner.say(text("It was removed from the server; what stands here is how it was."))
            return
        self.account_page.show_account(accounts[0])
        self.sessions.read_again()

    def _start(self, done: Done, failed: Failed) -> Job:
        form = self.account_page.form

        def refused(failure: Exception) -> None:
            failed(failure)
            self.account_page.take_refusal(failure)

        return self._session.run(lambda connection: change_account(connection, form), done, refused)


class AccountStatusSheet(PropertySheet):
    """Whether somebody can sign in with a name, and what was refused to it."""

    def __init__(self, place: Workplace, session: ServerSession, known: KnownStatus) -> None:
        self._session = session
        self._reading = RepeatedRead(
            session, lambda connection: fetch_status(connection, known.claimed), self.show_status, lambda _: None
        )
        self.status = FactsPage(text("Status"), _status_facts(known))
        self.refused = TablePage(
            text("Refused Sign-ins"),
            [text(title) for title in REFUSED_TITLES],
            text("Nobody was refused with this name."),
            right=(1,),
            stretched=2,
        )
        super().__init__(
            text("Status of {name}", name=known.claimed),
            "account",
            [self.status, self.refused],
            help_topic="accounts#account-status",
            parent=place.window,
        )
        resize_within_screen(self, 560, 360)
        self.show_status(known)
        session.event_came.connect(self._event_came)
        self.finished.connect(self._let_go)

    def show_status(self, known: KnownStatus) -> None:
        """Show what is known now."""
        self.status.show_facts(_status_facts(known))
        self.refused.show_rows([refused_row(each) for each in known.refused])

    def _event_came(self, event: Event) -> None:
        if event.tells_of("accounts-changed"):
            self._reading.again()

    def _let_go(self) -> None:
        self._session.event_came.disconnect(self._event_came)
        self._reading.stop()


def _status_facts(known: KnownStatus) -> list[tuple[str, str]]:
    details = status_details(known)
    return [(text("Answer"), details.heading), *details.rows]


async def _refused_rows(connection: ServerConnection, name: str) -> list[tuple[str, ...]]:
    known = await fetch_status(connection, name)
    return [refused_row(each) for each in known.refused]
