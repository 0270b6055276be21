"""Neither side can make us hold more than a window, and our own slowness is not the peer's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.errors import ErrorCode, TransportError
from engine.transports.http_client import HttpClient, Timeouts
from engine.transports.http_client.body import HIGH_WATER, StreamedBody

PIECE = b"p" * 65_536
PIECES = 400
KERNEL = 16_000_000
"""More than the sockets' own buffers hold on the loopback."""


async def settled(counter: list[int]) -> int:
    """The value of a counter that has stopped growing: a hundred turns of the loop without a change."""
    calm, seen = 0, counter[0]
    while calm < 100:
        await asyncio.sleep(0.0005)
        calm = calm + 1 if counter[0] == seen else 0
        seen = counter[0]
    return seen


async def passed(seconds: float) -> None:
    """Return when the loop's clock has moved by that much."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    loop.call_later(seconds, done.set_result, None)
    await done


@pytest.mark.parametrize("chunked", [True, False])
async def test_reply_nobody_reads_stops_the_peer(client: HttpClient, start_peer: Any, chunked: bool) -> None:
    sent = [0]

    async def script(line: Any) -> None:
        await line.request()
        if chunked:
            await line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        else:
            await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(PIECE) * PIECES))
        for _ in range(PIECES):
            await line.send(b"%x\r\n%b\r\n" % (len(PIECE), PIECE) if chunked else PIECE)
            sent[0] += len(PIECE)
        if chunked:
            await line.send(b"0\r\n\r\n")
        await line.ended()

    peer = await start_peer(script)
    response = await client.request("GET", peer.target(), [])
    stopped = await settled(sent)
    assert stopped < min(KERNEL, len(PIECE) * PIECES)
    body = response.body
    assert isinstance(body, StreamedBody)
    assert 0 < body._size <= HIGH_WATER + 262_144
    received = 0
    async for chunk in body:
        received += len(chunk)
    assert received == len(PIECE) * PIECES
    assert client.idle == 1


async def test_peer_that_does_not_read_stops_the_upload(client: HttpClient, start_peer: Any) -> None:
    asked = [0]
    go_on = asyncio.Event()
    received = [0]

    async def source() -> AsyncIterator[bytes]:
        for _ in range(PIECES):
            asked[0] += len(PIECE)
            yield PIECE

    async def script(line: Any) -> None:
        await line.head()
        await go_on.wait()
        while received[0] < len(PIECE) * PIECES:
            received[0] += len(await line.reader.read(65_536))
        await line.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await line.ended()

    peer = await start_peer(script)
    call = asyncio.create_task(client.request("POST", peer.target(), [], source(), content_length=len(PIECE) * PIECES))
    stopped = await settled(asked)
    assert 0 < stopped < KERNEL
    go_on.set()
    assert (await call).status == 204
    assert received[0] == len(PIECE) * PIECES


@pytest.mark.parametrize("kind", ["bytes", "stream"])
async def test_peer_that_does_not_read_times_out(client: HttpClient, start_peer: Any, kind: str) -> None:
    async def source() -> AsyncIterator[bytes]:
        while True:
            yield PIECE

    async def script(line: Any) -> None:
        await line.head()
        line.writer.transport.pause_reading()
        await asyncio.Event().wait()

    peer = await start_peer(script)
    body = PIECE * PIECES if kind == "bytes" else source()
    with pytest.raises(TransportError) as caught:
        await client.request("POST", peer.target(), [], body, timeouts=Timeouts(read=0.05))
    assert (caught.value.base_code, caught.value.state) == (ErrorCode.TIMEOUT, 2)


async def test_slow_reader_does_not_count_as_silence(client: HttpClient, start_peer: Any) -> None:
    async def script(line: Any) -> None:
        await line.request()
        await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(PIECE) * 8))
        await line.send(PIECE * 8)
        await line.ended()

    peer = await start_peer(script)
    response = await client.request("GET", peer.target(), [], timeouts=Timeouts(read=0.3))
    await passed(0.7)
    assert len(await response.read()) == len(PIECE) * 8


async def test_slow_source_does_not_count_as_silence(client: HttpClient, echo: Any) -> None:
    async def source() -> AsyncIterator[bytes]:
        yield b"a"
        await passed(0.7)
        yield b"b"

    response = await client.request("POST", echo.target(), [], source(), timeouts=Timeouts(read=0.3))
    assert await response.read() == b"POST /|ab"


async def test_upload_that_never_waits_lets_others_run(client: HttpClient, start_peer: Any) -> None:
    turns = [0]

    async def script(line: Any) -> None:
        await line.request()
        await line.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await line.ended()

    async def source() -> AsyncIterator[bytes]:
        for _ in range(2_000):
            yield b"x" * 1_000

    async def other() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    peer = await start_peer(script)
    running = asyncio.create_task(other())
    await client.request("POST", peer.target(), [], source())
    running.cancel()
    assert turns[0] >= 7


async def test_second_reader_of_a_body_is_told(client: HttpClient, start_peer: Any) -> None:
    async def script(line: Any) -> None:
        await line.request()
        await line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await line.ended()

    peer = await start_peer(script)
    response = await client.request("GET", peer.target(), [])
    first = asyncio.create_task(response.read())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="being read already"):
        await response.read()
    first.cancel()
    await asyncio.wait([first])
    with pytest.raises(RuntimeError, match="closed before its end"):
        await response.read()
