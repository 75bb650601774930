"""What is told: past a number, once, and anew when it ended and began again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from device_update_service.domain.notices import NoticeNumbers, StandingNotices, WatchedFacts, standing_notices

NOW = datetime(2026, 5, 3, tzinfo=UTC)
QUIET = WatchedFacts(failed_installs=10, silent_devices=100, disk=None, cleaning=None)
NUMBERS = NoticeNumbers(failed_installs=10, silent_devices=100)


def codes(facts: WatchedFacts) -> list[str]:
    return [notice.code for notice in standing_notices(facts, NUMBERS, NOW)]


def test_a_number_is_told_only_past_it() -> None:
    assert codes(QUIET) == []
    assert codes(replace(QUIET, failed_installs=11, silent_devices=101)) == ["failed-installs", "silent-devices"]
    assert codes(replace(QUIET, disk="Full.", cleaning="why")) == ["disk-nearly-full", "clean-up-failed"]


def test_every_notice_is_a_sentence() -> None:
    facts = WatchedFacts(failed_installs=11, silent_devices=1234, disk="It is full.", cleaning="The disk is full.")
    sentences = [notice.sentence for notice in standing_notices(facts, NUMBERS, NOW)]
    assert sentences[1] == "1,234 devices stayed silent for longer than they should."
    assert all(sentence.endswith(".") for sentence in sentences)


def test_what_stands_is_told_once_and_anew_when_it_ended_and_began_again() -> None:
    standing = StandingNotices()
    told = []
    for failed in (11, 12, 10, 11):
        notices = standing_notices(replace(QUIET, failed_installs=failed), NUMBERS, NOW)
        told.append([notice.code for notice in standing.new(notices)])
    assert told == [["failed-installs"], [], [], ["failed-installs"]]
