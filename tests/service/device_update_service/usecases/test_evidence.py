"""An empty list says what is known instead: the service's own facts, each with the list that shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.support.log_uploads import send_log
from tests.support.running_services import RunningService, running_service

from device_update_contract.administration.devices import DeviceFilter, ManyDevicesRequest, NewTestDevice
from device_update_contract.administration.evidence import EvidenceQuery, LinkedStatement
from device_update_contract.refusals import Refusal
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks.refused_request_records import Refused, record_refusals
from device_update_service.usecases.devices import remove_devices
from device_update_service.usecases.evidence import show_evidence
from device_update_service.usecases.outcomes import Actor
from device_update_service.usecases.sign_ins import kind_of
from device_update_service.usecases.test_devices import add_test_device

MAC, SERIAL, USER = "00-04-F2-00-01-76", "07823-A345", "kenmyer@contoso.com"
ACTOR = Actor("otto")
_CHECK = """<Request><DeviceType>UCPhone</DeviceType><MacAddress>{mac}</MacAddress><SerialNumber>{serial}</SerialNumber>
<Vendor>Polycom</Vendor>{model}<Revision>A</Revision><Locale>ENU</Locale><UserId>{user}</UserId></Request>"""


class Asked:
    """A service that devices asked, and what it knows."""

    def __init__(self, service: RunningService) -> None:
        self.service = service.parts.service
        self.running = service

    async def check(self, mac: str = "", *, serial: str = "", user: str = "", model: str = "CX700") -> None:
        """A check, durable when it returns; without a model it is refused."""
        told = f"<Model>{model}</Model>" if model else ""
        body = _CHECK.format(mac=mac, serial=serial, user=user, model=told)
        async with self.running.client.post(
            f"{self.running.internal}/RequestHandler/ucdevice.upx",
            data=body.encode(),
            headers={"Content-Type": "text/xml"},
        ) as answer:
            assert answer.status == (200 if model else 400)
        await self.service.write(lambda: None)

    async def refuse_sign_in(self, account: str, address: str, count: int) -> None:
        at = to_milliseconds(self.service.clock())
        refused = Refused(kind_of("external"), "wrong-password", "Wrong password.", "", account, address, at, None)
        await self.service.write(partial(record_refusals, [refused] * count))

    async def remove(self, **wanted: Any) -> None:
        request = ManyDevicesRequest(filter=DeviceFilter(**wanted), expected_count=10)
        await self.service.change(partial(remove_devices, request, actor=ACTOR, now=self.service.clock()))

    async def known(self, **query: Any) -> list[LinkedStatement]:
        asked = EvidenceQuery.model_validate(query)
        return (await self.service.read(partial(show_evidence, asked, self.service.update_log_search))).evidence

    async def codes(self, **query: Any) -> list[str]:
        return [fact.code for fact in await self.known(**query)]

    async def one(self, code: str, **query: Any) -> LinkedStatement:
        [fact] = [fact for fact in await self.known(**query) if fact.code == code]
        return fact


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Asked]:
    async with running_service(tmp_path) as service:
        yield Asked(service)


async def test_of_a_text_that_nobody_knows_it_is_told_that_no_device_with_it_ever_asked(asked: Asked) -> None:
    [fact] = await asked.known(search=" zq17 ")
    assert (fact.code, fact.text) == ("never-asked", "No device with zq17 ever asked this pool.")
    assert fact.link is None


@pytest.mark.parametrize(
    "search", ["4F2", "00:04:f2:00:01:76", "0004.F200.0176", "-76", "00-", "76", "F20", "f2-00-01", "4F20001"]
)
async def test_refused_requests_that_name_the_device_are_told_with_whence_and_why(asked: Asked, search: str) -> None:
    for _ in range(3):
        await asked.check(MAC, model="")
    fact = await asked.one("refused-requests", search=search)
    assert fact.parameters["count"] == 3
    assert fact.parameters["address"] == "127.0.0.1"
    assert fact.text.startswith("3 refused requests from 127.0.0.1 since ")
    assert fact.text.endswith("The field Model is missing.")
    assert fact.link is not None
    assert fact.link.list == "refused-requests"
    assert fact.link.filter["address"] == "127.0.0.1"


async def test_refused_requests_are_found_by_their_address_and_those_of_others_are_not(asked: Asked) -> None:
    await asked.check(MAC, model="")
    assert await asked.codes(search="127.0.0.1") == ["never-asked", "refused-requests"]
    assert await asked.codes(address="127.0.0.1") == ["never-asked", "refused-requests"]
    assert await asked.codes(search="127.0.0.2") == ["never-asked"]
    assert await asked.codes(search="field") == ["never-asked"], "what every sentence says names nothing"


async def test_of_many_senders_three_are_named_and_the_others_counted(asked: Asked) -> None:
    for number in range(5):
        await asked.refuse_sign_in("CONTOSO\\kenmyer", f"10.3.1.{number}", number + 1)
    facts = await asked.known(search="kenmyer")
    assert [fact.code for fact in facts] == ["never-asked", *["refused-sign-ins"] * 3, "more-refused-sign-ins"]
    assert facts[1].text.startswith("5 refused sign-ins of CONTOSO\\kenmyer from 10.3.1.4 since ")
    assert facts[1].text.endswith(": Wrong password.")
    assert facts[-1].text == "3 more refused sign-ins from other addresses."
    assert facts[1].link is not None
    assert facts[1].link.filter == {"account": "CONTOSO\\kenmyer", "address": "10.3.1.4"}


async def test_a_device_that_other_filters_hide_is_told_with_the_filter_that_hides_it(asked: Asked) -> None:
    await asked.check(MAC)
    [fact] = await asked.known(search="4F2", status="install-failed", model="CX700")
    assert fact.text == "1 device with 4F2, but none with status install-failed."
    assert fact.parameters["hidden_by"] == {"status": "install-failed"}
    assert fact.link is not None
    assert (fact.link.list, fact.link.filter) == ("devices", {"search": "4F2"})


async def test_filters_that_no_device_fulfils_together_are_all_named(asked: Asked) -> None:
    await asked.check(MAC, model="CX700")
    await asked.check("00-04-F2-00-01-77", model="CX600", user=USER)
    fact = await asked.one("filtered-away", search="4F2", model="CX700", user=USER)
    assert fact.text == f"2 devices with 4F2, but none with model CX700, user {USER}."
    fact = await asked.one("filtered-away", model="CX700", test_device=True)
    assert fact.text == "1 device with model CX700, but none with test device true."
    assert await asked.codes(model="none", vendor="nobody") == []


async def test_a_text_in_another_field_is_told(asked: Asked) -> None:
    await asked.check(MAC, model="CX700")
    fact = await asked.one("with-field", search="cx700")
    assert fact.text == "1 device has cx700 in the field model."
    assert fact.link is not None
    assert fact.link.filter == {"model": "cx700"}
    assert (await asked.one("with-field", search="No-Rule")).link is not None


async def test_test_devices_that_never_asked_are_told_and_so_is_who_a_name_belongs_to(asked: Asked) -> None:
    await asked.check(MAC)
    for name, mac in (("Lobby", MAC), ("Reception", "00-04-F2-99-00-01")):
        new = NewTestDevice(name=name, identifier_type="mac", identifier=mac)
        await asked.service.change(partial(add_test_device, new, actor=ACTOR, now=asked.service.clock()))
    never = await asked.one("test-device-never-asked", search="f299")
    assert never.text == "The test device Reception, 00-04-F2-99-00-01, never asked."
    known = await asked.one("test-device", search="lobby")
    assert known.text == f"The test device Lobby is {MAC}."
    assert known.link is not None
    assert known.link.filter == {"search": MAC}


async def test_a_removed_device_is_told_with_who_removed_it_and_its_checks(asked: Asked) -> None:
    await asked.check(MAC, user=USER)
    await asked.remove(search=MAC)
    facts = await asked.known(search="0176")
    assert [fact.code for fact in facts] == ["unknown-device", "device-removed", "checks-of-removed-device"]
    assert facts[1].text.startswith(f"otto removed the device {MAC} on ")
    assert facts[2].text.startswith("1 check of a device that was removed since, from 127.0.0.1 on ")
    assert facts[2].link is not None
    assert (facts[2].link.list, facts[2].link.filter) == ("update-log", {"search": "0176"})


async def test_one_of_many_that_were_removed_at_once_is_found(asked: Asked) -> None:
    await asked.check(MAC)
    await asked.check(serial=SERIAL)
    await asked.remove(model="CX700")
    assert (await asked.one("device-removed", search=SERIAL.lower())).parameters["identifier"] == SERIAL
    assert (await asked.one("device-removed", search="0004f2000176")).parameters["identifier"] == MAC


async def test_checks_without_identifiers_and_earlier_users_are_told(asked: Asked) -> None:
    await asked.check(user=USER)
    await asked.check(MAC, user="ann@contoso.com")
    await asked.check(MAC, user="bob@contoso.com")
    nobody = await asked.one("checks-without-identifiers", search="kenmyer")
    assert nobody.text.startswith("1 check without identifiers, from 127.0.0.1 on ")
    other = await asked.one("checks-of-other-device", search="ann@contoso.com")
    assert other.text.startswith(f"The device {MAC} told ann@contoso.com before, ")
    assert other.link is not None
    assert other.link.filter == {"search": MAC}


async def test_a_file_name_or_a_reason_in_the_update_log_says_nothing_of_a_device(asked: Asked) -> None:
    await asked.check(MAC)
    assert await asked.codes(search="device-class") == ["never-asked"]


async def test_a_log_of_a_sender_without_a_record_is_told(asked: Asked) -> None:
    await send_log(asked.running, b"power on", mac="00-04-F2-77-00-01")
    fact = await asked.one("logs-without-device", search="f2-77")
    assert fact.text.startswith("1 device log of a sender without a record, from 127.0.0.1 on ")
    assert fact.link is not None
    assert fact.link.list == "device-logs"


async def test_what_can_be_no_mac_address_is_told_first(asked: Asked) -> None:
    facts = await asked.known(search="4G2")
    assert [fact.code for fact in facts] == ["no-mac-part", "never-asked"]
    assert facts[0].text == "4G2 is no part of a MAC address: its digits are 0 to 9 and A to F, not G."


async def test_a_device_that_is_known_is_never_said_not_to_be(asked: Asked) -> None:
    await asked.check(MAC)
    assert await asked.codes(search="4F2") == ["known-device"]
    await asked.check("00-04-F2-00-01-77")
    assert await asked.codes(search="4F2") == ["known-devices"]


async def test_an_empty_list_of_logs_says_since_when_they_are_kept_and_whether_the_device_is_known(
    asked: Asked,
) -> None:
    await asked.check(MAC)
    facts = await asked.known(sought_in="device-logs", device="1")
    assert [fact.code for fact in facts] == ["known-device", "logs-kept"]
    assert facts[0].text.startswith(f"The device {MAC} is known; it asked last on ")
    assert facts[1].text == "Device logs are kept for 10 days; none is kept now."
    await send_log(asked.running, b"power on", mac=MAC)
    facts = await asked.known(sought_in="device-logs", device="1", type="Watson")
    assert [fact.code for fact in facts] == ["logs-filtered-away", "known-device", "last-log-sent", "logs-kept"]
    assert facts[0].text == f"1 device log with {MAC}, but none with type Watson."
    assert facts[-1].text.startswith("Device logs are kept for 10 days; the oldest that is kept came on ")
    assert await asked.codes(sought_in="device-logs", search="f200", type="Watson") == [
        "logs-filtered-away",
        "logs-kept",
    ]


async def test_logs_that_were_refused_are_told_where_the_list_of_a_device_is_empty(asked: Asked) -> None:
    await asked.check(MAC)
    await send_log(asked.running, b"x", mac=MAC, file_name="boot.exe")
    await asked.service.write(lambda: None)
    fact = await asked.one("refused-requests", sought_in="device-logs", device="1")
    assert fact.text.endswith("Logs with the extension '.exe' are not stored here.")


async def test_an_empty_update_log_says_since_when_checks_are_kept_and_whether_the_device_is_known(
    asked: Asked,
) -> None:
    assert await asked.codes(sought_in="update-log") == ["update-log-kept"]
    assert (await asked.known(sought_in="update-log"))[0].text == "Checks are kept for 10 days; none is kept now."
    await asked.check(MAC)
    facts = await asked.known(sought_in="update-log", device="1", reason="rolled-back")
    assert [fact.code for fact in facts] == ["checks-filtered-away", "known-device", "update-log-kept"]
    assert facts[0].text == f"1 check with {MAC}, but none with reason rolled-back."
    assert "the oldest that is kept was on" in facts[-1].text
    assert await asked.codes(sought_in="update-log", search="zq9") == ["never-asked", "update-log-kept"]


async def test_a_filter_that_cannot_be_read_is_refused_as_in_the_list(asked: Asked) -> None:
    with pytest.raises(Refusal, match="neither an IP address nor a network"):
        await asked.known(search="4F2", address="nowhere")


@pytest.mark.parametrize(
    "search", ["%", "_", "'", '"', "\\", "* OR x", "\N{GRINNING FACE}", "a" * 300, "\x01", "-", "76"]
)
async def test_any_text_can_be_asked_for(asked: Asked, search: str) -> None:
    await asked.check(MAC, model="")
    for sought_in in ("devices", "device-logs", "update-log"):
        assert [fact.text for fact in await asked.known(search=search, sought_in=sought_in)]
