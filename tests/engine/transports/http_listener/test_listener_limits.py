"""Clients that are too slow, too many or too much: refused with the right status while others are served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.message.inbound import Inbound
from engine.transports.http_listener.errors import ClientGone
from engine.transports.http_listener.limits import ListenerLimits

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
UPLOAD = b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n"
SOON = ListenerLimits(
    header_timeout=0.1, body_timeout=0.1, keep_alive_timeout=0.1, write_timeout=0.2, linger_timeout=0.2
)


async def ok(inbound: Inbound) -> None:
    await inbound.respond(200, [], b"ok")


async def drip(client: Any, data: bytes) -> None:
    """Send a byte at a time, a little pause between, until the server has had enough."""
    try:
        for at in range(len(data)):
            await client.send(data[at : at + 1])
            await asyncio.sleep(0.01)
    except ConnectionError:
        return


async def test_slow_head_is_408_although_bytes_keep_coming(rig: Any) -> None:
    await rig.serve(ok, SOON)
    client = await rig.connect()
    dripping = asyncio.ensure_future(drip(client, b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000))
    reply = await client.reply()
    assert (reply.status, reply.names["connection"]) == (408, "close")
    assert b"head" in reply.body
    await dripping
    assert (await rig.ask(GET)).status == 200


async def test_silent_connection_is_closed_without_a_word(rig: Any) -> None:
    await rig.serve(ok, SOON)
    assert await (await rig.connect()).ends()


async def test_idle_kept_connection_is_closed(rig: Any) -> None:
    await rig.serve(ok, SOON)
    client = await rig.connect()
    assert (await client.ask(GET)).status == 200
    assert await client.ends()


async def test_kept_connection_gets_the_whole_header_time_for_each_request(rig: Any) -> None:
    await rig.serve(ok, ListenerLimits(header_timeout=0.1, keep_alive_timeout=30))
    client = await rig.connect()
    assert (await client.ask(GET)).status == 200
    await client.send(GET[:10])
    assert (await client.reply()).status == 408


@pytest.mark.parametrize("length", [1000, 1_000_000])
async def test_body_that_stops_is_408(rig: Any, length: int) -> None:
    outcomes: list[Exception] = []

    async def handler(inbound: Inbound) -> None:
        try:
            async for _ in inbound.body:
                continue
        except ConnectionError as error:
            outcomes.append(error)
            raise

    await rig.serve(handler, SOON)
    client = await rig.connect()
    reply = await client.ask(UPLOAD % length + b"x" * 10)
    assert (reply.status, reply.names["connection"]) == (408, "close")
    assert b"body" in reply.body
    assert await client.ends()
    if length > SOON.buffered_body_bytes:
        await rig.until(lambda: bool(outcomes))
        assert isinstance(outcomes[0], ClientGone)


async def test_body_that_never_starts_is_408(rig: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        await inbound.respond(200, [], b"".join([chunk async for chunk in inbound.body]))

    await rig.serve(handler, SOON)
    assert (await rig.ask(UPLOAD % 5)).status == 408
    assert (await rig.ask(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5")).status == 408


async def test_body_that_drips_is_408(rig: Any) -> None:
    await rig.serve(ok, SOON)
    client = await rig.connect()
    await client.send(UPLOAD % 5000)
    dripping = asyncio.ensure_future(drip(client, b"x" * 5000))
    assert (await client.reply()).status == 408
    await dripping


async def test_each_progress_gives_the_body_more_time(rig: Any) -> None:
    await rig.serve(ok, ListenerLimits(min_body_progress=10))
    client = await rig.connect()
    await client.send(UPLOAD % 100 + b"x")
    await rig.until(lambda: bool(rig.connections()) and rig.connections()[0]._received == 1)
    connection = rig.connections()[0]
    first = connection._deadline
    assert first > 0
    await client.send(b"x" * 5)
    await rig.until(lambda: connection._received == 6)
    assert connection._deadline == first
    await client.send(b"x" * 4)
    await rig.until(lambda: connection._received == 10)
    assert connection._deadline > first
    await client.send(b"x" * 90)
    assert (await client.reply()).status == 200


async def test_slow_handler_is_not_taken_for_a_slow_client(rig: Any) -> None:
    """The client is held back and its time stands still while the handler does not read."""
    deadlines: list[float] = []

    async def handler(inbound: Inbound) -> None:
        connection = rig.connections()[0]
        await rig.until(lambda: connection._read_paused)
        deadlines.append(connection._deadline)
        total = 0
        async for chunk in inbound.body:
            total += len(chunk)
        deadlines.append(connection._deadline)
        await inbound.respond(200, [], b"%d" % total)

    await rig.serve(handler)
    client = await rig.connect()
    size = 20_000_000
    reply, _ = await asyncio.gather(client.reply(), client.send(UPLOAD % size + b"x" * size))
    assert reply.body == b"%d" % size
    assert deadlines == [0.0, 0.0]


async def test_slow_flow_is_not_limited(rig: Any) -> None:
    deadlines: list[float] = []

    async def handler(inbound: Inbound) -> None:
        deadlines.append(rig.connections()[0]._deadline)
        await inbound.respond(200, [], b"at last")

    await rig.serve(handler)
    client = await rig.connect()
    for _ in range(2):
        assert (await client.ask(UPLOAD % 5 + b"hello")).body == b"at last"
    assert deadlines == [0.0, 0.0]


async def test_client_that_takes_no_answer_is_broken_off(rig: Any) -> None:
    outcomes: list[BaseException] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536

    async def handler(inbound: Inbound) -> None:
        try:
            await inbound.respond(200, [], endless())
        except ConnectionError as error:
            outcomes.append(error)
            raise

    await rig.serve(handler, SOON)
    client = await rig.connect(limit=1024)
    await client.send(GET)
    await rig.until(lambda: bool(outcomes))
    assert isinstance(outcomes[0], ClientGone)
    assert outcomes[0].code == 101000
    await rig.until(lambda: not rig.connections())


async def test_client_that_takes_no_last_answer_is_broken_off(rig: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        await inbound.respond(200, [], b"x" * 50_000_000)

    await rig.serve(handler, SOON)
    client = await rig.connect(limit=1024)
    await client.send(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    await client.head()
    await rig.until(lambda: not rig.connections())


async def test_million_character_header_is_431_and_target_414(rig: Any) -> None:
    await rig.serve(ok)
    for status, text in (
        (431, b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n"),
        (431, b"GET / HTTP/1.1\r\nHost: h\r\n" + b"a: b\r\n" * 200 + b"\r\n"),
        (414, b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n"),
    ):
        client = await rig.connect()
        client.writer.write(text)
        reply = await client.reply()
        assert (reply.status, reply.names["connection"]) == (status, "close")
        assert await client.ends()


SMUGGLING = {
    "both lengths": (400, b"Content-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "two lengths": (400, b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n"),
    "folded coding": (400, b"Content-Length: 44\r\nA: b\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "bare LF": (400, b"Content-Length: 44\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "all bare LF": (400, b"Content-Length: 44\n\n"),
    "space before colon": (400, b"Content-Length: 0\r\nTransfer-Encoding : chunked\r\n\r\n"),
    "hidden coding": (400, b"Content-Length: 0\r\nTransfer-Encoding: xchunked\r\n\r\n"),
    "chunk size with sign": (400, b"Transfer-Encoding: chunked\r\n\r\n-1\r\n"),
    "huge chunk": (400, b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
    "chunk ends in LF": (400, b"Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n"),
    "LF in extension": (400, b"Transfer-Encoding: chunked\r\n\r\n1;\nx\r\n0\r\n\r\n"),
    "second Host": (400, b"Host: other\r\n\r\n"),
    "unknown expectation": (417, b"Expect: gold\r\nContent-Length: 44\r\n\r\n"),
}


@pytest.mark.parametrize("name", SMUGGLING)
async def test_smuggled_requests_never_reach_the_handler(rig: Any, name: str) -> None:
    targets: list[str] = []

    async def handler(inbound: Inbound) -> None:
        targets.append(inbound.target)
        await inbound.respond(200, [], b"")

    await rig.serve(handler)
    status, fields = SMUGGLING[name]
    client = await rig.connect()
    await client.send(b"POST / HTTP/1.1\r\nHost: h\r\n" + fields + b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")
    reply = await client.reply()
    assert (reply.status, reply.names["connection"]) == (status, "close")
    assert reply.names["content-type"] == "text/plain; charset=utf-8"
    assert await client.ends()
    assert targets == []


async def test_refusal_waits_for_the_answers_before_it(rig: Any) -> None:
    proceed = asyncio.Event()

    async def handler(inbound: Inbound) -> None:
        await proceed.wait()
        await inbound.respond(200, [], b"first")

    await rig.serve(handler)
    client = await rig.connect()
    await client.send(GET + b"BAD\r\n\r\n" + GET)
    proceed.set()
    assert (await client.reply()).body == b"first"
    assert (await client.reply()).status == 400
    assert await client.ends()


async def test_connections_beyond_the_limit_are_503(rig: Any) -> None:
    await rig.serve(ok, ListenerLimits(max_connections=2, linger_timeout=0.1))
    kept = [await rig.connect() for _ in range(2)]
    for client in kept:
        assert (await client.ask(GET)).status == 200
    extra = await rig.connect()
    assert (await extra.reply()).status == 503
    await extra.close()
    await kept[0].close()
    await rig.until(lambda: len(rig.connections()) == 1)
    assert (await rig.ask(GET)).status == 200
    assert (await kept[1].ask(GET)).status == 200


async def test_two_thousand_idle_connections_leave_the_others_served(rig: Any) -> None:
    await rig.serve(ok)
    idle = [await rig.connect() for _ in range(2000)]
    await rig.until(lambda: len(rig.connections()) == 2000)
    for at in range(0, 2000, 2):
        idle[at].writer.write(GET[:12])
    for _ in range(20):
        assert (await rig.ask(GET)).status == 200
    for at in (0, 1998):
        await idle[at].send(GET[12:])
        assert (await idle[at].reply()).status == 200
    for at in (1, 1999):
        assert (await idle[at].ask(GET)).status == 200


async def test_pipelined_flood_is_held_back(rig: Any) -> None:
    proceed = asyncio.Event()
    peak = 0

    async def handler(inbound: Inbound) -> None:
        nonlocal peak
        await proceed.wait()
        peak = max(peak, len(rig.connections()[0]._buffer))
        await inbound.respond(200, [], b"")

    limits = ListenerLimits(max_pipelined_bytes=10_000)
    await rig.serve(handler, limits)
    client = await rig.connect()
    count = 40_000
    sending = asyncio.ensure_future(client.send(GET * count))
    await rig.until(lambda: bool(rig.connections()) and rig.connections()[0]._read_paused)
    proceed.set()
    for _ in range(count):
        assert (await client.head()).status == 200
    await sending
    assert peak <= limits.max_pipelined_bytes + 262_144


async def test_tiny_chunks_are_digested(rig: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        total = 0
        async for chunk in inbound.body:
            total += len(chunk)
        await inbound.respond(200, [], b"%d" % total)

    await rig.serve(handler)
    client = await rig.connect()
    head = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    reply, _ = await asyncio.gather(client.reply(), client.send(head + b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n"))
    assert reply.body == b"100000"
