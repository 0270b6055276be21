"""The same data plane behind plain ASGI."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from engine.message.inbound import Handler, Inbound
from engine.transports.http_listener.asgi import AsgiFace
from engine.transports.http_listener.errors import ClientGone
from engine.transports.http_listener.limits import DEFAULT_LIMITS, ListenerLimits


def client(handler: Handler, limits: ListenerLimits = DEFAULT_LIMITS) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(AsgiFace(handler, limits))
    return httpx.AsyncClient(transport=transport, base_url="http://h")


async def parts(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def echo(inbound: Inbound) -> None:
    facts = [(b"X-Method", inbound.method.encode()), (b"X-Target", inbound.target.encode())]
    whole = inbound.body.complete
    await inbound.respond(200, facts, inbound.body if whole is None else whole)


async def test_request_and_answer(anyio_backend: object) -> None:
    async with client(echo) as http:
        reply = await http.post("/a%20b?c=%3d", content=b"hello")
    assert (reply.status_code, reply.content) == (200, b"hello")
    assert (reply.headers["x-method"], reply.headers["x-target"]) == ("POST", "/a%20b?c=%3d")
    assert reply.headers["content-length"] == "5"


async def test_streamed_request_and_answer(anyio_backend: object) -> None:
    wholes: list[bytes | None] = []

    async def handler(inbound: Inbound) -> None:
        wholes.append(inbound.body.complete)
        await echo(inbound)

    async with client(handler) as http:
        reply = await http.put("/", content=parts(b"ab", b"c"))
        assert reply.content == b"abc"
        assert "content-length" not in reply.headers
        assert (await http.get("/")).content == b""
    assert wholes == [None, b""]


async def test_mounted_in_another_application(anyio_backend: object) -> None:
    app = Starlette(routes=[Mount("/below", app=AsgiFace(echo))])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://h") as http:
        assert (await http.get("/below/x?y")).headers["x-target"] == "/below/x?y"


async def test_listener_owned_headers_are_dropped_and_lengths_kept(anyio_backend: object) -> None:
    async def handler(inbound: Inbound) -> None:
        headers = [(b"Connection", b"close"), (b"Date", b"x"), (b"X-A", b"b"), (b"Content-Length", b"3")]
        await inbound.respond(201, headers, parts(b"abc") if inbound.target == "/stream" else b"ab")

    async with client(handler) as http:
        whole = await http.get("/")
        stream = await http.get("/stream")
        head = await http.head("/")
    assert whole.headers.multi_items() == [("x-a", "b"), ("content-length", "2")]
    assert stream.headers["content-length"] == "3"
    assert (head.content, head.headers["content-length"]) == (b"", "2")


async def test_limits(anyio_backend: object) -> None:
    async def handler(inbound: Inbound) -> None:
        body = b"".join([chunk async for chunk in inbound.body])
        await inbound.respond(200, [], body)

    async with client(handler, ListenerLimits(max_body_bytes=4)) as http:
        assert (await http.post("/", content=b"four")).status_code == 200
        assert (await http.post("/", content=b"fives")).status_code == 413
        assert (await http.post("/", content=parts(b"ab", b"cd", b"e"))).status_code == 413
        assert (await http.post("/", content=parts(b"abcde"))).status_code == 413


async def test_failures_are_500(anyio_backend: object, caplog: pytest.LogCaptureFixture) -> None:
    async def handler(inbound: Inbound) -> None:
        if inbound.target == "/fail":
            raise LookupError("detail")
        if inbound.target == "/twice":
            await inbound.respond(200, [], b"")
            await inbound.respond(200, [], b"")

    with caplog.at_level(logging.CRITICAL, "engine"):
        async with client(handler) as http:
            assert (await http.get("/fail")).text == "internal error\n"
            assert (await http.get("/forgets")).status_code == 500
            with pytest.raises(RuntimeError, match="already"):
                await http.get("/twice")


async def test_stream_that_fails_or_is_too_short_is_not_a_whole_answer(anyio_backend: object) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"a"
        raise LookupError("source broke")

    async def handler(inbound: Inbound) -> None:
        if inbound.target == "/short":
            await inbound.respond(200, [(b"content-length", b"9")], parts(b"abc"))
        await inbound.respond(200, [], broken())

    async with client(handler) as http:
        with pytest.raises(LookupError):
            await http.get("/")
        with pytest.raises(RuntimeError, match="Content-Length"):
            await http.get("/short")


SCOPE: dict[str, Any] = {
    "type": "http",
    "http_version": "1.1",
    "method": "POST",
    "path": "/ä",
    "query_string": b"",
}
SMALL = (b"content-length", b"4")
LARGE = (b"content-length", b"4000000")


async def run(handler: Handler, messages: list[dict[str, Any]], *headers: tuple[bytes, bytes]) -> list[dict[str, Any]]:
    """Serve one request whose client says just this and then stays silent."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop(0)
        return await asyncio.Event().wait() and {}

    async def send(message: Any) -> None:
        sent.append(message)

    async with asyncio.timeout(20):
        await AsgiFace(handler)({**SCOPE, "headers": headers or [SMALL]}, receive, send)
    return sent


