"""The examination as a whole: its order, its bound on time, and what it takes from the system."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.examinations import case_of, examined
from tests.support.running_services import configuration
from tests.support.service_process import free_port

from device_update_service.configuration.addresses import Address
from device_update_service.configuration.configuration import Configuration
from device_update_service.configuration.listeners import Listener, Listeners, SecureListener
from device_update_service.doctor.case import Case, NameUnknown
from device_update_service.doctor.examination import GROUPS, examine
from device_update_service.doctor.findings import Verdict
from device_update_service.doctor.surroundings import clock_is_synchronized, resolve_host


@pytest.fixture
def configured(tmp_path: Path) -> Configuration:
    internal, admin = (Address(host="127.0.0.1", port=free_port()) for _ in range(2))
    listeners = Listeners(internal=Listener(address=internal), admin=SecureListener(address=admin))
    return configuration(tmp_path).model_copy(update={"listeners": listeners})


@pytest.fixture
def silence() -> Iterator[threading.Event]:
    """Whoever waits for it waits until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_what_a_check_needs_stands_before_it() -> None:
    known: set[str] = set()
    for _, checks in GROUPS:
        for check in checks:
            assert set(check.needs) <= known, check.name
            assert check.name not in known
            known.add(check.name)


def test_name_servers_that_never_answer_take_their_share_of_the_time_only(
    configured: Configuration, silence: threading.Event
) -> None:
    def resolve(host: str) -> tuple[str, ...]:
        if host == "127.0.0.1":
            return ("127.0.0.1",)
        silence.wait()
        raise NameUnknown("The test is over.")

    case = Case(
        configured.model_copy(
            update={"internal_url": "http://updates.contoso.com", "external_url": "https://x.contoso.com"}
        ),
        resolve=resolve,
        clock=case_of(configured).clock,
        clock_is_synchronized=lambda: True,
        domain="contoso.com",
    )
    found = {finding.name: finding for _, finding in examine(case, seconds=3)}
    assert found["dns-record"].verdict is Verdict.NOT_CHECKED
    assert "something hangs" in found["dns-record"].sentence
    assert found["internal-name"].sentence == "There was no time left: what was looked at before took too long."
    assert set(found) == {check.name for _, checks in GROUPS for check in checks}


def test_every_finding_is_whole_sentences(configured: Configuration) -> None:
    for name, finding in examined(case_of(configured)).items():
        assert finding.name == name
        assert finding.sentence[0].isupper(), finding
        assert finding.sentence.endswith((".", ".)")), finding


def test_a_port_that_only_the_service_knows_is_not_checked(tmp_path: Path) -> None:
    found = examined(case_of(configuration(tmp_path)))
    assert found["service"].verdict is Verdict.NOT_CHECKED
    assert "give it a port" in found["service"].sentence


def test_the_system_resolves_addresses_and_loopback() -> None:
    assert resolve_host("127.0.0.1") == ("127.0.0.1",)
    assert "127.0.0.1" in resolve_host("localhost")
    with pytest.raises(NameUnknown, match="has no address"):
        resolve_host("x" * 70)


def test_the_kernel_says_whether_its_clock_is_synchronized_or_nothing() -> None:
    assert clock_is_synchronized() in {True, False, None}
