"""A tab with what is known of one item, or of several: blank where they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from device_update_console.core.sheets.details_form import Details
from device_update_console.core.sheets.sheet_fields import SLICE, many_shared_rows, shared_rows
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
        self.show_items(items)

    def show_items(self, items: Sequence[Item]) -> None:
        """Show these instead."""
        self.leave()
        if len(items) <= SLICE:
            self.show_facts(shared_rows(items, self._details_of))
        else:
            self._job = self._background.run(many_shared_rows(items, self._details_of), self.show_facts)

    # The interface of a page

    def leave(self) -> None:
        """Override SheetPage.leave."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
