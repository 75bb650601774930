"""The verbs on devices and test devices: what is asked, and what a real service makes of what is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.administration_samples import device
from tests.support.filled_service import FilledService, filled_service

from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.failures import NotPermitted, RefusedByService
from device_update_console.core.sheets.device_sheet import change_devices, field_values, general_facts, may_change
from device_update_console.core.verbs import device_verbs
from device_update_console.core.verbs.targets import VerbTargets
from device_update_contract.administration.base import Page
from device_update_contract.administration.devices import Device, DeviceFilter, DeviceQuery, TestDevice
from device_update_contract.administration.endpoints import LIST_DEVICES, LIST_TEST_DEVICES
from device_update_contract.administration.roles import PERMISSIONS, Role

GONE = device("99", mac="00-04-F2-00-00-99", label=None)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[FilledService]:
    async with filled_service(tmp_path) as one:
        yield one


async def _devices(client: AdministrationClient) -> dict[str, Device]:
    page = await client.ask(LIST_DEVICES, Page[Device], query=DeviceQuery(sort="id"))
    return {item.id: item for item in page.items}


async def _test_devices(client: AdministrationClient) -> list[TestDevice]:
    return (await client.ask(LIST_TEST_DEVICES, Page[TestDevice])).items


def test_before_devices_are_forgotten_it_is_said_what_is_lost_and_which_they_are() -> None:
    question = device_verbs.remove_question(VerbTargets([device("1", label="Lobby"), GONE]))
    assert question.question == "Remove 2 devices with what is known of them?"
    assert question.lines == ("Lobby", "00-04-F2-00-00-99")
    assert "history" in question.effects[0]
    assert device_verbs.remove_question(VerbTargets([GONE])).question.startswith("Remove 00-04-F2-00-00-99 with")


def test_a_verb_on_all_that_match_says_so() -> None:
    targets = VerbTargets(matching=DeviceFilter(model="CX700"), expected_count=1204)
    question = device_verbs.retire_question(targets)
    assert question.question == "Mark 1,204 devices as retired?"
    assert question.lines == ()
    assert question.warnings == ("This is done to all that match the filter, not only to those in view.",)


async def test_removing_devices_tells_how_many_went_and_which_were_not_there(service: FilledService) -> None:
    async with service.client() as anna:
        known = await _devices(anna)
        outcome = await device_verbs.remove_devices(anna, VerbTargets([known["2"], known["3"], GONE]))
        assert outcome.summary == "2 devices were removed. 1 was not changed."
        assert outcome.lines[1] == "00-04-F2-00-00-99: There is no such device. (not-found)"
        assert set(await _devices(anna)) == {"1", "4"}


async def test_all_that_match_a_filter_are_retired_in_one_request_but_never_more_than_were_seen(
    service: FilledService,
) -> None:
    async with service.client() as anna:
        targets = VerbTargets(matching=DeviceFilter(model="CX700"), expected_count=3)
        outcome = await device_verbs.retire_devices(anna, targets)
        assert outcome.summary == "3 devices were retired."
        with pytest.raises(RefusedByService) as refused:
            await device_verbs.remove_devices(anna, VerbTargets(matching=DeviceFilter(), expected_count=3))
        assert refused.value.code == "count-changed"


async def test_retired_devices_are_brought_back_and_others_are_left_alone(service: FilledService) -> None:
    async with service.client() as anna:
        steps: list[tuple[int, int]] = []
        known = await _devices(anna)
        outcome = await device_verbs.bring_back(
            anna, list(known.values()), lambda done, total: steps.append((done, total))
        )
        assert outcome.summary == "1 device was brought back."
        assert all(each.retired_at is None for each in (await _devices(anna)).values())


async def test_devices_become_test_devices_and_ordinary_again(service: FilledService) -> None:
    async with service.client() as anna:
        known = await _devices(anna)
        outcome = await device_verbs.use_as_test_devices(anna, VerbTargets([known["1"], known["2"]]))
        assert outcome.summary == "1 device is a test device now. 1 was not changed."
        assert "(identifier-taken)" in outcome.lines[1]
        test_devices = await _test_devices(anna)
        assert {each.name for each in test_devices} == {"Reception \N{GRINNING FACE}", "Lobby"}
        question = device_verbs.remove_test_devices_question(test_devices)
        assert question.question == "Remove 2 test devices from the test devices?"
        outcome = await device_verbs.remove_test_devices(anna, test_devices, lambda _done, _total: None)
        assert outcome.summary == "2 test devices were removed."
        assert await _test_devices(anna) == []


async def test_a_change_is_made_to_each_of_several_devices_and_each_refusal_is_a_line(service: FilledService) -> None:
    async with service.client() as anna:
        known = await _devices(anna)
        saved = await change_devices(anna, [known["1"], known["2"], GONE], {"location": "Munich", "label": None})
        assert saved.refused == ("00-04-F2-00-00-99: There is no such device. (not-found)",)
        now = await _devices(anna)
        assert [(now[each].location, now[each].label) for each in ("1", "2")] == [("Munich", None)] * 2
        assert now["2"].note == "rings\nat night"


async def test_help_desk_may_change_the_note_alone(service: FilledService) -> None:
    allowed = may_change(PERMISSIONS[Role.HELP_DESK])
    assert [name for name in field_values([GONE]) if allowed(name)] == ["note"]
    async with service.client(Role.HELP_DESK) as helen:
        known = await _devices(helen)
        await change_devices(helen, [known["1"]], {"note": "asked twice"})
        with pytest.raises(NotPermitted):
            await change_devices(helen, [known["1"]], {"label": "Lobby"})


def test_a_device_s_sheet_begins_with_why_and_what_comes_next() -> None:
    rows = general_facts(device()).rows
    assert [label for label, _ in rows[:4]] == ["Why", "Since", "Who acts", "Next step"]
