"""The least that can be called a pooled HTTP client: asyncio protocols and httptools, no limits, retries or clock."""

from __future__ import annotations

import asyncio
from typing import cast

import httptools


class Reply:
    """Status, header fields and body of a reply."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class _Connection(asyncio.Protocol):
    __slots__ = ("_client", "_headers", "_parser", "_parts", "_transport", "_waiter")

    def __init__(self, client: MinimalClient) -> None:
        self._client = client
        self._transport: asyncio.Transport
        self._waiter: asyncio.Future[Reply] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def start(self, request: bytes, waiter: asyncio.Future[Reply]) -> None:
        self._waiter = waiter
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)

    def on_message_complete(self) -> None:
        waiter, self._waiter = self._waiter, None
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._client.idle.append(self)
        if waiter is not None and not waiter.done():
            waiter.set_result(Reply(self._parser.get_status_code(), self._headers, body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self._client.idle:
            self._client.idle.remove(self)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ConnectionError("the back end closed the connection"))


class MinimalClient:
    """Calls one back end on 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self.idle: list[_Connection] = []
        self._port = port
        self._host = b"127.0.0.1:%d" % port

    async def post(self, path: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Reply:
        """Send one request and return its whole reply."""
        loop = asyncio.get_running_loop()
        lines = [b"POST %b HTTP/1.1\r\nHost: %b\r\nContent-Length: %d\r\n" % (path, self._host, len(body))]
        lines += [b"%b: %b\r\n" % pair for pair in headers]
        lines.append(b"\r\n")
        request = b"".join(lines) + body
        if self.idle:
            connection = self.idle.pop()
        else:
            _, connection = await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self._port)
        waiter: asyncio.Future[Reply] = loop.create_future()
        connection.start(request, waiter)
        return await waiter
