from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from device_update_contract.checks import InstallReport
from device_update_contract.device_messages.answers import OfferedModule, OfferedUpdate
from device_update_contract.versions import Version
from device_update_simulator.virtual_devices import (
    LAST_RETRY_SECONDS,
    Action,
    CheckIn,
    DeviceState,
    Download,
    GoOn,
    Install,
    InstalledModule,
    Phase,
    answered,
    download_began,
    download_failed,
    downloaded,
    install_ended,
    not_answered,
)

AT = datetime(2013, 5, 3, 14, 2, tzinfo=UTC)
FIRST = DeviceState((InstalledModule("CPE.nbt", Version.parse("1.0.522.101")),))


def offer_of(version: str, file_name: str = "CPE.nbt") -> OfferedUpdate:
    module = OfferedModule(file_name, None, Version.parse(version), None, 10, "0" * 64)
    return OfferedUpdate(f"http://updates.example.com/{version}", None, (module,))


OFFERS = [offer_of("4.0.7577.4366"), offer_of("4.0.7577.4387"), offer_of("3.5.6907.187", "cpe.NBT")]
offers = st.none() | st.sampled_from(OFFERS)


class OneDevice(RuleBasedStateMachine):
    """A device and everything that can happen to it, checks that overtake each other included."""

    def __init__(self) -> None:
        super().__init__()
        self.state = FIRST
        self.next: list[Action] = [CheckIn(0.0)]
        self.unacknowledged: InstallReport | None = None
        self.expected = FIRST.installed[-1].version

    def move(self, state: DeviceState, action: Action) -> None:
        self.state = state
        if not isinstance(action, GoOn):
            self.next.append(action)

    def take(self, kind: type[Action]) -> bool:
        for action in self.next:
            if isinstance(action, kind):
                self.next.remove(action)
                return True
        return False

    @precondition(lambda self: any(isinstance(action, CheckIn) for action in self.next))
    @rule(offer=offers, sign_in=st.none() | st.just(3.0), takes_offers=st.booleans())
    def a_due_check_is_answered(self, offer: OfferedUpdate | None, sign_in: float | None, takes_offers: bool) -> None:
        self.take(CheckIn)
        carried = self.state.report
        self.move(
            *answered(
                self.state,
                offer,
                next_check_seconds=60,
                carried=carried,
                sign_in_after=sign_in,
                takes_offers=takes_offers,
            )
        )
        self.unacknowledged = None

    @precondition(lambda self: any(isinstance(action, CheckIn) for action in self.next))
    @rule(jitter=st.floats(0, 1, exclude_max=True), retry_after=st.none() | st.floats(0, 1000))
    def a_due_check_is_not_answered(self, jitter: float, retry_after: float | None) -> None:
        self.take(CheckIn)
        self.move(*not_answered(self.state, jitter=jitter, retry_after=retry_after))

    @precondition(lambda self: self.state.phase in {Phase.DOWNLOADING, Phase.INSTALLING})
    @rule(offer=offers)
    def another_check_is_answered_while_the_device_is_at_work(self, offer: OfferedUpdate | None) -> None:
        before = self.state.offer
        self.move(*answered(self.state, offer, next_check_seconds=60))
        assert self.state.offer is before

    @precondition(lambda self: self.state.phase is Phase.REPORTING)
    @rule(offer=offers)
    def a_check_from_before_the_restart_is_answered(self, offer: OfferedUpdate | None) -> None:
        state, action = answered(self.state, offer, next_check_seconds=60, carried=None)
        assert state.report == self.state.report
        assert isinstance(action, GoOn)
        self.state = state

    @precondition(lambda self: self.state.phase is Phase.OFFERED)
    @rule()
    def the_download_begins(self) -> None:
        assert self.take(Download)
        self.state = download_began(self.state)

    @precondition(lambda self: self.state.phase is Phase.DOWNLOADING)
    @rule()
    def the_download_ends(self) -> None:
        self.move(*downloaded(self.state))

    @precondition(lambda self: self.state.phase is Phase.DOWNLOADING)
    @rule()
    def the_download_fails(self) -> None:
        self.move(*download_failed(self.state, next_check_seconds=60))

    @precondition(lambda self: self.state.phase is Phase.INSTALLING)
    @rule(succeeded=st.booleans())
    def the_installation_ends(self, succeeded: bool) -> None:
        assert self.take(Install)
        assert self.state.offer is not None
        if succeeded:
            self.expected = self.state.offer.modules[0].version
        self.move(*install_ended(self.state, succeeded=succeeded, at=AT))
        self.unacknowledged = self.state.report

    @invariant()
    def exactly_one_thing_is_ahead(self) -> None:
        under_way = self.state.phase is Phase.DOWNLOADING
        assert len(self.next) + under_way == 1

    @invariant()
    def an_offer_is_known_exactly_while_it_is_worked_on(self) -> None:
        at_work = self.state.phase in {Phase.OFFERED, Phase.DOWNLOADING, Phase.INSTALLING}
        assert (self.state.offer is not None) == at_work

    @invariant()
    def a_report_is_kept_until_a_check_that_carried_it_was_answered(self) -> None:
        assert self.state.report == self.unacknowledged

    @invariant()
    def only_a_successful_installation_changes_what_runs(self) -> None:
        assert [module.version for module in self.state.installed] == [self.expected]


