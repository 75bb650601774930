"""Every list against a real service, and what holds of every definition."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.support.filled_service import filled_service

from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.filters.filter_text import InvalidFilter
from device_update_console.core.lists.node_lists import LISTS, Align, FilterKind, ListDefinition
from device_update_console.core.texts.code_texts import STATUS_TEXTS
from device_update_console.core.window.scope_tree import DEVICE_LISTS, NODES, NodeKind
from device_update_contract.administration.base import Page, PageQuery
from device_update_contract.administration.devices import DeviceFilter
from device_update_contract.administration.events import EventName
from device_update_contract.administration.roles import Role

NEVER_FILLED_HERE = {
    (NodeKind.ACCOUNTS, "locked_until"),
    (NodeKind.PACKAGES, "findings"),
    (NodeKind.REFUSED_REQUESTS, "device"),
    *((node, key) for node in DEVICE_LISTS for key in ("overdue", "last_byte_at", "notes_by_service")),
    *((NodeKind.DEVICE_LOGS, column) for column in ("serial", "account", "user")),
}
"""Columns of what nobody here has: a lock-out, a device that keeps waiting, fetches images or reports nonsense, a
package with a warning, a refusal of a device that told who it is, a log of one that told more."""
EACH_LIST = pytest.mark.parametrize("node", LISTS, ids=str)


async def items(client: AdministrationClient, node: NodeKind, query: PageQuery | None = None) -> list[Any]:
    """All items of a node's list."""
    definition = LISTS[node]
    found = client.items(definition.endpoint, definition.item, query=query or definition.query())
    async with aclosing(found):
        return [item async for item in found]


async def test_every_column_of_every_list_reads_every_item_of_a_real_service(tmp_path: Path) -> None:
    empty: set[tuple[NodeKind, str]] = set()
    async with filled_service(tmp_path) as service, service.client() as client:
        for node, definition in LISTS.items():
            found = await items(client, node)
            assert found, f"{node} has something to show"
            for item in found:
                texts = [column.text(item) for column in definition.columns]
                assert all(isinstance(text, str) and "\n" not in text and "\t" not in text for text in texts), texts
            assert len({definition.item_id(item) for item in found}) == len(found)
            empty |= {(node, column.key) for column in definition.columns if not any(map(column.text, found))}
    assert empty == NEVER_FILLED_HERE


