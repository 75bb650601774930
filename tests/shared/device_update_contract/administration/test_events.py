from __future__ import annotations

import pytest

from device_update_contract.administration.events import RESYNC, Event


@pytest.mark.parametrize(("name", "tells"), [("rules-changed", True), (RESYNC, True), ("devices-changed", False)])
def test_whoever_waits_for_an_event_is_told_too_that_it_may_have_been_missed(name: str, tells: bool) -> None:
    event = Event(id=1, event=name, data={})
    assert event.tells_of("rules-changed", "package-imported") is tells


@pytest.mark.parametrize(
    ("data", "ids"), [({"ids": ["1", 2]}, ["1", "2"]), ({"ids": []}, []), ({"ids": None}, None), ({}, None)]
)
def test_ids_that_are_not_told_are_none(data: dict[str, object], ids: list[str] | None) -> None:
    assert Event(id=1, event="rules-changed", data=data).ids == ids
