"""Servers of other makers that are asked for accounts: one of each for all tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.kerberos_realm import KerberosRealm, kerberos_realm
from tests.support.winbind_domain import WinbindDomain, winbind_domain


@pytest.fixture(scope="session")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KerberosRealm]:
    with kerberos_realm(tmp_path_factory.mktemp("kerberos")) as running:
        yield running


@pytest.fixture(scope="session")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WinbindDomain]:
    with winbind_domain(tmp_path_factory.mktemp("winbind")) as running:
        yield running
