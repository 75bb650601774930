"""The first schema: written as SQL, so that it stays what it was however the models change."""

from __future__ import annotations

import sqlite3
from typing import Any

# What is searched: two marks before and after each term, so that one or two characters find beginnings and ends. MACs
# stand without separators in a column of their own, because only for them separators of a search do not count.
_MAC = "char(2, 2) || replace(ifnull(new.mac, ''), '-', '') || char(3, 3)"
_TERMS = " || ".join(
    f"char(2, 2) || {term} || char(3, 3)"
    for term in ("ifnull(new.serial, '')", "ifnull(new.user, '')", "ifnull(new.address, '')")
)

# Times are milliseconds since 1970 in UTC; "key" columns hold the form in which a value is compared.
STATEMENTS = f"""
CREATE TABLE server_state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO server_state VALUES ('generation', '1');

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE account (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
    enabled INTEGER NOT NULL, nt_hash BLOB NOT NULL, created_at INTEGER NOT NULL, last_sign_in_at INTEGER,
    failures INTEGER NOT NULL DEFAULT 0, locked_until INTEGER
);
CREATE TABLE session (
    id INTEGER PRIMARY KEY, token_hash BLOB NOT NULL UNIQUE,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE, address TEXT,
    created_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
);
CREATE INDEX session_account ON session (account_id);

CREATE TABLE package (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
    imported_at INTEGER NOT NULL, account TEXT NOT NULL, findings TEXT NOT NULL, updates TEXT NOT NULL
);
CREATE INDEX package_name ON package (name COLLATE NOCASE, id);
CREATE INDEX package_imported ON package (imported_at, id);
CREATE INDEX package_size ON package (size, id);

CREATE TABLE rule (
    id INTEGER PRIMARY KEY, rule_key TEXT NOT NULL UNIQUE,
    device_type TEXT NOT NULL, brand TEXT NOT NULL, model TEXT NOT NULL, revision TEXT NOT NULL, locale TEXT NOT NULL,
    update_type TEXT NOT NULL, vendor TEXT NOT NULL, removed INTEGER NOT NULL, change_number INTEGER NOT NULL
);
CREATE TABLE rule_update (
    id INTEGER PRIMARY KEY, rule_id INTEGER NOT NULL REFERENCES rule (id), version TEXT NOT NULL,
    version_key TEXT NOT NULL, package_id INTEGER REFERENCES package (id), imported_at INTEGER NOT NULL,
    release_date TEXT, description TEXT, stored INTEGER NOT NULL, serve_until INTEGER, last_referred_at INTEGER,
    UNIQUE (rule_id, version_key)
);
CREATE TABLE image_file (
    id INTEGER PRIMARY KEY, update_id INTEGER NOT NULL REFERENCES rule_update (id), name TEXT NOT NULL,
    sha256 TEXT NOT NULL, size INTEGER NOT NULL, timestamp TEXT,
    signature TEXT, signature_sha256 TEXT, signature_size INTEGER
);
CREATE INDEX image_file_update ON image_file (update_id);
CREATE TABLE rule_slot (
    rule_id INTEGER NOT NULL REFERENCES rule (id), slot TEXT NOT NULL,
    update_id INTEGER NOT NULL REFERENCES rule_update (id), verb TEXT NOT NULL, at INTEGER NOT NULL,
    account TEXT NOT NULL, comment TEXT,
    PRIMARY KEY (rule_id, slot)
) WITHOUT ROWID;
CREATE TABLE rule_history (
    id INTEGER PRIMARY KEY, rule_id INTEGER NOT NULL REFERENCES rule (id), update_id INTEGER, version TEXT,
    replaced TEXT, verb TEXT NOT NULL, at INTEGER NOT NULL, account TEXT NOT NULL, comment TEXT
);
CREATE INDEX rule_history_rule ON rule_history (rule_id, id);

CREATE TABLE test_device (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,
    identifier_type TEXT NOT NULL, identifier TEXT NOT NULL, identifier_key TEXT NOT NULL,
    UNIQUE (identifier_type, identifier_key)
);

CREATE TABLE device (
    id INTEGER PRIMARY KEY, mac TEXT UNIQUE, serial TEXT, serial_key TEXT UNIQUE,
    device_type TEXT NOT NULL, vendor TEXT NOT NULL, model TEXT NOT NULL, revision TEXT NOT NULL, locale TEXT NOT NULL,
    class_key TEXT NOT NULL, modules TEXT NOT NULL, installed_version TEXT, installed_key TEXT,
    user TEXT, users TEXT NOT NULL DEFAULT '[]', address TEXT, address_key TEXT,
    first_seen_at INTEGER NOT NULL,
    decision_code TEXT NOT NULL, decision_parameters TEXT NOT NULL, decision_rule_id INTEGER,
    decision_since INTEGER NOT NULL,
    offered_update_id INTEGER, offered_version TEXT, offered_at INTEGER, offer_attempts INTEGER NOT NULL DEFAULT 0,
    bytes_total INTEGER, bytes_sent INTEGER, last_byte_at INTEGER,
    install_result TEXT, install_version TEXT, install_code TEXT, install_message TEXT, install_at INTEGER,
    install_reported_at INTEGER, target_reported_since INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL, status_since INTEGER NOT NULL,
    label TEXT, location TEXT, asset_tag TEXT, note TEXT, notes_by_service TEXT NOT NULL DEFAULT '{{}}',
    retired_at INTEGER
);
CREATE INDEX device_model ON device (model COLLATE NOCASE, id);
CREATE INDEX device_installed ON device (installed_key, id);
CREATE INDEX device_user ON device (user COLLATE NOCASE, id);
CREATE INDEX device_address ON device (address_key, id);
CREATE INDEX device_status ON device (status, id);
CREATE INDEX device_class ON device (class_key, id);
CREATE INDEX device_decision ON device (decision_code, id);
CREATE INDEX device_install_code ON device (install_code, id) WHERE install_code IS NOT NULL;
CREATE INDEX device_label ON device (label COLLATE NOCASE, id) WHERE label IS NOT NULL;
CREATE INDEX device_location ON device (location COLLATE NOCASE, id) WHERE location IS NOT NULL;
CREATE INDEX device_asset_tag ON device (asset_tag COLLATE NOCASE, id) WHERE asset_tag IS NOT NULL;
CREATE INDEX device_offer ON device (offered_update_id) WHERE offered_update_id IS NOT NULL;

-- What every check changes stands apart in a narrow table, so that a quiet fleet dirties few pages.
CREATE TABLE device_activity (
    device_id INTEGER PRIMARY KEY, last_check_at INTEGER NOT NULL, next_check_at INTEGER NOT NULL,
    report_key INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX device_activity_last_check ON device_activity (last_check_at, device_id);

CREATE VIRTUAL TABLE device_search USING fts5 (mac, terms, tokenize = "trigram", columnsize = 0);

CREATE TABLE device_count (
    class_key TEXT NOT NULL, installed_version TEXT NOT NULL, status TEXT NOT NULL, devices INTEGER NOT NULL,
    PRIMARY KEY (class_key, installed_version, status)
) WITHOUT ROWID;

CREATE TRIGGER device_added AFTER INSERT ON device BEGIN
    INSERT INTO device_search (rowid, mac, terms) VALUES (new.id, {_MAC}, {_TERMS});
    INSERT INTO device_count VALUES (new.class_key, ifnull(new.installed_version, ''), new.status, 1)
        ON CONFLICT DO UPDATE SET devices = devices + 1;
END;
CREATE TRIGGER device_removed AFTER DELETE ON device BEGIN
    DELETE FROM device_search WHERE rowid = old.id;
    DELETE FROM device_activity WHERE device_id = old.id;
    DELETE FROM device_event WHERE device_id = old.id;
    DELETE FROM download WHERE device_id = old.id;
    UPDATE device_count SET devices = devices - 1
        WHERE class_key = old.class_key AND installed_version = ifnull(old.installed_version, '') AND status = old.status;
END;
CREATE TRIGGER device_found AFTER UPDATE OF mac, serial, user, address ON device
WHEN new.mac IS NOT old.mac OR new.serial IS NOT old.serial OR new.user IS NOT old.user OR new.address IS NOT old.address
BEGIN
    UPDATE device_search SET mac = {_MAC}, terms = {_TERMS} WHERE rowid = new.id;
END;
CREATE TRIGGER device_counted AFTER UPDATE OF class_key, installed_version, status ON device
WHEN new.class_key <> old.class_key OR new.installed_version IS NOT old.installed_version OR new.status <> old.status
BEGIN
    UPDATE device_count SET devices = devices - 1
        WHERE class_key = old.class_key AND installed_version = ifnull(old.installed_version, '') AND status = old.status;
    INSERT INTO device_count VALUES (new.class_key, ifnull(new.installed_version, ''), new.status, 1)
        ON CONFLICT DO UPDATE SET devices = devices + 1;
END;

CREATE TABLE device_event (
    id INTEGER PRIMARY KEY, device_id INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL,
    parameters TEXT NOT NULL, account TEXT
);
CREATE INDEX device_event_device ON device_event (device_id, at, id);
CREATE INDEX device_event_at ON device_event (at);

CREATE TABLE download (
    device_id INTEGER NOT NULL, update_id INTEGER NOT NULL, sha256 TEXT NOT NULL, covered TEXT NOT NULL,
    bytes INTEGER NOT NULL, first_byte_at INTEGER NOT NULL, last_byte_at INTEGER NOT NULL,
    PRIMARY KEY (device_id, update_id, sha256)
) WITHOUT ROWID;

CREATE TABLE checks_in_hour (hour INTEGER PRIMARY KEY, checks INTEGER NOT NULL);

CREATE TABLE refused_request (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL, device TEXT NOT NULL,
    account TEXT NOT NULL, address TEXT NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
    count INTEGER NOT NULL, UNIQUE (kind, device, account, address, code, detail)
);
CREATE INDEX refused_request_last ON refused_request (last_at, id);
CREATE TABLE unread_body (
    id INTEGER PRIMARY KEY, refused_request_id INTEGER NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX unread_body_request ON unread_body (refused_request_id);

CREATE TABLE upload (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL, account TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
"""


def up(_migrator: Any, db: Any) -> None:
    """Make every table, index and trigger."""
    statement = ""
    for line in STATEMENTS.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute_sql(statement)
            statement = ""
