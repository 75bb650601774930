"""Accounts are checked while they are typed, and only what changes is sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.failures import RefusedByService
from device_update_console.core.verbs.account_forms import (
    ROLE_MEANINGS,
    AccountForm,
    NewAccountForm,
    PasswordForm,
    refused_field,
)
from device_update_contract.administration.problems import Problem
from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import AccountModel
from device_update_contract.identifiers import InvalidIdentifier, parse_account_name
from device_update_contract.passwords import InvalidPassword, check_password

GOOD = PasswordForm("correct horse", "correct horse")


def account(role: Role = Role.OPERATOR, *, enabled: bool = True, source: str = "local") -> AccountModel:
    return AccountModel(
        name="otto",
        role=role,
        enabled=enabled,
        created_at=datetime(2026, 5, 3, tzinfo=UTC),
        last_sign_in_at=None,
        locked_until=None,
        source=source,
    )


def test_every_role_is_explained_in_one_sentence() -> None:
    assert set(ROLE_MEANINGS) == set(Role)
    assert all(meaning.count(".") == 1 and meaning.endswith(".") for meaning in ROLE_MEANINGS.values())


def test_nothing_is_called_wrong_before_it_is_typed_and_nothing_is_sent_before_it_is_complete() -> None:
    empty = NewAccountForm()
    assert (empty.name_fault, empty.password.password_fault, empty.password.repeated_fault) == ("", "", "")
    assert not empty.can_be_sent
    assert not NewAccountForm(name="otto").can_be_sent
    assert not NewAccountForm(password=GOOD).can_be_sent
    assert NewAccountForm(name="otto", password=GOOD).can_be_sent


@given(st.text(max_size=66))
def test_a_name_is_judged_as_the_contract_judges_it(name: str) -> None:
    form = NewAccountForm(name=name, password=GOOD)
    try:
        expected = parse_account_name(name)
    except InvalidIdentifier:
        assert not form.can_be_sent
        assert bool(form.name_fault) == bool(name.strip())
    else:
        assert form.request().name == expected


@given(st.one_of(st.text(max_size=12), st.sampled_from(["x" * 256, "x" * 257, "\ud800" * 8])))
def test_a_password_is_judged_as_the_contract_judges_it(password: str) -> None:
    form = PasswordForm(password, password)
    try:
        check_password(password)
    except InvalidPassword:
        assert not form.can_be_sent
        assert bool(form.password_fault) == bool(password)
    else:
        assert form.request().password == password


def test_two_passwords_differ_once_the_second_can_no_longer_become_the_first() -> None:
    faults = [PasswordForm("correct horse", repeated).repeated_fault for repeated in ("", "correct", "correct horse")]
    assert faults == ["", "", ""]
    assert PasswordForm("correct horse", "correct!").repeated_fault == "The two passwords differ."
    assert not PasswordForm("correct horse", "correct").can_be_sent


def test_only_what_changes_of_an_account_is_sent() -> None:
    form = AccountForm.of(account())
    assert not form.can_be_sent
    changed = AccountForm(account(), Role.HELP_DESK, enabled=True)
    assert changed.request().model_dump(exclude_unset=True) == {"role": Role.HELP_DESK}
    disabled = AccountForm(account(), Role.OPERATOR, enabled=False)
    assert disabled.request().model_dump(exclude_unset=True) == {"enabled": False}


@pytest.mark.parametrize(
    ("form", "own", "warnings"),
    [
        (AccountForm.of(account()), "OTTO", []),
        (AccountForm(account(), Role.HELP_DESK, enabled=True), "anna", []),
        (
            AccountForm(account(), Role.HELP_DESK, enabled=True),
            "OTTO",
            ["This is the account that you are signed in with."],
        ),
        (
            AccountForm(account(), Role.OPERATOR, enabled=False),
            "anna",
            ["Its sessions end, and nobody can sign in with it."],
        ),
        (AccountForm(account(), Role.DEVICE_USER, enabled=True), "anna", ["Its sessions end."]),
    ],
)
def test_what_a_change_ends_is_said_before_it_is_made(form: AccountForm, own: str, warnings: list[str]) -> None:
    assert form.warnings(own) == warnings


def test_the_role_of_a_domain_s_account_is_not_decided_here() -> None:
    assert AccountForm.of(account(source="winbind")).role_is_fixed
    assert not AccountForm.of(account()).role_is_fixed


@pytest.mark.parametrize(
    ("code", "field"),
    [("account-exists", "name"), ("invalid-password", "password"), ("last-administrator", "role"), ("busy", None)],
)
def test_a_refusal_is_shown_at_the_field_that_it_is_about(code: str, field: str | None) -> None:
    problem = Problem(title="Conflict", status=409, detail="No.", code=code)
    assert refused_field(RefusedByService(problem, body=b"")) == field
