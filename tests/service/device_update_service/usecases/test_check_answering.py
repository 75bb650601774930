"""Answers of checks: what makes two checks the same, what is forgotten with a snapshot, and which rule comes first."""

from __future__ import annotations

import pytest
from tests.support.sample_rules import FIRST, NOW, SECOND, THIRD, check, rule

from device_update_contract.checks import CheckRequest
from device_update_contract.device_messages.answers import CheckAnswer, parse_check_answer
from device_update_contract.device_messages.requests import render_check_request
from device_update_contract.identifiers import MacAddress
from device_update_service.domain.catalog import CatalogSnapshot, DecisionSettings
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.usecases import checks
from device_update_service.usecases.checks import AnsweredCheck, CheckAnswering

MAC = "00-04-F2-00-01-76"
APPROVED = CatalogSnapshot(1, [rule(approved=SECOND)])
TWO_RULES = [rule(approved=SECOND, number=1), rule(approved=THIRD, number=2, update_type="ENG")]


@pytest.fixture
def answering() -> CheckAnswering:
    return CheckAnswering("http://updates.contoso.com", "https://updates.fabrikam.com", 100)


def ask(
    answering: CheckAnswering,
    request: CheckRequest | bytes,
    catalog: CatalogSnapshot = APPROVED,
    *,
    address: str = "10.1.2.3",
    account: str = "",
    spread: float = 0.0,
    looping: dict[str, frozenset[int]] | None = None,
) -> AnsweredCheck:
    body = request if isinstance(request, bytes) else render_check_request(request)
    return answering.answer(
        body,
        catalog=catalog,
        address=address,
        now=to_milliseconds(NOW),
        spread=lambda: spread,
        looping=looping or {},
        account=account,
    )


def read(answered: AnsweredCheck) -> CheckAnswer:
    answer = parse_check_answer(answered.body)
    assert isinstance(answer, CheckAnswer)
    return answer


def offered(answered: AnsweredCheck) -> str | None:
    update = read(answered).update
    return None if update is None else update.modules[0].version.text


def test_both_base_urls_are_told_without_a_trailing_slash(answering: CheckAnswering) -> None:
    update = read(ask(answering, check(FIRST))).update
    assert update is not None
    folder = f"UCPhone/Polycom/CX700/A/ENU/{SECOND}/CPE"
    assert update.base_url == f"http://updates.contoso.com/DeviceUpdateFiles_Int/{folder}"
    assert update.external_base_url == f"https://updates.fabrikam.com/DeviceUpdateFiles_Ext/{folder}"


def test_without_an_internal_listener_the_external_address_stands_in_both_places() -> None:
    update = read(ask(CheckAnswering(None, "https://updates.fabrikam.com", 1), check(FIRST))).update
    assert update is not None
    assert update.base_url == update.external_base_url
    assert update.base_url.startswith("https://updates.fabrikam.com/DeviceUpdateFiles_Ext/")


def test_a_check_that_tells_and_is_told_the_same_has_the_same_fingerprint(answering: CheckAnswering) -> None:
    first, second = ask(answering, check(SECOND)), ask(answering, check(SECOND))
    assert first.fingerprint == second.fingerprint == first.sighting.report_key == second.sighting.report_key
    assert second.sighting.sequence == first.sighting.sequence + 1


def test_what_is_told_where_from_by_whom_or_what_is_answered_makes_another_fingerprint(
    answering: CheckAnswering,
) -> None:
    fingerprints = {
        ask(answering, check(SECOND)).fingerprint,
        ask(answering, check(THIRD)).fingerprint,
        ask(answering, check(SECOND), address="10.1.2.4").fingerprint,
        ask(answering, check(SECOND), account="phone").fingerprint,
        ask(answering, check(SECOND), account="phone2").fingerprint,
        ask(answering, check(SECOND), CatalogSnapshot(2, [])).fingerprint,
    }
    assert len(fingerprints) == 6


def test_an_account_makes_the_same_fingerprint_however_it_is_written(answering: CheckAnswering) -> None:
    one, other = ask(answering, check(SECOND), account="Phone"), ask(answering, check(SECOND), account="pHONE")
    assert one.fingerprint == other.fingerprint