TestOneDevice = OneDevice.TestCase
TestOneDevice.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def installing(offer: OfferedUpdate) -> DeviceState:
    state, action = answered(FIRST, offer, next_check_seconds=60)
    assert isinstance(action, Download)
    state, action = downloaded(download_began(state))
    assert isinstance(action, Install)
    return state


def test_an_update_that_failed_is_tried_again_at_the_check_after_the_one_that_reports_it() -> None:
    state, action = install_ended(installing(OFFERS[0]), succeeded=False, at=AT, code="1", message="no space")
    assert action == CheckIn(0.0)
    state, action = answered(state, OFFERS[0], next_check_seconds=60, carried=state.report)
    assert action == CheckIn(60)
    _, action = answered(state, OFFERS[0], next_check_seconds=60)
    assert isinstance(action, Download)


def test_another_update_is_taken_up_at_once_after_a_failed_one() -> None:
    state, _ = install_ended(installing(OFFERS[0]), succeeded=False, at=AT)
    state, action = answered(state, OFFERS[1], next_check_seconds=60, carried=state.report)
    assert isinstance(action, Download)
    assert state.offer == OFFERS[1]


def test_a_report_names_version_code_message_and_time() -> None:
    state, _ = install_ended(installing(OFFERS[1]), succeeded=False, at=AT, code="0x80070070", message="No space.")
    assert state.report == InstallReport(
        succeeded=False, version=Version.parse("4.0.7577.4387"), code="0x80070070", message="No space.", time=AT
    )


def test_modules_that_an_update_does_not_replace_stay() -> None:
    state, _ = install_ended(installing(offer_of("2.0", "Other.nbt")), succeeded=True, at=AT)
    assert [(module.file_name, module.version.text) for module in state.installed] == [
        ("CPE.nbt", "1.0.522.101"),
        ("Other.nbt", "2.0"),
    ]


def test_a_check_without_news_leaves_the_shared_state_as_it_is() -> None:
    state, action = answered(FIRST, None, next_check_seconds=86400)
    assert state is FIRST
    assert action == CheckIn(86400)


def test_somebody_signs_in_once_after_each_start() -> None:
    state, action = answered(FIRST, None, next_check_seconds=60, sign_in_after=7)
    assert action == CheckIn(7)
    state, action = answered(state, None, next_check_seconds=60, sign_in_after=7)
    assert action == CheckIn(60)
    state, _ = answered(state, OFFERS[0], next_check_seconds=60, sign_in_after=7)
    state, _ = downloaded(download_began(state))
    state, _ = install_ended(state, succeeded=True, at=AT)
    assert not state.signed_in


@given(jitter=st.floats(0, 1, exclude_max=True), retry_after=st.floats(0, 1e6))
def test_a_retry_after_is_never_undercut_and_at_most_half_again(jitter: float, retry_after: float) -> None:
    _, action = not_answered(FIRST, jitter=jitter, retry_after=retry_after)
    assert isinstance(action, CheckIn)
    assert retry_after <= action.seconds <= retry_after * 1.5


@given(jitter=st.floats(0, 1, exclude_max=True))
def test_waits_grow_to_a_bound_while_nothing_answers(jitter: float) -> None:
    state, waits = FIRST, []
    for _ in range(50):
        state, action = not_answered(state, jitter=jitter)
        assert isinstance(action, CheckIn)
        waits.append(action.seconds)
    assert waits == sorted(waits)
    assert waits[0] <= 5
    assert LAST_RETRY_SECONDS / 2 <= waits[-1] <= LAST_RETRY_SECONDS


def test_events_out_of_place_are_faults() -> None:
    with pytest.raises(ValueError, match="idle cannot begin a download"):
        download_began(FIRST)
    with pytest.raises(ValueError, match="idle cannot end a download"):
        downloaded(FIRST)
    with pytest.raises(ValueError, match="idle cannot end a download"):
        download_failed(FIRST, next_check_seconds=60)
    with pytest.raises(ValueError, match="idle cannot end an installation"):
        install_ended(FIRST, succeeded=True, at=AT)
