"""The properties of a server and the log settings: sheets over one form of settings, kept in step with the service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.failures import RefusedByService
from device_update_console.core.settings.setting_fields import PAGE_TITLES, SettingsPage, label_of, settings_of
from device_update_console.core.settings.setting_values import value_text
from device_update_console.core.settings.settings_form import ChangedMeanwhile, SettingsForm, meanwhile_text
from device_update_console.core.settings.settings_saving import SettingsChangedMeanwhile, read_settings, save_settings
from device_update_console.core.settings.signer_certificates import SignerCertificate, described, read_certificate_file
from device_update_console.core.sheets.server_properties import (
    ServerProperties,
    fetch_server_properties,
    server_details,
)
from device_update_console.core.sheets.sheet_saving import Saved
from device_update_console.core.texts.language import text
from device_update_console.qt.background import Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.settings.entry_list import CertificateList
from device_update_console.qt.settings.settings_page import EditedSettingsPage
from device_update_console.qt.sheets.property_sheet import Done, Failed, PropertySheet
from device_update_console.qt.sheets.sheet_pages import FactsPage
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_contract.administration.events import Event
from device_update_contract.administration.roles import Permission
from device_update_contract.administration.server import SettingModel

Result = TypeVar("Result")

_MEANWHILE = "meanwhile"
"""What the banner's sentence is about."""
_WIDTH, _HEIGHT = 640, 600