def test_an_offer_or_a_note_is_never_a_mere_repetition(answering: CheckAnswering) -> None:
    assert ask(answering, check(FIRST)).sighting.report_key == 0
    noted = render_check_request(check(SECOND)).replace(b"<SerialNumber>", b"<SerialNumber>not valid")
    assert ask(answering, noted).sighting.report_key == 0


def test_a_new_snapshot_answers_anew_and_what_was_remembered_is_forgotten(answering: CheckAnswering) -> None:
    before = ask(answering, check(FIRST))
    assert offered(before) == SECOND.text
    after = ask(answering, check(FIRST), CatalogSnapshot(2, [rule(approved=THIRD)]))
    assert offered(after) == THIRD.text
    assert (len(answering._heads), len(answering._known)) == (1, 1)
    assert after.sighting.known is not before.sighting.known


def test_checks_that_report_the_same_share_what_they_have_in_common(answering: CheckAnswering) -> None:
    known = ask(answering, check(FIRST)).sighting.known
    assert ask(answering, check(FIRST, mac="00-04-F2-00-01-77")).sighting.known is known
    assert ask(answering, check(THIRD)).sighting.known is not known
    assert known.installed_version == FIRST.text


def test_what_is_remembered_is_bounded(answering: CheckAnswering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_REMEMBERED", 10)
    for number in range(50):  # each class without a rule has a decision of its own
        ask(answering, check(FIRST, model=f"CX{number}"))
        ask(answering, check(f"1.{number}"))
        assert len(answering._heads) <= 10
        assert len(answering._known) <= 10
    assert offered(ask(answering, check(FIRST))) == SECOND.text


@pytest.mark.parametrize(("spread", "seconds"), [(-1.0, 77_760), (0.0, 86_400), (1.0, 95_040)])
def test_the_ordinary_interval_is_spread_by_a_tenth(answering: CheckAnswering, spread: float, seconds: int) -> None:
    answered = ask(answering, check(SECOND), spread=spread)
    assert read(answered).next_check_seconds == seconds
    assert answered.sighting.next_check_at == to_milliseconds(NOW) + seconds * 1000


def test_while_another_rule_has_something_too_the_device_is_to_ask_soon(answering: CheckAnswering) -> None:
    settings = DecisionSettings(more_due_check_interval_seconds=600)
    both = ask(answering, check(), CatalogSnapshot(1, TWO_RULES, settings=settings), spread=1.0)
    assert (offered(both), read(both).next_check_seconds) == (SECOND.text, 600)


def test_a_rule_in_an_install_loop_comes_last_and_is_still_offered(answering: CheckAnswering) -> None:
    two, one = CatalogSnapshot(1, TWO_RULES), CatalogSnapshot(2, TWO_RULES[:1])
    loop = {MAC: frozenset({1})}
    assert offered(ask(answering, check(), two, looping=loop)) == THIRD.text
    assert offered(ask(answering, check(mac="00-04-F2-00-01-77"), two, looping=loop)) == SECOND.text
    assert offered(ask(answering, check(), one, looping=loop)) == SECOND.text


def test_a_device_without_mac_is_in_its_loop_by_its_serial_number(answering: CheckAnswering) -> None:
    two = CatalogSnapshot(1, TWO_RULES)
    loop = {"07823-A345": frozenset({1})}
    assert offered(ask(answering, check(mac=None, serial="07823-a345"), two, looping=loop)) == THIRD.text
    assert offered(ask(answering, check(mac=None), two, looping=loop)) == SECOND.text


def test_the_request_is_handed_on_as_it_was_understood(answering: CheckAnswering) -> None:
    sighting = ask(answering, check(FIRST), address="10.9.9.9", account="Phone").sighting
    assert (sighting.request, sighting.address, sighting.at) == (check(FIRST), "10.9.9.9", to_milliseconds(NOW))
    assert sighting.account == "Phone"
    assert sighting.request.mac == MacAddress(MAC)
