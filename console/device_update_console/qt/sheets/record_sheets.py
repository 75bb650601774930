"""The sheets of what happened: an entry of the audit trail, a refused request, a refused sign-in."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QHeaderView, QPlainTextEdit, QVBoxLayout

from device_update_console.core.logs_and_audit.audit_changes import CHANGE_TITLES, changed_fields
from device_update_console.core.logs_and_audit.audit_objects import object_text
from device_update_console.core.sheets.details import details_of
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.sheets.property_sheet import PropertySheet
from device_update_console.qt.sheets.rule_sheet import CarryOut
from device_update_console.qt.sheets.sheet_actions import add_actions
from device_update_console.qt.sheets.sheet_pages import FactsPage, SheetPage
from device_update_console.qt.sheets.table_page import TablePage
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.window.workplace import Workplace
from device_update_contract.administration.audit_trail import AuditEntry
from device_update_contract.administration.server import RefusedRequest
from device_update_contract.administration.sign_ins import SignIn


class ChangePage(TablePage):
    """What an entry changed, whole: what changed first, what stayed below it."""

    def __init__(self, entry: AuditEntry) -> None:
        titles = [text(title) for title in CHANGE_TITLES]
        super().__init__(text("Change"), titles, text("This entry tells of no values."))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.table.setWordWrap(True)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.fields = changed_fields(entry)
        self.show_rows([(field.name or object_text(entry), field.before, field.after) for field in self.fields])
        for row, field in enumerate(self.fields):
            if field.changed:
                self._stress(row)

    def _stress(self, row: int) -> None:
        for column in range(self.table.columnCount()):
            item = self.table.item(row, column)
            if item is not None:
                font = item.font()
                font.setBold(True)
                item.setFont(font)


class SentPage(SheetPage):
    """What a device sent, as it came, and never read as anything but text."""

    def __init__(self, body: str) -> None:
        super().__init__(text("Sent"))
        self.body = QPlainTextEdit(body)
        self.body.setReadOnly(True)
        self.body.setTabChangesFocus(True)
        self.body.setAccessibleName(text("What was sent"))
        self.body.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        QVBoxLayout(self).addWidget(self.body)


def audit_entry_sheet(place: Workplace, entry: AuditEntry) -> PropertySheet:
    """Who did what, when, from where; and on a tab of its own what was before and what is since."""
    details = details_of(entry)
    facts = [row for row in details.rows if row[0] != text("Change")]
    pages = [FactsPage(text("General"), [(text("What"), details.heading), *facts]), ChangePage(entry)]
    title = text("Entry {number} of the Audit Trail", number=entry.id)
    sheet = PropertySheet(title, "audit-trail", pages, help_topic="audit-trail", parent=place.window)
    resize_within_screen(sheet, 600, 420)
    return sheet


def refused_request_sheet(place: Workplace, refused: RefusedRequest) -> PropertySheet:
    """Why it was turned away, and what was sent where the service kept it."""
    details = details_of(refused)
    facts = [row for row in details.rows if row[0] != text("Sent")]
    pages: list[SheetPage] = [FactsPage(text("General"), [(text("Why"), details.heading), *facts])]
    if refused.body:
        pages.append(SentPage(refused.body))
    title = text("Refused Request")
    sheet = PropertySheet(title, "refused-requests", pages, help_topic="refused-requests", parent=place.window)
    resize_within_screen(sheet, 600, 420)
    return sheet


def refused_sign_in_sheet(
    place: Workplace, session: ServerSession, sign_in: SignIn, carry_out: CarryOut
) -> PropertySheet:
    """Who did not get in and why; from here to the status of the account."""
    details = details_of(sign_in)
    page = FactsPage(text("General"), [(text("Who"), sign_in.account or text("Nobody named")), *details.rows])
    sheet = PropertySheet(text("Refused Sign-in"), "sign-ins", [page], help_topic="sign-ins", parent=place.window)
    add_actions(
        sheet,
        session,
        (NodeKind.SIGN_INS,),
        (Verb.ACCOUNT_STATUS,),
        lambda: [sign_in],
        lambda verb: carry_out(verb, session, VerbTargets([sign_in])),
    )
    resize_within_screen(sheet, 560, 320)
    return sheet
