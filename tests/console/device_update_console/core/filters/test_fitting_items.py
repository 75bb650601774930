"""Whether an item still fits is told as the real service would, or counts as fitting where only that can tell."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from tests.support.filled_service import filled_service

from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.filters.fitting_items import has_terms, still_fits
from device_update_console.core.lists.definition import FilterField, FilterKind, ListDefinition
from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.window.scope_tree import NodeKind

ONLY_THE_SERVICE_KNOWS = {"reason"}
SOUGHT = (
    "4F2",
    "04-F2",
    "04",
    "cx7",
    "42",
    "contoso",
    "10.",
    "127.0.0.1",
    "4.0.7577",
    "polycom cx",
    "nothing-has-this",
)


async def items(client: AdministrationClient, definition: ListDefinition[Any], filters: dict[str, str]) -> list[Any]:
    found = client.items(definition.endpoint, definition.item, query=definition.query(filters))
    async with aclosing(found):
        return [item async for item in found]


def asked(definition: ListDefinition[Any], field: FilterField, known: list[Any]) -> set[str]:
    """Texts to filter by: what the items have, in another case, and what none has."""
    if field.kind is FilterKind.MOMENT:
        return {"2026-01-01", "2099-01-01T00:00:00Z", *(item.last_check_at.isoformat() for item in known)}
    if field.choices:
        return {value for value, _ in field.choices if value}
    if field.name == "search":
        return set(SOUGHT)
    found = {
        column.value(item)
        for column in definition.columns
        if column.value and column.found_by == field.name
        for item in known
    }
    values = {value for value in found if value and "\t" not in value}
    return (
        values
        | {value.upper() for value in values}
        | ({"127.0.0.0/8", "10.0.0.0/8"} if field.name == "address" else set())
    )


@pytest.mark.parametrize(
    "node",
    [NodeKind.DEVICES, NodeKind.PENDING_UPDATES, NodeKind.DEPLOYED_UPDATES, NodeKind.PACKAGES, NodeKind.TEST_DEVICES],
)
async def test_an_item_fits_a_filter_when_the_service_finds_it_by_it(tmp_path: Path, node: NodeKind) -> None:
    definition = LISTS[node]
    async with filled_service(tmp_path) as service, service.client() as client:
        everything = await items(client, definition, {})
        compared = 0
        for field in definition.filters:
            for text in asked(definition, field, everything):
                found = {definition.item_id(item) for item in await items(client, definition, {field.name: text})}
                fits = still_fits(definition, {field.name: text})
                if field.name in ONLY_THE_SERVICE_KNOWS:
                    assert all(map(fits, everything))
                else:
                    assert {definition.item_id(item) for item in everything if fits(item)} == found, (field.name, text)
                    compared += 1
        assert compared > 3


async def test_a_rule_leaves_the_pending_list_with_its_pending_version(tmp_path: Path) -> None:
    pending, deployed = LISTS[NodeKind.PENDING_UPDATES], LISTS[NodeKind.DEPLOYED_UPDATES]
    async with filled_service(tmp_path) as service, service.client() as client:
        rules = await items(client, pending, {}) + await items(client, deployed, {})
    for definition, has in ((pending, "pending"), (deployed, "approved")):
        fits = still_fits(definition, {})
        assert {rule.id for rule in rules if fits(rule)} == {rule.id for rule in rules if getattr(rule, has)}


def test_each_word_is_sought_in_any_text() -> None:
    assert has_terms(("Polycom", "CX700"), "cx poly")
    assert not has_terms(("Polycom", "CX700"), "cx nortel")
