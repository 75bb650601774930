"""Answering checks: what is remembered between them stays within bounds (design section 6)."""

from __future__ import annotations

import gc

from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.sightings import KnownReport
from device_update_service.usecases.checks import CheckAnswering


def check(number: int) -> bytes:
    modules = "".join(
        f'<Module FileName="{number}-{place}-{"n" * 100}" Version="1.{number}.{place}"/>' for place in range(64)
    )
    fields = 'DeviceType="UCPhone" Vendor="Polycom" Model="CX700" Revision="A" Locale="ENU"'
    return f"<Request {fields}><Modules>{modules}</Modules></Request>".encode()


def test_large_reports_that_all_differ_do_not_fill_the_memory() -> None:
    answering = CheckAnswering("http://updates.contoso.com", None, first_sequence=0)
    catalog = CatalogSnapshot(1)
    remembered: list[int] = []
    for number in range(1500):
        answering.answer(check(number), catalog=catalog, address="10.0.0.1", now=number, spread=lambda: 0.0, looping={})
        if number % 100 == 0:
            remembered.append(sum(isinstance(each, KnownReport) for each in gc.get_objects()))
    assert 100 < max(remembered) < 1000  # of about 50 KB each
