"""What a verb is carried out on: the selected items, or all that match a filter, in one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from device_update_contract.administration.devices import DeviceFilter, ManyDevicesRequest
from device_update_contract.administration.rules import RuleFilter, RuleReference, RuleVerbRequest


@dataclass(frozen=True, slots=True)
class VerbTargets:
    """Items of one list; with ``matching`` all of the ``expected_count`` that were seen to match are meant instead."""

    items: Sequence[Any] = ()
    matching: RuleFilter | DeviceFilter | None = None
    expected_count: int = 0

    @property
    def count(self) -> int:
        """How many are meant."""
        return len(self.items) if self.matching is None else self.expected_count

    def devices_request(self) -> ManyDevicesRequest:
        """The request of a verb on many devices."""
        if isinstance(self.matching, DeviceFilter):
            return ManyDevicesRequest(filter=self.matching, expected_count=self.expected_count)
        return ManyDevicesRequest(ids=[item.id for item in self.items])

    def rules_preview(self, version: str | None = None) -> RuleVerbRequest:
        """Ask what a verb would do to these rules; ``version`` is what to roll back to."""
        given = {} if version is None else {"version": version}
        if isinstance(self.matching, RuleFilter):
            return RuleVerbRequest(filter=self.matching, expected_count=self.expected_count, preview=True, **given)
        return RuleVerbRequest(rules=[RuleReference(id=item.id) for item in self.items], preview=True, **given)
