"""Every row of the status table of contract 2.3, its order, and one sentence for each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.sample_rules import NOW

from device_update_contract.reasons import OFFERING_REASONS, WHO_ACTS_ON_STATUS, ReasonCode, StatusCode, WhoActs
from device_update_service.domain.device_status import (
    DeviceFacts,
    InstallReport,
    InstallResult,
    OpenOffer,
    StatusSettings,
    attempts_without_change,
    status,
    why,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SETTINGS = StatusSettings()
OFFER = OpenOffer("4.0.7577.4387", offered_at=NOW - 8 * MINUTE, bytes_total=30_000_000, reported_version="1.0.522.101")
FACTS = DeviceFacts(
    last_check_at=NOW - 8 * MINUTE,
    told_to_check_at=NOW + 8 * MINUTE,
    decision=ReasonCode.APPROVED_UPDATE,
    decision_parameters={"version": "4.0.7577.4387"},
    offer=OFFER,
    installed_version="1.0.522.101",
)
FAILED = InstallReport(InstallResult.FAILED, "4.0.7577.4387", NOW - HOUR, "0x80070057", "the file is damaged")


def offering(**changes: object) -> DeviceFacts:
    return replace(FACTS, offer=replace(OFFER, **changes))  # type: ignore[arg-type]


def of(facts: DeviceFacts) -> StatusCode:
    return status(facts, SETTINGS, NOW)


def text(facts: DeviceFacts) -> str:
    return why(facts, SETTINGS, NOW).text


def test_retired_when_marked_so() -> None:
    facts = replace(FACTS, retired_at=NOW - DAY)
    assert of(facts) is StatusCode.RETIRED
    assert text(facts) == "Retired on 2 May 2013 14:02 UTC."


def test_retired_when_it_has_not_checked_for_retire_after_days() -> None:
    facts = replace(FACTS, last_check_at=NOW - 90 * DAY, told_to_check_at=NOW - 89 * DAY)
    assert of(facts) is StatusCode.RETIRED
    assert of(replace(facts, last_check_at=NOW - 90 * DAY + MINUTE)) is StatusCode.SILENT


def test_silent_after_the_hours_past_the_time_it_was_told_to_check() -> None:
    facts = replace(FACTS, last_check_at=NOW - 96 * HOUR, told_to_check_at=NOW - 72 * HOUR)
    assert of(facts) is StatusCode.SILENT
    assert of(replace(facts, told_to_check_at=NOW - 72 * HOUR + MINUTE)) is not StatusCode.SILENT


def test_silent_names_the_offer_or_the_started_download_before() -> None:
    silent = replace(FACTS, told_to_check_at=NOW - 72 * HOUR)
    assert "version 4.0.7577.4387 was offered on 3 May 13:54 UTC" in text(silent)
    started = replace(silent, offer=replace(OFFER, bytes_sent=18_000_000))
    assert "18 MB of 30 MB of version 4.0.7577.4387" in text(started)
    assert text(replace(silent, offer=None)).endswith("was to ask again by 30 Apr 2013 14:02 UTC.")


def test_install_failed_until_it_reports_the_target() -> None:
    facts = replace(FACTS, last_install=FAILED)
    assert of(facts) is StatusCode.INSTALL_FAILED
    assert "failed on 3 May 2013 13:02 UTC with code 0x80070057: the file is damaged." in text(facts)
    assert of(replace(facts, last_install=replace(FAILED, target_reported_since=True))) is StatusCode.OFFERED
    succeeded = replace(FAILED, result=InstallResult.SUCCEEDED)
    assert of(replace(facts, last_install=succeeded)) is StatusCode.OFFERED


def test_downloading_while_bytes_were_sent_in_the_last_ten_minutes() -> None:
    facts = offering(bytes_sent=18_000_000, last_byte_at=NOW - 2 * MINUTE)
    assert of(facts) is StatusCode.DOWNLOADING
    assert text(facts) == (
        "Offered 4.0.7577.4387 on 3 May 13:54 UTC; 18 MB of 30 MB sent, last byte 2 minutes ago. "
        "It asks again about 3 May 14:10 UTC; restarting it makes it ask now."
    )


def test_download_stalled_when_none_was_sent_in_the_last_ten_minutes() -> None:
    facts = offering(bytes_sent=18_000_000, last_byte_at=NOW - 11 * MINUTE)
    assert of(facts) is StatusCode.DOWNLOAD_STALLED
    assert "stopped at 18 MB of 30 MB, last byte 11 minutes ago" in text(facts)


def test_downloaded_not_installed_when_all_bytes_were_sent() -> None:
    facts = offering(bytes_sent=30_000_000, last_byte_at=NOW - MINUTE)
    assert of(facts) is StatusCode.DOWNLOADED_NOT_INSTALLED
    assert "still reports 1.0.522.101" in text(facts)


def test_install_loop_after_the_set_number_of_attempts_but_not_while_downloading() -> None:
    assert of(offering(attempts_without_change=9)) is StatusCode.OFFERED
    loop = offering(attempts_without_change=10, bytes_sent=30_000_000, last_byte_at=NOW)
    assert of(loop) is StatusCode.INSTALL_LOOP
    assert "10 times" in text(loop)
    assert of(offering(attempts_without_change=10, bytes_sent=1, last_byte_at=NOW)) is StatusCode.DOWNLOADING


def test_offered_says_whether_no_byte_was_sent_or_the_service_cannot_tell() -> None:
    assert of(offering(bytes_sent=None)) is StatusCode.OFFERED
    assert "cannot tell" in text(offering(bytes_sent=None))
    assert "0 bytes of 30 MB sent so far" in text(offering(bytes_sent=0))


def test_an_overdue_device_is_said_to_be_overdue() -> None:
    assert "It was to ask again at 3 May 13:52 UTC" in text(replace(FACTS, told_to_check_at=NOW - 10 * MINUTE))


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (ReasonCode.UP_TO_DATE, StatusCode.UP_TO_DATE),
        (ReasonCode.WAITING_FOR_APPROVAL, StatusCode.WAITING_FOR_APPROVAL),
        (ReasonCode.NOTHING_APPROVED, StatusCode.NOTHING_APPROVED),
        (ReasonCode.NO_RULE_FOR_DEVICE_CLASS, StatusCode.NO_RULE),
        (ReasonCode.APPROVED_UPDATE, StatusCode.OFFERED),
        (ReasonCode.ROLLED_BACK, StatusCode.OFFERED),
        (ReasonCode.PENDING_UPDATE_TEST_DEVICE, StatusCode.OFFERED),
    ],
)
def test_without_an_open_offer_the_last_decision_tells(decision: ReasonCode, expected: StatusCode) -> None:
    assert of(replace(FACTS, offer=None, decision=decision)) is expected


def test_since_and_who_acts_follow_the_status() -> None:
    answer = why(offering(bytes_sent=30_000_000, last_byte_at=NOW - MINUTE), SETTINGS, NOW)
    assert (answer.since, answer.who_acts) == (NOW - MINUTE, WhoActs.DEVICE)
    waiting = replace(FACTS, offer=None, decision=ReasonCode.WAITING_FOR_APPROVAL, decision_since=NOW - DAY)
    assert why(waiting, SETTINGS, NOW).since == NOW - DAY
    assert why(waiting, SETTINGS, NOW).next_step == "Approve the pending version, or make this a test device."


def test_the_evidence_names_what_is_stored() -> None:
    facts = replace(offering(bytes_sent=18_000_000, attempts_without_change=2), last_install=FAILED)
    assert [fact.code.value for fact in why(facts, SETTINGS, NOW).evidence] == [
        "last-check",
        "next-check",
        "last-decision",
        "installed",
        "offered",
        "bytes-sent",
        "attempts",
        "last-install",
    ]


def attempts(*, changed: bool = False, same: bool = True, offered: bool = True, all_sent: bool | None = None) -> int:
    """The count after three attempts and one more event."""
    return attempts_without_change(
        3, report_changed=changed, same_version=same, offer_made=offered, all_bytes_sent=all_sent
    )


def test_an_offer_counts_as_an_attempt_only_where_bytes_are_unknown() -> None:
    assert attempts(offered=True, all_sent=None) == 4
    assert attempts(offered=True, all_sent=False) == 3


def test_a_download_counts_as_an_attempt_once_all_its_bytes_were_sent() -> None:
    assert attempts(offered=False, all_sent=True) == 4
    assert attempts(offered=False, all_sent=False) == 3


def test_attempts_start_anew_when_the_report_or_the_version_changes() -> None:
    assert attempts(changed=True) == 1
    assert attempts(same=False) == 1
    assert attempts(changed=True, offered=False) == 0


_moments = st.integers(-200 * 24 * 60, 0).map(lambda minutes: NOW + minutes * MINUTE)
_offers = st.builds(
    OpenOffer,
    version=st.just("2"),
    offered_at=_moments,
    attempts_without_change=st.integers(0, 12),
    bytes_total=st.sampled_from([0, 1000]),
    bytes_sent=st.none() | st.integers(0, 1000),
    last_byte_at=st.none() | _moments,
)
_installs = st.builds(
    InstallReport,
    result=st.sampled_from(InstallResult),
    version=st.just("2"),
    at=_moments,
    code=st.none() | st.just("7"),
    message=st.none() | st.just("{braces} stay"),
    target_reported_since=st.booleans(),
)
_facts = st.builds(
    DeviceFacts,
    last_check_at=_moments,
    told_to_check_at=_moments.map(lambda moment: moment + DAY),
    decision=st.sampled_from(ReasonCode),
    decision_parameters=st.fixed_dictionaries(
        {name: st.just("2") for name in ("version", "device_type", "vendor", "model", "revision", "locale")}
    ),
    decision_since=st.none() | _moments,
    retired_at=st.none() | _moments,
    offer=st.none() | _offers,
    last_install=st.none() | _installs,
    installed_version=st.none() | st.just("1"),
)


@given(_facts)
def test_every_state_has_one_status_and_a_whole_sentence(facts: DeviceFacts) -> None:
    answer = why(facts, SETTINGS, NOW)
    assert answer.code is of(facts)
    if answer.code is not StatusCode.INSTALL_FAILED:
        assert answer.who_acts is WHO_ACTS_ON_STATUS[answer.code]
    sentences = [answer.text, answer.next_step, *(fact.text for fact in answer.evidence)]
    assert all(sentence.endswith((".", ".)")) for sentence in sentences)
    assert not any("unknown" in sentence or "None" in sentence for sentence in sentences)


@given(_facts.filter(lambda facts: facts.offer is None))
def test_nothing_is_said_to_be_downloading_without_an_offer(facts: DeviceFacts) -> None:
    assert of(facts) not in {
        StatusCode.DOWNLOADING,
        StatusCode.INSTALL_LOOP,
        StatusCode.DOWNLOADED_NOT_INSTALLED,
        StatusCode.DOWNLOAD_STALLED,
    }
    assert of(facts) is not StatusCode.OFFERED or facts.decision in OFFERING_REASONS
