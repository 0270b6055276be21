"""One request and its one answer on a kept-alive connection; what the handler holds as its Inbound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING

from engine.message.body import EMPTY_BODY, Body, HeaderPairs
from engine.transports.http_listener.connection import JOIN_BELOW
from engine.transports.http_listener.errors import ClientGone
from engine.transports.http_listener.head import RequestHead
from engine.transports.http_listener.response import (
    date_line,
    field_lines,
    has_no_body,
    refusal,
    status_line,
)

if TYPE_CHECKING:
    from engine.transports.http_listener.reader import RequestReader


class Exchange:
    """A request that waits for its answer; satisfies engine.message.inbound.Inbound."""

    __slots__ = (
        "_gone",
        "_left",
        "_protocol",
        "answered",
        "body",
        "client",
        "handled",
        "headers",
        "http_version",
        "keep_alive",
        "method",
        "refused",
        "responded",
        "scheme",
        "target",
        "task",
    )

    def __init__(self, protocol: RequestReader, head: RequestHead) -> None:
        self._protocol = protocol
        self._gone: asyncio.Event | None = None
        self._left = False
        self.method = head.method
        self.target = head.target
        self.scheme = protocol.scheme
        self.http_version = head.version
        self.headers = head.headers
        self.client = protocol.client
        self.body: Body = EMPTY_BODY
        self.responded = False
        self.keep_alive = head.keep_alive
        self.refused = False
        """The listener itself answered, because the rest of the request was unacceptable."""
        self.answered = False
        """The whole answer has been handed to the socket."""
        self.task: asyncio.Task[None] | None = None
        """What runs the handler."""
        self.handled = False
        """The handler has returned."""

    @property
    def path(self) -> str:
        """The target without its query, which may hold secrets: for logs."""
        return self.target.partition("?")[0]

    async def respond(
        self, status: int, headers: HeaderPairs, body: bytes | AsyncIterable[bytes], *, reason: bytes = b""
    ) -> None:
        """Send the answer; see engine.message.inbound.Inbound.respond.

        Raises ValueError, with nothing sent, when status, reason or a header cannot be written safely.
        """
        protocol = self._protocol
        if self.responded and not self.refused:
            raise RuntimeError("this request has been answered already")
        if self.refused or protocol.lost:
            await _give_up(body)
            raise ClientGone("the client is gone, its request cannot be answered", sending=True)
        start = status_line(status, reason)
        fields, announced = field_lines(headers)
        self.responded = True
        if isinstance(body, bytes):
            self._respond_whole(start, fields, status, announced, body)
            if protocol.write_paused:
                await protocol.drained()
        else:
            await self._respond_stream(start, fields, status, announced, body)
        self.answered = True
        protocol.exchange_progressed(self)

    def _respond_whole(self, start: bytes, fields: bytes, status: int, announced: int | None, body: bytes) -> None:
        protocol = self._protocol
        protocol.settle_keep_alive(self, streams=False, success=True)
        connection = self._connection_line()
        if has_no_body(status, self.method):
            if self.method == "HEAD" and status not in (204, 304):
                length = announced if announced is not None and not body else len(body)
                fields = b"%bcontent-length: %d\r\n" % (fields, length)
            protocol.write(b"%b%b%b%b\r\n" % (start, fields, date_line(), connection))
            return
        size = len(body)
        head = b"%b%b%bcontent-length: %d\r\n%b\r\n" % (start, fields, date_line(), size, connection)
        if size <= JOIN_BELOW:
            protocol.write(head + body)
        else:
            protocol.write(head)
            protocol.write(body)

    async def _respond_stream(
        self, start: bytes, fields: bytes, status: int, announced: int | None, body: AsyncIterable[bytes]
    ) -> None:
        protocol = self._protocol
        silent = has_no_body(status, self.method)
        protocol.settle_keep_alive(self, streams=not silent, success=status < 400)
        chunked = False
        framing = b""
        if announced is not None:
            if status != 204:
                framing = b"content-length: %d\r\n" % announced
        elif self.http_version == "1.1":
            chunked = not silent
            if status not in (204, 304):
                framing = b"transfer-encoding: chunked\r\n"
        elif not silent:
            self.keep_alive = False
        protocol.write(b"%b%b%b%b%b\r\n" % (start, fields, date_line(), framing, self._connection_line()))
        if silent:
            await _give_up(body)
            return
        try:
            await self._send_chunks(body, announced, chunked)
        except BaseException:
            protocol.abort()
            raise
        finally:
            await _give_up(body)

    async def _send_chunks(self, body: AsyncIterable[bytes], announced: int | None, chunked: bool) -> None:
        protocol = self._protocol
        sent = 0
        async for chunk in body:
            size = len(chunk)
            if not size:
                continue
            sent += size
            if chunked:
                protocol.write_chunk(chunk)
            elif announced is not None and sent > announced:
                raise RuntimeError(f"the response body is longer than its Content-Length of {announced}")
            else:
                protocol.write(chunk)
            if protocol.write_paused:
                await protocol.drained()
        if chunked:
            protocol.write(b"0\r\n\r\n")
        elif announced is not None and sent != announced:
            raise RuntimeError(f"the response body has {sent} bytes, its Content-Length says {announced}")

    def _connection_line(self) -> bytes:
        if not self.keep_alive:
            return b"connection: close\r\n"
        if self.http_version == "1.0":
            return b"connection: keep-alive\r\n"
        return b""

    def fail(self, status: int, text: str) -> None:
        """Answer in the handler's stead and close; an answer that has begun is broken off instead."""
        protocol = self._protocol
        self.keep_alive = False
        if not self.responded:
            self.responded = self.answered = True
            if not protocol.lost:
                protocol.write(refusal(status, text, with_body=self.method != "HEAD"))
        elif not self.answered:
            protocol.abort()

    async def disconnected(self) -> None:
        """Return when the client has gone away, or when the exchange is over."""
        if self._left:
            return
        if self._gone is None:
            self._gone = asyncio.Event()
        await self._gone.wait()

    def client_left(self) -> None:
        """Tell whoever waits for it that the client is gone."""
        self._left = True
        if self._gone is not None:
            self._gone.set()


async def _give_up(body: bytes | AsyncIterable[bytes]) -> None:
    """Close a stream that will not be read on, if it can be closed."""
    close = getattr(body, "aclose", None)
    if close is not None:
        await close()
