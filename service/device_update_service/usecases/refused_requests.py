"""What was turned away, and why: the commonest call to help desk is a device that never got in (contract section 5)."""

from __future__ import annotations

from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_REFUSED_REQUESTS
from device_update_contract.administration.server import RefusedRequest, RefusedRequestQuery
from device_update_service.domain.stored_times import from_milliseconds
from device_update_service.storage.checks.refused_request_records import RefusedRecord, page_of_refused_requests
from device_update_service.storage.paging import page_request


def list_refused_requests(query: RefusedRequestQuery, *, with_bodies: bool = False) -> Page[RefusedRequest]:
    """A page of refused requests, the latest first; bodies only for administrators.

    Raises:
        ListRefused: for limit, sort or cursor.
    """
    request = page_request(query, LIST_REFUSED_REQUESTS.sorts, "-last_at")
    page = page_of_refused_requests(query, request, with_bodies=with_bodies)
    return Page[RefusedRequest](
        items=[_model(record) for record in page.records],
        next=page.next,
        total=page.total,
        total_at_least=page.total,
    )


def _model(record: RefusedRecord) -> RefusedRequest:
    return RefusedRequest(
        id=str(record.id),
        kind=record.kind,
        code=record.code,
        detail=record.detail,
        device=record.device or None,
        account=record.account or None,
        address=record.address or None,
        first_at=from_milliseconds(record.first_at),
        last_at=from_milliseconds(record.last_at),
        count=record.count,
        body=None if record.body is None else record.body.decode("utf-8", "backslashreplace"),
    )
