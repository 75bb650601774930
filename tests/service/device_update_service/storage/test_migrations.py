"""What a database of an earlier version says once it is brought up to this one."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from peewee import SqliteDatabase
from tests.support.stores import open_stores

from device_update_service.storage import tables

_DEVICE = """
INSERT INTO device (
    mac, device_type, vendor, model, revision, locale, class_key, modules, first_seen_at, decision_code,
    decision_parameters, decision_since, offered_update_id, address_key, status, status_since
) VALUES ('00-04-F2-00-01-76', 'UCPhone', 'Polycom', 'CX700', 'A', 'ENU', 'x', '[]', 1, 'approved-update', '{}', 1, 7,
    '00', 'offered', 1)
"""


def test_devices_of_the_version_without_an_external_listener_last_asked_anonymously(tmp_path: Path) -> None:
    database = SqliteDatabase(str(tmp_path / "device-update.sqlite"))
    migrations = [
        import_module(f"device_update_service.storage.migrations.{name}").up
        for name in ("0001_initial", "0002_who_may_do_what")
    ]
    migrations[0](None, database)
    database.execute_sql(_DEVICE)
    migrations[1](None, database)
    assert database.execute_sql("SELECT offered_update_id, account_key FROM device").fetchall() == [(7, "")]
    database.close()


def test_what_was_refused_before_there_was_an_index_is_in_it_and_leaves_it_with_its_row(tmp_path: Path) -> None:
    database = SqliteDatabase(str(tmp_path / "device-update.sqlite"))
    import_module("device_update_service.storage.migrations.0001_initial").up(None, database)
    refused = (
        "INSERT INTO refused_request (kind, code, detail, device, account, address, first_at, last_at, count)"
        " VALUES ('check', 'malformed-request', 'The field Model is missing.', ?, 'kenmyer', '10.3.1.9', 1, 1, 1)"
    )
    database.execute_sql(refused, ("00-04-F2-00-01-76",))
    import_module("device_update_service.storage.migrations.0004_refused_texts").up(None, database)
    database.execute_sql(refused, ("00-04-F2-00-01-77",))
    match = "SELECT rowid FROM refused_text WHERE refused_text MATCH ? ORDER BY rowid"
    assert database.execute_sql(match, ('"ken" AND "f2-"',)).fetchall() == [(1,), (2,)]
    database.execute_sql("UPDATE refused_request SET count = 2, last_at = 7")
    database.execute_sql("DELETE FROM refused_request WHERE id = 1")
    assert database.execute_sql(match, ('"f2-"',)).fetchall() == [(2,)]
    assert database.execute_sql(match, ('"-76"',)).fetchall() == []
    database.close()


def test_the_tables_are_those_of_the_schema(tmp_path: Path) -> None:
    """A migration and `tables` are written apart."""
    with open_stores(tmp_path) as stores:
        columns = stores.read(
            lambda: {
                table: {
                    column.name: column.null and not column.primary_key for column in tables.DATABASE.get_columns(table)
                }
                for table in tables.DATABASE.get_tables()
            }
        )
    declared = {
        model._meta.table_name: {field.column_name: field.null for field in model._meta.sorted_fields}
        for model in tables.Table.__subclasses__()
    }
    assert declared == {table: columns[table] for table in declared}
    assert len(declared) > 15
