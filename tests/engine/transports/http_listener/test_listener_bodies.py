"""Request bodies: whole, streamed, asked for, unread, broken off, too large."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.message.body import Body
from engine.message.inbound import Inbound
from engine.transports.http_listener.errors import ClientGone, RequestTooLarge
from engine.transports.http_listener.limits import ListenerLimits

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


def post(body: bytes, *lines: bytes, path: bytes = b"/") -> bytes:
    head = [b"POST " + path + b" HTTP/1.1", b"Host: h", b"Content-Length: %d" % len(body), *lines, b"", b""]
    return b"\r\n".join(head) + body


async def read(body: Body) -> bytes:
    return b"".join([chunk async for chunk in body])


async def test_small_body_is_there_as_a_whole(rig: Any) -> None:
    await rig.serve()
    reply = await rig.ask(post(b"hello", path=b"/a?b"))
    assert (reply.status, reply.body) == (200, b"hello")
    assert reply.names["x-whole"] == "yes"
    assert (reply.names["x-method"], reply.names["x-target"]) == ("POST", "/a?b")
    assert "server" not in reply.names
    assert "date" in reply.names


async def test_small_body_in_pieces_is_collected(rig: Any) -> None:
    await rig.serve()
    client = await rig.connect()
    text = post(b"hello")
    for at in range(len(text)):
        await client.send(text[at : at + 1])
        await asyncio.sleep(0)
    reply = await client.reply()
    assert (reply.body, reply.names["x-whole"]) == (b"hello", "yes")


async def test_large_body_is_streamed_and_echoed(rig: Any) -> None:
    await rig.serve()
    client = await rig.connect()
    body = bytes(range(256)) * 4096
    reply, _ = await asyncio.gather(client.reply(), client.send(post(body)))
    assert reply.body == body
    assert reply.names["x-whole"] == "no"
    assert (await client.ask(GET)).status == 200


async def test_chunked_body_in_one_piece_is_whole(rig: Any) -> None:
    await rig.serve()
    head = b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    reply = await rig.ask(head + b"3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: v\r\n\r\n")
    assert (reply.body, reply.names["x-whole"]) == (b"abcde", "yes")


async def test_chunked_body_in_pieces_is_streamed(rig: Any) -> None:
    await rig.serve()
    client = await rig.connect()
    await client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab")
    head = await client.head()
    assert head.names["x-whole"] == "no"
    await client.send(b"c\r\n1\r\nd\r\n0\r\n\r\n" + GET)
    assert await client.chunked() == b"abcd"
    assert (await client.reply()).status == 200


async def test_continue_is_sent_when_the_body_is_read(rig: Any) -> None:
    started, read_now = asyncio.Event(), asyncio.Event()

    async def handler(inbound: Inbound) -> None:
        started.set()
        await read_now.wait()
        await inbound.respond(200, [], await read(inbound.body))

    await rig.serve(handler)
    client = await rig.connect()
    await client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    await started.wait()
    read_now.set()
    assert (await client.head()).status == 100
    await client.send(b"hello" + GET)
    assert (await client.reply()).body == b"hello"
    assert (await client.reply()).body == b""


async def test_continue_comes_before_an_answer_made_from_the_body(rig: Any) -> None:
    await rig.serve()
    client = await rig.connect()
    await client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert (await client.head()).status == 100
    await client.send(b"hello")
    assert (await client.reply()).body == b"hello"


async def test_no_continue_when_the_answer_needs_no_body(rig: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        await inbound.respond(401, [], b"no")

    await rig.serve(handler)
    client = await rig.connect()
    reply = await client.ask(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert (reply.status, reply.names["connection"]) == (401, "close")
    assert await client.ends()


async def test_no_continue_when_the_body_came_anyway(rig: Any) -> None:
    await rig.serve()
    reply = await rig.ask(post(b"hello", b"Expect: 100-continue"))
    assert (reply.status, reply.body) == (200, b"hello")


async def test_unread_body_is_taken_in_and_the_connection_kept(rig: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        await inbound.respond(200, [], b"early")

    await rig.serve(handler)
    client = await rig.connect()
    body = b"x" * 200_000
    reply, _ = await asyncio.gather(client.reply(), client.send(post(body)))
    assert (reply.body, reply.names.get("connection")) == (b"early", None)
    assert (await client.ask(GET)).body == b"early"


async def test_answer_before_a_huge_body_reaches_the_client(rig: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        await inbound.respond(403, [], b"too early")

    await rig.serve(handler)
    client = await rig.connect()
    client.writer.write(post(b"x" * 3_000_000))
    reply = await client.reply()
    assert (reply.status, reply.names["connection"], reply.body) == (403, "close", b"too early")
    assert await client.ends()


async def test_unread_chunked_body_is_given_up_beyond_the_limit(rig: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        await inbound.body.aclose()
        await inbound.respond(200, [], b"early")

    await rig.serve(handler, ListenerLimits(max_unread_body_bytes=1000))
    client = await rig.connect()
    await client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n")
    assert (await client.reply()).body == b"early"
    await client.send(b"hello\r\n800\r\n" + b"x" * 0x800)
    assert await client.ends()


async def test_reading_goes_on_after_the_answer(rig: Any) -> None:
    got: list[bytes] = []

    async def handler(inbound: Inbound) -> None:
        await inbound.respond(202, [], b"")
        got.append(await read(inbound.body))

    await rig.serve(handler)
    client = await rig.connect()
    text = post(b"x" * 100_000)
    await client.send(text[:1000])
    assert (await client.reply()).status == 202
    await client.send(text[1000:])
    await rig.until(lambda: bool(got))
    assert len(got[0]) == 100_000
    assert (await client.ask(GET)).status == 202


async def test_late_reader_does_not_touch_the_next_request(rig: Any) -> None:
    """A body that is all here is read after the answer, while the next request waits for 100-continue."""
    proceed = asyncio.Event()
    got: list[bytes] = []

    async def handler(inbound: Inbound) -> None:
        if inbound.target == "/second":
            await proceed.wait()
            await inbound.respond(200, [], await read(inbound.body))
            return
        await rig.until(lambda: inbound.body.buffered == 100_000)
        await inbound.respond(202, [], b"")
        await rig.until(lambda: rig.connections()[0]._continue)
        got.append(await read(inbound.body))
        assert rig.connections()[0]._continue
        proceed.set()

    listener = await rig.serve(handler, ListenerLimits(stream_window_bytes=200_000))
    client = await rig.connect()
    text = post(b"x" * 100_000)
    await client.send(text[:50_000])
    await rig.until(lambda: listener.requests == 1)
    await client.send(text[50_000:])
    assert (await client.reply()).status == 202
    await client.send(b"POST /second HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert (await client.head()).status == 100
    assert got == [b"x" * 100_000]
    await client.send(b"hello")
    assert (await client.reply()).body == b"hello"


@pytest.mark.parametrize("way", ["close", "abort", "half-close"])
async def test_aborted_upload_breaks_the_iteration(rig: Any, way: str) -> None:
    outcomes: list[Exception | bytes] = []

    async def handler(inbound: Inbound) -> None:
        got = b""
        try:
            async for chunk in inbound.body:
                got += chunk
        except ConnectionError as error:
            outcomes.extend((got, error))
            raise

    await rig.serve(handler)
    client = await rig.connect()
    await client.send(post(b"x" * 100_000)[:50_000])
    await rig.until(lambda: bool(rig.connections()) and rig.connections()[0]._body is not None)
    if way == "abort":
        client.reset()
    elif way == "close":
        client.writer.close()
    else:
        client.writer.write_eof()
        assert (await client.reply()).status == 500
    await rig.until(lambda: len(outcomes) == 2)
    assert isinstance(outcomes[1], ClientGone)
    assert outcomes[1].code == 101001
    await rig.until(lambda: not rig.connections())


async def test_upload_aborted_while_collecting_starts_no_handler(rig: Any) -> None:
    calls: list[str] = []

    async def handler(inbound: Inbound) -> None:
        calls.append(inbound.target)
        await inbound.respond(200, [], b"")

    listener = await rig.serve(handler)
    client = await rig.connect()
    await client.send(post(b"x" * 1000)[:500])
    await rig.until(lambda: listener.requests == 1)
    client.writer.close()
    await rig.until(lambda: not rig.connections())
    assert calls == []


async def test_body_over_the_limit_is_413(rig: Any) -> None:
    outcomes: list[Exception] = []
    started: list[str] = []

    async def handler(inbound: Inbound) -> None:
        started.append(inbound.target)
        try:
            await read(inbound.body)
        except ConnectionError as error:
            outcomes.append(error)
            with pytest.raises(ClientGone):
                await inbound.respond(500, [], b"")
            assert inbound.responded
            return
        await inbound.respond(200, [], b"fits")

    await rig.serve(handler, ListenerLimits(max_body_bytes=1000))
    assert (await rig.ask(post(b"x" * 1000))).body == b"fits"
    client = await rig.connect()
    reply = await client.ask(post(b"x" * 1001))
    assert (reply.status, reply.names["connection"]) == (413, "close")
    assert await client.ends()
    assert outcomes == []
    client = await rig.connect()
    await client.send(b"POST /late HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    await rig.until(lambda: "/late" in started)
    await client.send(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
    reply = await client.ask(b"1\r\nx\r\n0\r\n\r\n")
    assert reply.status == 413
    assert await client.ends()
    await rig.until(lambda: bool(outcomes))
    assert isinstance(outcomes[0], RequestTooLarge)


async def test_malformed_chunk_while_the_handler_reads_is_400(rig: Any) -> None:
    outcomes: list[Exception] = []
    started = asyncio.Event()

    async def handler(inbound: Inbound) -> None:
        started.set()
        try:
            await read(inbound.body)
        except ConnectionError as error:
            outcomes.append(error)
            raise

    await rig.serve(handler)
    client = await rig.connect()
    await client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    await started.wait()
    reply = await client.ask(b"3\r\nabc\r\nnonsense\r\n")
    assert (reply.status, reply.names["connection"]) == (400, "close")
    assert b"chunk" in reply.body
    assert await client.ends()
    await rig.until(lambda: bool(outcomes))


async def test_malformed_chunk_after_the_answer_began_breaks_the_connection(rig: Any) -> None:
    await rig.serve()
    client = await rig.connect()
    await client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    await client.head()
    await client.send(b"nonsense\r\n")
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await client.chunked()