class SettingsSheet(QObject):
    """A sheet with some pages of settings; whoever may not change them sees them as facts."""

    def __init__(
        self,
        title: str,
        icon_name: str,
        help_topic: str,
        session: ServerSession,
        settings: Sequence[SettingModel],
        places: Sequence[SettingsPage],
        facts: Sequence[tuple[str, str]] = (),
        window: QWidget | None = None,
    ) -> None:
        """``facts`` stand above the settings of the first page."""
        super().__init__()
        self._session = session
        self._facts = tuple(facts)
        self._jobs: list[Job] = []
        self._may_change = Permission.CHANGE_SETTINGS in session.permissions
        self.form = SettingsForm(settings)
        shown = [place for place in places if place is places[0] or settings_of(place, settings)]
        self.pages = {place: self._page(place, self._facts if place is places[0] else ()) for place in shown}
        save = self._save if self._may_change else None
        self.sheet = PropertySheet(
            title, icon_name, list(self.pages.values()), save, help_topic=help_topic, parent=window
        )
        self.sheet.tabs.setTabBarAutoHide(True)
        resize_within_screen(self.sheet, _WIDTH, _HEIGHT)
        self.setParent(self.sheet)
        session.event_came.connect(self._event_came)
        self.sheet.finished.connect(self._let_go)
        for page in self.edited_pages():
            for certificates in page.certificate_lists():
                self._serve(certificates)

    def edited_pages(self) -> list[EditedSettingsPage]:
        """The pages on which something can be changed."""
        return [page for page in self.pages.values() if isinstance(page, EditedSettingsPage)]

    def show_place(self, place: SettingsPage) -> None:
        """Bring a page to the front."""
        if place in self.pages:
            self.sheet.show_page(self.pages[place])

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """What stands above the settings of the first page is otherwise now."""
        self._facts = tuple(facts)
        self._show_form()

    def run(
        self,
        work: Callable[[ServerConnection], Coroutine[Any, Any, Result]],
        done: Callable[[Result], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> Job:
        """Do something in the loop for as long as the sheet is open."""
        job = self._session.run(work, done, failed or self.sheet.banner.show_failure)
        self._jobs = [each for each in self._jobs if not each.finished]
        self._jobs.append(job)
        return job

    # Pages

    def _page(self, place: SettingsPage, facts: Sequence[tuple[str, str]]) -> EditedSettingsPage | FactsPage:
        title, settings = text(PAGE_TITLES[place]), settings_of(place, self.form.settings)
        if self._may_change:
            return EditedSettingsPage(title, self.form, settings, facts)
        return FactsPage(title, [*facts, *_facts_of(settings)])

    def _show_form(self) -> None:
        for number, (place, page) in enumerate(self.pages.items()):
            facts = self._facts if number == 0 else ()
            if isinstance(page, EditedSettingsPage):
                page.facts.show_facts(facts)
                page.show_form()
            else:
                page.show_facts([*facts, *_facts_of(settings_of(place, self.form.settings))])

    def _serve(self, certificates: CertificateList) -> None:
        """Read the certificates that a list shows, and the files that are chosen for it."""
        certificates.titles_wanted.connect(
            lambda wanted: self.run(lambda _: _describe(wanted), certificates.know_titles)
        )
        certificates.file_chosen.connect(lambda path: self.run(lambda _: _read(path), certificates.add))
        certificates.want_titles()

    # Saving

    def _save(self, done: Done, failed: Failed) -> Job:
        changes = self.form.changes()
        seen = {name: self.form.setting(name).value for name in changes}
        return self.run(
            lambda connection: save_settings(connection, changes, seen),
            partial(self._saved, done),
            partial(self._not_saved, failed),
        )

    def _saved(self, done: Done, settings: Sequence[SettingModel]) -> None:
        told = self.form.take_saved(settings)
        done(Saved())
        self._show_form()
        self._tell(told)

    def _not_saved(self, failed: Failed, failure: Exception) -> None:
        if isinstance(failure, SettingsChangedMeanwhile):
            told = self.form.take_changes(failure.settings)
            self._show_form()
            failed(SettingsChangedMeanwhile(self._sentences(told) or failure.sentence, failure.settings))
            return
        refused = self.form.take_refusal(failure) if isinstance(failure, RefusedByService) else None
        failed(failure)
        for page in self.edited_pages():
            page.show_form()
            if refused in page.rows:
                self.sheet.show_page(page)
                page.problem()  # the cursor goes there

    # What somebody else does

    def _event_came(self, event: Event) -> None:
        if event.tells_of("settings-changed"):
            self.run(read_settings, self._changed_meanwhile)

    def _changed_meanwhile(self, settings: Sequence[SettingModel]) -> None:
        told = self.form.take_changes(settings)
        self._show_form()
        self._tell(told)

    def _tell(self, told: Sequence[ChangedMeanwhile]) -> None:
        shown = {row for page in self.edited_pages() for row in page.rows}
        told = [each for each in told if each.name in shown]
        if told:
            self.sheet.banner.say(self._sentences(told), topic=_MEANWHILE)

    def _sentences(self, told: Sequence[ChangedMeanwhile]) -> str:
        return "\n".join(meanwhile_text(each, self.form.setting(each.name)) for each in told)

    def _let_go(self) -> None:
        self._session.event_came.disconnect(self._event_came)
        for job in self._jobs:
            job.cancel()


class ServerSheet(QObject):
    """The properties of a server: what it is, how it is, and every setting."""

    def __init__(self, session: ServerSession, known: ServerProperties, window: QWidget | None = None) -> None:
        super().__init__()
        self._session = session
        self.settings = SettingsSheet(
            text("{name} Properties", name=session.title),
            "server",
            "settings",
            session,
            known.settings,
            tuple(SettingsPage),
            server_details(known, datetime.now(UTC)).rows,
            window,
        )
        self.setParent(self.settings.sheet)
        session.event_came.connect(self._event_came)
        self.settings.sheet.finished.connect(lambda _: session.event_came.disconnect(self._event_came))

    def _event_came(self, event: Event) -> None:
        if event.tells_of("health-changed"):
            origin = self._session.address.origin
            self.settings.run(
                lambda connection: fetch_server_properties(connection, origin),
                lambda known: self.settings.show_facts(server_details(known, datetime.now(UTC)).rows),
            )


def log_settings_sheet(
    session: ServerSession, settings: Sequence[SettingModel], window: QWidget | None = None
) -> SettingsSheet:
    """The original's Log Settings dialog."""
    title = text("Log Settings")
    return SettingsSheet(title, "settings", "log-settings", session, settings, (SettingsPage.LOGS,), window=window)


def _facts_of(settings: Sequence[SettingModel]) -> list[tuple[str, str]]:
    return [(label_of(setting), value_text(setting, setting.value)) for setting in settings]


async def _describe(pems: Sequence[str]) -> list[SignerCertificate]:
    return await asyncio.to_thread(lambda: [described(pem) for pem in pems])


async def _read(path: Path) -> list[SignerCertificate]:
    return await asyncio.to_thread(read_certificate_file, path)
