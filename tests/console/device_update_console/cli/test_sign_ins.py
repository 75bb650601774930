"""Refused sign-ins: what help desk asks, and what it is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support.administration_samples import MORNING
from tests.support.administration_stand_in import StandIn
from tests.support.command_line import Finished

from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_SIGN_INS
from device_update_contract.administration.sign_ins import SignIn
from device_update_contract.sign_ins import SignInCause, sign_in_sentence

DeviceUpdate = Callable[..., Finished]

WRONG = SignIn(
    id="7",
    listener="external",
    account=r"CONTOSO\kenmyer",
    address="192.0.2.7",
    cause=SignInCause.WRONG_PASSWORD,
    detail=sign_in_sentence(SignInCause.WRONG_PASSWORD),
    first_at=MORNING,
    last_at=MORNING,
    count=12,
)


def test_help_desk_reads_whose_sign_in_was_refused_from_where_how_often_and_why(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    service.lay(LIST_SIGN_INS, Page[SignIn](items=[WRONG]))
    headings, row = device_update("sign-ins").stdout.decode().splitlines()
    assert headings.split() == ["Last", "First", "Times", "Account", "Address", "Listener", "Why"]
    for text in (" 12 ", r" CONTOSO\kenmyer ", " 192.0.2.7 ", " external ", " Wrong password."):
        assert text in f"{row} "


def test_given_filters_are_sent_and_no_others(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(LIST_SIGN_INS, Page[SignIn](items=[]))
    filters = ("--account", "kenmyer", "--address", "192.0.2.7", "--cause", "wrong-password", "--listener", "external")
    finished = device_update("sign-ins", *filters, "--since", "2026-05-03T14:02:00+02:00")
    assert (finished.exit_code, finished.stdout) == (0, b"There are no such refused sign-ins.\n")
    query = dict(service.asked_of(LIST_SIGN_INS)[0].query)
    assert query.pop("limit") == "1000"
    assert query == {
        "account": "kenmyer",
        "address": "192.0.2.7",
        "cause": "wrong-password",
        "listener": "external",
        "since": "2026-05-03T12:02:00.000Z",
    }


@pytest.mark.parametrize("wrong", [("--since", "tuesday"), ("--cause", "bad-luck"), ("--listener", "internal")])
def test_what_no_filter_takes_is_wrong_usage(
    service: StandIn, device_update: DeviceUpdate, wrong: tuple[str, str]
) -> None:
    assert device_update("sign-ins", *wrong).exit_code == 2
    assert service.asked_of(LIST_SIGN_INS) == []
