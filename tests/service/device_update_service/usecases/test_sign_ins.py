"""Refused sign-ins: found by account and address, and kept whatever else is tried (contract sections 3.1 and 5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from tests.support.stores import Stores

from device_update_contract.administration.roles import Role
from device_update_contract.administration.sign_ins import SignIn, SignInQuery
from device_update_contract.sign_ins import SignInCause, sign_in_sentence
from device_update_service.domain.addresses import InvalidNetwork
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.accounts import account_records
from device_update_service.storage.checks import refusal_limits
from device_update_service.storage.checks.refused_request_records import Refused, record_refusals
from device_update_service.usecases.sign_ins import kind_of, list_sign_ins

TUESDAY = datetime(2026, 5, 5, tzinfo=UTC)
PHONE = "192.0.2.7"


def refused(
    account: str,
    cause: SignInCause = SignInCause.WRONG_PASSWORD,
    address: str = PHONE,
    listener: str = "external",
    after: int = 0,
) -> Refused:
    at = to_milliseconds(TUESDAY) + 1000 * after
    return Refused(kind_of(listener), cause.value, sign_in_sentence(cause), "", account, address, at, None)


def record(stores: Stores, batch: Iterable[Refused]) -> None:
    stores.write(partial(record_refusals, list(batch)))


def found(stores: Stores, **query: Any) -> list[SignIn]:
    return stores.read(partial(list_sign_ins, SignInQuery(**{"limit": 1000, **query}))).items


@pytest.fixture
def with_kenmyer(stores: Stores) -> Stores:
    """A store with one account."""
    stores.write(partial(account_records.add_account, "kenmyer", Role.DEVICE_USER, b"hash", TUESDAY, enabled=True))
    return stores


def test_refused_since_tuesday_wrong_password_for_kenmyer(stores: Stores) -> None:
    record(stores, [refused("kenmyer", after=after) for after in (0, 60, 120)])
    (sign_in,) = found(stores, account="kenmyer")
    assert (sign_in.cause, sign_in.detail, sign_in.count) == (SignInCause.WRONG_PASSWORD, "Wrong password.", 3)
    assert (sign_in.account, sign_in.address, sign_in.listener) == ("kenmyer", PHONE, "external")
    assert (sign_in.first_at, sign_in.last_at.minute) == (TUESDAY, 2)


def test_an_account_is_found_with_and_without_its_domain(stores: Stores) -> None:
    names = ("kenmyer", r"CONTOSO\KenMyer", "kenmyer@contoso.com", r"CONTOSO\kenmyer2", "xkenmyer", r"kenmyer\x", "")
    record(stores, map(refused, names))
    assert {sign_in.account for sign_in in found(stores, account="KENMYER")} == set(names[:3])
    assert [sign_in.account for sign_in in found(stores, account=r"contoso\kenmyer")] == [r"CONTOSO\KenMyer"]
    assert found(stores, account="ken_yer") == found(stores, account="%") == []


def test_every_filter_leaves_out_the_others(stores: Stores) -> None:
    record(
        stores,
        [
            refused("a"),
            refused("a", listener="administration"),
            refused("a", SignInCause.LOCKED_OUT),
            refused("a", address="192.0.2.8", after=3600),
            refused("b"),
        ],
    )
    record(stores, [Refused("check", "malformed-request", "Empty.", "", "a", PHONE, 1, None)])
    assert len(found(stores)) == 5
    assert len(found(stores, account="a")) == 4
    assert len(found(stores, address=PHONE)) == len(found(stores, address=f"::FFFF:{PHONE}")) == 4
    with pytest.raises(InvalidNetwork, match="'the phone' is no IP address"):
        found(stores, address="the phone")
    assert [sign_in.listener for sign_in in found(stores, listener="administration")] == ["administration"]
    assert [sign_in.cause for sign_in in found(stores, cause=SignInCause.LOCKED_OUT)] == [SignInCause.LOCKED_OUT]
    assert [sign_in.address for sign_in in found(stores, since=TUESDAY.replace(minute=30))] == ["192.0.2.8"]


@pytest.mark.parametrize("from_everywhere", [True, False])
def test_a_flood_of_made_up_names_pushes_out_no_refusal_of_an_account(
    with_kenmyer: Stores, monkeypatch: pytest.MonkeyPatch, from_everywhere: bool
) -> None:
    stores = with_kenmyer
    for name in ("KEPT_ROWS", "KEPT_ROWS_OF_NOBODY", "KEPT_ROWS_OF_ONE_ADDRESS"):
        monkeypatch.setattr(refusal_limits, name, 20)
    record(stores, [refused("kenmyer"), refused("kenmyer", SignInCause.DELAYED), refused(r"CONTOSO\otto")])
    record(stores, [Refused("check", "malformed-request", "Empty.", "", "", "192.0.2.9", 1, None)])
    for group in range(20):
        record(
            stores,
            (
                refused(
                    f"made-up-{group}-{number}", cause, f"198.51.100.{number}" if from_everywhere else PHONE, after=9
                )
                for number in range(50)
                for cause in (SignInCause.UNKNOWN_ACCOUNT, SignInCause.DELAYED, SignInCause.LOCKED_OUT)
            ),
        )
    assert len(found(stores, account="kenmyer")) == 2
    assert len(found(stores, account="otto")) == 1
    assert stores.read(lambda: len(list_sign_ins(SignInQuery(limit=1000)).items)) <= 23


def test_many_made_up_names_at_once_are_counted_in_few_rows(stores: Stores) -> None:
    record(stores, (refused(f"n{number}", SignInCause.UNKNOWN_ACCOUNT, f"a{number}") for number in range(5_000)))
    sign_ins = found(stores)
    assert len(sign_ins) == 201
    assert sum(sign_in.count for sign_in in sign_ins) == 5_000
    assert [(each.account, each.count) for each in sign_ins if each.address is None] == [(None, 4_800)]


def test_wrong_passwords_keep_their_names_however_many_there_are_at_once(stores: Stores) -> None:
    record(stores, (refused(f"user{number}") for number in range(400)))
    assert len({sign_in.account for sign_in in found(stores)}) == 400


def test_one_account_that_is_guessed_from_everywhere_leaves_room_for_others(
    with_kenmyer: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusal_limits, "KEPT_ROWS_OF_ONE_ACCOUNT", 5)
    record(with_kenmyer, [refused("otto")])
    for number in range(30):
        record(with_kenmyer, [refused("kenmyer", address=f"198.51.100.{number}", after=number)])
    assert [sign_in.address for sign_in in found(with_kenmyer, account="kenmyer")] == [
        f"198.51.100.{number}" for number in (29, 28, 27, 26, 25)
    ]
    assert len(found(with_kenmyer, account="otto")) == 1
