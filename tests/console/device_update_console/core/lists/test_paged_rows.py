"""The virtual list over the real service with 20,000 devices, in good and in bad times."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from tests.support.administration import PASSWORD, Administration, running_administration
from tests.support.faulty_relay import FaultyRelay, running_relay
from tests.support.fleets import fill_devices
from tests.support.row_watching import RowWatcher
from tests.support.stores import open_stores

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.failures import NotTheService, ServiceUnreachable
from device_update_console.core.lists.paged_rows import PagedRows
from device_update_console.core.lists.row_changes import ListState
from device_update_console.core.lists.source import ListSource
from device_update_contract.administration.devices import Device, DeviceQuery
from device_update_contract.administration.endpoints import LIST_DEVICES, SHOW_DEVICE, SHOW_SERVER
from device_update_contract.administration.server import ServerAnswer
from device_update_contract.reasons import StatusCode
from device_update_http_authentication.identities import Credentials
from device_update_service.storage.tables import DATABASE

DEVICES = 20_000
NOW_MS = 1_777_816_800_000
ANNA = Credentials("anna", PASSWORD)
BY_MAC = DeviceQuery(sort="mac")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a fleet."""
    folder = tmp_path_factory.mktemp("fleet")
    with open_stores(folder) as stores:
        database = stores.folder.database
    fill_devices(database, DEVICES, NOW_MS)
    return folder


@dataclass(slots=True)
class Scene:
    """The service behind a relay, and a list that somebody looks at."""

    administration: Administration
    relay: FaultyRelay
    client: AdministrationClient
    rows: PagedRows[Device]
    watcher: RowWatcher[Device]

    def source(
        self, query: DeviceQuery = BY_MAC, matches: Callable[[Device], bool] = lambda _: True
    ) -> ListSource[Device]:
        return ListSource(
            self.client,
            LIST_DEVICES,
            Device,
            query,
            item_id=lambda device: device.id,
            show=SHOW_DEVICE,
            matches=matches,
        )

    async def look_at(self, first: int, last: int) -> None:
        """Scroll there, and wait until all of it is there."""
        self.rows.show(first, last)
        await self.watcher.until(lambda: self.watcher.knows(first, last))

    async def begin(self, query: DeviceQuery = BY_MAC) -> None:
        """Show a list and wait for its first rows."""
        self.rows.show(0, 39)
        self.rows.start(self.source(query))
        await self.watcher.until(lambda: self.watcher.begun > 0 and self.watcher.knows(0, 39))

    async def ids_by_mac(self, where: str = "1") -> list[str]:
        """The ids in the order of the MAC address, from the database."""
        statement = f"SELECT id FROM device WHERE {where} ORDER BY mac, id"
        service = self.administration.service
        return [str(id_) for (id_,) in await service.read(lambda: DATABASE.execute_sql(statement).fetchall())]


@asynccontextmanager
async def scene(folder: Path, *, page_rows: int = 100, kept_rows: int = 5000) -> AsyncIterator[Scene]:
    async with (
        running_administration(folder) as administration,
        running_relay(administration.url) as relay,
        AdministrationClient(parse_server_address(relay.url), identity=ANNA) as client,
    ):
        watcher: RowWatcher[Device] = RowWatcher()
        rows: PagedRows[Device] = PagedRows(watcher, page_rows=page_rows, kept_rows=kept_rows)
        try:
            yield Scene(administration, relay, client, rows, watcher)
        finally:
            await rows.close()


def more_asked_than(relay: FaultyRelay, count: int) -> bool:
    return relay.count("at=0.") > count


