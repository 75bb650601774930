"""Refused requests, folded by cause (contract section 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from peewee import fn

from device_update_contract.administration.server import RefusedRequestQuery
from device_update_contract.administration.sign_ins import SignInQuery
from device_update_contract.identifiers import account_key
from device_update_service.domain.addresses import written_address
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage import bulk
from device_update_service.storage.checks.refusal_limits import RefusalKey, SparingKeys, let_oldest_out
from device_update_service.storage.paging import Keyset, PageRequest
from device_update_service.storage.tables import DATABASE, RefusedRequest, UnreadBody

KEPT_BODIES = 100
_MAX_TEXT = 1000

_COLUMNS = ("kind", "code", "detail", "device", "account", "address", "first_at", "last_at", "count")
_KEY = "kind, device, account, address, code, detail"
_FOLD = bulk.insert_statement(
    "refused_request",
    _COLUMNS,
    conflict=f"ON CONFLICT ({_KEY}) DO UPDATE SET count = count + excluded.count,"
    " last_at = max(last_at, excluded.last_at), first_at = min(first_at, excluded.first_at)",
)
_BODY = """
INSERT INTO unread_body (refused_request_id, at, body) SELECT id, ?, ? FROM refused_request
WHERE kind = ? AND device = ? AND account = ? AND address = ? AND code = ? AND detail = ?
"""
_OLD_BODIES_OUT = "DELETE FROM unread_body WHERE id NOT IN (SELECT id FROM unread_body ORDER BY id DESC LIMIT ?)"
_LOST_BODIES_OUT = "DELETE FROM unread_body WHERE refused_request_id NOT IN (SELECT id FROM refused_request)"


class Refused(NamedTuple):
    """One request that was turned away; '' where device, account or address are unknown; time in milliseconds."""

    kind: str
    code: str
    detail: str
    device: str
    account: str
    address: str
    at: int
    body: bytes | None


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """Refused requests of one cause; ``body`` is the newest that is kept, only where it was asked for."""

    id: int
    kind: str
    code: str
    detail: str
    device: str
    account: str
    address: str
    first_at: int
    last_at: int
    count: int
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class RefusedPage:
    """A page of refused requests; ``total`` is exact."""

    records: list[RefusedRecord]
    next: str | None
    total: int


def record_refusals(batch: Sequence[Refused]) -> None:
    """Fold refusals into their rows, keep the bodies, and let the oldest out; in the writer's transaction."""
    sparing = SparingKeys()
    folded: dict[RefusalKey, tuple[int, int, int]] = {}
    for refused in batch:
        key = sparing.fold(_key(refused))
        first, last, count = folded.get(key, (refused.at, refused.at, 0))
        folded[key] = (min(first, refused.at), max(last, refused.at), count + 1)
    bulk.execute(_FOLD, [(*key, first, last, count) for key, (first, last, count) in folded.items()])
    let_oldest_out(folded)
    bodies = [refused for refused in batch if refused.body is not None][-KEPT_BODIES:]
    for refused in bodies:
        kind, code, detail, device, account, address = _key(refused)
        DATABASE.execute_sql(_BODY, (refused.at, refused.body, kind, device, account, address, code, detail))
    if bodies:
        DATABASE.execute_sql(_OLD_BODIES_OUT, (KEPT_BODIES,))
    DATABASE.execute_sql(_LOST_BODIES_OUT)


def page_of_refused_requests(query: RefusedRequestQuery, page: PageRequest, *, with_bodies: bool) -> RefusedPage:
    """A page of refused requests; there are never many, so that any filter and the total are quick."""
    found = _page(list(_conditions(query)), page)
    return replace(found, records=_with_bodies(found.records)) if with_bodies else found


def page_of_refused_sign_ins(query: SignInQuery, page: PageRequest, kinds: Sequence[str]) -> RefusedPage:
    """A page of refused sign-ins, which are refused requests of these kinds.

    Raises:
        InvalidNetwork: when what is asked for is no address.
    """
    conditions: list[Any] = [RefusedRequest.kind.in_(kinds)]
    if query.account is not None:
        conditions.append(_is_account(query.account))
    if query.address is not None:
        conditions.append(_is_address(query.address))
    if query.cause is not None:
        conditions.append(RefusedRequest.code == query.cause.value)
    if query.since is not None:
        conditions.append(RefusedRequest.last_at >= to_milliseconds(query.since))
    return _page(conditions, page)


def count_refused_by_kind(since: int) -> list[tuple[str, int]]:
    """(kind, rows) of what came last since then, most rows first; time in milliseconds."""
    rows = fn.count(RefusedRequest.id)
    recent = RefusedRequest.select(RefusedRequest.kind, rows).where(RefusedRequest.last_at >= since)
    counted: list[Any] = list(recent.group_by(RefusedRequest.kind).order_by(rows.desc()).tuples())
    return [(kind, count) for kind, count in counted]


def _is_address(text: str) -> Any:
    written = written_address(text)
    return RefusedRequest.address.in_([written, f"::ffff:{written}"])  # so a socket for both families names IPv4 ones


def _is_account(name: str) -> Any:
    r"""Rows of an account however it was written: ``kenmyer``, ``CONTOSO\kenmyer``, ``kenmyer@contoso.com``."""
    claimed = fn.lower(RefusedRequest.account)
    key = account_key(name)
    return (claimed == key) | claimed.endswith(f"\\{key}") | claimed.startswith(f"{key}@")


def _page(conditions: Sequence[Any], page: PageRequest) -> RefusedPage:
    keyset = Keyset(getattr(RefusedRequest, page.sort), RefusedRequest.id)
    chosen = RefusedRequest.select()
    matching = chosen.where(*conditions) if conditions else chosen
    beyond = keyset.beyond(page)
    rest = matching if beyond is None else matching.where(beyond)
    by_value, by_id = keyset.order(page)
    found: list[Any] = list(rest.order_by(by_value, by_id).limit(page.limit + 1))
    records = [_record(row) for row in found[: page.limit]]
    following = page.cursor(getattr(records[-1], page.sort), records[-1].id) if len(found) > page.limit else None
    return RefusedPage(records, following, int(matching.count()))


def _conditions(query: RefusedRequestQuery) -> Iterable[Any]:
    if query.address is not None:
        yield _is_address(query.address)
    for name in ("kind", "code"):
        value = getattr(query, name)
        if value is not None:
            yield getattr(RefusedRequest, name) == value
    if query.device is not None:
        yield RefusedRequest.device.contains(query.device)
    if query.since is not None:
        yield RefusedRequest.last_at >= to_milliseconds(query.since)
    if query.search:
        anywhere = RefusedRequest.kind.contains(query.search)
        for name in ("device", "account", "address", "code", "detail"):
            anywhere |= getattr(RefusedRequest, name).contains(query.search)
        yield anywhere


def _record(row: Any) -> RefusedRecord:
    return RefusedRecord(row.id, *(getattr(row, name) for name in _COLUMNS))


def _with_bodies(records: list[RefusedRecord]) -> list[RefusedRecord]:
    ids = [record.id for record in records]
    kept = UnreadBody.select().where(UnreadBody.refused_request_id.in_(ids)).order_by(UnreadBody.id)
    newest = {row.refused_request_id: bytes(row.body) for row in list(kept)}
    return [replace(record, body=newest.get(record.id)) for record in records]


def _key(refused: Refused) -> RefusalKey:
    texts = (refused.kind, refused.code, refused.detail, refused.device, refused.account, refused.address)
    return RefusalKey(*(text.encode("utf-8", "replace").decode()[:_MAX_TEXT] for text in texts))
