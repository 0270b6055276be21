"""The data plane as a plain ASGI application: for any ASGI server, for mounting, for tests through httpx."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from engine.message.body import EMPTY_BODY, Body, BytesBody, HeaderPairs
from engine.message.inbound import Handler
from engine.transports.http_listener.errors import ClientGone, RequestTooLarge
from engine.transports.http_listener.limits import DEFAULT_LIMITS, ListenerLimits
from engine.transports.http_listener.response import field_lines, has_no_body, status_line

logger = logging.getLogger(__name__)

# The values of ASGI messages differ by key; the specification types them, Python's type system cannot.
Scope = MutableMapping[str, Any]
AsgiMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[AsgiMessage]]
Send = Callable[[AsgiMessage], Awaitable[None]]


class AsgiFace:
    """An ASGI application around a handler; also what HttpProtocol takes handler and limits from."""

    __slots__ = ("handler", "limits")

    def __init__(self, handler: Handler, limits: ListenerLimits = DEFAULT_LIMITS) -> None:
        self.handler = handler
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request, answer the lifespan protocol, turn WebSockets away."""
        kind = scope["type"]
        if kind == "http":
            await self._serve(scope, receive, send)
        elif kind == "lifespan":
            await _lifespan(receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1003})
        else:
            raise ValueError(f"unknown ASGI scope type {kind!r}")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = AsgiExchange(scope, receive, send)
        limit = self.limits.max_body_bytes
        body = AsgiBody(receive, exchange, limit)
        if limit is not None and body.length is not None and body.length > limit:
            await exchange.fail(413, f"the body is larger than {limit} bytes")
            return
        exchange.source = body
        try:
            if any(name == b"expect" for name, _ in exchange.headers):
                exchange.body = body
            else:
                exchange.body = await body.begin(self.limits.buffered_body_bytes)
            await self.handler(exchange)
            if not exchange.responded and not exchange.gone:
                logger.error("%s %s: the handler returned without an answer", exchange.method, exchange.path)
                await exchange.fail(500, "the request was not answered")
        except RequestTooLarge as large:
            await exchange.fail(413, large.message)
        except ClientGone as gone:
            logger.debug("%s %s: %s", exchange.method, exchange.path, gone)
        except Exception:
            if exchange.responded:
                raise
            logger.exception("%s %s: the handler failed", exchange.method, exchange.path)
            await exchange.fail(500, "internal error")
        finally:
            exchange.client_left()


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return


class AsgiBody:
    """A request body that arrives as ASGI messages."""

    __slots__ = ("_ended", "_exchange", "_first", "_limit", "_receive", "_received", "complete", "length")

    def __init__(self, receive: Receive, exchange: AsgiExchange, limit: int | None) -> None:
        self.complete: bytes | None = None
        self.length = _announced(exchange)
        self._receive = receive
        self._exchange = exchange
        self._limit = limit
        self._received = 0
        self._first = b""
        self._ended = asyncio.Event()

    async def begin(self, small: int) -> Body:
        """The whole body if it is announced as small or comes in one message, else this stream."""
        length = self.length
        if length == 0:
            self._ended.set()
            return EMPTY_BODY
        if length is None:
            self._first = await self._next()
            return BytesBody(self._first) if self._ended.is_set() else self
        if length > small:
            return self
        pieces: list[bytes] = []
        while self._received < length and not self._ended.is_set():
            pieces.append(await self._next())
        self._ended.set()
        return BytesBody(b"".join(pieces))

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._ended.set()
            self._exchange.client_left()
            raise ClientGone("the client broke off its request body")
        data: bytes = message.get("body", b"")
        if not message.get("more_body", False):
            self._ended.set()
        self._received += len(data)
        if self._limit is not None and self._received > self._limit:
            raise RequestTooLarge(f"the body is larger than {self._limit} bytes")
        return data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        first, self._first = self._first, b""
        if first:
            yield first
        while not self._ended.is_set():
            data = await self._next()
            if data:
                yield data

    async def aclose(self) -> None:
        """Give up the rest; the server takes care of what still arrives."""
        self._first = b""
        self._ended.set()

    async def disconnect(self) -> None:
        """Return when the client has gone away; looks only once the body is out of the way."""
        await self._ended.wait()
        while (await self._receive())["type"] != "http.disconnect":
            continue


