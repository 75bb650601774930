"""The identity table of contract section 1: every row, and a long life of checks against a plain record keeper."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from device_update_contract.reasons import IdentityNoteCode
from device_update_service.domain.device_identity import (
    IDENTITY_TABLE,
    NEW,
    ContradictoryRecords,
    IdentityNote,
    IdentityOutcome,
    KnownByMac,
    KnownBySerial,
    NewRecord,
    Taken,
    identify,
)

CONFLICT, CHANGED = IdentityNoteCode.IDENTITY_CONFLICT, IdentityNoteCode.SERIAL_CHANGED
M, OTHER_M, S, OTHER_S = "00-04-F2-00-01-76", "00-04-F2-00-01-77", "07823-A345", "07823-B999"


def test_both_blank_gives_no_record() -> None:
    assert identify(None, None, None, None) == IdentityOutcome(None, None, None)


def test_mac_only_is_the_record_that_has_it_else_a_new_one() -> None:
    assert identify(M, None, KnownByMac(1, S), None) == IdentityOutcome(1, M, S)
    assert identify(M, None, None, None) == IdentityOutcome(NEW, M, None)


def test_serial_only_is_the_record_that_has_it_else_a_new_one() -> None:
    assert identify(None, S, None, KnownBySerial(1, M)) == IdentityOutcome(1, M, S)
    assert identify(None, S, None, None) == IdentityOutcome(NEW, None, S)


def test_both_known_as_the_same_record_is_that_one_whatever_the_serials_case() -> None:
    assert identify(M, S.lower(), KnownByMac(1, S), KnownBySerial(1, M)) == IdentityOutcome(1, M, S)


def test_both_unknown_make_a_new_record_with_both() -> None:
    assert identify(M, S, None, None) == IdentityOutcome(NEW, M, S)


def test_a_record_without_mac_gets_the_mac() -> None:
    assert identify(M, S, None, KnownBySerial(1, None)) == IdentityOutcome(1, M, S)


def test_a_record_without_serial_gets_the_serial() -> None:
    assert identify(M, S, KnownByMac(1, None), None) == IdentityOutcome(1, M, S)


@pytest.mark.parametrize("own_serial", [None, OTHER_S])
@pytest.mark.parametrize("own_mac", [None, OTHER_M])
def test_two_records_are_never_merged_and_both_are_noted(own_serial: str | None, own_mac: str | None) -> None:
    outcome = identify(M, S, KnownByMac(1, own_serial), KnownBySerial(2, own_mac))
    assert outcome == IdentityOutcome(1, M, own_serial, (IdentityNote(1, CONFLICT), IdentityNote(2, CONFLICT)))


def test_a_record_with_another_serial_takes_the_new_one_and_is_noted() -> None:
    assert identify(M, S, KnownByMac(1, OTHER_S), None) == IdentityOutcome(1, M, S, (IdentityNote(1, CHANGED),))


def test_a_serial_of_a_record_with_another_mac_stays_there_and_both_are_noted() -> None:
    outcome = identify(M, S, None, KnownBySerial(2, OTHER_M))
    assert outcome == IdentityOutcome(NEW, M, None, (IdentityNote(NEW, CONFLICT), IdentityNote(2, CONFLICT)))


@pytest.mark.parametrize(
    ("by_mac", "by_serial"),
    [
        (KnownByMac(1, S), KnownBySerial(2, M)),
        (KnownByMac(1, S), KnownBySerial(2, None)),
        (KnownByMac(1, None), KnownBySerial(1, None)),
        (KnownByMac(1, S), None),
    ],
)
def test_records_that_share_an_identifier_are_refused(
    by_mac: KnownByMac | None, by_serial: KnownBySerial | None
) -> None:
    with pytest.raises(ContradictoryRecords):
        identify(M, S, by_mac, by_serial)


def test_only_a_new_or_a_named_record_ever_gets_an_identifier() -> None:
    assert all(row.taken is not Taken.NONE or not (row.set_mac or row.set_serial) for row in IDENTITY_TABLE.values())


class IdentityLife(RuleBasedStateMachine):
    """Devices check in with any pair of identifiers; a dict of records is kept as storage would."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[int, tuple[str | None, str | None]] = {}
        self.checks: dict[int, int] = {}
        self.total = 0

    @rule(
        mac=st.none() | st.sampled_from(["M1", "M2", "M3"]),
        serial=st.none() | st.sampled_from(["S1", "s1", "S2", "S3"]),
    )
    def check(self, mac: str | None, serial: str | None) -> None:
        by_mac = next((KnownByMac(n, s) for n, (m, s) in self.records.items() if mac and m == mac), None)
        by_serial = next(
            (
                KnownBySerial(n, m, s)
                for n, (m, s) in self.records.items()
                if serial and s and s.upper() == serial.upper()
            ),
            None,
        )
        before = dict(self.records)
        outcome = identify(mac, serial, by_mac, by_serial)
        if outcome.record is None:
            assert mac is None
            assert serial is None
            return
        number = len(self.records) + 1 if isinstance(outcome.record, NewRecord) else outcome.record
        self.records[number] = (outcome.mac, outcome.serial)
        self.checks[number] = self.checks.get(number, 0) + 1
        self.total += 1
        self.remember(before, number, mac, outcome)

    def remember(
        self, before: dict[int, tuple[str | None, str | None]], number: int, mac: str | None, outcome: IdentityOutcome
    ) -> None:
        for other, held in before.items():
            if other != number:
                assert self.records[other] == held
        if number in before:
            held_mac, held_serial = before[number]
            assert held_mac in {None, outcome.mac}
            assert outcome.serial is not None or held_serial is None
            if held_serial is not None and outcome.serial != held_serial:
                assert outcome.notes == (IdentityNote(number, CHANGED),)
        if mac is not None:
            assert outcome.mac == mac

    @invariant()
    def an_identifier_belongs_to_one_record(self) -> None:
        macs = [mac for mac, _ in self.records.values() if mac is not None]
        serials = [serial.upper() for _, serial in self.records.values() if serial is not None]
        assert len(macs) == len(set(macs))
        assert len(serials) == len(set(serials))
        assert all(mac or serial for mac, serial in self.records.values())

    @invariant()
    def every_check_is_in_one_history(self) -> None:
        assert sum(self.checks.values()) == self.total


TestIdentityLife = IdentityLife.TestCase
TestIdentityLife.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
