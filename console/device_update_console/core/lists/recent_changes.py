"""What changed in the last hours for the devices that a filter finds, as one line in the person's language."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping

from device_update_console.core.lists.device_lists import DEVICES
from device_update_console.core.lists.source import Caller
from device_update_console.core.lists.told_lines import Line, Words, node_link
from device_update_console.core.texts.formats import number_text, one_line
from device_update_console.core.texts.language import text
from device_update_console.core.texts.service_sentences import as_known, filled
from device_update_contract.administration.devices import DeviceFilter
from device_update_contract.administration.endpoints import DEVICE_CHANGES
from device_update_contract.administration.evidence import DeviceChangesAnswer, LinkedStatement
from device_update_contract.empty_lists import counted_parameters
from device_update_contract.recent_changes import (
    RECENT_CHANGE_SENTENCES,
    RECENT_HOURS,
    RecentChangeCode,
    changes_template,
)


async def line_of_changes(caller: Caller, filters: Mapping[str, str]) -> Line:
    """What changed for the devices that a filter bar asks for; each part with a link leads to what it tells of.

    Raises:
        FailedCall: it cannot be told. InvalidFilter.
    """
    given = DEVICES.query(filters).model_dump(exclude_none=True, exclude={"limit", "sort", "after", "at"})
    answer = await caller.ask(DEVICE_CHANGES, DeviceChangesAnswer, query=DeviceFilter.model_validate(given))
    return tuple(_words(answer))


def change_text(change: LinkedStatement) -> str:
    """One part of the line."""
    return as_known(
        change.text,
        lambda: one_line(
            filled(RECENT_CHANGE_SENTENCES[RecentChangeCode(change.code)], counted_parameters(change.parameters))
        ),
    )


def _words(answer: DeviceChangesAnswer) -> Iterator[Words]:
    """The words of the line, with those of its parts in the place that the sentence has for them."""
    place = "\0"
    template = changes_template(changed=bool(answer.changes), complete=answer.complete)
    named = {name for _, name, _, _ in string.Formatter().parse(template) if name}
    facts = {"hours": number_text(RECENT_HOURS), "changes": place}
    before, found, after = text(template, **{name: facts[name] for name in named}).partition(place)
    yield Words(before)
    for number, change in enumerate(answer.changes if found else ()):
        if number:
            yield Words("; ")
        yield Words(change_text(change), node_link(change.link))
    if after:
        yield Words(after)
