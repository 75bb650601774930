"""Users of a domain on the external listener: their groups give the role, and their sign-in does not last for ever.

The domain is one in this process; real ones are in the tests of account sources.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.support.external_listeners import CHECK, PASSWORD, external_service
from tests.support.handshake_clients import HashKeepingDomain

from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.web import serving
from device_update_service.web.authentication import connection_sign_in

USER = "PHONES\\kim"


class Domain(HashKeepingDomain):
    """A domain with one user, and nothing to close."""

    def close(self) -> None:
        """End it."""


@pytest.fixture
def domain(monkeypatch: pytest.MonkeyPatch) -> Domain:
    known = Domain("PHONES", "kim", nt_hash(PASSWORD))
    monkeypatch.setattr(serving, "domain_verifier", lambda _sources: known)
    return known


async def test_a_user_of_the_domain_checks_in_and_leaves_no_account(folder: Path, domain: Domain) -> None:
    async with external_service(folder) as service, await service.connect() as connection:
        assert (await connection.sign_in(user=USER, body=CHECK)).status == 200
        assert (await connection.send(body=CHECK)).status == 200
        assert (await connection.sign_in(user="OTHER\\kim", body=CHECK)).status == 401
        assert len(domain.asked) == 1
        assert await service.rows("SELECT name FROM account WHERE source <> 'local'") == []
        assert await service.refusals() == [("external-sign-in", "unknown-account", "OTHER\\kim", "127.0.0.1")]


@pytest.mark.usefixtures("domain")
async def test_a_user_of_the_domain_has_to_prove_it_again_after_an_hour(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert connection_sign_in.DOMAIN_SECONDS == 3600
    monkeypatch.setattr(connection_sign_in, "DOMAIN_SECONDS", 0.0)
    async with external_service(folder) as service, await service.connect() as connection:
        assert (await connection.sign_in(user=USER, body=CHECK)).status == 200
        assert (await connection.send(body=CHECK)).status == 401
        assert (await connection.sign_in(body=CHECK)).status == 200  # an account of the service's own stays
        assert (await connection.send(body=CHECK)).status == 200


@pytest.mark.usefixtures("domain")
async def test_failures_of_a_user_of_the_domain_count_for_him_alone(folder: Path) -> None:
    async with external_service(folder) as service, await service.connect() as connection:
        now = service.parts.service.clock()
        service.parts.service.clock = lambda: now  # the delay after three failures is one second
        for _ in range(3):
            assert (await connection.sign_in(user=USER, password="wrong")).status == 401
        assert (await connection.sign_in(user=USER, body=CHECK)).status == 401
        assert [(code, account) for _, code, account, _ in await service.refusals()] == [
            ("wrong-password", USER),
            ("delayed", USER),
        ]
        async with await service.connect() as other:
            assert (await other.sign_in(user="kim@phones.example", body=CHECK)).status == 401  # a local name
            assert (await other.sign_in(body=CHECK)).status == 200


async def test_guesses_side_by_side_are_not_all_looked_at(folder: Path, domain: Domain) -> None:
    async with external_service(folder) as service, AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(await service.connect()) for _ in range(40)]
        answers = await asyncio.gather(*(each.sign_in(user=USER, password="wrong") for each in connections))
        assert {answer.status for answer in answers} == {401}
        assert len(domain.asked) <= connection_sign_in._THREADS + 3
        ((count,),) = await service.rows("SELECT sum(count) FROM refused_request WHERE code <> 'wrong-password'")
        assert count == 40 - len(domain.asked)
