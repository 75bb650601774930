"""Device logs: one row a log; its content is in the log store."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    """
    CREATE TABLE device_log (
        id INTEGER PRIMARY KEY AUTOINCREMENT, device_id INTEGER REFERENCES device (id) ON DELETE SET NULL,
        mac TEXT, serial TEXT, serial_key TEXT, device_type TEXT NOT NULL, vendor TEXT NOT NULL, model TEXT NOT NULL,
        revision TEXT NOT NULL, locale TEXT NOT NULL, user TEXT, address TEXT NOT NULL, account TEXT NOT NULL,
        log_type TEXT NOT NULL, name TEXT NOT NULL, extension TEXT NOT NULL, size INTEGER NOT NULL,
        sha256 TEXT NOT NULL, stored_at INTEGER NOT NULL, link TEXT, update_version TEXT
    )
    """,
    "CREATE INDEX device_log_stored ON device_log (stored_at, id)",
    "CREATE INDEX device_log_size ON device_log (size, id)",
    "CREATE INDEX device_log_type ON device_log (log_type COLLATE NOCASE, stored_at, id)",
    "CREATE INDEX device_log_device ON device_log (device_id, stored_at, id) WHERE device_id IS NOT NULL",
    "CREATE INDEX device_log_mac ON device_log (mac) WHERE mac IS NOT NULL",
    "CREATE INDEX device_log_serial ON device_log (serial_key) WHERE serial_key IS NOT NULL",
    "CREATE INDEX device_log_content ON device_log (sha256)",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the table and its indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