async def test_disconnect_while_the_body_is_read(anyio_backend: object) -> None:
    caught: list[Exception] = []

    async def handler(inbound: Inbound) -> None:
        assert inbound.target == "/%C3%A4"
        try:
            async for _ in inbound.body:
                continue
        except ConnectionError as error:
            caught.append(error)
            await inbound.disconnected()
            await inbound.respond(500, [], b"")

    part = {"type": "http.request", "body": b"ab", "more_body": True}
    assert await run(handler, [part, {"type": "http.disconnect"}], LARGE) == []
    assert isinstance(caught[0], ClientGone)


async def test_small_body_that_breaks_off_starts_no_handler(anyio_backend: object) -> None:
    part = {"type": "http.request", "body": b"ab", "more_body": True}

    async def handler(inbound: Inbound) -> None:
        raise AssertionError("called")

    assert await run(handler, [part, {"type": "http.disconnect"}]) == []


async def test_disconnect_while_the_flow_works(anyio_backend: object) -> None:
    left: list[bool] = []

    async def handler(inbound: Inbound) -> None:
        await inbound.disconnected()
        left.append(True)
        await inbound.disconnected()
        await inbound.respond(200, [], b"")

    whole = {"type": "http.request", "body": b"abcd"}
    assert await run(handler, [whole, {"type": "http.disconnect"}]) == []
    assert left == [True]


async def test_handler_that_puts_up_with_the_end_of_its_client_is_not_complained_about(
    anyio_backend: object, caplog: pytest.LogCaptureFixture
) -> None:
    async def handler(inbound: Inbound) -> None:
        await inbound.disconnected()
        with pytest.raises(ClientGone):
            await inbound.respond(200, [], b"")

    whole = {"type": "http.request", "body": b"abcd"}
    assert await run(handler, [whole, {"type": "http.disconnect"}]) == []
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_watcher_ends_with_the_exchange(anyio_backend: object) -> None:
    watchers: list[asyncio.Task[None]] = []

    async def handler(inbound: Inbound) -> None:
        watchers.append(asyncio.ensure_future(inbound.disconnected()))
        await asyncio.sleep(0)
        await inbound.body.aclose()
        await inbound.respond(200, [], b"")

    sent = await run(handler, [{"type": "http.request", "body": b"abcd"}])
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    async with asyncio.timeout(20):
        await watchers[0]


async def test_continue_is_left_to_the_first_read(anyio_backend: object) -> None:
    async def handler(inbound: Inbound) -> None:
        assert inbound.body.complete is None
        await inbound.respond(401, [], b"")

    sent = await run(handler, [], SMALL, (b"expect", b"100-continue"))
    assert sent[0]["status"] == 401


async def test_lifespan_and_websockets(anyio_backend: object) -> None:
    sent: list[Any] = []
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}, {"type": "websocket.connect"}]

    async def receive() -> dict[str, str]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    face = AsgiFace(echo)
    await face({"type": "lifespan"}, receive, send)
    await face({"type": "websocket"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete", "websocket.close"]
    with pytest.raises(ValueError, match="nonsense"):
        await face({"type": "nonsense"}, receive, send)
