from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
from tests.support.stores import Stores

from device_update_contract.administration.roles import Role
from device_update_service.domain.accounts import KnownAccount
from device_update_service.identity.account_key import AccountKey, load_account_key
from device_update_service.identity.account_key_file import KeyPlace
from device_update_service.identity.tokens import token_hash
from device_update_service.storage.accounts import account_records
from device_update_service.usecases import accounts
from device_update_service.usecases.accounts import AccountOfDomain, AccountValues, LastAdministrator
from device_update_service.usecases.domain_accounts import admit_domain_account
from device_update_service.usecases.outcomes import Actor, Outcome
from device_update_service.usecases.sessions import (
    NoSessionForRole,
    SessionEnded,
    SessionSettings,
    SignInRefused,
    current_session,
    open_session,
)

NOW = datetime(2026, 5, 3, 14, 2, tzinfo=UTC)
ACTOR = Actor("anna")
NAME = r"CONTOSO\kenmyer"
SETTINGS = SessionSettings(idle_minutes=480, days=7)


def admitted(stores: Stores, role: Role, name: str = NAME, now: datetime = NOW) -> Outcome[KnownAccount]:
    return stores.write(
        partial(admit_domain_account, name=name, source="kerberos", role=role, actor=Actor(name), now=now)
    )


@pytest.fixture
def key(stores: Stores) -> AccountKey:
    """The key of a service with one administrator of its own."""
    key = load_account_key(KeyPlace(stores.folder.account_key))
    add = partial(accounts.add_account, name="anna", role=Role.ADMINISTRATOR, nt_hash=bytes(16), enabled=True)
    stores.write(partial(add, key=key, actor=ACTOR, now=NOW))
    return key


def change(stores: Stores, key: AccountKey, values: AccountValues, name: str = NAME) -> None:
    stores.write(partial(accounts.change_account, name=name, values=values, key=key, actor=ACTOR))


def test_the_first_session_makes_a_row_without_a_password(stores: Stores) -> None:
    outcome = admitted(stores, Role.OPERATOR)
    record = stores.read(partial(account_records.find_account, NAME.upper()))
    assert record is not None
    assert (record.name, record.role, record.source, record.nt_hash) == (NAME, Role.OPERATOR, "kerberos", b"")
    assert [(action.verb.value, action.object) for action in outcome.audited] == [("account.add", rf"account {NAME}")]
    assert [change.event for change in outcome.changes] == ["accounts-changed"]


def test_the_same_groups_change_nothing_and_say_nothing(stores: Stores) -> None:
    admitted(stores, Role.OPERATOR)
    again = admitted(stores, Role.OPERATOR, NAME.lower())
    assert (again.audited, again.changes) == ((), ())
    assert again.answer.name == NAME


@pytest.mark.expects_log_records("a device user opens no session")
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.HELP_DESK, Role.DEVICE_USER])
def test_other_groups_give_another_role_which_open_sessions_have_at_once(stores: Stores, role: Role) -> None:
    known = admitted(stores, Role.OPERATOR).answer
    opened = stores.write(partial(open_session, judged=known, address=None, settings=SETTINGS, now=NOW)).answer
    outcome = admitted(stores, role)
    assert [action.verb.value for action in outcome.audited] == ["account.change"]
    record = stores.read(partial(account_records.find_account, NAME))
    assert record is not None
    assert record.role is role
    if role is not Role.DEVICE_USER:
        session = stores.read(partial(current_session, token_hash(opened.token), SETTINGS, NOW))
        assert session.role is role
    else:
        with pytest.raises(NoSessionForRole):
            stores.write(partial(open_session, judged=outcome.answer, address=None, settings=SETTINGS, now=NOW))
        admitted(stores, Role.OPERATOR)
        with pytest.raises(SessionEnded):
            stores.read(partial(current_session, token_hash(opened.token), SETTINGS, NOW))


def test_one_that_is_disabled_here_stays_so_whatever_its_groups(stores: Stores, key: AccountKey) -> None:
    admitted(stores, Role.OPERATOR)
    change(stores, key, AccountValues(enabled=False))
    with pytest.raises(SignInRefused):
        admitted(stores, Role.ADMINISTRATOR)
    record = stores.read(partial(account_records.find_account, NAME))
    assert record is not None
    assert (record.enabled, record.role) == (False, Role.OPERATOR)


def test_who_may_open_no_session_leaves_no_row(stores: Stores) -> None:
    with pytest.raises(NoSessionForRole, match="may only authenticate a device"):
        admitted(stores, Role.DEVICE_USER)
    assert stores.read(account_records.all_accounts) == []


@pytest.mark.parametrize("name", ["anna", "kenmyer", "", "CONTOSO\\" + "x" * 300, "CONTOSO\\a\nb", "CONTOSO\\a\0"])
def test_a_name_that_no_account_of_a_domain_has_is_refused(stores: Stores, key: AccountKey, name: str) -> None:
    with pytest.raises(SignInRefused):
        admitted(stores, Role.ADMINISTRATOR, name)
    assert [record.name for record in stores.read(account_records.all_accounts)] == ["anna"]


def test_its_password_and_role_are_its_domains(stores: Stores, key: AccountKey) -> None:
    admitted(stores, Role.OPERATOR)
    with pytest.raises(AccountOfDomain, match="its password is kept and changed there"):
        change(stores, key, AccountValues(nt_hash=bytes(16)))
    with pytest.raises(AccountOfDomain, match="its groups decide the role"):
        change(stores, key, AccountValues(role=Role.ADMINISTRATOR))
    change(stores, key, AccountValues(role=Role.OPERATOR, enabled=False))


def test_an_administrator_of_a_domain_is_no_replacement_for_the_last_one_of_the_services_own(
    stores: Stores, key: AccountKey
) -> None:
    admitted(stores, Role.ADMINISTRATOR)
    with pytest.raises(LastAdministrator):
        change(stores, key, AccountValues(enabled=False), "anna")
    stores.write(partial(accounts.remove_account, name=NAME, actor=ACTOR))
