"""Why a device has not updated, in every state of the contract's tables 2.2 and 2.3 (see `device_states`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest
from tests.support.device_states import (
    DAY,
    FIRST_ASKED,
    HOUR,
    MINUTE,
    SETTINGS,
    State,
    every_state,
)
from tests.support.sample_rules import NOW

from device_update_contract.administration.devices import Device
from device_update_contract.history import event_sentence
from device_update_contract.reasons import ReasonCode, StatusCode
from device_update_service.usecases.device_models import device_model

_ACTORS = {
    "retired": "nobody",
    "silent": "help_desk",
    "install-failed": "help_desk",
    "downloading": "device",
    "install-loop": "administrator",
    "downloaded-not-installed": "device",
    "download-stalled": "help_desk",
    "offered": "device",
    "waiting-for-approval": "administrator",
    "nothing-approved": "administrator",
    "no-rule": "administrator",
    "up-to-date": "nobody",
}
_STEPS = {
    "retired": "Nothing;",
    "silent": "power and network",
    "install-failed": "logs for the cause",
    "downloading": "Wait;",
    "install-loop": "does not install it",
    "downloaded-not-installed": "idle",
    "download-stalled": "network",
    "offered": "Wait until the device has fetched it",
    "waiting-for-approval": "Approve",
    "nothing-approved": "approve it",
    "no-rule": "Import a package for this device class.",
    "up-to-date": "Nothing.",
}
_OF_ADMINISTRATORS = {
    ReasonCode.WAITING_FOR_APPROVAL: "waiting-for-approval",
    ReasonCode.NOTHING_APPROVED: "nothing-approved",
    ReasonCode.NO_RULE_FOR_DEVICE_CLASS: "no-rule",
}
_NOT_OF_A_FACT = {"last_byte_seconds", "next_check_at", "due_since", "attempts"}
"""Parameters that are counted from now, or are evidence by another name."""

Told = tuple[State, Device]


@pytest.fixture(scope="module")
def told() -> list[Told]:
    """Each state with the device as the API shows it."""
    return [(state, device_model(state.device, SETTINGS, state.now, state.catalog)) for state in every_state()]


def test_every_status_and_every_decision_is_among_the_states(told: list[Told]) -> None:
    assert set(Counter(device.why.code for _, device in told)) == {code.value for code in StatusCode}
    assert {state.answered.reason for state, _ in told} == set(ReasonCode)
    for state, device in told:
        assert device.why.code == state.status.value, state


def test_the_sentence_names_the_facts(told: list[Told]) -> None:
    for state, device in told:
        for fact in _facts(state):
            assert fact in device.why.text, (fact, device.why.text, str(state))


def test_no_sentence_has_a_hole_or_two_ends(told: list[Told]) -> None:
    for state, device in told:
        notes = [note.text.partition(" (")[0] for note in device.notes_by_service]
        assert len(notes) == 2
        sentences = [device.why.text, device.why.next_step, *(fact.text for fact in device.why.evidence), *notes]
        for said in sentences:
            assert said.endswith((".", "!", "?")), (said, str(state))
            assert "\n" not in said
            for hole in ("None", "unknown", "..", ".:", ".,", ": .", " .", ", ,", "  ", "!.", "?."):
                assert hole not in said, (hole, said, str(state))


def test_since_is_when_the_status_began(told: list[Told]) -> None:
    for state, device in told:
        assert device.why.since == _since(state), (device.why.text, str(state))


def test_exactly_one_acts_next_and_nobody_only_where_nothing_is_to_be_done(told: list[Told]) -> None:
    for state, device in told:
        status = state.status.value
        actor, step = _ACTORS[status], _STEPS[status]
        reason = _reason_beside(state)
        if reason in _OF_ADMINISTRATORS:
            actor, step = "administrator", _STEPS[_OF_ADMINISTRATORS[reason]]
        elif state.due is not None and status not in {"retired", "silent"}:
            actor, step = "device", "asks again"
        assert device.why.who_acts == actor, (device.why.text, str(state))
        assert step in device.why.next_step, (device.why.text, str(state))
        assert (actor == "nobody") == device.why.next_step.startswith("Nothing")


def test_the_evidence_supports_the_sentence(told: list[Told]) -> None:
    for state, device in told:
        evidence = {fact.code: fact for fact in device.why.evidence}
        assert len(evidence) == len(device.why.evidence)
        assert {"last-check", "next-check", "last-decision"} <= set(evidence)
        assert evidence["last-decision"].parameters["decision"] == state.answered.reason.value
        assert ("due-decision" in evidence) == (state.due is not None)
        assert ("offered" in evidence) == ("bytes-sent" in evidence) == (state.offered_at is not None)
        assert ("last-install" in evidence) == (state.install is not None)
        known = {str(value) for fact in device.why.evidence for value in fact.parameters.values()}
        for name, value in device.why.parameters.items():
            if value is not None and name not in _NOT_OF_A_FACT and name != "at":
                assert str(value) in known, (name, value, str(state))


def test_an_older_version_on_offer_is_said_to_be_older(told: list[Told]) -> None:
    for state, device in told:
        codes = {fact.code for fact in device.why.evidence}
        installed, target = state.answered.installed, state.answered.target
        older = state.offered_at is not None and installed is not None and target is not None and target < installed
        assert ("downgrade" in codes) == older, str(state)


def test_the_history_of_every_state_is_told_in_whole_sentences() -> None:
    for state in every_state():
        for event in state.history:
            said = event_sentence(event.code, event.parameters)
            assert said.endswith((".", "!", "?"))
            assert not any(hole in said for hole in ("None", "unknown", "..", ".:", ".,", ": .", "\n")), said


def _reason_beside(state: State) -> ReasonCode | None:
    """The reason that is told after the status: what was decided since, or what a failed device was answered."""
    if state.status in {StatusCode.RETIRED, StatusCode.SILENT}:
        return None
    if state.due is not None:
        return state.due[0]
    if state.status is not StatusCode.INSTALL_FAILED or state.install is None:
        return None
    return None if state.offered_at and state.install.version == state.answered.target else state.answered.reason


def _facts(state: State) -> Iterator[str]:
    target = None if state.answered.target is None else state.answered.target.text
    if state.due is not None and state.due[1] is not None and state.status is not StatusCode.RETIRED:
        yield state.due[1].text
        yield "Since it asked this has changed"
    match state.status:
        case StatusCode.RETIRED:
            yield "Retired on 3 May 2013 14:03 UTC" if state.retired_at else "since 3 May 2013 14:02 UTC"
        case StatusCode.SILENT:
            yield "it asked last on 3 May 2013 14:02 UTC and was to ask again by 4 May 2013 14:02 UTC"
            if state.offered_at is not None:
                yield from _before_silence(state)
        case StatusCode.INSTALL_FAILED:
            yield from _facts_of_failure(state)
        case StatusCode.NO_RULE:
            yield "UCPhone Polycom CX700 A ENU"
        case StatusCode.UP_TO_DATE | StatusCode.WAITING_FOR_APPROVAL:
            assert target is not None
            yield target
        case StatusCode.NOTHING_APPROVED:
            yield "No version is approved for this device, and none is pending."
        case _:
            assert target is not None
            yield from (target, "2 May 14:02 UTC", "restarting it makes it ask now")
            yield "asks again about 4 May 14:02" if state.clock == "soon" else "was to ask again at 4 May 14:02"
            yield from _facts_of_download(state)


def _before_silence(state: State) -> Iterator[str]:
    assert state.answered.target is not None
    yield state.answered.target.text
    yield "2 May 14:02 UTC"
    if state.download in {"some lately", "some"}:
        yield "18 MB of 30 MB"
    elif state.download in {"all", "loop"}:
        yield "30 MB of 30 MB"


def _facts_of_failure(state: State) -> Iterator[str]:
    install = state.install
    assert install is not None
    yield install.version.text
    yield "on 3 May 2013 13:52 UTC" if install.time == NOW - 10 * MINUTE else "on 3 May 2013 14:02 UTC"
    if install.code is not None:
        yield f"code {install.code.rstrip('.')}"
    if install.message is not None and install.message.strip(" ."):
        yield " ".join(install.message.split()).rstrip(".")
    if _reason_beside(state) in {ReasonCode.APPROVED_UPDATE, ReasonCode.ROLLED_BACK} and state.due is None:
        assert state.answered.target is not None
        yield state.answered.target.text


def _facts_of_download(state: State) -> Iterator[str]:
    installed = state.answered.installed
    match state.download:
        case "none":
            yield "0 bytes of 30 MB"
        case "unknown":
            yield "cannot tell"
        case "some lately":
            yield "18 MB of 30 MB sent, last byte 2 minutes ago"
        case "some":
            yield "stopped at 18 MB of 30 MB, last byte"
        case _:
            yield {"all": "all 30 MB", "loop": "3 times"}.get(state.download, "4 times")
            yield "did not change" if installed is None and state.download != "all" else "report"
            if installed is not None:
                yield f"still reports {installed.text}"


def _since(state: State) -> datetime:
    if state.retired_at is not None:
        return state.retired_at
    if state.status is StatusCode.INSTALL_FAILED:
        assert state.install is not None
        return NOW - 10 * MINUTE if state.install.time == NOW - 10 * MINUTE else NOW
    return {
        StatusCode.RETIRED: NOW + 90 * DAY,
        StatusCode.SILENT: NOW + DAY + 72 * HOUR,
        StatusCode.DOWNLOADING: state.now - 4 * MINUTE,
        StatusCode.DOWNLOAD_STALLED: NOW + MINUTE + 10 * MINUTE,
        StatusCode.DOWNLOADED_NOT_INSTALLED: NOW + MINUTE,
    }.get(state.status, FIRST_ASKED)
