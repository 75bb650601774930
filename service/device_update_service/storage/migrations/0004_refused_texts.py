"""What refused requests name, with a trigram index: looking through ten thousand of them took half of a search."""

from __future__ import annotations

from typing import Any

_COLUMNS = "device, account, address, detail"

STATEMENTS = (
    f"""
    CREATE VIRTUAL TABLE refused_text USING fts5 (
        {_COLUMNS}, content = 'refused_request', content_rowid = 'id', tokenize = 'trigram', detail = none,
        columnsize = 0
    )
    """,
    "INSERT INTO refused_text (refused_text) VALUES ('rebuild')",
    f"""
    CREATE TRIGGER refused_request_added AFTER INSERT ON refused_request BEGIN
        INSERT INTO refused_text (rowid, {_COLUMNS})
            VALUES (new.id, new.device, new.account, new.address, new.detail);
    END
    """,
    f"""
    CREATE TRIGGER refused_request_removed AFTER DELETE ON refused_request BEGIN
        INSERT INTO refused_text (refused_text, rowid, {_COLUMNS})
            VALUES ('delete', old.id, old.device, old.account, old.address, old.detail);
    END
    """,
)


def up(_migrator: Any, db: Any) -> None:
    """Make the index of what is there, and the triggers that keep it."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
