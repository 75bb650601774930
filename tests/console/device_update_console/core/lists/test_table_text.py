"""Rows for the clipboard and for files."""

from __future__ import annotations

import asyncio
import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st
from tests.support.administration_samples import device

from device_update_console.core.lists.copying import text_of_items
from device_update_console.core.lists.device_lists import DEVICES
from device_update_console.core.lists.table_text import (
    JSON_BETWEEN,
    JSON_END,
    JSON_START,
    csv_heading,
    csv_row,
    json_item,
    tab_separated,
)
from device_update_console.core.texts.language import choose, language_of
from device_update_contract.administration.devices import Device

COLUMNS = [DEVICES.column(key) for key in ("mac", "user", "last_check_at")]
some_devices = st.lists(st.builds(lambda user: device(user=user), st.text(max_size=20)), max_size=4)


@given(some_devices)
def test_copied_rows_have_their_headings_and_keep_their_columns_whatever_devices_send(devices: list[Device]) -> None:
    lines = tab_separated(COLUMNS, devices).split("\n")
    assert lines.pop() == ""
    assert lines[0] == "MAC Address\tUser\tLast Check"
    assert len(lines) == len(devices) + 1
    assert all(line.count("\t") == 2 for line in lines)


def test_many_rows_are_copied_as_few_are() -> None:
    devices, told = [device(user=f"user{number}") for number in range(120)], list[tuple[int, int]]()
    copied = asyncio.run(text_of_items(COLUMNS, devices, lambda at, total: told.append((at, total))))
    assert copied == tab_separated(COLUMNS, devices)
    assert told == [(50, 120), (100, 120), (120, 120)]


@given(some_devices)
def test_an_export_as_csv_is_read_back_as_the_same_cells(devices: list[Device]) -> None:
    text = csv_heading(COLUMNS) + "".join(csv_row(COLUMNS, each) for each in devices)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["MAC Address", "User", "Last Check"]
    for row, each in zip(rows[1:], devices, strict=True):
        for cell, column in zip(row, COLUMNS, strict=True):
            assert cell.removeprefix("'") == column.text(each).removeprefix("'")


def test_no_cell_of_an_export_runs_as_a_formula() -> None:
    assert csv_row(COLUMNS, device(user="=HYPERLINK(1)")).split(",")[1] == "'=HYPERLINK(1)"


@given(some_devices)
def test_an_export_as_json_is_what_the_service_gave(devices: list[Device]) -> None:
    text = JSON_START + JSON_BETWEEN.join(json_item(each) for each in devices) + JSON_END
    assert [Device.model_validate(each) for each in json.loads(text)] == devices


def test_files_are_the_same_in_every_language_and_what_is_copied_is_as_it_is_shown() -> None:
    columns = [DEVICES.column(key) for key in ("mac", "status", "last_check_at", "test_device")]
    english = csv_heading(columns) + csv_row(columns, device())
    choose(language_of("de"))
    try:
        assert csv_heading(columns) + csv_row(columns, device()) == english
        copied = tab_separated(columns, [device()])
    finally:
        choose(language_of("en"))
    assert copied.startswith("MAC-Adresse\tStatus\tLetzte Abfrage\tTestgerät\n00-04-F2-")
    assert "\tAngeboten\t03.05." in copied
