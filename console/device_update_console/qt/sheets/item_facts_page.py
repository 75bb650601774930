"""A tab with what is known of one item, or of several: blank where they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from device_update_console.core.sheets.details_form import Details
from device_update_console.core.sheets.sheet_fields import many_shared_rows, shared_rows
from device_update_console.core.slices import SLICE
from device_update_console.core.texts.language import text
from device_update_console.qt.background import Background, Job
from device_update_console.qt.sheets.sheet_pages import FactsPage

Item = TypeVar("Item")


class ItemFactsPage(FactsPage, Generic[Item]):
    """Few items are shown at once, many when they were read through, without holding up the window."""

    def __init__(
        self, background: Background, items: Sequence[Item], details_of: Callable[[Item], Details], title: str = ""
    ) -> None:
        super().__init__(title or text("General"), [])
        self._background = background
        self._details_of = details_of
        self._job: Job | None = None
        self._is_up = False
        self._many: Sequence[Item] = ()
        """Items that are read through once the page comes up: its sheet is put together before that."""
        self.show_items(items)

    def show_items(self, items: Sequence[Item]) -> None:
        """Show these instead."""
        self.leave()
        if len(items) <= SLICE:
            self.show_facts(shared_rows(items, self._details_of))
        else:
            self._many = items
            if self._is_up:
                self.come_up()

    # The interface of a page

    def come_up(self) -> None:
        """Override SheetPage.come_up."""
        self._is_up = True
        if self._many:
            many, self._many = self._many, ()
            self._job = self._background.run(many_shared_rows(many, self._details_of), self.show_facts)

    def leave(self) -> None:
        """Override SheetPage.leave."""
        self._many = ()
        if self._job is not None:
            self._job.cancel()
            self._job = None
