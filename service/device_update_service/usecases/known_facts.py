"""One thing that is known where a list is empty, as use cases make it: a code, its parameters and a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from device_update_contract.administration.base import rfc3339
from device_update_contract.administration.evidence import LinkedStatement, ListLink
from device_update_contract.empty_lists import EmptyListCode, empty_list_sentence
from device_update_service.domain.stored_times import from_milliseconds


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact; parameters that are None are left out."""

    code: EmptyListCode
    parameters: Mapping[str, Any] = field(default_factory=dict)
    link: ListLink | None = None

    def statement(self) -> LinkedStatement:
        """It as the API tells it."""
        told = {name: value for name, value in self.parameters.items() if value is not None}
        return LinkedStatement(
            code=self.code.value, parameters=told, text=empty_list_sentence(self.code, told), link=self.link
        )


def link(to: str, **filters: str) -> ListLink:
    """A list with the parameters that are given."""
    return ListLink(list=to, filter={name: value for name, value in filters.items() if value})


def time_told(milliseconds: int) -> str:
    """A stored time as a parameter."""
    return rfc3339(from_milliseconds(milliseconds))


def counted_up_to(devices: int, most: int) -> dict[str, int]:
    """A number that was counted no further than one above ``most``, as the parameter that it makes."""
    return {"count": devices} if devices <= most else {"at_least": most}


def filter_told(fields: Mapping[str, str]) -> str:
    """Parts of a filter within an English sentence: ``status install-failed``; of a search its text alone."""
    return ", ".join(
        value if name == "search" else f"{name.replace('_', ' ')} {value}" for name, value in fields.items()
    )
