"""The update log as the administration API shows it: every check with its decision (contract sections 5 and 8)."""

from __future__ import annotations

from device_update_contract.administration.base import Answer, Moment, PageQuery, Sought


class LoggedCheck(Answer):
    """One check; modules are joined as in the twelve columns (contract section 8).

    ``reason`` is the decision's code, ``version`` the one that was offered. ``device_id`` is null for a check without
    identifiers.
    """

    id: str
    at: Moment
    device_id: str | None
    address: str
    device_type: str
    mac: str | None
    serial: str | None
    vendor: str
    model: str
    revision: str
    locale: str
    request_modules: str
    response_modules: str
    user: str | None
    reason: str
    version: str | None


class UpdateLogQuery(PageQuery):
    """Parameters of ``GET /update-log``; sorts by ``at``, the newest check first unless asked.

    ``search`` is words of three characters at least, each any part of what a check tells or of its reason. As CSV all
    matching checks are sent, or as many as ``limit`` says.
    """

    device: Sought | None = None
    search: Sought | None = None
    since: Moment | None = None
    until: Moment | None = None
    reason: Sought | None = None
