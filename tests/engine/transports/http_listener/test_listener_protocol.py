"""One connection: requests in, answers out, in order, with the right framing."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import weakref
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.message.inbound import Inbound
from engine.transports.http_listener.errors import ClientGone

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


def post(body: bytes, *lines: bytes, path: bytes = b"/") -> bytes:
    head = [b"POST " + path + b" HTTP/1.1", b"Host: h", b"Content-Length: %d" % len(body), *lines, b"", b""]
    return b"\r\n".join(head) + body


async def parts(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


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


async def test_handler_that_puts_up_with_the_end_of_its_client_is_not_complained_about(
    rig: Any, caplog: pytest.LogCaptureFixture
) -> None:
    ended = asyncio.Event()

    async def handler(inbound: Inbound) -> None:
        await rig.until(lambda: not rig.connections())
        with pytest.raises(ClientGone):
            await inbound.respond(200, [], b"")
        ended.set()

    await rig.serve(handler)
    client = await rig.connect()
    await client.send(GET)
    client.reset()
    await rig.until(ended.is_set)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


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


class Memo:
    """What a handler keeps about its request."""

    def __init__(self, inbound: Inbound) -> None:
        self.inbound = inbound


@pytest.mark.usefixtures("no_collector")
async def test_answered_request_is_forgotten_without_the_collector(rig: Any) -> None:
    """A handler whose context variables hold the request must not make a cycle that keeps its body."""
    current: contextvars.ContextVar[Memo] = contextvars.ContextVar("current")
    seen: list[weakref.ref[Memo]] = []

    async def handle(inbound: Inbound) -> None:
        memo = Memo(inbound)
        seen.append(weakref.ref(memo))
        current.set(memo)
        await inbound.respond(200, [], inbound.body.complete or b"")

    await rig.serve(handle)
    client = await rig.connect()
    for _ in range(5):
        await client.send(post(b"x" * 1000))
        await client.reply()
    assert [memo() for memo in seen[:4]] == [None] * 4
