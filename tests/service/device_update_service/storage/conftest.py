from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.administered_store import AdministeredStore
from tests.support.stores import Stores, open_stores


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with open_stores(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def store(stores: Stores, tmp_path: Path) -> AdministeredStore:
    work = tmp_path / "data" / "work"
    work.mkdir()
    return AdministeredStore(stores, work)
