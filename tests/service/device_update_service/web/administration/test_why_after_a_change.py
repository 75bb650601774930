"""Whoever asks why a device has not updated is told what was decided since the device asked."""

from __future__ import annotations

from pathlib import Path

from tests.support.filled_service import NEW, NEWEST, filled_service

from device_update_contract.administration.base import Page
from device_update_contract.administration.devices import Device
from device_update_contract.administration.endpoints import APPROVE_RULES, LIST_DEVICES, SHOW_DEVICE
from device_update_contract.administration.rules import RuleReference, RuleVerbAnswer, RuleVerbRequest

_MAC = "00-04-F2-00-00-02"


async def test_an_approval_is_told_at_once_and_the_device_acts_next(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as filled, filled.client() as client:
        await client.sign_in()
        before = await client.ask(SHOW_DEVICE, Device, path={"id": "2"})
        assert (before.why.who_acts, "Since it asked" in before.why.text) == ("nobody", False)
        approve = RuleVerbRequest(rules=[RuleReference(id="1")])
        assert (await client.ask(APPROVE_RULES, RuleVerbAnswer, body=approve)).changed
        shown = await client.ask(SHOW_DEVICE, Device, path={"id": "2"})
        assert (shown.status, shown.why.who_acts) == ("up-to-date", "device")
        assert shown.why.text.startswith(f"Version {NEW} is installed;")
        assert f"Since it asked this has changed: Version {NEWEST} is approved for this device." in shown.why.text
        listed = await client.ask(LIST_DEVICES, Page[Device])
        assert next(device for device in listed.items if device.id == "2").why.text == shown.why.text
        await filled.check(_MAC, installed=NEW)
        offered = await client.ask(SHOW_DEVICE, Device, path={"id": "2"})
        assert (offered.status, "Since it asked" in offered.why.text) == ("offered", False)
