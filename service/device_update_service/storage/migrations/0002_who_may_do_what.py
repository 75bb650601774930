"""Accounts of domains and of devices, lock-outs that outlive a restart, and the audit trail."""

from __future__ import annotations

import sqlite3
from typing import Any

# The service keeps all accounts in memory; the generation tells every process when to read them again.
_CHANGED = "UPDATE server_state SET value = value + 1 WHERE name = 'accounts_generation'"

STATEMENTS = f"""
ALTER TABLE account DROP COLUMN failures;
ALTER TABLE account ADD COLUMN source TEXT NOT NULL DEFAULT 'local';
ALTER TABLE account ADD COLUMN unlocks INTEGER NOT NULL DEFAULT 0;

INSERT INTO server_state VALUES ('accounts_generation', '1');
CREATE TRIGGER account_added AFTER INSERT ON account BEGIN {_CHANGED}; END;
CREATE TRIGGER account_removed AFTER DELETE ON account BEGIN {_CHANGED}; END;
CREATE TRIGGER account_changed AFTER UPDATE OF name, name_key, role, enabled, nt_hash, source, unlocks ON account
BEGIN {_CHANGED}; END;

-- Until now all devices were anonymous. Of those at one address only some have an open offer, and few one account.
ALTER TABLE device ADD COLUMN account_key TEXT NOT NULL DEFAULT '';
DROP INDEX device_offer;
CREATE INDEX device_offer ON device (offered_update_id, address_key, account_key) WHERE offered_update_id IS NOT NULL;

-- The audit trail names sessions: an id must never mean another one. Whoever is signed in signs in once more.
DROP TABLE session;
CREATE TABLE session (
    id INTEGER PRIMARY KEY AUTOINCREMENT, token_hash BLOB NOT NULL UNIQUE,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE, address TEXT,
    created_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
);
CREATE INDEX session_account ON session (account_id, last_used_at);

CREATE TABLE lockout (
    listener TEXT NOT NULL, name_key TEXT NOT NULL, address TEXT NOT NULL, locked_until INTEGER NOT NULL,
    PRIMARY KEY (listener, name_key, address)
) WITHOUT ROWID;

CREATE TABLE audit_entry (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, account TEXT NOT NULL, address TEXT, through TEXT NOT NULL,
    verb TEXT NOT NULL, object TEXT NOT NULL, outcome TEXT NOT NULL, code TEXT, before TEXT NOT NULL,
    after TEXT NOT NULL, hash BLOB NOT NULL
);
CREATE INDEX audit_entry_at ON audit_entry (at, id);
CREATE INDEX audit_entry_account ON audit_entry (account COLLATE NOCASE, id);
CREATE INDEX audit_entry_verb ON audit_entry (verb, id);
CREATE INDEX audit_entry_object ON audit_entry (object COLLATE NOCASE, id);
CREATE INDEX audit_entry_outcome ON audit_entry (outcome, id);
CREATE TRIGGER audit_entry_stays BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'the audit trail is never shortened'); END;
CREATE TRIGGER audit_entry_is_final BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'the audit trail is never rewritten'); END;
"""


def up(_migrator: Any, db: Any) -> None:
    """Make the tables, columns and triggers."""
    statement = ""
    for line in STATEMENTS.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute_sql(statement)
            statement = ""
