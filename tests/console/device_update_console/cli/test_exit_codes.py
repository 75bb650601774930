"""Every command ends with the exit codes of contract section 6."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from tests.support.administration_samples import rule
from tests.support.administration_stand_in import PASSWORD, StandIn, problem
from tests.support.command_line import Finished

from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_RULES, OPEN_SESSION, SHOW_RULE
from device_update_contract.administration.rules import Rule

DeviceUpdate = Callable[..., Finished]


def test_a_command_that_is_done_ends_with_0_and_leaves_no_session(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    service.lay(LIST_RULES, Page[Rule](items=[rule()]))
    finished = device_update("rules")
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert len(service.asked_of(OPEN_SESSION)) == 1
    assert service.open_tokens == set()


def test_a_refusal_ends_with_1_and_its_sentence_on_stderr(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(SHOW_RULE, problem(404, "unknown-rule", "There is no rule 9."))
    finished = device_update("rule", "9")
    assert (finished.exit_code, finished.stdout, finished.stderr) == (1, b"", "There is no rule 9.\n")


def test_a_refusal_with_json_prints_the_problem_as_the_api_sent_it(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    refusal = problem(404, "unknown-rule", "There is no rule 9.")
    service.lay(SHOW_RULE, refusal)
    finished = device_update("--json", "rule", "9")
    assert (finished.exit_code, finished.stdout) == (1, refusal.model_dump_json().encode() + b"\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-verb",),
        ("rules", "--json"),
        ("--server", "ftp://updates.contoso.com", "rules"),
        ("approve",),
        ("approve", "1", "--model", "CX700"),
        ("approve", "1", "--to", "1.0"),
        ("reject", "1"),
        ("rollback", "1"),
        ("remove", "--model", "CX700"),
        ("purge", "updates"),
        ("purge", "everything"),
        ("test-device", "add", "Reception"),
        ("test-device", "add", "Reception", "--mac", "0004F2000176", "--serial", "1"),
        ("test-device", "edit", "Reception"),
        ("account", "add", "bob", "--role", "help_desk"),
        ("account", "add", "bob", "--role", "king", "--password-stdin"),
        ("import", "/nowhere/at-all.cab"),
    ],
)
def test_wrong_usage_ends_with_2_and_asks_the_service_nothing(
    service: StandIn, device_update: DeviceUpdate, arguments: tuple[str, ...]
) -> None:
    finished = device_update(*arguments)
    assert (finished.exit_code, finished.stdout, service.asked) == (2, b"", [])
    assert finished.stderr


def test_what_is_no_text_ends_with_2_and_is_not_repeated(
    service: StandIn, device_update: DeviceUpdate, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = device_update("account", "add", "bob", "--role", "operator", "--password-stdin", stdin=b"secret \xff\xfe")
    searched = device_update("devices", "--search", "secret \udcff")
    monkeypatch.setenv("DEVICE_UPDATE_PASSWORD", "secret \udcff")
    signing_in = device_update("rules")
    for finished in (typed, searched, signing_in):
        assert (finished.exit_code, finished.stdout) == (2, b"")
        assert finished.stderr.startswith(("What was given is not UTF-8 text: ", "Search: "))
        assert finished.stderr.count("\n") == 1
        assert "secret" not in finished.stderr


def test_an_unreachable_service_ends_with_3_with_or_without_an_account(
    device_update: DeviceUpdate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nowhere = f"http://127.0.0.1:{listener.getsockname()[1]}"
    refused = device_update("--server", nowhere, "rules")
    assert (refused.exit_code, refused.stderr) == (3, f"There is no service at {nowhere}: Connection refused.\n")
    monkeypatch.delenv("DEVICE_UPDATE_PASSWORD")
    assert device_update("--server", nowhere, "rules").exit_code == 3


def test_a_wrong_password_ends_with_4_and_is_not_repeated(
    service: StandIn, device_update: DeviceUpdate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVICE_UPDATE_PASSWORD", "a wrong secret")
    finished = device_update("rules")
    assert (finished.exit_code, finished.stderr) == (4, "The account or password is wrong.\n")


def test_without_any_credentials_it_ends_with_4_and_says_what_to_do(
    service: StandIn, device_update: DeviceUpdate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEVICE_UPDATE_PASSWORD")
    finished = device_update("rules")
    assert finished.exit_code == 4
    assert "DEVICE_UPDATE_PASSWORD" in finished.stderr


def test_what_a_role_may_not_do_ends_with_4(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(SHOW_RULE, problem(403, "not-permitted", "The role help_desk may not do this."))
    assert device_update("rule", "1").exit_code == 4


def test_a_password_is_never_sent_where_others_can_read_along(device_update: DeviceUpdate) -> None:
    finished = device_update("--server", "http://updates.contoso.invalid:8444", "rules")
    assert finished.exit_code == 4
    assert "would travel readable" in finished.stderr
    assert PASSWORD not in finished.stderr


def test_a_password_in_an_address_is_refused_and_not_repeated(device_update: DeviceUpdate) -> None:
    finished = device_update("--server", "https://ada:hunter22@updates.contoso.com", "rules")
    assert finished.exit_code == 2
    assert "hunter22" not in finished.stderr
