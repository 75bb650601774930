"""All that match a filter, as a verb is told of them: the API's filter, instead of the ids of what was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from device_update_console.core.lists.definition import ListDefinition
from device_update_contract.administration.base import PageQuery
from device_update_contract.administration.devices import DeviceFilter
from device_update_contract.administration.endpoints import LIST_DEVICES, LIST_RULES, Endpoint
from device_update_contract.administration.rules import RuleFilter

_FILTERS: Mapping[Endpoint, type[RuleFilter | DeviceFilter]] = {
    LIST_RULES: RuleFilter,
    LIST_DEVICES: DeviceFilter,
}
"""The lists on whose whole there are verbs."""


def whole_list_filter(definition: ListDefinition[Any], filters: Mapping[str, str]) -> RuleFilter | DeviceFilter | None:
    """What means all items of a list under these filters; None where no verb takes that.

    Raises:
        InvalidFilter: as `ListDefinition.query`.
    """
    kind = _FILTERS.get(definition.endpoint)
    if kind is None:
        return None
    query = definition.query(filters)
    fields = set(kind.model_fields) - set(PageQuery.model_fields)
    return kind.model_validate(query.model_dump(include=fields, exclude_unset=True))
