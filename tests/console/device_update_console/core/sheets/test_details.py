"""What is shown of an item, and what goes into a ticket."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.administration_samples import MORNING, device, package, rule, sample_test_device, version
from tests.support.filled_service import filled_service

from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.sheets.details import Details, details_of, device_summary
from device_update_console.core.texts.formats import moment_text
from device_update_contract.administration.devices import DeviceWhy, LastInstall
from device_update_contract.administration.packages import FindingModel
from device_update_contract.administration.rules import PendingTest
from device_update_contract.administration.server import AccountModel, RefusedRequest


def rows(item: object) -> dict[str, str]:
    shown = details_of(item).rows
    assert len(dict(shown)) == len(shown), "no label stands twice"
    return dict(shown)


async def test_every_item_of_a_real_service_has_details_without_an_empty_row(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as service, service.client() as client:
        for definition in LISTS.values():
            async with aclosing(client.items(definition.endpoint, definition.item, query=definition.query())) as found:
                async for item in found:
                    shown = details_of(item)
                    assert shown.heading
                    assert shown.rows
                    assert all(label and value for label, value in shown.rows)
                    assert len(dict(shown.rows)) == len(shown.rows)


def test_a_device_says_first_why_it_is_in_its_status_and_what_comes_next() -> None:
    labels = [label for label, _ in details_of(device()).rows]
    assert labels[:4] == ["Why", "Next step", "Who acts", "Status"]
    assert rows(device())["Why"] == "Offered 4.0.7577.4387; no byte was sent yet."
    assert rows(device())["Who acts"] == "The device"
    assert rows(device())["Status"] == f"Offered, since {moment_text(MORNING)}"


def test_a_device_is_headed_by_the_name_that_people_gave_it() -> None:
    assert details_of(device(label="Lobby")).heading == "Lobby"
    assert details_of(device()).heading == "00-04-F2-00-01-76"
    assert details_of(device(mac=None)).heading == "07823-A345"
    assert details_of(device(mac=None, serial=None)).heading == "Device 1"


def test_bytes_and_the_last_installation_are_told_as_far_as_they_are_known() -> None:
    install = LastInstall(result="Failed", version="4.0", code="17", message="no room", at=MORNING)
    told = rows(device(bytes_sent=18_000_000, bytes_total=30_000_000, last_byte_at=MORNING, last_install=install))
    assert told["Bytes sent"] == f"18.0 MB of 30.0 MB, last byte {moment_text(MORNING)}"
    assert told["Last install"] == f"Failed 4.0, code 17, no room, {moment_text(MORNING)}"
    assert rows(device(bytes_total=5))["Bytes sent"] == "unknown"
    assert "Bytes sent" not in rows(device())


def test_a_note_keeps_its_lines_and_nothing_else_that_moves_the_text() -> None:
    assert rows(device(note="one\ntwo\u202e"))["Note"] == "one\ntwo\\u202e"
    assert "\n" not in details_of(device(label="a\nb")).heading


def test_a_rule_tells_each_version_with_who_put_it_there_and_how_the_test_went() -> None:
    told = rows(rule(restore=version("1.0"), pending_test=PendingTest(devices=4, offered=4, installed=3, failed=1)))
    assert told["Pending"] == f"4.0.7577.4387, since {moment_text(MORNING)} by ada, on 1 device"
    assert told["Approved"].startswith("1.0.522.101, ")
    assert told["Restore"].startswith("1.0, ")
    assert told["Test devices"] == "4: 4 offered, 3 installed, 1 failed"
    assert "Test devices" not in rows(rule(pending=None))


def test_findings_of_a_package_stand_before_all_else() -> None:
    finding = FindingModel(code="no-signature", severity="warning", text="CPE.nbt has no signature.")
    shown = details_of(package("a.cab", [finding]))
    assert shown.heading == "a.cab"
    assert shown.rows[0] == ("Finding 1", "Warning: CPE.nbt has no signature.")


def test_a_test_device_that_never_asked_says_so() -> None:
    assert rows(sample_test_device())["Last check"] == "It has not asked yet."


def test_what_was_refused_is_headed_by_why_and_tells_how_often() -> None:
    refused = RefusedRequest(
        id="1", kind="check", code="malformed-request", detail="The field Model is missing.", device=None,
        account=None, address="10.0.0.7", first_at=MORNING, last_at=MORNING, count=1, body="<a>\r\n</a>",
    )  # fmt: skip
    assert details_of(refused) == Details(
        "The field Model is missing.",
        (
            ("Times", f"once, {moment_text(MORNING)}"),
            ("Address", "10.0.0.7"),
            ("Code", "malformed-request"),
            ("Sent", "<a>\n</a>"),
        ),
    )
    assert rows(refused.model_copy(update={"count": 3}))["Times"].startswith("3 times, from ")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "yes"),
        ({"enabled": False}, "no, it is disabled"),
        ({"locked_until": MORNING}, f"not before {moment_text(MORNING)}"),
        ({"enabled": False, "locked_until": MORNING}, "no, it is disabled"),
    ],
)
def test_an_account_says_first_whether_it_can_sign_in(changes: dict[str, object], told: str) -> None:
    fields = {"name": "bob", "role": "operator", "enabled": True, "created_at": MORNING, "last_sign_in_at": None}
    account = AccountModel.model_validate({**fields, "locked_until": None, **changes})
    assert details_of(account).rows[0] == ("Can sign in", told)
    assert rows(account)["Last sign-in"] == "never"


def test_what_is_no_item_of_a_list_is_refused() -> None:
    with pytest.raises(TypeError):
        details_of("a text")


def test_the_summary_of_a_device_is_six_lines_that_a_ticket_needs() -> None:
    lines = device_summary(device(label="Lobby", location="Berlin", next_check_expected_at=MORNING))
    at = moment_text(MORNING)
    assert lines == (
        "Device: UCPhone Polycom CX700 A ENU, MAC 00-04-F2-00-01-76, serial 07823-A345, Lobby",
        "User: kenmyer@contoso.com, 10.0.0.7, Berlin",
        "Installed: 1.0.522.101, offered 4.0.7577.4387",
        f"Status: Offered, since {at}, last check {at}",
        "Why: Offered 4.0.7577.4387; no byte was sent yet.",
        f"Next: It asks again about 14:10. It is to ask again at {at}.",
    )


@given(st.text(max_size=30), st.text(max_size=30), st.none() | st.text(max_size=30))
def test_a_summary_has_six_plain_lines_whatever_devices_and_people_wrote(
    why: str, step: str, label: str | None
) -> None:
    reason = DeviceWhy(code="x", text=why, since=None, who_acts="device", next_step=step)
    bare = device(mac=None, serial=None, user=None, address=None, installed_version=None, label=label, why=reason)
    lines = device_summary(bare)
    assert len(lines) == 6
    assert len("\n".join(lines).splitlines()) == 6


def test_a_pending_version_without_a_test_device_of_its_class_is_said_to_have_none() -> None:
    assert rows(rule(pending_test=PendingTest(devices=0)))["Test devices"] == "none of this device class"
    tested = rule(pending_test=PendingTest(devices=2, offered=1, installed=1))
    assert rows(tested)["Test devices"] == "2: 1 offered, 1 installed, 0 failed"