class AsgiExchange:
    """A request that waits for its answer; satisfies engine.message.inbound.Inbound."""

    __slots__ = (
        "_left",
        "_send",
        "body",
        "client",
        "headers",
        "http_version",
        "method",
        "responded",
        "scheme",
        "source",
        "target",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._send = send
        self._left = asyncio.Event()
        self.source: AsgiBody | None = None
        self.method: str = scope["method"]
        path = scope.get("raw_path") or quote(scope["path"]).encode()
        query: bytes = scope.get("query_string", b"")
        self.target = (path + b"?" + query if query else path).decode("ascii")
        self.scheme: str = scope.get("scheme", "http")
        self.http_version: str = scope["http_version"]
        self.headers: HeaderPairs = [(bytes(name), bytes(value)) for name, value in scope["headers"]]
        client = scope.get("client")
        self.client: tuple[str, int] | None = (client[0], client[1]) if client else None
        self.body: Body = EMPTY_BODY
        self.responded = False

    @property
    def path(self) -> str:
        """The target without its query, which may hold secrets: for logs."""
        return self.target.partition("?")[0]

    async def respond(
        self, status: int, headers: HeaderPairs, body: bytes | AsyncIterable[bytes], *, reason: bytes = b""
    ) -> None:
        """Send the answer; see engine.message.inbound.Inbound.respond. ASGI has no place for `reason`."""
        if self.responded:
            raise RuntimeError("this request has been answered already")
        if self.gone:
            raise ClientGone("the client is gone, its request cannot be answered", sending=True)
        status_line(status, reason)
        _, announced = field_lines(headers)
        self.responded = True
        silent = has_no_body(status, self.method)
        fields = [(name.lower(), value) for name, value in headers if name.lower() not in _SERVERS]
        if isinstance(body, bytes):
            if status not in (204, 304):
                length = announced if silent and announced is not None and not body else len(body)
                fields.append((b"content-length", b"%d" % length))
        elif announced is not None and status != 204:
            fields.append((b"content-length", b"%d" % announced))
        await self._send({"type": "http.response.start", "status": status, "headers": fields})
        if isinstance(body, bytes):
            await self._send({"type": "http.response.body", "body": b"" if silent else body})
            return
        try:
            sent = 0
            if not silent:
                async for chunk in body:
                    sent += len(chunk)
                    await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
                if announced is not None and sent != announced:
                    raise RuntimeError(f"the response body has {sent} bytes, its Content-Length says {announced}")
            await self._send({"type": "http.response.body", "body": b""})
        finally:
            close = getattr(body, "aclose", None)
            if close is not None:
                await close()

    async def fail(self, status: int, text: str) -> None:
        """Answer in the handler's stead, unless an answer has begun."""
        if not self.responded:
            await self.respond(status, [(b"content-type", b"text/plain; charset=utf-8")], text.encode() + b"\n")

    async def disconnected(self) -> None:
        """Return when the client has gone away, or when the exchange is over."""
        if self.gone or self.source is None:
            return
        watch = asyncio.ensure_future(self.source.disconnect())
        over = asyncio.ensure_future(self._left.wait())
        try:
            await asyncio.wait((watch, over), return_when=asyncio.FIRST_COMPLETED)
        finally:
            watch.cancel()
            over.cancel()
        self.client_left()

    @property
    def gone(self) -> bool:
        """Whether the client is gone or the exchange over, as far as somebody has looked."""
        return self._left.is_set()

    def client_left(self) -> None:
        """Tell whoever waits for it that the client is gone or the exchange over."""
        self._left.set()


_SERVERS = frozenset((b"content-length", b"transfer-encoding", b"connection", b"date", b"keep-alive"))


def _announced(exchange: AsgiExchange) -> int | None:
    """The length of the request body; without any framing HTTP/1 has no body, later versions may have one."""
    for name, value in exchange.headers:
        if name == b"content-length" and value.isdigit():
            return int(value)
        if name == b"transfer-encoding":
            return None
    return 0 if exchange.http_version.startswith("1") else None
