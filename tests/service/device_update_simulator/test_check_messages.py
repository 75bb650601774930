from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.checks import InstallReport
from device_update_contract.device_messages.answers import (
    CheckAnswer,
    MalformedAnswer,
    OfferedModule,
    OfferedUpdate,
    render_check_answer,
    render_error,
)
from device_update_contract.device_messages.requests import parse_check_request
from device_update_contract.versions import Version
from device_update_simulator.check_messages import AnswerReader, check_body
from device_update_simulator.device_models import identity_of
from device_update_simulator.virtual_devices import DeviceState, InstalledModule

INSTALLED = (InstalledModule("CPE.nbt", Version.parse("1.0.522.101")),)
MODULE = OfferedModule("CPE & Co.nbt", "CPE.cat", Version.parse("4.0.7577.4387"), None, 30, "ab" * 32)
OFFER = OfferedUpdate("http://updates.example.com/a%20b", None, (MODULE,))


@given(number=st.integers(0, 100_000), names_user=st.booleans(), reports=st.booleans())
def test_a_check_says_who_the_device_is_and_what_it_runs(number: int, names_user: bool, reports: bool) -> None:
    identity = identity_of(3, number)
    at = datetime(2013, 5, 3, tzinfo=UTC)
    report = InstallReport(succeeded=False, version=Version.parse("2.0"), code="1", message="<no>", time=at)
    state = DeviceState(INSTALLED, report=report if reports else None)
    check = parse_check_request(check_body(identity, state, names_user=names_user))
    assert (check.mac, check.serial) == (identity.mac, identity.serial)
    model = identity.model
    assert (check.device_type, check.vendor, check.model) == (model.device_type, model.vendor, model.model)
    assert (check.revision, check.locale) == (model.revision, model.locale)
    assert check.user_id == (identity.user if names_user else None)
    assert [(module.file_name, module.version) for module in check.modules] == [
        ("CPE.nbt", Version.parse("1.0.522.101"))
    ]
    assert check.last_install == (report if reports else None)
    assert check.notes == ()


def test_an_offer_is_read_once_and_shared_while_the_seconds_differ() -> None:
    reader = AnswerReader()
    first = reader.read(render_check_answer(CheckAnswer("approved-update", "x", OFFER, 86000)))
    second = reader.read(render_check_answer(CheckAnswer("approved-update", "x", OFFER, 91000)))
    assert first.offer == OFFER
    assert second.offer is first.offer
    assert (first.next_check_seconds, second.next_check_seconds) == (86000, 91000)


def test_answers_that_differ_are_told_apart() -> None:
    reader = AnswerReader()
    read = [
        reader.read(render_check_answer(CheckAnswer(code, "x", offer, 60)))
        for code, offer in [("up-to-date", None), ("rolled-back", OFFER), ("up-to-date", None)]
    ]
    assert [(answer.reason_code, answer.offer) for answer in read] == [
        ("up-to-date", None),
        ("rolled-back", OFFER),
        ("up-to-date", None),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed-answer"),
        (b"<html>hello</html>", "malformed-answer"),
        (render_check_answer(CheckAnswer("up-to-date", "x", None, 60)).replace(b"60", b"soon"), "malformed-answer"),
        (
            render_check_answer(CheckAnswer("approved-update", "x", OfferedUpdate("http://h", None, ()), 60)),
            "malformed-answer",
        ),
        (render_check_answer(CheckAnswer("up-to-date", "x", None, 60)).replace(b"60", b"9" * 5000), "malformed-answer"),
        (render_error("malformed-request", "The field Model is missing."), "malformed-request"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_code(body: bytes, code: str) -> None:
    reader = AnswerReader()
    reader.read(render_check_answer(CheckAnswer("up-to-date", "x", None, 60)))
    with pytest.raises(MalformedAnswer) as caught:
        reader.read(body)
    assert caught.value.code == code
