"""The verbs on accounts in the window: add, set the password, unlock, remove, and the status for help desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from device_update_console.core.sheets.account_status import KnownStatus, fetch_status
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.account_verbs import (
    add_account,
    remove_accounts,
    remove_question,
    set_password,
    unlock_accounts,
)
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.qt.background import Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.sheets.account_pages import NewAccountPage, PasswordPage
from device_update_console.qt.sheets.account_sheets import AccountStatusSheet
from device_update_console.qt.sheets.saving_dialog import Done, Failed, SavingDialog
from device_update_console.qt.verbs.asking_verbs import AskingVerbs
from device_update_console.qt.verbs.long_work import run_with_progress
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_contract.administration.server import AccountModel


class AccountVerbs(AskingVerbs):
    """Carries the verbs out."""

    def handlers(self) -> Mapping[Verb, Callable[[Verb, ServerSession, VerbTargets], None]]:
        """What each verb does with what is selected."""
        return {
            Verb.SET_PASSWORD: self._set_password,
            Verb.UNLOCK_ACCOUNT: self._unlock,
            Verb.REMOVE_ACCOUNT: self._remove,
            Verb.ACCOUNT_STATUS: self._status,
        }

    def add(self, session: ServerSession) -> None:
        """Ask for a new account, and add it."""
        page = NewAccountPage()

        def save(done: Done, failed: Failed) -> Job:
            form = page.form
            return session.run(lambda connection: add_account(connection, form), done, refusing(page, failed))

        dialog = SavingDialog(
            text("Add Account"), "add-account", [page], save, help_topic="accounts", parent=self._place.window
        )
        resize_within_screen(dialog, 440, dialog.sizeHint().height())
        self._open(dialog, lambda: text("The account {name} was added.", name=page.form.name.strip()))

    def _set_password(self, _verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        account: AccountModel = targets.items[0]
        page = PasswordPage(account)

        def save(done: Done, failed: Failed) -> Job:
            form = page.passwords.form
            return session.run(lambda connection: set_password(connection, account, form), done, refusing(page, failed))

        dialog = SavingDialog(
            text("Set Password"), "sign-in", [page], save, help_topic="accounts", parent=self._place.window
        )
        resize_within_screen(dialog, 420, dialog.sizeHint().height())
        self._open(dialog, lambda: text("{name} has a new password.", name=account.name))

    def _unlock(self, _verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        run_with_progress(
            self._place,
            session,
            text("Unlocking accounts"),
            lambda connection, progress: unlock_accounts(connection, targets.items, progress),
            self._place.tell,
        )

    def _remove(self, verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        own = "" if session.last_connected is None else session.last_connected.account
        question = remove_question(targets.items, own)

        def do() -> None:
            run_with_progress(
                self._place,
                session,
                text("Removing accounts"),
                lambda connection, progress: remove_accounts(connection, targets.items, progress),
                self._place.tell,
            )

        self._ask(verb, question, do)

    def _status(self, _verb: Verb, session: ServerSession, targets: VerbTargets) -> None:
        item = targets.items[0]
        claimed = item.name if isinstance(item, AccountModel) else item.account
        key = (session.address.origin, "account-status", claimed)

        def show(known: KnownStatus) -> None:
            sheet = self._place.sheets.show(key, lambda: AccountStatusSheet(self._place, session, known))
            if isinstance(sheet, AccountStatusSheet):
                sheet.show_status(known)

        title = text("Waiting for {server}", server=session.title)
        run_with_progress(self._place, session, title, lambda connection, _: fetch_status(connection, claimed), show)


def refusing(page: NewAccountPage | PasswordPage, failed: Failed) -> Failed:
    """Say a refusal above the buttons, and at the field that it is about."""

    def refused(failure: Exception) -> None:
        failed(failure)
        page.take_refusal(failure)

    return refused
