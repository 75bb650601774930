"""Who was refused to sign in, and why: "refused since Tuesday: wrong password for kenmyer" (contract section 5)."""

from __future__ import annotations

from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_SIGN_INS
from device_update_contract.administration.sign_ins import SignIn, SignInQuery
from device_update_contract.sign_ins import SignInCause
from device_update_service.domain.stored_times import from_milliseconds
from device_update_service.storage.checks.refusal_limits import SIGN_IN_SUFFIX
from device_update_service.storage.checks.refused_request_records import RefusedRecord, page_of_refused_sign_ins
from device_update_service.storage.paging import page_request


def kind_of(listener: str) -> str:
    """The kind under which refused sign-ins of a listener stand among the refused requests."""
    return listener + SIGN_IN_SUFFIX


def list_sign_ins(query: SignInQuery) -> Page[SignIn]:
    """A page of refused sign-ins, the latest first.

    Raises:
        ListRefused: for limit, sort or cursor.
    """
    request = page_request(query, LIST_SIGN_INS.sorts, "-last_at")
    listeners = ("external", "administration") if query.listener is None else (query.listener,)
    page = page_of_refused_sign_ins(query, request, [kind_of(listener) for listener in listeners])
    return Page[SignIn](
        items=[_model(record) for record in page.records],
        next=page.next,
        total=page.total,
        total_at_least=page.total,
    )


def _model(record: RefusedRecord) -> SignIn:
    return SignIn.model_validate(
        {
            "id": str(record.id),
            "listener": record.kind.removesuffix(SIGN_IN_SUFFIX),
            "account": record.account or None,
            "address": record.address or None,
            "cause": SignInCause(record.code),
            "detail": record.detail,
            "first_at": from_milliseconds(record.first_at),
            "last_at": from_milliseconds(record.last_at),
            "count": record.count,
        }
    )
