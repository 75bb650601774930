"""What is dragged of devices is the devices, and nothing else is taken for them."""

from __future__ import annotations

import pytest
from tests.support.administration_samples import device, rule

from device_update_console.core.verbs.dragged_devices import read, written
from device_update_console.core.verbs.targets import VerbTargets
from device_update_contract.administration.devices import DeviceFilter

ORIGIN = "https://updates.contoso.com:8444"


def test_devices_arrive_as_they_were_dragged() -> None:
    devices = [device("1", label="Lobby \N{GRINNING FACE}"), device("2")]
    data = written(ORIGIN, VerbTargets(devices))
    assert data is not None
    assert read(data) == (ORIGIN, VerbTargets(devices))


def test_all_that_match_a_filter_arrive_as_the_filter_with_what_was_seen() -> None:
    matching = DeviceFilter(model="CX700")
    data = written(ORIGIN, VerbTargets(matching=matching, expected_count=1204))
    assert data is not None
    found = read(data)
    assert found is not None
    assert (found[1].matching, found[1].count) == (matching, 1204)
    assert found[1].devices_request().model_dump(exclude_unset=True) == {
        "filter": {"model": "CX700"},
        "expected_count": 1204,
    }


@pytest.mark.parametrize("items", [[], [rule()], [device()] * 1001], ids=["nothing", "a rule", "very many"])
def test_what_is_no_handful_of_devices_is_not_dragged(items: list[object]) -> None:
    assert written(ORIGIN, VerbTargets(items)) is None


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"origin": 5}', b'{"origin": "x", "devices": [{}]}'])
def test_what_others_drag_is_nothing_of_ours(data: bytes) -> None:
    assert read(data) is None
