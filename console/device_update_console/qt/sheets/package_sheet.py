"""The property sheet of a package: general, the updates in it, findings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout

from device_update_console.core.sheets.package_sheet import UPDATE_TITLES, finding_lines, general_facts, update_rows
from device_update_console.core.texts.language import counted_text, text
from device_update_console.core.uploads.upload_texts import UploadLine
from device_update_console.qt.sheets.item_facts_page import ItemFactsPage
from device_update_console.qt.sheets.property_sheet import PropertySheet
from device_update_console.qt.sheets.sheet_pages import SheetPage
from device_update_console.qt.sheets.table_page import TablePage
from device_update_console.qt.uploads.uploads_view import LinesView
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.window.workplace import Workplace
from device_update_contract.administration.packages import Package


class PackageSheet(PropertySheet):
    """Of one package, or the general facts of several; a package never changes."""

    def __init__(self, place: Workplace, packages: Sequence[Package]) -> None:
        if len(packages) == 1:
            title = text("{name} Properties", name=general_facts(packages[0]).heading)
        else:
            title = counted_text("{count} Package: Properties", "{count} Packages: Properties", len(packages))
        self.general = ItemFactsPage(place.background, packages, general_facts)
        pages: list[SheetPage] = [self.general]
        if len(packages) == 1:
            self.updates = _updates_page(packages[0])
            self.findings = FindingsPage(finding_lines(packages[0]))
            pages += [self.updates, self.findings]
        super().__init__(title, "packages", pages, help_topic="packages", parent=place.window)
        resize_within_screen(self, 760, 460)


class FindingsPage(SheetPage):
    """One line for each finding, with its picture."""

    def __init__(self, lines: list[UploadLine]) -> None:
        super().__init__(text("Findings"))
        self.lines = LinesView(nothing=text("Nothing was noticed about this package."))
        self.lines.setAccessibleName(self.title)
        self.lines.show_lines(lines)
        layout = QVBoxLayout(self)
        layout.addWidget(self.lines)


def _updates_page(package: Package) -> TablePage:
    titles = [text(title) for title in UPDATE_TITLES]
    page = TablePage(text("Updates"), titles, text("There is no update in this package."), stretched=6)
    page.show_rows(update_rows(package))
    return page
