"""What commands on the host do to accounts is on the audit trail, beside what the service writes there."""

from __future__ import annotations

import os
import pwd
from functools import partial
from pathlib import Path

from click.testing import CliRunner
from tests.support.stores import open_stores

from device_update_contract.administration.audit_trail import AuditEntry, AuditQuery
from device_update_contract.audit import verify_chain
from device_update_service.commands.accounts import account
from device_update_service.usecases.audit_trail import list_audit_trail

PASSWORD = b"correct horse battery"


def run(folder: Path, *arguments: str, password: bytes | None = None) -> int:
    options = [] if password is None else ["--password-stdin"]
    return CliRunner().invoke(account, [*arguments, *options, "--data", str(folder)], input=password).exit_code


def trail(folder: Path) -> list[AuditEntry]:
    with open_stores(folder) as stores:
        return stores.read(partial(list_audit_trail, AuditQuery(sort="id", limit=1000))).items


def test_who_ran_which_command_on_the_host_is_on_the_trail_and_no_password_is(tmp_path: Path) -> None:
    assert run(tmp_path, "add", "anna", "--role", "administrator", password=PASSWORD) == 0
    assert run(tmp_path, "add", "nora", "--role", "operator", password=PASSWORD) == 0
    assert run(tmp_path, "set-password", "nora", password=PASSWORD + b"!") == 0
    assert run(tmp_path, "unlock", "nora") == 0
    assert run(tmp_path, "rotate-key") == 0
    assert run(tmp_path, "remove", "nora") == 0
    entries = trail(tmp_path)
    assert [(entry.verb, entry.object) for entry in entries] == [
        ("account.add", "account anna"),
        ("account.add", "account nora"),
        ("account.change", "account nora"),
        ("account.unlock", "account nora"),
        ("key.rotate", "account key"),
        ("account.remove", "account nora"),
    ]
    user = pwd.getpwuid(os.getuid()).pw_name
    assert {(entry.account, entry.address, entry.through, entry.outcome) for entry in entries} == {
        (f"host:{user}", None, "command line on the host", "done")
    }
    assert PASSWORD.decode() not in "".join(entry.model_dump_json() for entry in entries)
    assert verify_chain(entry.model_dump(mode="json") for entry in entries).fault is None


def test_a_command_that_is_refused_is_an_entry_and_listing_is_none(tmp_path: Path) -> None:
    run(tmp_path, "add", "anna", "--role", "administrator", password=PASSWORD)
    assert run(tmp_path, "list") == 0
    assert run(tmp_path, "remove", "anna") == 1
    assert run(tmp_path, "unlock", "nobody") == 1
    assert [(entry.verb, entry.object, entry.code) for entry in trail(tmp_path)[1:]] == [
        ("account.remove", "account anna", "last-administrator"),
        ("account.unlock", "account nobody", "not-found"),
    ]
