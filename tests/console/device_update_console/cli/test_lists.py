"""Lists print all pages joined, filters are sent, and `--json` prints the API's own answer."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.support.administration_samples import device, rule
from tests.support.administration_stand_in import StandIn
from tests.support.command_line import Finished

from device_update_contract.administration.base import Page
from device_update_contract.administration.devices import Device
from device_update_contract.administration.endpoints import LIST_DEVICES, LIST_RULES, SHOW_RULE
from device_update_contract.administration.rules import Rule

DeviceUpdate = Callable[..., Finished]


def test_pages_are_joined_into_one_table_with_aligned_columns(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(LIST_RULES, Page[Rule](items=[rule("1"), rule("222")], next="c1"), Page[Rule](items=[rule("3")]))
    lines = device_update("rules").stdout.decode().splitlines()
    assert [line.split()[0] for line in lines] == ["ID", "1", "222", "3"]
    assert {line.index("CX700") for line in lines[1:]} == {lines[0].index("Model")}
    assert [asked.query.get("after") for asked in service.asked_of(LIST_RULES)] == [None, "c1"]


def test_an_empty_list_is_said_in_a_sentence(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(LIST_RULES, Page[Rule](items=[]))
    assert device_update("rules").stdout == b"There are no such rules.\n"


def test_given_filters_are_sent_and_no_others(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(LIST_RULES, Page[Rule](items=[]))
    device_update("rules", "--state", "pending", "--brand", "Polycom & Sons", "--version", "4.0")
    query = dict(service.asked_of(LIST_RULES)[0].query)
    assert query.pop("limit") == "1000"
    assert query == {"state": "pending", "brand": "Polycom & Sons", "version": "4.0"}


def test_json_of_one_page_is_byte_for_byte_what_the_api_sent(service: StandIn, device_update: DeviceUpdate) -> None:
    item = rule().model_dump_json()[:-1] + ', "from_a_newer_service": 1.50}'
    sent = b'{ "items" : [' + item.encode() + b'], "next":null,"total":1,"total_at_least":1, "more": "\xc3\xa9"}'
    service.lay(LIST_RULES, sent)
    assert device_update("--json", "rules").stdout == sent + b"\n"


def test_json_of_several_pages_is_one_answer_with_every_field_of_every_item(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    pages = [
        {"items": [{**rule("1").model_dump(mode="json"), "from_a_newer_service": "\u00e9\ud800"}], "next": "c1"},
        {"items": [rule("2").model_dump(mode="json")], "next": None, "total": 2, "total_at_least": 2},
    ]
    service.lay(LIST_RULES, *(json.dumps(page).replace("\\ud800", "").encode() for page in pages))
    printed = json.loads(device_update("--json", "rules").stdout)
    assert [item["id"] for item in printed["items"]] == ["1", "2"]
    assert printed["items"][0]["from_a_newer_service"] == "\u00e9"
    assert {**printed, "items": None} == {"items": None, "next": None, "total": 2, "total_at_least": 2}


def test_json_of_one_answer_is_byte_for_byte_what_the_api_sent(service: StandIn, device_update: DeviceUpdate) -> None:
    sent = rule().model_dump_json(indent=3).encode()
    service.lay(SHOW_RULE, sent)
    assert device_update("--json", "rule", "1").stdout == sent + b"\n"


def test_text_of_a_device_cannot_control_the_terminal(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(LIST_DEVICES, Page[Device](items=[device(user="eve\x1b[2J\u202e\nroot")]))
    printed = device_update("devices").stdout
    assert b"eve\\x1b[2J\\u202e\\nroot" in printed
    assert b"\x1b" not in printed


def test_a_cursor_that_leads_in_a_circle_ends_the_list_instead_of_going_on_forever(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    service.lay(LIST_RULES, Page[Rule](items=[rule()], next="c1"))
    finished = device_update("rules")
    assert finished.exit_code == 3
    assert "again and again" in finished.stderr
