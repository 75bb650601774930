"""What the service knows instead where a list of devices, device logs or checks is empty, in the person's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from device_update_console.core.filters.filter_text import SEARCH
from device_update_console.core.lists.definition import FilterField, ListDefinition
from device_update_console.core.lists.device_lists import DEVICES
from device_update_console.core.lists.log_lists import DEVICE_LOGS, UPDATE_LOG
from device_update_console.core.lists.source import Caller
from device_update_console.core.lists.told_lines import Line, Words, node_link, show_words
from device_update_console.core.texts.formats import one_line
from device_update_console.core.texts.problem_texts import refusal_text
from device_update_console.core.texts.service_sentences import as_known, filled
from device_update_contract.administration.endpoints import (
    LIST_DEVICE_LOGS,
    LIST_DEVICES,
    LIST_UPDATE_LOG,
    SHOW_EVIDENCE,
    Endpoint,
)
from device_update_contract.administration.evidence import EvidenceAnswer, EvidenceQuery, LinkedStatement
from device_update_contract.empty_lists import EMPTY_LIST_SENTENCES, EmptyListCode, counted_parameters

_SOUGHT_IN: Mapping[Endpoint, str] = {
    LIST_DEVICES: "devices",
    LIST_DEVICE_LOGS: "device-logs",
    LIST_UPDATE_LOG: "update-log",
}
_FIELDS: Mapping[str, FilterField] = {
    field.name: field for list_ in (UPDATE_LOG, DEVICE_LOGS, DEVICES) for field in list_.filters
}


def has_evidence(definition: ListDefinition[Any]) -> bool:
    """Whether the service can tell of a list what it knows instead."""
    return definition.endpoint in _SOUGHT_IN


async def ask_evidence(caller: Caller, endpoint: Endpoint, filters: Mapping[str, Any]) -> list[LinkedStatement]:
    """What is known instead of what a list was filtered by; ``filters`` are the list's own parameters.

    Raises:
        FailedCall: it cannot be told.
    """
    query = EvidenceQuery.model_validate({"sought_in": _SOUGHT_IN[endpoint], **filters})
    return (await caller.ask(SHOW_EVIDENCE, EvidenceAnswer, query=query)).evidence


async def lines_instead(caller: Caller, definition: ListDefinition[Any], filters: Mapping[str, str]) -> list[Line]:
    """What is known instead of what a filter bar asks for: one line a fact, each with a link to the list that shows it.

    Raises:
        FailedCall: it cannot be told. InvalidFilter.
    """
    given = definition.query(filters).model_dump(exclude_none=True, exclude={"limit", "sort", "after", "at"})
    return [_line(fact) for fact in await ask_evidence(caller, definition.endpoint, given)]


def fact_text(fact: LinkedStatement) -> str:
    """One fact."""

    def said() -> str:
        parameters = counted_parameters(_in_own_words(fact.parameters))
        return one_line(filled(EMPTY_LIST_SENTENCES[EmptyListCode(fact.code)], parameters))

    return as_known(fact.text, said)


def _line(fact: LinkedStatement) -> Line:
    said, link = Words(fact_text(fact)), node_link(fact.link)
    return (said,) if link is None else (said, Words(" "), show_words(link))


def _in_own_words(told: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that are words of ours: filters, fields and reasons of refusals."""
    own: dict[str, Callable[[], str]] = {
        "filter": lambda: _filter_words(told["hidden_by"]),
        "shown": lambda: _filter_words(told["shown_by"]),
        "field": lambda: _FIELDS[str(told["field"]).replace(" ", "_")].shown_title,
        "detail": lambda: refusal_text(told["refusal"], told["detail"]),
    }
    needs = {"filter": "hidden_by", "shown": "shown_by", "field": "field", "detail": "refusal"}
    return {**told, **{name: say() for name, say in own.items() if name in told and needs[name] in told}}


def _filter_words(fields: Mapping[str, str]) -> str:
    """A filter within a sentence: ``Status: Installation failed``; of a search its text alone."""
    return ", ".join(
        value if name == SEARCH else f"{_FIELDS[name].shown_title}: {_FIELDS[name].shown_value(value)}"
        for name, value in fields.items()
    )
