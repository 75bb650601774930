"""How much inspected packages may take until they are imported (contract section 5, ``limits``)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.administration import API, Administration, Reply, running_administration
from tests.support.sample_packages import image_bytes, package

from device_update_contract.administration.roles import Role
from device_update_service.configuration.configuration import Limits

PACKAGES = [package(f"4.0.{number}", image=image_bytes(str(number), 250_000)) for number in range(4)]
SIZE = len(PACKAGES[0])
LIMITS = Limits(package_bytes=3 * SIZE, kept_upload_bytes=3 * SIZE, kept_upload_bytes_per_account=2 * SIZE)


@pytest.fixture
async def administration(tmp_path: Path) -> AsyncIterator[Administration]:
    async with running_administration(tmp_path, limits=LIMITS) as running:
        yield running


async def inspect(administration: Administration, number: int, role: Role = Role.OPERATOR) -> Reply:
    return await administration.call("POST", "/packages/inspect", role, data=PACKAGES[number])


async def kept(administration: Administration, number: int, role: Role = Role.OPERATOR) -> str:
    upload_id: str = (await inspect(administration, number, role)).json["upload_id"]
    administration.service.clock.move(seconds=1)  # type: ignore[attr-defined]
    return upload_id


async def test_the_oldest_upload_of_an_account_goes_where_there_are_more_than_it_may_have(
    administration: Administration,
) -> None:
    first, second, third = [await kept(administration, number) for number in range(3)]
    assert administration.uploads == sorted([second, third])
    gone = await administration.call("POST", "/packages", Role.OPERATOR, json={"upload_id": first})
    assert (gone.status, gone.json["code"]) == (404, "not-found")
    for upload_id in (second, third):
        imported = await administration.call("POST", "/packages", Role.OPERATOR, json={"upload_id": upload_id})
        assert imported.status == 201


async def test_an_upload_that_is_looked_at_again_is_not_the_oldest_any_more(administration: Administration) -> None:
    first, _ = [await kept(administration, number) for number in range(2)]
    await administration.call("POST", "/packages/inspect", Role.OPERATOR, json={"upload_id": first})
    third = await kept(administration, 2)
    assert administration.uploads == sorted([first, third])


async def test_what_others_have_kept_stays_and_is_told_by_one_refusal(administration: Administration) -> None:
    before = [await kept(administration, number) for number in range(2)]
    own = await kept(administration, 2, Role.ADMINISTRATOR)
    large = package("4.1", image=image_bytes("large", 2 * SIZE))
    refused = await administration.call("POST", "/packages/inspect", data=large)
    assert (refused.status, refused.json["code"]) == (507, "uploads-full")
    assert refused.json["parameters"] == {"limit": 3 * SIZE}
    assert administration.uploads == sorted([*before, own])
    again = await kept(administration, 3, Role.ADMINISTRATOR)
    assert administration.uploads == sorted([*before, again])


async def test_an_upload_without_a_length_is_refused_when_it_has_come(administration: Administration) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield package("4.1", image=image_bytes("large", 2 * SIZE))

    before = [await kept(administration, number) for number in range(2)]
    refused = await administration.call("POST", "/packages/inspect", data=pieces())
    assert (refused.status, refused.json["code"]) == (507, "uploads-full")
    assert administration.uploads == sorted(before)


async def test_one_with_a_length_is_refused_before_it_is_sent(administration: Administration) -> None:
    for number in range(2):
        await kept(administration, number)
    token = await administration.token()
    head = f"POST {API}/packages/inspect HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    reader, writer = await asyncio.open_connection(administration.server.host, administration.server.port)
    writer.write(f"{head}Content-Length: {2 * SIZE}\r\n\r\n".encode())
    async with asyncio.timeout(60):
        assert (await reader.readline()).startswith(b"HTTP/1.1 507 ")
    writer.close()


async def test_room_comes_back_when_the_hour_of_others_is_over(administration: Administration) -> None:
    for number in range(2):
        await kept(administration, number)
    administration.service.clock.move(hours=1)  # type: ignore[attr-defined]
    large = package("4.1", image=image_bytes("large", 2 * SIZE))
    reply = await administration.call("POST", "/packages/inspect", data=large)
    assert reply.status == 200
    assert administration.uploads == [reply.json["upload_id"]]


async def test_an_import_in_one_request_needs_no_room_among_the_kept(administration: Administration) -> None:
    for number in range(2):
        await kept(administration, number)
    large = package("4.1", image=image_bytes("large", 2 * SIZE))
    assert (await administration.call("POST", "/packages", data=large)).status == 201
