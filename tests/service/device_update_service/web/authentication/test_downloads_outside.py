"""Whose bytes were sent outside, where an address stands for many devices and their accounts tell them apart.

Contract section 2.3.
"""

from __future__ import annotations

import aiohttp
import pytest
from tests.support.external_listeners import ACCOUNT, CHECK, BareConnection, ExternalService

from device_update_contract.image_paths import EXTERNAL_IMAGE_PREFIX, INTERNAL_CHECK_ROUTE, INTERNAL_IMAGE_PREFIX

IMAGE = "UCPhone/Polycom/CX700/A/ENU/4.0.7577.4387/CPE/CPE.nbt"
SECOND_ACCOUNT = "phone2"
SECOND_CHECK = CHECK.replace(b"00-01-76", b"00-01-77")
FIRST_BYTES, SECOND_BYTES = 5, 10


async def bytes_sent(service: ExternalService) -> list[tuple[int | None]]:
    """What is told of each device, by its MAC address."""
    return await service.rows("SELECT bytes_sent FROM device ORDER BY mac")


async def fetch(connection: BareConnection, count: int) -> None:
    """Fetch the first bytes of the image over a connection that is signed in, and wait until they are counted."""
    url = f"{EXTERNAL_IMAGE_PREFIX}{IMAGE}"
    answer = await connection.send("GET", url, headers={"Range": f"bytes=0-{count - 1}"})
    assert (answer.status, len(answer.body)) == (206, count)
    assert (await connection.send("HEAD", url)).status == 200  # answered only when the request before is done with


async def fetch_inside(service: ExternalService, count: int) -> None:
    """The same of the internal listener."""
    url = f"{service.internal}{INTERNAL_IMAGE_PREFIX}{IMAGE}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as client:
        async with client.get(url, headers={"Range": f"bytes=0-{count - 1}"}) as answer:
            assert (answer.status, len(await answer.read())) == (206, count)
        async with client.head(url) as answer:  # over the same connection
            assert answer.status == 200


async def check_inside(service: ExternalService, body: bytes) -> None:
    """A check of the internal listener."""
    async with service.client.post(service.internal + INTERNAL_CHECK_ROUTE, data=body) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("second_named", [SECOND_ACCOUNT, "CONTOSO\\PHONE2"])
async def test_two_accounts_behind_one_address_fetch_the_same_image_and_each_device_gets_its_bytes(
    service: ExternalService, second_named: str
) -> None:
    await service.add_account(SECOND_ACCOUNT)
    async with await service.connect() as one, await service.connect() as two:
        assert (await one.sign_in(user=ACCOUNT, body=CHECK)).status == 200
        assert (await two.sign_in(user=second_named, body=SECOND_CHECK)).status == 200
        await fetch(one, FIRST_BYTES)
        await fetch(two, SECOND_BYTES)
    assert await bytes_sent(service) == [(FIRST_BYTES,), (SECOND_BYTES,)]


async def test_with_one_account_behind_one_address_nobody_s_bytes_can_be_told(service: ExternalService) -> None:
    async with await service.connect() as one, await service.connect() as two:
        assert (await one.sign_in(body=CHECK)).status == 200
        assert (await two.sign_in(body=SECOND_CHECK)).status == 200
        await fetch(one, FIRST_BYTES)
    assert await bytes_sent(service) == [(None,), (None,)]


async def test_a_device_inside_and_one_outside_at_one_address_take_nothing_from_each_other(
    service: ExternalService,
) -> None:
    await check_inside(service, SECOND_CHECK)
    async with await service.connect() as outside:
        assert (await outside.sign_in(body=CHECK)).status == 200
        await fetch(outside, FIRST_BYTES)
    await fetch_inside(service, SECOND_BYTES)
    assert await bytes_sent(service) == [(FIRST_BYTES,), (SECOND_BYTES,)]


async def test_a_device_that_comes_inside_is_found_there_and_no_more_outside(service: ExternalService) -> None:
    async with await service.connect() as outside:
        assert (await outside.sign_in(body=CHECK)).status == 200
        await check_inside(service, CHECK)
        await fetch(outside, SECOND_BYTES)
    assert await bytes_sent(service) == [(0,)]
    await fetch_inside(service, FIRST_BYTES)
    assert await bytes_sent(service) == [(FIRST_BYTES,)]
