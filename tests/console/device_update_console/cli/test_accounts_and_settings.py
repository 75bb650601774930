"""Accounts, settings and purging: passwords come in unseen, values go out as the service takes them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from pydantic import JsonValue
from tests.support.administration_samples import MORNING
from tests.support.administration_stand_in import StandIn, problem
from tests.support.command_line import Finished

from device_update_contract.administration.endpoints import (
    ACCOUNT_STATUS,
    ADD_ACCOUNT,
    CHANGE_ACCOUNT,
    CHANGE_SETTINGS,
    CLOSE_SESSION,
    OPEN_SESSION,
    PURGE,
    SHOW_SETTINGS,
)
from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import (
    AccountModel,
    AccountStatus,
    PurgeAnswer,
    SettingModel,
    SettingsAnswer,
)
from device_update_contract.settings import SETTINGS

DeviceUpdate = Callable[..., Finished]


def account(role: Role) -> AccountModel:
    return AccountModel(
        name="bob", role=role, enabled=True, created_at=MORNING, last_sign_in_at=None, locked_until=None
    )


def all_settings() -> SettingsAnswer:
    return SettingsAnswer(
        items=[
            SettingModel(name=each.name, value=each.default, default=each.default, label=each.label, kind=each.kind)
            for each in SETTINGS.values()
        ]
    )


@pytest.mark.parametrize(
    ("typed", "sent"),
    [(b"secret word\n", "secret word"), (b"secret word\r\n", "secret word"), (b" two\n\n", " two\n"), (b"x", "x")],
)
def test_a_password_is_read_to_the_end_and_loses_one_line_end(
    service: StandIn, device_update: DeviceUpdate, typed: bytes, sent: str
) -> None:
    service.lay(ADD_ACCOUNT, account(Role.OPERATOR))
    finished = device_update("account", "add", "bob", "--role", "operator", "--password-stdin", stdin=typed)
    assert (finished.exit_code, finished.stdout) == (0, b"Added bob (operator).\n")
    assert json.loads(service.asked_of(ADD_ACCOUNT)[0].body) == {"name": "bob", "role": "operator", "password": sent}


def test_a_password_that_the_service_refuses_is_not_repeated(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(CHANGE_ACCOUNT, problem(422, "invalid-value", "A password has 8 to 256 characters."))
    finished = device_update("account", "set-password", "bob", "--password-stdin", stdin=b"sesame")
    assert finished.exit_code == 1
    assert "sesame" not in finished.stderr
    assert finished.stderr.startswith("A password has 8 to 256 characters.")


def test_the_status_of_an_account_says_from_where_it_is_locked_out(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    status = AccountStatus(
        name=r"CONTOSO\bob",
        enabled=True,
        locked_until=MORNING,
        last_sign_in_at=None,
        source="winbind",
        locked_addresses=["192.0.2.7", "2001:db8::/64"],
    )
    service.lay(ACCOUNT_STATUS, status)
    finished = device_update("account", "status", r"CONTOSO\bob")
    facts = dict(line.split(":", 1) for line in finished.stdout.decode().splitlines())
    assert {name: text.strip() for name, text in facts.items() if name != "Locked until"} == {
        "Name": r"CONTOSO\bob",
        "Kept by": "winbind",
        "Enabled": "yes",
        "Locked addresses": "192.0.2.7, 2001:db8::/64",
        "Last sign-in": "-",
    }
    assert facts["Locked until"].strip()
    assert service.asked_of(ACCOUNT_STATUS)[0].path == {"name": r"CONTOSO\bob"}
    assert device_update("--json", "account", "status", "bob").stdout == status.model_dump_json().encode() + b"\n"


@pytest.mark.parametrize(("verb", "enabled"), [("disable", False), ("enable", True)])
def test_an_account_is_disabled_and_enabled_again(
    service: StandIn, device_update: DeviceUpdate, verb: str, enabled: bool
) -> None:
    service.lay(CHANGE_ACCOUNT, account(Role.OPERATOR))
    finished = device_update("account", verb, r"CONTOSO\bob")
    assert (finished.exit_code, finished.stdout) == (0, rb"CONTOSO\bob is " + verb.encode() + b"d.\n")
    [asked] = service.asked_of(CHANGE_ACCOUNT)
    assert (asked.path, json.loads(asked.body)) == ({"name": r"CONTOSO\bob"}, {"enabled": enabled})


def test_the_trail_can_tell_the_program(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(CHANGE_ACCOUNT, account(Role.OPERATOR))
    device_update("account", "enable", "bob")
    assert {asked.program for asked in service.asked} == {"device-update"}


@pytest.mark.parametrize("verb", [("status",), ("remove",), ("unlock",), ("set-role", "operator")])
def test_no_name_is_wrong_usage_and_asks_for_nothing(
    service: StandIn, device_update: DeviceUpdate, verb: tuple[str, ...]
) -> None:
    finished = device_update("account", verb[0], "", *verb[1:])
    assert (finished.exit_code, finished.stderr) == (2, "The name must not be empty.\n")
    assert {asked.endpoint for asked in service.asked} <= {OPEN_SESSION, CLOSE_SESSION}


def test_no_command_takes_a_password_as_an_argument(device_update: DeviceUpdate) -> None:
    for verb in (("login",), ("account", "add", "bob", "--role", "operator"), ("account", "set-password", "bob")):
        assert device_update(*verb, "--password", "hunter22").exit_code == 2


@pytest.mark.parametrize(
    ("name", "typed", "sent"),
    [
        ("log_cleanup_days", "30", 30),
        ("log_cleanup_days", "many", "many"),
        ("require_signature", "true", True),
        ("deploy_on_import", "RoundTable, UCPhone", ["RoundTable", "UCPhone"]),
        ("deploy_on_import", "", []),
        ("log_cleanup_time_of_day", "03:30", "03:30"),
        ("log_cleanup_time_of_day", "null", None),
        ("no_such_setting", "1", "1"),
    ],
)
def test_a_setting_is_sent_in_its_kind_and_judged_by_the_service(
    service: StandIn, device_update: DeviceUpdate, name: str, typed: str, sent: JsonValue
) -> None:
    service.lay(SHOW_SETTINGS, all_settings())
    service.lay(CHANGE_SETTINGS, all_settings())
    assert device_update("settings", "set", name, typed).exit_code == 0
    assert [json.loads(asked.body) for asked in service.asked_of(CHANGE_SETTINGS)] == [{name: sent}]


def test_what_get_prints_set_takes(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(SHOW_SETTINGS, all_settings())
    service.lay(CHANGE_SETTINGS, all_settings())
    for setting in SETTINGS.values():
        printed = device_update("settings", "get", setting.name).stdout.decode().removesuffix("\n")
        assert device_update("settings", "set", setting.name, printed).exit_code == 0
    sent = [json.loads(asked.body) for asked in service.asked_of(CHANGE_SETTINGS)]
    assert sent == [{setting.name: setting.default} for setting in SETTINGS.values()]


def test_settings_alone_lists_them(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(SHOW_SETTINGS, all_settings())
    alone, listed = device_update("settings"), device_update("settings", "list")
    assert (alone.exit_code, alone.stdout) == (0, listed.stdout)
    assert len(alone.stdout.splitlines()) == len(SETTINGS) + 1


def test_an_unknown_setting_ends_with_1(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(SHOW_SETTINGS, all_settings())
    assert device_update("settings", "get", "no_such_setting").exit_code == 1


def test_purge_with_yes_deletes_and_with_what_if_only_counts(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(
        PURGE,
        PurgeAnswer(what="updates", preview=True, files=2, bytes=2048, versions=[]),
        PurgeAnswer(what="updates", preview=False, files=2, bytes=2048, versions=[]),
    )
    assert device_update("purge", "updates", "--older-than", "30", "--what-if").stdout == (
        b"2 files, 2.0 KB, would be deleted.\n"
    )
    assert device_update("purge", "updates", "--yes").stdout == b"2 files, 2.0 KB, were deleted.\n"
    assert [json.loads(asked.body) for asked in service.asked_of(PURGE)] == [
        {"what": "updates", "older_than_days": 30, "preview": True},
        {"what": "updates"},
    ]
