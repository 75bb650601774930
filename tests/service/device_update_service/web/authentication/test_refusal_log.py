"""What the log tells of refused sign-ins: one line for an address, then at most one a minute."""

from __future__ import annotations

import pytest

from device_update_contract.sign_ins import SignInCause
from device_update_service.web.authentication.refusal_log import RefusalLog


def test_a_flood_from_one_address_is_one_line_a_minute_with_its_number(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    log = RefusalLog("external", lambda: now)
    with caplog.at_level("INFO"):
        for _ in range(1000):
            log.refused("phone", "192.0.2.1", SignInCause.WRONG_PASSWORD)
        log.refused("", "192.0.2.2", SignInCause.MALFORMED_TOKEN)
        now = 60.0
        log.refused("phone", "192.0.2.1", SignInCause.DELAYED)
    told = [(vars(record)["address"], vars(record)["cause"], vars(record).get("before")) for record in caplog.records]
    assert told == [
        ("192.0.2.1", "wrong-password", None),
        ("192.0.2.2", "malformed-token", None),
        ("192.0.2.1", "delayed", 999),
    ]


def test_what_a_source_of_accounts_says_is_told_with_it_and_bounded(caplog: pytest.LogCaptureFixture) -> None:
    log = RefusalLog("external", lambda: 0.0)
    with caplog.at_level("INFO"):
        log.refused("", "192.0.2.1", SignInCause.TICKET_REFUSED, "Clock skew too great" + "x" * 9000)
    [record] = caplog.records
    assert vars(record)["detail"].startswith("Clock skew too great")
    assert len(vars(record)["detail"]) == 500


def test_an_ipv6_network_is_one_address(caplog: pytest.LogCaptureFixture) -> None:
    log = RefusalLog("external", lambda: 0.0)
    with caplog.at_level("INFO"):
        for number in range(100):
            log.refused("phone", f"2001:db8::{number:x}", SignInCause.WRONG_PASSWORD)
        log.refused("phone", "2001:db8:0:1::1", SignInCause.WRONG_PASSWORD)
    assert [vars(record)["address"] for record in caplog.records] == ["2001:db8::0", "2001:db8:0:1::1"]


def test_only_so_many_addresses_are_remembered(caplog: pytest.LogCaptureFixture) -> None:
    log = RefusalLog("external", lambda: 0.0)
    with caplog.at_level("INFO"):
        for number in range(1001):
            log.refused("phone", str(number), SignInCause.WRONG_PASSWORD)
        log.refused("phone", "0", SignInCause.WRONG_PASSWORD)
        log.refused("phone", "1000", SignInCause.WRONG_PASSWORD)
    assert len(caplog.records) == 1002
