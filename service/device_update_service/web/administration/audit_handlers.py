"""The handler of the audit trail."""

from __future__ import annotations

from pydantic import BaseModel

from device_update_contract.administration.audit_trail import AuditQuery
from device_update_service.usecases.audit_trail import list_audit_trail
from device_update_service.web.administration.administration_parts import Call, Handle


async def show_audit_trail(call: Call) -> BaseModel:
    """Administrative actions, done and refused."""
    return await call.read(list_audit_trail, call.query_as(AuditQuery))


HANDLERS: dict[str, Handle] = {"list_audit_trail": show_audit_trail}
