"""A list is exported whole, as it stands in the console, or not at all."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.administration import PASSWORD, running_administration
from tests.support.faulty_relay import FaultyRelay, running_relay
from tests.support.filled_service import filled_service
from tests.support.fleets import fill_devices
from tests.support.stores import open_stores

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.failures import FailedCall
from device_update_console.core.files.whole_file import FileNotWritten
from device_update_console.core.lists.device_lists import DEVICES
from device_update_console.core.lists.export import Export, ExportFormat, carry_out_export
from device_update_console.core.lists.node_lists import LISTS
from device_update_contract.administration.base import Page
from device_update_contract.administration.devices import Device
from device_update_http_authentication.identities import Credentials

FLEET = 2_500
COLUMNS = [DEVICES.column(key) for key in ("mac", "status", "user", "last_check_at")]


@asynccontextmanager
async def fleet(folder: Path) -> AsyncIterator[tuple[AdministrationClient, FaultyRelay]]:
    """A client of a service with a fleet, behind a relay."""
    with open_stores(folder) as stores:
        database = stores.folder.database
    fill_devices(database, FLEET, 1_777_816_800_000)
    async with (
        running_administration(folder) as administration,
        running_relay(administration.url) as relay,
        AdministrationClient(parse_server_address(relay.url), identity=Credentials("anna", PASSWORD)) as client,
    ):
        yield client, relay


def export(path: Path, form: ExportFormat = ExportFormat.CSV, **filters: str) -> Export:
    return Export(DEVICES, DEVICES.query(filters, sort="-mac"), COLUMNS, form, path)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def test_all_that_matches_is_written_in_the_order_of_the_list(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = tmp_path / "devices.csv"
    async with fleet(tmp_path / "data") as (client, _):
        count = await carry_out_export(client, export(path), lambda at, total: told.append((at, total)))
    assert count == FLEET
    assert told == [(1_000, FLEET), (2_000, FLEET), (FLEET, FLEET)]
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["MAC Address", "Status", "User", "Last Check"]
    macs = [row[0] for row in rows[1:]]
    assert len(set(macs)) == FLEET
    assert macs == sorted(macs, reverse=True)


async def test_json_holds_every_field_of_what_the_filter_finds(tmp_path: Path) -> None:
    path = tmp_path / "devices.json"
    async with fleet(tmp_path / "data") as (client, _):
        count = await carry_out_export(client, export(path, ExportFormat.JSON, status="silent"), lambda *_: None)
    found = [Device.model_validate(each) for each in json.loads(path.read_text("utf-8"))]
    assert len(found) == count > 0
    assert {device.status for device in found} == {"silent"}


@pytest.mark.parametrize("form", ExportFormat)
async def test_every_list_is_exported_and_an_empty_one_is_a_file_without_rows(
    tmp_path: Path, form: ExportFormat
) -> None:
    async with filled_service(tmp_path / "data") as service, service.client() as client:
        for number, definition in enumerate(LISTS.values()):
            path = tmp_path / f"{number}.{form}"
            plan = Export(definition, definition.query(), definition.columns, form, path)
            assert await carry_out_export(client, plan, lambda *_: None) > 0
        empty = tmp_path / "empty"
        assert await carry_out_export(client, export(empty, form, search="nothing has this"), lambda *_: None) == 0
    text = empty.read_text("utf-8-sig")
    assert json.loads(text) == [] if form is ExportFormat.JSON else text.count("\n") == 1


async def test_selected_items_are_written_without_asking_the_service(tmp_path: Path) -> None:
    path = tmp_path / "devices.csv"
    async with fleet(tmp_path / "data") as (client, relay):
        items = (await client.ask(DEVICES.endpoint, Page[Device], query=DEVICES.query(limit=3))).items
        asked = relay.count("/devices")
        plan = Export(DEVICES, DEVICES.query(), COLUMNS, ExportFormat.CSV, path, items)
        assert await carry_out_export(client, plan, lambda *_: None) == 3
        assert relay.count("/devices") == asked
    assert path.read_text("utf-8-sig").count("\n") == 4


async def test_what_is_cancelled_or_cut_off_leaves_nothing_and_the_older_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "exports" / "devices.csv"
    path.parent.mkdir()
    path.write_text("older")
    async with fleet(tmp_path / "data") as (client, relay):
        release = relay.hold("after=")
        task = asyncio.create_task(carry_out_export(client, export(path), lambda *_: None))
        await relay.until(lambda: relay.count("after=") == 1)
        assert len(names(path.parent)) == 2
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert names(path.parent) == ["devices.csv"]
        release()
        relay.talk_nonsense("after=")
        with pytest.raises(FailedCall):
            await carry_out_export(client, export(path), lambda *_: None)
    assert names(path.parent) == ["devices.csv"]
    assert path.read_text() == "older"


@pytest.mark.parametrize("name", ["no such folder/devices.csv", "a folder"])
async def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "a folder").mkdir()
    before = names(tmp_path)
    async with filled_service(tmp_path / "data") as service, service.client() as client:
        with pytest.raises(FileNotWritten, match="cannot be written"):
            await carry_out_export(client, export(tmp_path / name), lambda *_: None)
    assert names(tmp_path) == sorted([*before, "data"])
