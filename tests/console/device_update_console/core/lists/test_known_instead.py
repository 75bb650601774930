"""What is known instead of an empty list, and what changed, in both languages and with links that lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.filled_service import OLD, TEST_DEVICE, filled_service

from device_update_console.core.filters.device_finding import find_devices
from device_update_console.core.lists.known_instead import fact_text, lines_instead
from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.lists.recent_changes import change_text, line_of_changes
from device_update_console.core.lists.told_lines import node_link, plain
from device_update_console.core.texts.language import choose, language_of
from device_update_console.core.window.node_links import NodeLink
from device_update_console.core.window.scope_tree import NodeKind
from device_update_contract.administration.evidence import LinkedStatement, ListLink
from device_update_contract.administration.roles import Role
from device_update_contract.empty_lists import EMPTY_LIST_SENTENCES, EmptyListCode, empty_list_sentence
from device_update_contract.recent_changes import RECENT_CHANGE_SENTENCES, RecentChangeCode, recent_change_text
from device_update_contract.sentences import PARAMETER_KINDS, ParameterKind, named_parameters

DEVICES = LISTS[NodeKind.DEVICES]
SAMPLES: dict[ParameterKind, str | int] = {
    ParameterKind.TEXT: "4F2",
    ParameterKind.NUMBER: 3,
    ParameterKind.DATE_TIME: "2026-05-03T07:10:00Z",
}
OWN_WORDS = {"hidden_by": {"status": "install-failed"}, "shown_by": {"model": "CX700"}, "field": "asset tag"}


@pytest.fixture
def german() -> Iterator[None]:
    choose(language_of("de"))
    yield
    choose(language_of("en"))


def sampled(template: str) -> dict[str, object]:
    told: dict[str, object] = {name: SAMPLES[PARAMETER_KINDS[name]] for name in named_parameters(template)}
    return {**told, **OWN_WORDS} if told.keys() & {"filter", "shown", "field"} else told


@pytest.mark.parametrize("code", EmptyListCode)
def test_every_fact_is_said_in_german_and_no_word_of_it_in_english(german: None, code: EmptyListCode) -> None:
    for template in EMPTY_LIST_SENTENCES[code]:
        parameters = sampled(template)
        fact = LinkedStatement(code=code, parameters=parameters, text=empty_list_sentence(code, parameters))
        said = fact_text(fact)
        assert said != fact.text
        assert "{" not in said
        assert [word for word in (" the ", " with ", "install-failed", "asset tag") if word in said] == []


@pytest.mark.parametrize("code", RecentChangeCode)
def test_every_change_is_said_in_german(german: None, code: RecentChangeCode) -> None:
    for template in RECENT_CHANGE_SENTENCES[code]:
        parameters = sampled(template)
        change = LinkedStatement(code=code, parameters=parameters, text=recent_change_text(code, parameters))
        assert change_text(change) != change.text
        assert "{" not in change_text(change)


def test_what_a_newer_service_knows_is_said_as_it_says_it() -> None:
    assert fact_text(LinkedStatement(code="dreamed-of", text="Somebody dreamed of it.")) == "Somebody dreamed of it."
    assert change_text(LinkedStatement(code="dreams", text="3 dreams")) == "3 dreams"
    assert fact_text(LinkedStatement(code="never-asked", text="No device.")) == "No device."


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        (ListLink(list="devices", filter={"search": "4F2"}), NodeLink(NodeKind.DEVICES, (("search", "4F2"),))),
        (
            ListLink(list="rules", filter={"state": "deployed", "search": "4.0"}),
            NodeLink(NodeKind.DEPLOYED_UPDATES, (("search", "4.0"),)),
        ),
        (ListLink(list="rules", filter={"state": "empty"}), None),
        (ListLink(list="dreams"), None),
        (ListLink(list="console"), None),
        (ListLink(list="devices", filter={"dream": "1"}), None),
        (None, None),
    ],
)
def test_a_link_leads_to_a_node_that_can_be_filtered_so_or_nowhere(
    link: ListLink | None, leads_to: NodeLink | None
) -> None:
    assert node_link(link) == leads_to


async def test_an_empty_list_of_a_real_service_is_told_of_with_links(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as service, service.client(Role.HELP_DESK) as client:
        await service.send(b"<Request><MacAddress>00-04-F2-99-99-99</MacAddress></Request>")
        lines = await lines_instead(client, DEVICES, {"search": "f29999", "status": ""})
        assert plain(lines[0]) == "No device with f29999 ever asked this pool."
        assert plain(lines[1]).startswith("1 refused request from 127.0.0.1 on ")
        assert plain(lines[1]).endswith("Show in Refused Requests")
        assert lines[1][-1].link == NodeLink(
            NodeKind.REFUSED_REQUESTS, (("search", "f29999"), ("address", "127.0.0.1"))
        )
        [line] = await lines_instead(client, DEVICES, {"search": TEST_DEVICE, "status": "install-failed"})
        assert plain(line).startswith(f"1 device with {TEST_DEVICE}, but none with Status: Installation failed.")
        logs = await lines_instead(client, LISTS[NodeKind.DEVICE_LOGS], {"type": "Watson", "search": "0001"})
        assert plain(logs[0]).startswith("1 device log with 0001, but none with Type: Watson.")
        checks = await lines_instead(client, LISTS[NodeKind.UPDATE_LOG], {"search": "zq17"})
        assert "Checks are kept for 10 days" in plain(checks[-1])
        found = await find_devices(client, "zq17")
        assert found.instead == ("No device with zq17 ever asked this pool.",)


async def test_what_changed_is_one_line_whose_parts_lead_somewhere(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as service, service.client(Role.HELP_DESK) as client:
        await service.check("00-04-F2-00-00-02", installed=OLD)
        line = await line_of_changes(client, {"model": "CX700"})
        assert plain(line).startswith("In the last 24 hours: 1 installation failed; ")
        assert "3 new devices; " in plain(line)
        assert plain(line).endswith(".")
        links = [words.link for words in line if words.link is not None]
        assert links[0] == NodeLink(NodeKind.DEVICES, (("model", "CX700"), ("status", "install-failed")))
        assert plain(await line_of_changes(client, {"model": "CX7"})) == "Nothing changed in the last 24 hours."


async def test_what_changed_is_said_in_german(german: None, tmp_path: Path) -> None:
    async with filled_service(tmp_path) as service, service.client() as client:
        line = plain(await line_of_changes(client, {"model": "CX700"}))
        assert line.startswith("In den letzten 24 Stunden: 1 Installation fehlgeschlagen; ")
        [fact] = await lines_instead(client, DEVICES, {"search": TEST_DEVICE, "status": "install-failed"})
        assert plain(fact).startswith(
            f"1 Gerät mit {TEST_DEVICE}, aber keines mit Status: Installation fehlgeschlagen."
        )
