"""The audit trail as the API gives it (contract section 5); `device_update_contract.audit` says how it is hashed."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from device_update_contract.administration.base import Answer, Moment, PageQuery, Sought

AuditOutcome = Literal["done", "refused"]


class AuditEntry(Answer):
    """One administrative action, or one that was refused, with the ``code`` of the refusal.

    ``before`` and ``after`` hold what changed of ``object``, in short; never a password, hash or token.
    """

    id: str
    at: Moment
    account: str
    address: str | None
    through: str
    verb: str
    object: str
    before: JsonValue
    after: JsonValue
    outcome: AuditOutcome
    code: str | None
    previous_hash: str
    hash: str


class AuditQuery(PageQuery):
    """Parameters of ``GET /audit-trail``; ``since`` is inclusive and ``until`` is not. Sorts by ``id``."""

    account: Sought | None = None
    verb: Sought | None = None
    since: Moment | None = None
    until: Moment | None = None
    object: Sought | None = None
    outcome: AuditOutcome | None = None
