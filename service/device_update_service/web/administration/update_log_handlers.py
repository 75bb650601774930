"""The handler of the update log: pages as JSON, or all of it as comma-separated text (contract section 5)."""

from __future__ import annotations

from functools import partial
from typing import Final

from aiohttp import hdrs, web
from pydantic import BaseModel

from device_update_contract.administration.update_log import UpdateLogQuery
from device_update_service.storage.checks.update_log_lines import HEADER
from device_update_service.usecases import update_log
from device_update_service.web.administration.accepted_types import prefers
from device_update_service.web.administration.administration_parts import PRIVATE_HEADERS, Call, Handle

_AT_ONCE: Final = 1_000
_CSV: Final = "text/csv"


async def list_update_log(call: Call) -> BaseModel | web.StreamResponse:
    """Checks, in the order of their times."""
    query, search = call.query_as(UpdateLogQuery), call.service.update_log_search
    if _wants_csv(call.request):
        return await _send_csv(call, query)
    return await call.read(update_log.list_update_log, query, search)


def _wants_csv(request: web.Request) -> bool:
    return prefers(",".join(request.headers.getall(hdrs.ACCEPT, ())), _CSV, "application/json")


async def _send_csv(call: Call, query: UpdateLogQuery) -> web.StreamResponse:
    """Send line after line without ever holding more than a page."""
    asked, search = update_log.asked_checks(query), call.service.update_log_search
    after = asked.after
    left = query.limit if "limit" in query.model_fields_set else None
    response = web.StreamResponse(headers={"Content-Type": f"{_CSV}; charset=utf-8", **PRIVATE_HEADERS})
    if call.request.method == hdrs.METH_HEAD:
        return response
    await response.prepare(call.request)
    await response.write(HEADER.encode())
    while left is None or left > 0:
        most = _AT_ONCE if left is None else min(left, _AT_ONCE)
        page = await call.service.read(partial(search.lines, asked.wanted, after, most))
        if page.lines:
            await response.write("".join(check.text for check in page.lines).encode("utf-8", "replace"))
        after = page.next
        if after is None or _has_left(call.request):
            break
        left = None if left is None else left - len(page.lines)
    await response.write_eof()
    return response


def _has_left(request: web.Request) -> bool:
    """Whether nobody waits any more; only writing would tell, and long stretches may hold nothing to write."""
    return request.transport is None or request.transport.is_closing()


HANDLERS: dict[str, Handle] = {"list_update_log": list_update_log}
