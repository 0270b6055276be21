"""One connection: requests in, answers out, in order, with the right framing."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator
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


async def parts(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


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


async def test_pipelined_requests_are_answered_in_order(rig: Any) -> None:
    async def slow_first(inbound: Inbound) -> None:
        for _ in range(20 if inbound.target == "/0" else 0):
            await asyncio.sleep(0)
        await inbound.respond(200, [], inbound.target.encode() + (inbound.body.complete or b""))

    await rig.serve(slow_first)
    client = await rig.connect()
    await client.send(b"".join(post(b"x" * at, path=b"/%d" % at) for at in range(50)))
    for at in range(50):
        assert (await client.reply()).body == b"/%d" % at + b"x" * at


async def test_pipelined_requests_of_a_half_closed_client_are_all_answered(rig: Any) -> None:
    await rig.serve()
    client = await rig.connect()
    client.writer.write(GET * 3)
    client.writer.write_eof()
    for _ in range(3):
        assert (await client.reply()).status == 200
    assert await client.ends()


async def test_half_closed_client_gets_its_answer(rig: Any) -> None:
    proceed = asyncio.Event()

    async def handler(inbound: Inbound) -> None:
        await inbound.disconnected()
        await proceed.wait()
        await inbound.respond(200, [], b"late")

    await rig.serve(handler)
    client = await rig.connect()
    await client.send(GET)
    client.writer.write_eof()
    proceed.set()
    assert (await client.reply()).body == b"late"
    assert await client.ends()


async def test_head_has_no_body(rig: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        if inbound.target == "/stream":
            await inbound.respond(200, [], parts(b"abc"))
        elif inbound.target == "/length":
            await inbound.respond(200, [(b"Content-Length", b"99")], parts(b"abc"))
        else:
            await inbound.respond(200, [], b"abc")

    await rig.serve(handler)
    client = await rig.connect()
    for target, name, value in (
        (b"/", "content-length", "3"),
        (b"/stream", "transfer-encoding", "chunked"),
        (b"/length", "content-length", "99"),
    ):
        reply = await client.ask(b"HEAD %b HTTP/1.1\r\nHost: h\r\n\r\n" % target, bodyless=True)
        assert reply.names[name] == value
    assert (await client.ask(GET)).body == b"abc"


@pytest.mark.parametrize("status", [204, 304])
async def test_bodyless_statuses(rig: Any, status: int) -> None:
    async def handler(inbound: Inbound) -> None:
        await inbound.respond(status, [], b"dropped" if inbound.target == "/" else parts(b"dropped"))

    await rig.serve(handler)
    client = await rig.connect()
    for target in (b"/", b"/stream", b"/"):
        reply = await client.ask(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % target)
        assert reply.status == status
        assert not {"content-length", "transfer-encoding"} & set(reply.names)


async def test_stream_is_chunked_in_1_1_and_ends_the_connection_in_1_0(rig: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        await inbound.respond(200, [], parts(b"ab", b"", b"cde"))

    await rig.serve(handler)
    client = await rig.connect()
    reply = await client.ask(GET)
    assert (reply.names["transfer-encoding"], reply.body) == ("chunked", b"abcde")
    reply = await client.ask(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert (reply.names.get("transfer-encoding"), reply.names["connection"]) == (None, "close")
    assert reply.body == b"abcde"


async def test_announced_stream_has_its_length(rig: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        await inbound.respond(200, [(b"content-length", b"5")], parts(b"ab", b"cde"))

    await rig.serve(handler)
    reply = await rig.ask(GET)
    assert (reply.names["content-length"], reply.body) == ("5", b"abcde")


@pytest.mark.parametrize("length", [b"4", b"6"])
async def test_stream_of_another_length_breaks_the_connection(rig: Any, length: bytes) -> None:
    failures: list[Exception] = []

    async def handler(inbound: Inbound) -> None:
        try:
            await inbound.respond(200, [(b"content-length", length)], parts(b"ab", b"cde"))
        except RuntimeError as error:
            failures.append(error)

    await rig.serve(handler)
    client = await rig.connect()
    await client.send(GET)
    got = b""
    try:
        got = await client.rest()
    except ConnectionError:
        assert got == b""
    assert not got.endswith(b"abcde") or length == b"6"
    assert "Content-Length" in str(failures[0])


async def test_stream_that_fails_breaks_the_connection(rig: Any, caplog: pytest.LogCaptureFixture) -> None:
    closed: list[bool] = []

    async def failing() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            raise LookupError("source broke")
        finally:
            closed.append(True)

    async def handler(inbound: Inbound) -> None:
        await inbound.respond(200, [], failing())

    await rig.serve(handler)
    with (
        caplog.at_level(logging.CRITICAL, "engine"),
        pytest.raises((asyncio.IncompleteReadError, ConnectionError)),
    ):
        await rig.ask(GET)
    assert closed == [True]


async def test_connection_close_and_http_1_0(rig: Any) -> None:
    await rig.serve()
    client = await rig.connect()
    reply = await client.ask(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert reply.names["connection"] == "close"
    assert await client.ends()
    client = await rig.connect()
    reply = await client.ask(b"GET / HTTP/1.0\r\n\r\n")
    assert (reply.names["connection"], reply.names["x-version"]) == ("close", "1.0")
    assert await client.ends()
    client = await rig.connect()
    for _ in range(2):
        reply = await client.ask(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert reply.names["connection"] == "keep-alive"


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
    reply = await client.ask(
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    )
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
    await client.send(
        b"POST /second HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    )
    assert (await client.head()).status == 100
    assert got == [b"x" * 100_000]
    await client.send(b"hello")
    assert (await client.reply()).body == b"hello"


async def test_next_request_does_not_wait_for_the_handler_to_return(rig: Any, within: Any) -> None:
    release = asyncio.Event()

    async def handler(inbound: Inbound) -> None:
        await inbound.respond(200, [], b"")
        if inbound.target == "/first":
            await release.wait()

    await rig.serve(handler)
    client = await rig.connect()
    assert (await client.ask(b"GET /first HTTP/1.1\r\nHost: h\r\n\r\n")).status == 200
    assert (await client.ask(GET)).status == 200
    release.set()


async def test_each_request_has_its_own_context(rig: Any) -> None:
    seen: contextvars.ContextVar[str] = contextvars.ContextVar("seen", default="nothing")

    async def handler(inbound: Inbound) -> None:
        before = seen.get()
        seen.set(inbound.target)
        await inbound.respond(200, [], before.encode())

    await rig.serve(handler)
    client = await rig.connect()
    assert (await client.ask(GET)).body == b"nothing"
    assert (await client.ask(GET)).body == b"nothing"


async def test_handler_that_fails_or_forgets_is_a_500(rig: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def handler(inbound: Inbound) -> None:
        if inbound.target.startswith("/fail"):
            raise LookupError("secret detail")

    await rig.serve(handler)
    with caplog.at_level(logging.ERROR, "engine"):
        failed = await rig.ask(b"GET /fail?password=x HTTP/1.1\r\nHost: h\r\n\r\n")
        forgot = await rig.ask(GET)
    assert (failed.status, failed.body) == (500, b"internal error\n")
    assert (forgot.status, forgot.body) == (500, b"the request was not answered\n")
    assert "GET /fail: the handler failed" in caplog.text
    assert "password" not in caplog.text


async def test_answer_that_cannot_be_written_leaves_room_for_another(rig: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        with pytest.raises(ValueError, match="line break"):
            await inbound.respond(200, [(b"X", b"a\r\nSet-Cookie: b")], b"")
        with pytest.raises(ValueError, match="status"):
            await inbound.respond(103, [], b"")
        assert not inbound.responded
        await inbound.respond(200, [], b"safe")
        assert inbound.responded
        with pytest.raises(RuntimeError, match="already"):
            await inbound.respond(200, [], b"twice")

    await rig.serve(handler)
    assert (await rig.ask(GET)).body == b"safe"


async def test_reason_phrase_is_kept(rig: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        await inbound.respond(299, [], b"", reason=b"Nearly")

    await rig.serve(handler)
    assert (await rig.ask(GET)).head.startswith(b"HTTP/1.1 299 Nearly\r\n")


async def test_client_that_leaves_is_noticed(rig: Any, within: Any) -> None:
    started = asyncio.Event()
    noticed: list[str] = []

    async def handler(inbound: Inbound) -> None:
        started.set()
        await inbound.disconnected()
        noticed.append("left")
        await inbound.disconnected()
        await rig.until(lambda: not rig.connections())
        with pytest.raises(ClientGone, match="gone"):
            await inbound.respond(200, [], parts(b"x"))
        noticed.append("told")

    await rig.serve(handler)
    client = await rig.connect()
    await client.send(GET)
    await within(started.wait())
    client.reset()
    await rig.until(lambda: noticed == ["left", "told"])


async def test_disconnected_returns_when_the_exchange_is_over(rig: Any, within: Any) -> None:
    watchers: list[asyncio.Task[None]] = []

    async def handler(inbound: Inbound) -> None:
        watchers.append(asyncio.ensure_future(inbound.disconnected()))
        await asyncio.sleep(0)
        await inbound.respond(200, [], b"")

    await rig.serve(handler)
    client = await rig.connect()
    assert (await client.ask(GET)).status == 200
    await within(watchers[0])


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


async def test_leading_empty_lines_are_skipped(rig: Any) -> None:
    await rig.serve()
    client = await rig.connect()
    for piece in (b"\r", b"\n", b"\r\n\r", b"\n" + GET):
        await client.send(piece)
    assert (await client.reply()).status == 200
    assert (await client.ask(b"\r\n" + GET)).status == 200
    assert (await client.ask(b"\r\n" * 20 + GET)).status == 400


async def test_absolute_target_and_unknown_method(rig: Any) -> None:
    await rig.serve()
    reply = await rig.ask(b"BREW http://other/pot?x HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (reply.names["x-method"], reply.names["x-target"]) == ("BREW", "/pot?x")


async def test_connection_facts(rig: Any) -> None:
    facts: list[Any] = []

    async def handler(inbound: Inbound) -> None:
        facts.append((inbound.scheme, inbound.client, inbound.http_version, inbound.headers))
        await inbound.respond(200, [], b"")

    await rig.serve(handler)
    client = await rig.connect()
    await client.ask(b"GET / HTTP/1.1\r\nHOST: h\r\nX-A: b\r\n\r\n")
    address = client.writer.get_extra_info("sockname")
    assert facts == [("http", address[:2], "1.1", [(b"host", b"h"), (b"x-a", b"b")])]
