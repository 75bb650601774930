"""The one frame of all property sheets: a `saving_dialog.SavingDialog` with tabs and Apply.

How to make one:

* its pages are `sheet_pages.FactsPage` (what is only shown), `sheet_pages.FieldsPage` (what can be filled in, from
  `core.sheets.sheet_fields`), or another `sheet_pages.SheetPage`;
* its ``save`` is told of in `saving_dialog`; without one it only shows something;
* it is shown by `open_sheets.OpenSheets.show`, once for each item, beside the window, as MMC does; a dialog that must
  be answered first is shown with ``open()`` instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTabWidget, QWidget

from device_update_console.qt.sheets.saving_dialog import BUTTONS, Done, Failed, Save, SavingDialog
from device_update_console.qt.sheets.sheet_pages import SheetPage
from device_update_console.qt.widgets.fitting_size import resize_within_screen

__all__ = ["Done", "Failed", "PropertySheet", "Save"]

_WIDTH, _HEIGHT = 500, 520


class PropertySheet(SavingDialog):
    """The pages of one thing, or of several."""

    def __init__(
        self,
        title: str,
        icon_name: str,
        pages: Sequence[SheetPage],
        save: Save | None = None,
        *,
        help_topic: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, icon_name, pages, save, help_topic=help_topic, parent=parent)
        self.apply_button.clicked.connect(lambda: self.begin(then_close=False))
        self.tabs.currentChanged.connect(self._come_up)
        for keys, step in ((QKeySequence.StandardKey.NextChild, 1), (QKeySequence.StandardKey.PreviousChild, -1)):
            QShortcut(QKeySequence(keys), self, partial(self._turn, step))
        resize_within_screen(self, _WIDTH, _HEIGHT)

    def show_page(self, page: SheetPage) -> None:
        """Override SavingDialog.show_page."""
        self.tabs.setCurrentWidget(page)

    def _arrange_pages(self) -> QWidget:
        """Override SavingDialog._arrange_pages."""
        self.apply_button = self.buttons.addButton(BUTTONS.Apply)
        self.tabs = QTabWidget()
        for page in self.pages:
            self.tabs.addTab(page, page.title)
        return self.tabs

    def _offer(self) -> None:
        """Override SavingDialog._offer."""
        super()._offer()
        self.apply_button.setEnabled(self.can_save)

    def _turn(self, step: int) -> None:
        """Ctrl+Tab, from wherever the cursor is."""
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + step) % self.tabs.count())

    def _come_up(self, number: int) -> None:
        self.pages[number].come_up()
