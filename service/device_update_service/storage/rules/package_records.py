"""Imported packages in the main database; findings and updates are kept as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from peewee import fn
from pydantic import TypeAdapter

from device_update_contract.administration.base import Page
from device_update_contract.administration.packages import FindingModel, Package, PackageQuery, PackageUpdate
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds
from device_update_service.storage import tables
from device_update_service.storage.paging import Keyset, PageRequest, SortValue, containing

_FINDINGS = TypeAdapter(list[FindingModel])
_UPDATES = TypeAdapter(list[PackageUpdate])


def add_package(name: str, size: int, sha256: str, imported_at: datetime, account: str) -> int:
    """A new package, for its id; `describe_package` completes it in the same transaction."""
    row = tables.Package.create(
        name=name,
        size=size,
        sha256=sha256,
        imported_at=to_milliseconds(imported_at),
        account=account,
        findings="[]",
        updates="[]",
    )
    return int(row.id)


def describe_package(package_id: int, findings: list[FindingModel], updates: list[PackageUpdate]) -> None:
    """Store what was noticed about a package and what its import did."""
    tables.Package.update(
        findings=_FINDINGS.dump_json(findings).decode(), updates=_UPDATES.dump_json(updates).decode()
    ).where(tables.Package.id == package_id).execute()


def find_package(package_id: int) -> Package | None:
    """One package."""
    row = tables.Package.get_or_none(tables.Package.id == package_id)
    return None if row is None else _package(row)


def page_of_packages(query: PackageQuery, page: PageRequest) -> Page[Package]:
    """A page of packages, sorted by id, name without regard to case, time of import or size."""
    table = tables.Package
    conditions: list[Any] = [table.id > 0]
    conditions.extend(containing(table.name, term) for term in (query.search or "").split())
    if query.account is not None:
        conditions.append(fn.LOWER(table.account) == query.account.strip().lower())
    columns: dict[str, Any] = {
        "id": table.id,
        "name": table.name.collate("NOCASE"),
        "imported_at": table.imported_at,
        "size": table.size,
    }
    keyset = Keyset(columns[page.sort], table.id)
    beyond = keyset.beyond(page)
    rows = table.select().where(*conditions).order_by(*keyset.order(page)).limit(page.limit + 1)
    found = list(rows if beyond is None else rows.where(beyond))
    shown = found[: page.limit]
    total = int(table.select().where(*conditions).count())
    return Page[Package](
        items=[_package(row) for row in shown],
        next=page.cursor(_sort_value(shown[-1], page.sort), shown[-1].id) if len(found) > page.limit else None,
        total=total,
        total_at_least=total,
    )


def _sort_value(row: tables.Package, field: str) -> SortValue:
    values: dict[str, SortValue] = {
        "id": row.id,
        "name": row.name,
        "imported_at": row.imported_at,
        "size": row.size,
    }
    return values[field]


def _package(row: tables.Package) -> Package:
    return Package(
        id=str(row.id),
        name=row.name,
        size=row.size,
        sha256=row.sha256,
        imported_at=from_milliseconds(row.imported_at),
        account=row.account,
        findings=_FINDINGS.validate_json(row.findings),
        updates=_UPDATES.validate_json(row.updates),
    )
