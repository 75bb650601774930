"""Stores for a test, and servers of other makers that are asked for accounts: one of each for all tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.administered_store import AdministeredStore
from tests.support.kerberos_realm import KerberosRealm, kerberos_realm
from tests.support.stores import Stores, open_stores
from tests.support.winbind_domain import WinbindDomain, winbind_domain


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with open_stores(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def store(stores: Stores, tmp_path: Path) -> AdministeredStore:
    work = tmp_path / "data" / "work"
    work.mkdir()
    return AdministeredStore(stores, work)


@pytest.fixture(scope="session")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KerberosRealm]:
    with kerberos_realm(tmp_path_factory.mktemp("kerberos")) as running:
        yield running


@pytest.fixture(scope="session")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WinbindDomain]:
    with winbind_domain(tmp_path_factory.mktemp("winbind")) as running:
        yield running
