"""The catalog snapshot from the main database, and its generation number (design decision 2)."""

from __future__ import annotations

from device_update_service.domain.catalog import CatalogSnapshot, IdentifierType, SupersededUpdate, TestDevice
from device_update_service.storage import tables
from device_update_service.storage.rules.rule_records import load_rules, superseded_updates
from device_update_service.storage.setting_records import decision_settings

_GENERATION = "generation"


def catalog_generation() -> int:
    """The number of the catalog that the database holds now."""
    state = tables.ServerState
    return int(state.select(state.value).where(state.name == _GENERATION).tuples().first()[0])


def bump_generation() -> int:
    """Make a new generation, in the transaction that changed the catalog, and return its number."""
    generation = catalog_generation() + 1
    state = tables.ServerState
    state.update(value=str(generation)).where(state.name == _GENERATION).execute()
    return generation


def load_catalog() -> CatalogSnapshot:
    """The snapshot of this generation; its rules carry their slots, not their histories and purged updates.

    Superseded updates are given with the end of their grace, also when it is over: the snapshot compares it.
    """
    return CatalogSnapshot(
        generation=catalog_generation(),
        rules=load_rules(complete=False),
        test_devices=load_test_devices_of_catalog(),
        settings=decision_settings(),
        superseded=_superseded_updates(),
    )


def load_test_devices_of_catalog() -> list[TestDevice]:
    """Every test device, by id."""
    table = tables.TestDevice
    return [
        TestDevice(row.id, row.name, IdentifierType(row.identifier_type), row.identifier)
        for row in table.select().order_by(table.id)
    ]


def _superseded_updates() -> list[SupersededUpdate]:
    return [
        SupersededUpdate(record.rule_id, record.update, record.serve_until)
        for record in superseded_updates()
        if record.serve_until is not None
    ]
