from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from device_update_simulator.device_connections import MAX_ANSWER_BYTES, CheckConnection
from device_update_simulator.failures import CheckFailure, Refused, Unreachable
from device_update_simulator.service_address import parse_service_address

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def other_side(script: Script) -> AsyncIterator[CheckConnection]:
    """A raw server whose every connection follows the script, and a connection to it."""

    serving: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        try:
            with suppress(EOFError, ConnectionError):
                await script(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    connection = CheckConnection(parse_service_address(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    async with server:
        yield connection
        connection.close()
        await asyncio.gather(*(task for task in serving if task is not None))


async def read_check(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head + await reader.readexactly(length)


def answering(*answers: bytes, then_close: bool = False) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await read_check(reader)
            writer.write(answer)
        if not then_close:
            await reader.read()

    return script


async def check(connection: CheckConnection, seconds: float = 5.0) -> tuple[int, bytes]:
    reply = await connection.check(b"<Request/>", timeout_seconds=seconds)
    return reply.status, reply.body


async def test_a_check_is_one_post_of_the_contract() -> None:
    seen: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_check(reader))
        writer.write(OK)

    async with other_side(script) as connection:
        await check(connection)
    lines = seen[0].split(b"\r\n")
    assert lines[0] == b"POST /RequestHandler/ucdevice.upx HTTP/1.1"
    assert lines[1].startswith(b"Host: 127.0.0.1:")
    assert lines[-1] == b"<Request/>"


async def test_a_connection_is_kept_from_check_to_check() -> None:
    async with other_side(answering(OK, OK, OK)) as connection:
        assert [await check(connection) for _ in range(3)] == [(200, b"hi")] * 3
        assert connection.opened == 1


async def test_a_kept_connection_that_the_service_closed_is_opened_again() -> None:
    async with other_side(answering(OK, then_close=True)) as connection:
        assert [await check(connection) for _ in range(3)] == [(200, b"hi")] * 3
        assert connection.opened == 3


@pytest.mark.parametrize(
    "answer",
    [OK.replace(b"HTTP/1.1", b"HTTP/1.0"), OK.replace(b"\r\n\r\n", b"\r\nConnection: Close\r\n\r\n")],
)
async def test_a_connection_that_is_announced_to_close_is_not_used_again(answer: bytes) -> None:
    async with other_side(answering(answer, answer)) as connection:
        await check(connection)
        await check(connection)
        assert connection.opened == 2


async def test_an_answer_in_chunks_is_put_together() -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\n"
    )
    async with other_side(answering(chunked, OK)) as connection:
        assert await check(connection) == (200, b"hi0123456789")
        assert await check(connection) == (200, b"hi")


async def test_status_and_retry_after_are_read() -> None:
    busy = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n"
    async with other_side(answering(busy)) as connection:
        reply = await connection.check(b"<Request/>", timeout_seconds=5)
    assert (reply.status, reply.retry_after) == (503, 17.0)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not-http"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "not-http"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", "not-http"),
        (b"x" * 200_000 + b"\r\n\r\n", "not-http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_ANSWER_BYTES + 1), "answer-too-large"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n", "answer-too-large"),
    ],
)
async def test_what_is_no_answer_is_refused_and_the_connection_given_up(answer: bytes, code: str) -> None:
    async with other_side(answering(answer)) as connection:
        with pytest.raises(Refused) as caught:
            await check(connection)
        assert caught.value.code == code
        with pytest.raises(CheckFailure):
            await check(connection)
        assert connection.opened == 2


async def test_an_answer_cut_in_the_middle_is_a_broken_connection() -> None:
    async with other_side(answering(OK[:-1], then_close=True)) as connection:
        with pytest.raises(Unreachable) as caught:
            await check(connection)
    assert caught.value.code == "connection-broken"


async def test_no_answer_in_time_is_said() -> None:
    async with other_side(answering(b"")) as connection:
        with pytest.raises(Unreachable) as caught:
            await check(connection, 0.05)
    assert caught.value.code == "timeout"


async def test_nobody_listening_is_said() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(Unreachable) as caught:
        await check(CheckConnection(parse_service_address(f"http://127.0.0.1:{port}")))
    assert caught.value.code == "connection-refused"
