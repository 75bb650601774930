"""Refused requests are folded by cause, bounded, and their bodies are for administrators (contract 3.2)."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from tests.support.stores import Stores

from device_update_contract.administration.server import RefusedRequest, RefusedRequestQuery
from device_update_service.storage.checks import refusal_limits, refused_request_records
from device_update_service.storage.checks.refused_request_records import Refused, record_refusals
from device_update_service.usecases.refused_requests import list_refused_requests

_ORDINARY = Refused("check", "malformed-request", "The field Model is missing.", "", "", "10.0.0.1", 1_000, None)


def refusal(**fields: Any) -> Refused:
    return _ORDINARY._replace(**fields)


def _codes(stores: Stores, **query: Any) -> list[str]:
    page = stores.read(lambda: list_refused_requests(RefusedRequestQuery(**query)))
    return [item.code for item in page.items]


def test_one_cause_is_one_row_with_first_last_and_count(stores: Stores) -> None:
    stores.write(lambda: record_refusals([refusal(at=5_000), refusal(at=3_000), refusal(address="10.0.0.2")]))
    stores.write(lambda: record_refusals([refusal(at=9_000)]))
    page = stores.read(lambda: list_refused_requests(RefusedRequestQuery()))
    assert [(item.address, item.count) for item in page.items] == [("10.0.0.1", 3), ("10.0.0.2", 1)]
    assert (page.items[0].first_at.timestamp(), page.items[0].last_at.timestamp()) == (3, 9)
    assert (page.items[0].device, page.items[0].account, page.items[0].body) == (None, None, None)
    assert page.total == page.total_at_least == 2


def test_the_oldest_rows_go_first(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal_limits, "KEPT_ROWS", 3)
    stores.write(lambda: record_refusals([refusal(code=f"c{at}", at=at, body=b"<x") for at in (4, 1, 3, 2, 5)]))
    assert _codes(stores) == ["c5", "c4", "c3"]
    stores.write(lambda: record_refusals([refusal(code="c6", at=6)]))
    assert _codes(stores) == ["c6", "c5", "c4"]


def test_one_address_does_not_push_out_the_refusals_of_others(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal_limits, "KEPT_ROWS_OF_ONE_ADDRESS", 2)
    stores.write(lambda: record_refusals([refusal(code="phone", at=1, address="10.0.0.9")]))
    stores.write(lambda: record_refusals([refusal(code=f"c{at}", at=at) for at in (2, 3, 4)]))
    stores.write(lambda: record_refusals([refusal(code="c5", at=5)]))
    assert _codes(stores) == ["c5", "c4", "phone"]


def test_only_the_last_bodies_are_kept_and_only_shown_when_asked_for(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused_request_records, "KEPT_BODIES", 2)
    for at, body in ((1, b"<a"), (2, b"<b\xff"), (3, b"<c"), (4, b"<d")):
        stores.write(partial(record_refusals, [refusal(code="c1" if at < 3 else f"c{at}", at=at, body=body)]))
    shown = stores.read(lambda: list_refused_requests(RefusedRequestQuery(), with_bodies=True))
    assert {item.code: item.body for item in shown.items} == {"c4": "<d", "c3": "<c", "c1": None}
    hidden = stores.read(lambda: list_refused_requests(RefusedRequestQuery()))
    assert all(item.body is None for item in hidden.items)


def test_the_newest_body_of_a_cause_is_shown_even_when_it_is_not_text(stores: Stores) -> None:
    stores.write(lambda: record_refusals([refusal(body=b"<old"), refusal(body=b"\xff<new")]))
    shown = stores.read(lambda: list_refused_requests(RefusedRequestQuery(), with_bodies=True))
    assert shown.items[0].body == "\\xff<new"


@pytest.mark.parametrize("sort", ["last_at", "-last_at", "first_at", "-count", "count"])
def test_paging_meets_each_row_once_in_order(stores: Stores, sort: str) -> None:
    batch = [refusal(code=f"c{n}", at=n % 4 + 1) for n in range(11)] + [
        refusal(code=f"c{n}", at=9) for n in range(0, 11, 3)
    ]
    stores.write(lambda: record_refusals(batch))
    rows: list[RefusedRequest] = []
    after: str | None = None
    while True:
        query = RefusedRequestQuery(sort=sort, limit=4, after=after)
        page = stores.read(partial(list_refused_requests, query))
        rows += page.items
        if page.next is None:
            break
        after = page.next
    values = [(getattr(row, sort.removeprefix("-")), int(row.id)) for row in rows]
    assert len(values) == 11
    assert values == sorted(values, reverse=sort.startswith("-"))


def test_filters_and_search_are_literal(stores: Stores) -> None:
    stores.write(
        lambda: record_refusals(
            [
                refusal(code="a", device="00-04-F2-00-01-76"),
                refusal(code="b", account="phone%1", kind="sign-in"),
                refusal(code="c", address="10.0.0.7", detail="Lone surrogate \ud800"),
            ]
        )
    )
    assert _codes(stores, device="04-f2") == ["a"]
    assert _codes(stores, kind="sign-in") == ["b"]
    assert _codes(stores, address="10.0.0.7") == ["c"]
    assert _codes(stores, search="e%1") == ["b"]
    assert _codes(stores, search="%") == ["b"]
    assert _codes(stores, search="surrogate ?") == ["c"]
    assert sorted(_codes(stores, code="a") + _codes(stores, code="b")) == ["a", "b"]
