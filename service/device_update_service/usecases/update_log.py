"""Reading the update log: pages of checks, and all of them as comma-separated text (contract sections 5 and 8)."""

from __future__ import annotations

from typing import Final

from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_UPDATE_LOG
from device_update_contract.administration.update_log import LoggedCheck, UpdateLogQuery
from device_update_contract.reasons import OFFERING_REASONS
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds
from device_update_service.storage.checks import update_log_search
from device_update_service.storage.checks.update_log_search import Place, UpdateLogSearch, WantedChecks
from device_update_service.storage.checks.update_log_texts import terms_of
from device_update_service.storage.paging import InvalidCursor, PageRequest, SortNotAvailable, page_request
from device_update_service.usecases.record_ids import parse_record_id

_NO_DEVICE: Final = -1
_END_OF_TIME: Final = 253_370_764_800_000
"""The year 9999, as far as dates go."""


def list_update_log(query: UpdateLogQuery, search: UpdateLogSearch) -> Page[LoggedCheck]:
    """A page of checks, the newest first.

    Raises:
        ListRefused: for limit, sort or cursor. SearchTooShort.
    """
    request = page_request(query, LIST_UPDATE_LOG.sorts, "-at")
    if not request.descending:
        raise SortNotAvailable("The update log is listed newest first.", parameters={"parameter": "sort"})
    found = search.newest(wanted_checks(query), _position(request), request.limit + 1)
    shown = found[: request.limit]
    following = request.cursor(shown[-1].at, shown[-1].sequence) if len(found) > request.limit else None
    return Page[LoggedCheck](
        items=[_model(check) for check in shown], next=following, total=None, total_at_least=len(found)
    )


def wanted_checks(query: UpdateLogQuery) -> WantedChecks:
    """What a query asks for; an id that no device has finds nothing.

    Raises:
        SearchTooShort.
    """
    device = None
    if query.device is not None:
        device = parse_record_id(query.device) or _NO_DEVICE
    return WantedChecks(
        device_id=device,
        reason=query.reason,
        terms=terms_of(query.search or ""),
        since=None if query.since is None else to_milliseconds(query.since),
        until=None if query.until is None else to_milliseconds(query.until),
    )


def _position(request: PageRequest) -> Place | None:
    if request.position is None:
        return None
    at, sequence = request.position
    if not isinstance(at, int) or not 0 <= at < _END_OF_TIME:
        raise InvalidCursor
    return Place(at, sequence)


def _model(check: update_log_search.LoggedCheck) -> LoggedCheck:
    return LoggedCheck(
        id=str(check.sequence),
        at=from_milliseconds(check.at),
        device_id=None if check.device_id is None else str(check.device_id),
        address=check.address,
        device_type=check.device_type,
        mac=check.mac,
        serial=check.serial,
        vendor=check.vendor,
        model=check.model,
        revision=check.revision,
        locale=check.locale,
        request_modules=check.request_modules,
        response_modules=check.response_modules,
        user=check.user,
        reason=check.reason,
        version=check.version if check.reason in OFFERING_REASONS else None,
    )