@pytest.fixture
def fleet(filled: Path, tmp_path: Path) -> Path:
    """A fleet of this test's own."""
    folder = tmp_path / "data"
    shutil.copytree(filled, folder)
    return folder


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A data folder with 250 devices."""
    with open_stores(tmp_path) as stores:
        database = stores.folder.database
    fill_devices(database, 250, NOW_MS)
    return tmp_path


async def test_every_device_is_met_by_scrolling_down_and_no_row_moves(fleet: Path) -> None:
    async with scene(fleet, page_rows=1000) as s:
        await s.begin()
        met: list[str] = []
        for first in range(0, DEVICES, 1000):
            await s.look_at(first, first + 999)
            met += s.watcher.ids(first, first + 999)
            assert len(s.watcher.rows) <= 5000
        assert met == await s.ids_by_mac()
        assert s.watcher.moved == []
        assert s.watcher.count == DEVICES
        assert s.watcher.status.counted


async def test_a_dragged_thumb_is_there_with_one_request_and_its_surroundings_are_the_lists_own(fleet: Path) -> None:
    async with scene(fleet) as s:
        await s.begin()
        expected = await s.ids_by_mac()
        before = s.relay.count("at=")
        await s.look_at(15_020, 15_060)
        assert s.relay.count("at=") - before <= 2  # the page, and perhaps already the one before it
        for first in (*range(15_020, 14_400, -40), *range(14_400, 15_600, 40)):
            await s.look_at(first, first + 40)
            assert s.watcher.ids(first, first + 40) == expected[first : first + 41]
        await s.look_at(DEVICES - 41, DEVICES - 1)
        assert s.watcher.ids(DEVICES - 41, DEVICES - 1) == expected[-41:]
        assert s.watcher.moved == []
        assert s.watcher.count == DEVICES


async def test_where_places_are_estimated_scrolling_leaves_out_and_repeats_nothing(fleet: Path) -> None:
    query = DeviceQuery(sort="mac", status=StatusCode("up-to-date"))
    async with scene(fleet) as s:
        await s.begin(query)
        expected = await s.ids_by_mac("status = 'up-to-date'")
        await s.look_at(8_000, 8_040)
        start = expected.index(s.watcher.ids(8_000, 8_000)[0])
        for offset in (*range(0, -400, -40), *range(-400, 800, 40)):
            await s.look_at(8_000 + offset, 8_040 + offset)
            seen = s.watcher.ids(8_000 + offset, 8_040 + offset)
            assert seen == expected[start + offset : start + offset + 41]


async def test_the_newest_filter_wins_however_late_an_older_answer_comes(fleet: Path) -> None:
    async with scene(fleet) as s:
        await s.begin()
        release = s.relay.hold("search=00-04")
        s.rows.start(s.source(DeviceQuery(search="00-04")))
        await s.relay.until(lambda: s.relay.count("search=00-04") == 1)
        s.rows.start(s.source(DeviceQuery(search="user17@")))
        await s.watcher.until(lambda: s.watcher.begun == 2)
        release()
        await s.client.ask(SHOW_SERVER, ServerAnswer)  # the released answer has had its time
        assert s.watcher.begun == 2
        assert all(row.item.user == "user17@contoso.com" for row in s.watcher.rows.values())


async def test_rows_of_the_earlier_filter_stay_until_the_new_ones_are_there(fleet: Path) -> None:
    async with scene(fleet) as s:
        await s.begin()
        release = s.relay.hold("status=silent")
        s.rows.start(s.source(DeviceQuery(sort="mac", status=StatusCode("silent"))))
        await s.relay.until(lambda: s.relay.count("status=silent") == 1)
        assert s.watcher.status.state is ListState.LOADING
        assert s.watcher.knows(0, 39)
        release()
        await s.watcher.until(lambda: s.watcher.begun == 2 and s.watcher.knows(0, 39))
        assert {row.item.status for row in s.watcher.rows.values()} == {"silent"}


async def test_a_page_that_fails_is_told_and_fetched_again_only_on_demand(fleet: Path) -> None:
    async with scene(fleet) as s:
        await s.begin()
        sane = s.relay.talk_nonsense("at=")
        s.rows.show(10_000, 10_040)
        await s.watcher.until(lambda: s.watcher.status.failure is not None)
        assert isinstance(s.watcher.status.failure, NotTheService)
        assert s.watcher.status.state is ListState.READY
        sane()
        asked = s.relay.count("at=")
        s.rows.show(10_000, 10_041)
        assert not s.watcher.knows(10_000, 10_040)
        assert s.relay.count("at=") == asked
        s.rows.retry()
        await s.watcher.until(lambda: s.watcher.knows(10_000, 10_040))
        assert s.watcher.status.failure is None


async def test_a_filter_that_fails_leaves_no_rows_of_the_earlier_one(fleet: Path) -> None:
    async with scene(fleet) as s:
        await s.begin()
        await s.relay.stop()
        s.rows.start(s.source(DeviceQuery(sort="mac", status=StatusCode("silent"))))
        await s.watcher.until(lambda: s.watcher.status.state is ListState.FAILED)
        assert s.watcher.count == 0
        assert isinstance(s.watcher.status.failure, ServiceUnreachable)
        await s.relay.start()
        s.rows.retry()
        await s.watcher.until(lambda: s.watcher.status.state is ListState.READY and s.watcher.knows(0, 39))


async def test_a_refresh_that_fails_leaves_the_rows_with_the_failure(few: Path) -> None:
    async with scene(few) as s:
        await s.begin()
        await s.relay.stop()
        s.rows.refresh()
        await s.watcher.until(lambda: s.watcher.status.failure is not None)
        assert s.watcher.status.state is ListState.READY
        assert s.watcher.knows(0, 39)


async def test_a_list_without_rows_is_empty(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        s.rows.start(s.source())
        await s.watcher.until(lambda: s.watcher.status.state is ListState.EMPTY)
        assert s.watcher.count == 0
        assert s.watcher.status.counted


async def test_a_changed_row_changes_where_it_stands(few: Path) -> None:
    async with scene(few) as s:
        await s.begin()
        changed = s.watcher.ids(7, 7)[0]
        await s.administration.call("PATCH", f"/devices/{changed}", json={"label": "Reception"})
        s.rows.apply_changes([changed])
        await s.watcher.until(lambda: s.watcher.rows[7].item.label == "Reception")
        assert s.watcher.moved == []
        assert not s.watcher.rows[7].stale


async def test_a_change_while_its_page_is_fetched_is_not_lost(few: Path) -> None:
    async with scene(few) as s:
        release = s.relay.hold("GET /api/v1/devices?")
        s.rows.show(0, 39)
        s.rows.start(s.source())
        await s.relay.until(lambda: s.relay.count("GET /api/v1/devices?") == 1)
        first = (await s.administration.call("GET", "/devices?sort=mac&limit=1")).json["items"][0]["id"]
        await s.administration.call("PATCH", f"/devices/{first}", json={"label": "Reception"})
        s.rows.apply_changes([first])
        release()
        await s.watcher.until(lambda: 0 in s.watcher.rows)
        await s.relay.until(lambda: s.relay.count(f"GET /api/v1/devices/{first}") == 1)
        await s.watcher.until(lambda: s.watcher.rows[0].item.label == "Reception")


async def test_rows_that_no_longer_match_stay_greyed_until_the_refresh(few: Path) -> None:
    async with scene(few) as s:
        await s.begin()
        gone, other = s.watcher.ids(3, 3)[0], s.watcher.ids(4, 4)[0]
        await s.administration.call("DELETE", f"/devices/{gone}")
        s.rows.apply_changes(None)
        await s.watcher.until(lambda: s.watcher.rows[3].stale)
        assert s.watcher.ids(3, 4) == [gone, other]
        assert not s.watcher.rows[4].stale
        await s.watcher.until(lambda: s.watcher.status.outdated)
        s.rows.refresh()
        await s.watcher.until(lambda: s.watcher.begun == 2 and s.watcher.knows(0, 39))
        assert s.watcher.ids(3, 3) == [other]
        assert not s.watcher.status.outdated
        assert s.watcher.count == 249


async def test_what_changes_figures_alone_is_shown_without_a_word_of_other_rows(few: Path) -> None:
    async with scene(few) as s:
        await s.begin()
        changed = s.watcher.ids(2, 2)[0]
        await s.administration.call("PATCH", f"/devices/{changed}", json={"label": "Reception"})
        s.rows.apply_changes(None, same_rows=True)
        await s.watcher.until(lambda: s.watcher.rows[2].item.label == "Reception")
        assert not s.watcher.status.outdated


async def test_what_comes_into_a_list_that_is_known_whole_joins_it_at_its_end(few: Path) -> None:
    async with scene(few, page_rows=125) as s:
        await s.begin(DeviceQuery(sort="mac", model="CX500"))
        await s.watcher.until(lambda: s.watcher.status.counted)
        count, ids = s.watcher.count, s.watcher.ids(0, s.watcher.count - 1)
        other = (await s.administration.call("GET", "/devices?model=CX700&limit=1")).json["items"][0]["id"]
        s.rows.apply_changes([other])
        await s.watcher.until(lambda: s.watcher.count == count + 1)  # the source has no word on whether it matches
        assert s.watcher.ids(0, count) == [*ids, other]
        assert s.watcher.moved == []
        assert not s.watcher.status.outdated
        s.rows.apply_changes([str(number) for number in range(900_000, 900_100)])
        await s.watcher.until(lambda: s.watcher.status.outdated)
        assert s.watcher.count == count + 1


async def test_what_does_not_match_and_what_is_gone_again_does_not_join(few: Path) -> None:
    async with scene(few) as s:
        s.rows.show(0, 39)
        s.rows.start(s.source(DeviceQuery(sort="mac", model="CX500"), matches=lambda device: device.model == "CX500"))
        await s.watcher.until(lambda: s.watcher.begun == 1 and s.watcher.knows(0, 39))
        count = s.watcher.count
        other = (await s.administration.call("GET", "/devices?model=CX700&limit=1")).json["items"][0]["id"]
        s.rows.apply_changes([other, "900000"])
        await s.relay.until(lambda: s.relay.count("GET /api/v1/devices/900000") == 1)
        label = s.watcher.ids(0, 0)[0]
        await s.administration.call("PATCH", f"/devices/{label}", json={"label": "Reception"})
        s.rows.apply_changes([label])
        await s.watcher.until(lambda: s.watcher.rows[0].item.label == "Reception")
        assert s.watcher.count == count
        assert not s.watcher.status.outdated


async def test_the_first_item_of_an_empty_list_appears(few: Path) -> None:
    async with scene(few) as s:
        s.rows.start(s.source(DeviceQuery(sort="mac", label="Reception")))
        await s.watcher.until(lambda: s.watcher.status.state is ListState.EMPTY)
        device = (await s.administration.call("GET", "/devices?limit=1")).json["items"][0]["id"]
        await s.administration.call("PATCH", f"/devices/{device}", json={"label": "Reception"})
        s.rows.apply_changes([device])
        await s.watcher.until(lambda: s.watcher.status.state is ListState.READY and 0 in s.watcher.rows)
        assert s.watcher.rows[0].item.label == "Reception"


async def test_a_row_that_no_longer_fulfils_the_filter_is_greyed(few: Path) -> None:
    async with scene(few) as s:
        s.rows.show(0, 39)
        s.rows.start(s.source(matches=lambda device: device.label is None))
        await s.watcher.until(lambda: s.watcher.begun == 1 and s.watcher.knows(0, 39))
        changed = s.watcher.ids(5, 5)[0]
        await s.administration.call("PATCH", f"/devices/{changed}", json={"label": "Reception"})
        s.rows.apply_changes([changed])
        await s.watcher.until(lambda: s.watcher.rows[5].stale)
        assert s.watcher.rows[5].item.label == "Reception", "what it is now tells why it is no longer in the list"


async def test_what_is_refreshed_far_down_is_read_where_it_is_looked_at(fleet: Path) -> None:
    async with scene(fleet) as s:
        await s.begin()
        await s.look_at(12_000, 12_040)
        before = s.watcher.ids(12_000, 12_040)
        s.rows.refresh()
        await s.watcher.until(lambda: s.watcher.begun == 2 and s.watcher.knows(12_000, 12_040))
        assert s.watcher.ids(12_000, 12_040) == before


async def test_a_slow_server_is_asked_for_the_place_that_is_looked_at_and_not_for_all_that_were(fleet: Path) -> None:
    async with scene(fleet) as s:
        await s.begin()
        release = s.relay.hold("at=0.")
        asked = s.relay.count("at=0.")
        for first in range(2_000, 20_000, 1_000):
            s.rows.show(first, first + 40)
            await s.relay.until(partial(more_asked_than, s.relay, asked))
            asked = s.relay.count("at=0.")
            await s.relay.until(lambda: s.relay.open_connections <= 3)
        release()
        await s.watcher.until(lambda: s.watcher.knows(19_000, 19_040))


async def test_closing_leaves_nothing_running(fleet: Path) -> None:
    async with scene(fleet) as s:
        await s.begin()
        running = asyncio.all_tasks()
        s.relay.hold("at=")
        s.rows.show(9_000, 9_040)
        await s.relay.until(lambda: s.relay.count("at=") == 1)
        told = s.watcher.begun, dict(s.watcher.rows)
        await s.rows.close()
        left = {task for task in asyncio.all_tasks() - running if "paged_rows" in repr(task.get_coro())}
        assert left == set()
        await s.relay.until(lambda: s.relay.open_connections <= 1)
        assert (s.watcher.begun, s.watcher.rows) == told