async def test_the_service_sorts_by_every_sortable_column_both_ways(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as service, service.client() as client:
        for node, definition in LISTS.items():
            ids = {definition.item_id(item) for item in await items(client, node)}
            for column in definition.columns:
                for sort in () if column.sort is None else (column.sort, f"-{column.sort}"):
                    found = await items(client, node, definition.query(sort=sort))
                    assert {definition.item_id(item) for item in found} == ids, (node, sort)


async def test_the_service_takes_every_filter_and_every_choice_of_it(tmp_path: Path) -> None:
    typed = {FilterKind.TEXT: "100", FilterKind.MOMENT: "2026-05-03"}
    async with filled_service(tmp_path) as service, service.client() as client:
        for definition in LISTS.values():
            for field in definition.filters:
                texts = [value for value, _ in field.choices] or [
                    "10.0.0.7" if field.name == "address" else typed[field.kind]
                ]
                for text in texts:
                    await client.ask(definition.endpoint, Page[Any], query=definition.query({field.name: text}))


async def test_pending_and_deployed_updates_are_those_with_such_a_version(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as service, service.client() as client:
        pending = await items(client, NodeKind.PENDING_UPDATES)
        deployed = await items(client, NodeKind.DEPLOYED_UPDATES)
    assert [rule.model for rule in deployed] == ["CX700"]
    tested_on = LISTS[NodeKind.PENDING_UPDATES].column("tested_on")
    assert {rule.model: tested_on.text(rule) for rule in pending} == {
        "CX700": "0 of 1 installed",
        "CX3000": "No test device",
    }


async def test_rule_lists_can_show_state_and_change_number_by_which_scripts_name_a_rule(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as service, service.client() as client:
        for node in (NodeKind.PENDING_UPDATES, NodeKind.DEPLOYED_UPDATES):
            state, change_number = (LISTS[node].column(key) for key in ("state", "change_number"))
            assert not state.shown
            assert not change_number.shown
            for rule in await items(client, node):
                assert state.text(rule) == ("Pending" if rule.state == "pending" else "Deployed")
                assert change_number.text(rule) == str(rule.change_number)


async def test_what_a_list_needs_is_what_its_node_needs(tmp_path: Path) -> None:
    """Help desk may read every list that its tree shows."""
    async with filled_service(tmp_path) as service, service.client(Role.HELP_DESK) as client:
        for node, definition in LISTS.items():
            if NODES[node].permission != definition.endpoint.permission:
                pytest.fail(f"{node} and its endpoint want different permissions")
            if node is not NodeKind.ACCOUNTS:
                await client.ask(definition.endpoint, Page[Any], query=definition.query())


@EACH_LIST
def test_every_sortable_column_is_in_the_sorts_of_its_endpoint(node: NodeKind) -> None:
    definition = LISTS[node]
    sorts = {column.sort for column in definition.columns} - {None}
    assert sorts <= set(definition.endpoint.sorts)
    assert definition.default_sort.removeprefix("-") in definition.endpoint.sorts


@EACH_LIST
def test_every_endpoint_answers_pages_of_the_item_that_the_columns_read(node: NodeKind) -> None:
    definition = LISTS[node]
    assert definition.endpoint.answer is Page[definition.item]  # type: ignore[name-defined]
    assert definition.endpoint.query is not None
    assert issubclass(definition.endpoint.query, PageQuery)


@EACH_LIST
def test_keys_and_titles_of_columns_and_filters_are_unique(node: NodeKind) -> None:
    definition = LISTS[node]
    for names in (
        [column.key for column in definition.columns],
        [column.title for column in definition.columns],
        [field.name for field in definition.filters],
        [field.title for field in definition.filters],
    ):
        assert len(set(names)) == len(names)


@EACH_LIST
def test_every_list_starts_with_a_shown_column_that_is_no_number(node: NodeKind) -> None:
    first = LISTS[node].columns[0]
    assert first.shown
    assert first.align is Align.LEFT


@EACH_LIST
def test_every_filter_is_a_parameter_of_the_endpoint_and_choices_begin_with_none(node: NodeKind) -> None:
    definition = LISTS[node]
    assert definition.endpoint.query is not None
    parameters = set(definition.endpoint.query.model_fields) - set(PageQuery.model_fields) - set(definition.fixed or {})
    assert {field.name for field in definition.filters} <= parameters
    for field in definition.filters:
        assert (field.kind in {FilterKind.CHOICE, FilterKind.YES_NO}) == bool(field.choices)
        assert not field.choices or field.choices[0] == ("", "Any")


@EACH_LIST
def test_the_events_are_those_that_the_service_tells(node: NodeKind) -> None:
    definition = LISTS[node]
    assert definition.events <= set(get_args(EventName))
    assert definition.id_events <= definition.events
    assert definition.figure_events <= definition.events - definition.id_events


def test_every_way_of_filtering_devices_is_offered() -> None:
    assert {field.name for field in LISTS[NodeKind.DEVICES].filters} == set(DeviceFilter.model_fields)


def test_every_node_but_those_that_hold_others_has_a_list() -> None:
    assert set(LISTS) == set(NodeKind) - {NodeKind.CONSOLE, NodeKind.SERVER}


def devices() -> ListDefinition[Any]:
    return LISTS[NodeKind.DEVICES]


def test_a_search_is_in_the_order_of_match_until_a_sort_is_chosen() -> None:
    assert devices().query().sort == "mac"
    assert devices().query({"search": "4F2"}).sort is None
    assert devices().query({"search": "4F2"}, sort="-user").sort == "-user"
    assert LISTS[NodeKind.PENDING_UPDATES].query({"search": "CX"}).sort == "brand"


def test_fields_left_empty_do_not_filter() -> None:
    assert devices().query({"user": "  ", "status": "", "test_device": ""}) == devices().query()


def test_yes_no_and_moments_are_read() -> None:
    query = devices().query({"test_device": "no", "seen_after": "2026-05-03T14:02:00Z"})
    assert query.model_dump(mode="json", exclude_none=True)["seen_after"] == "2026-05-03T14:02:00.000Z"
    assert query.model_dump()["test_device"] is False


@pytest.mark.parametrize(
    ("field", "text", "names"),
    [
        ("seen_after", "yesterday", "Last Check After"),
        ("status", "happy", "Status"),
        ("user", "x" * 301, "User"),
        ("limit", "1", "limit"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_by_the_name_of_its_field(field: str, text: str, names: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        devices().query({field: text})
    assert names in refused.value.sentence
    assert refused.value.parameters["field"] == field


def test_a_filter_cannot_take_away_what_the_list_is() -> None:
    with pytest.raises(InvalidFilter):
        LISTS[NodeKind.PENDING_UPDATES].query({"state": "all"})


def test_a_column_is_found_by_its_key() -> None:
    assert devices().column("mac").title == "MAC Address"
    with pytest.raises(KeyError):
        devices().column("colour")


def test_every_status_has_room_in_its_column() -> None:
    column = next(each for each in LISTS[NodeKind.DEVICES].columns if each.key == "status")
    assert max(map(len, STATUS_TEXTS.values())) <= column.width_hint
