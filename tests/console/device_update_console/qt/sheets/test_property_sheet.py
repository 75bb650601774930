"""The frame of all property sheets: what OK, Apply, Cancel and F1 do, with what is filled in and with what fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from device_update_console.core.failures import ServiceUnreachable
from device_update_console.core.sheets.details_form import Details
from device_update_console.core.sheets.sheet_fields import SharedText, SheetField
from device_update_console.core.sheets.sheet_saving import Saved
from device_update_console.qt.background import Background, Job
from device_update_console.qt.sheets.item_facts_page import ItemFactsPage
from device_update_console.qt.sheets.open_sheets import OpenSheets
from device_update_console.qt.sheets.property_sheet import Done, Failed, PropertySheet
from device_update_console.qt.sheets.sheet_pages import FactsPage, FieldsPage, SheetPage
from device_update_console.qt.widgets.copyable_text import CopyableText

_MS = 5_000
_LEFT = Qt.MouseButton.LeftButton
WIDE = "\N{CJK UNIFIED IDEOGRAPH-6F22}" * 64


def _no_digits(name: str) -> str:
    return "Digits are not allowed." if any(each.isdigit() for each in name) else ""


_FIELDS = (SheetField("name", "&Name", 64, check=_no_digits), SheetField("note", "N&ote", 100, lines=3))


class _Sheet:
    """A sheet with two tabs over a store of one name and one note, whose server can go away."""

    def __init__(self, qtbot: QtBot, background: Background) -> None:
        self.stored: dict[str, str | None] = {"name": "Lobby", "note": None}
        self.sent: list[dict[str, str | None]] = []
        self.outcome = Saved()
        self.failure: Exception | None = None
        self.answers = True
        self._background = background
        self.facts = FactsPage("General", [("Model", "CX700"), ("Label", WIDE)])
        shown = {name: SharedText(value or "") for name, value in self.stored.items()}
        self.fields = FieldsPage("Edit", _FIELDS, shown)
        pages: list[SheetPage] = [self.fields, self.facts]
        self.sheet = PropertySheet("Lobby Properties", "properties", pages, self._save, help_topic="devices")
        qtbot.addWidget(self.sheet)
        self.sheet.show()
        self.name.end(False)  # a field that gets the cursor has its text selected

    @property
    def name(self) -> QLineEdit:
        editor = self.fields.entries["name"].editor
        assert isinstance(editor, QLineEdit)
        return editor

    def _save(self, done: Done, failed: Failed) -> Job:
        return self._background.run(self._send(self.fields.changes()), done, failed)

    async def _send(self, changes: dict[str, str | None]) -> Saved:
        if not self.answers:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure
        self.sent.append(changes)
        self.stored |= changes
        return self.outcome


@pytest.fixture
def background() -> Iterator[Background]:
    surprises: list[Exception] = []
    one = Background(surprises.append)
    yield one
    one.end()
    assert surprises == []


@pytest.fixture
def one(qtbot: QtBot, background: Background) -> _Sheet:
    return _Sheet(qtbot, background)


def test_apply_can_be_clicked_only_when_something_was_filled_in(qtbot: QtBot, one: _Sheet) -> None:
    assert not one.sheet.apply_button.isEnabled()
    qtbot.keyClicks(one.name, "!")
    assert one.sheet.apply_button.isEnabled()
    qtbot.keyClick(one.name, Qt.Key.Key_Backspace)
    assert not one.sheet.apply_button.isEnabled()


def test_apply_sends_what_was_changed_and_leaves_the_sheet_open(qtbot: QtBot, one: _Sheet) -> None:
    qtbot.keyClicks(one.name, " West")
    with qtbot.waitSignal(one.sheet.saved, timeout=_MS):
        qtbot.mouseClick(one.sheet.apply_button, _LEFT)
    assert one.sent == [{"name": "Lobby West"}]
    assert one.sheet.isVisible()
    assert not one.sheet.apply_button.isEnabled()
    assert one.sheet.focusWidget() is one.sheet.ok_button


def test_ok_saves_and_closes_and_sends_nothing_when_nothing_changed(qtbot: QtBot, one: _Sheet) -> None:
    qtbot.mouseClick(one.sheet.ok_button, _LEFT)
    assert not one.sheet.isVisible()
    assert one.sent == []
    one.sheet.show()
    qtbot.keyClicks(one.name, "!")
    qtbot.keyClick(one.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not one.sheet.isVisible(), timeout=_MS)
    assert one.sent == [{"name": "Lobby!"}]


def test_escape_closes_and_sends_nothing(qtbot: QtBot, one: _Sheet) -> None:
    qtbot.keyClicks(one.name, "!")
    qtbot.keyClick(one.name, Qt.Key.Key_Escape)
    assert not one.sheet.isVisible()
    assert one.sent == []


def test_what_is_wrong_is_said_while_it_is_typed_and_brings_its_tab_up_instead_of_being_sent(
    qtbot: QtBot, one: _Sheet
) -> None:
    qtbot.keyClicks(one.name, "7")
    wrong = one.fields.entries["name"].wrong
    assert wrong.text() == "Digits are not allowed."
    assert wrong.isVisible()
    one.sheet.show_page(one.facts)
    qtbot.mouseClick(one.sheet.ok_button, _LEFT)
    assert one.sheet.tabs.currentWidget() is one.fields
    assert one.sheet.banner.text.text() == "Digits are not allowed."
    assert one.sent == []


def test_a_failure_is_said_and_what_was_filled_in_is_sent_at_the_next_try(qtbot: QtBot, one: _Sheet) -> None:
    one.failure = ServiceUnreachable("The service did not answer.")
    qtbot.keyClicks(one.name, "!")
    qtbot.mouseClick(one.sheet.ok_button, _LEFT)
    qtbot.waitUntil(one.sheet.banner.isVisible, timeout=_MS)
    assert one.sheet.banner.text.text() == "Saving failed: The service did not answer."
    assert one.name.text() == "Lobby!"
    one.failure = None
    qtbot.mouseClick(one.sheet.banner.try_again, _LEFT)
    qtbot.waitUntil(lambda: not one.sheet.isVisible(), timeout=_MS)
    assert one.sent == [{"name": "Lobby!"}]


def test_what_was_refused_is_one_line_each_and_can_be_sent_again(qtbot: QtBot, one: _Sheet) -> None:
    one.outcome = Saved(("Two: it is gone. (unknown-device)", "Three: it is gone. (unknown-device)"))
    qtbot.keyClicks(one.name, "!")
    qtbot.mouseClick(one.sheet.ok_button, _LEFT)
    qtbot.waitUntil(one.sheet.banner.isVisible, timeout=_MS)
    assert one.sheet.banner.text.text().splitlines() == list(one.outcome.refused)
    assert one.sheet.isVisible()
    assert one.sheet.apply_button.isEnabled()


def test_nothing_can_be_filled_in_while_it_saves_and_escape_stops_that_first(qtbot: QtBot, one: _Sheet) -> None:
    one.answers = False
    qtbot.keyClicks(one.name, "!")
    qtbot.mouseClick(one.sheet.ok_button, _LEFT)
    assert one.sheet.is_saving
    assert not one.sheet.tabs.isEnabled()
    assert not one.sheet.ok_button.isEnabled()
    qtbot.keyClick(one.sheet, Qt.Key.Key_Escape)
    assert one.sheet.isVisible()
    assert not one.sheet.is_saving
    assert one.name.text() == "Lobby!"
    qtbot.keyClick(one.sheet, Qt.Key.Key_Escape)
    assert not one.sheet.isVisible()


def test_ctrl_tab_turns_to_the_next_tab_and_comes_round(qtbot: QtBot, one: _Sheet) -> None:
    qtbot.waitExposed(one.sheet)
    shown = []
    for _ in range(2):
        qtbot.keyClick(one.sheet.ok_button, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
        shown.append(one.sheet.tabs.currentWidget())
    assert shown == [one.facts, one.fields]


def test_a_field_that_nobody_touched_follows_a_change_from_elsewhere(qtbot: QtBot, one: _Sheet) -> None:
    qtbot.keyClicks(one.name, "!")
    one.fields.show_values({"name": SharedText("Hall"), "note": SharedText("rings")})
    assert one.name.text() == "Lobby!"
    assert one.fields.entries["note"].filled_in() == "rings"
    assert one.fields.changes() == {"name": "Lobby!"}


def test_a_field_with_several_values_is_blank_and_says_so(qtbot: QtBot) -> None:
    page = FieldsPage("Edit", _FIELDS, {"name": SharedText(differs=True), "note": SharedText(differs=True)})
    qtbot.addWidget(page)
    name = page.entries["name"].editor
    assert (page.entries["name"].filled_in(), name.placeholderText()) == ("", "(several values)")
    assert not page.is_changed
    qtbot.keyClicks(name, "a")
    qtbot.keyClick(name, Qt.Key.Key_Backspace)
    assert name.placeholderText() == "(will be cleared)"
    assert page.changes() == {"name": None}


def test_a_field_that_may_not_be_changed_is_only_shown(qtbot: QtBot) -> None:
    values = {"name": SharedText("Lobby"), "note": SharedText("rings")}
    page = FieldsPage("Edit", _FIELDS, values, may_change=lambda name: name == "note")
    qtbot.addWidget(page)
    assert set(page.entries) == {"note"}
    assert [each.toPlainText() for each in page.findChildren(CopyableText)] == ["Lobby"]


def test_facts_are_copied_as_they_are_and_never_widen_the_sheet(qtbot: QtBot, one: _Sheet) -> None:
    one.sheet.show_page(one.facts)
    (label,) = [each for each in one.facts.findChildren(CopyableText) if each.accessibleName() == "Label"]
    assert label.toPlainText() == WIDE
    qtbot.waitUntil(lambda: label.height() > label.fontMetrics().height(), timeout=_MS)
    assert one.sheet.minimumSizeHint().width() < 500


def test_the_facts_of_very_many_items_come_when_they_were_read_through(qtbot: QtBot, background: Background) -> None:
    items = [str(number) for number in range(5_000)]
    page = ItemFactsPage(background, items, lambda item: Details(item, (("Model", "CX700"), ("Id", item))))
    qtbot.addWidget(page)
    page.come_up()
    assert page.facts() == []
    qtbot.waitUntil(lambda: page.facts() == [("Model", "CX700"), ("Id", "")], timeout=_MS)


def test_a_sheet_is_open_once_for_each_thing_and_closes_with_its_window(qtbot: QtBot) -> None:
    sheets = OpenSheets()
    made: list[PropertySheet] = []

    def make() -> PropertySheet:
        made.append(PropertySheet("CX700 Properties", "properties", [FactsPage("General", [])]))
        return made[-1]

    first = sheets.show(("device", "1"), make)
    assert sheets.show(("device", "1"), make) is first
    assert sheets.show(("device", "2"), make) is not first
    sheets.close_all()
    assert sheets.open_sheets() == []
    qtbot.waitUntil(lambda: not any(isValid(each) for each in made), timeout=_MS)
