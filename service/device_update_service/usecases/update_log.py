"""Reading the update log: pages of checks, and all of them as comma-separated text (contract sections 5 and 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_UPDATE_LOG
from device_update_contract.administration.update_log import LoggedCheck, UpdateLogQuery
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks.update_log_search import UpdateLogSearch
from device_update_service.storage.checks.update_log_texts import terms_of
from device_update_service.storage.checks.wanted_checks import Place, WantedChecks
from device_update_service.storage.paging import InvalidCursor, PageRequest, page_request
from device_update_service.usecases.record_ids import parse_record_id

_NO_DEVICE: Final = -1
_END_OF_TIME: Final = 253_370_764_800_000
"""The year 9999, as far as dates go."""


@dataclass(frozen=True, slots=True)
class AskedChecks:
    """What a query asks for: the wanted checks that follow a place; None is where they begin."""

    wanted: WantedChecks
    after: Place | None
    page: PageRequest


def asked_checks(query: UpdateLogQuery) -> AskedChecks:
    """What a query asks for; an id that no device has finds nothing.

    Raises:
        ListRefused: for limit, sort or cursor. SearchTooShort.
    """
    page = page_request(query, LIST_UPDATE_LOG.sorts, "-at")
    device = None
    if query.device is not None:
        device = parse_record_id(query.device) or _NO_DEVICE
    wanted = WantedChecks(
        device_id=device,
        reason=query.reason,
        terms=terms_of(query.search or ""),
        since=None if query.since is None else to_milliseconds(query.since),
        until=None if query.until is None else to_milliseconds(query.until),
        oldest_first=not page.descending,
    )
    return AskedChecks(wanted, _place(page), page)


def list_update_log(query: UpdateLogQuery, search: UpdateLogSearch) -> Page[LoggedCheck]:
    """A page of checks, the newest first, or the oldest with ``sort=at``.

    A page ends with the work that one request may be, perhaps before any was found; the next one goes on from there.

    Raises:
        ListRefused: for limit, sort or cursor. SearchTooShort.
    """
    asked = asked_checks(query)
    found = search.checks(asked.wanted, asked.after, asked.page.limit + 1)
    shown, following = found.checks[: asked.page.limit], None
    if len(found.checks) > len(shown):
        following = asked.page.cursor(to_milliseconds(shown[-1].at), int(shown[-1].id))
    elif found.reached is not None:
        following = asked.page.cursor(*found.reached)
    return Page[LoggedCheck](items=shown, next=following, total=None, total_at_least=len(found.checks))


def _place(page: PageRequest) -> Place | None:
    if page.position is None:
        return None
    at, sequence = page.position
    if not isinstance(at, int) or not 0 <= at < _END_OF_TIME:
        raise InvalidCursor
    return Place(at, sequence)
