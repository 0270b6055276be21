"""The back end: echoes, swallows or keeps waiting. Run as `python -m tests.benchmarks.peers.backend PORT`."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import cast

import uvloop

_LENGTH = re.compile(rb"\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\ntransfer-encoding: *chunked", re.IGNORECASE)
_TYPE = re.compile(rb"\ncontent-type: *([^\r\n]+)", re.IGNORECASE)
_REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
_DELAY = 1.0


class BackEnd(asyncio.Protocol):
    """`/echo` sends the body back, `/sink` counts it, `/late` answers a small text after a second.

    Just enough of HTTP/1.1 to be cheap: bodies by length are collected (echo) or counted (sink), chunked ones counted.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport
        self._head = b""
        self._path = b""
        self._type = b""
        self._left = 0
        self._received = 0
        self._parts: list[bytes] = []
        self._chunked = False
        self._tail = b""
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._busy:
            self._body(data)
            return
        if self._head:
            data = self._head + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self._head = data
            return
        self._head = b""
        head = data[:end]
        self._path = head[head.index(b" ") + 1 : head.index(b" ", 8)].partition(b"?")[0]
        length = _LENGTH.search(head)
        kind = _TYPE.search(head)
        self._type = kind[1] if kind is not None else b"text/plain"
        self._chunked = length is None and _CHUNKED.search(head) is not None
        self._left = int(length[1]) if length is not None else 0
        self._received = 0
        self._busy = True
        self._body(data[end + 4 :])

    def _body(self, data: bytes) -> None:
        self._received += len(data)
        if self._path == b"/echo":
            self._parts.append(data)
        if self._chunked:
            self._tail = (self._tail + data)[-5:]
            if self._tail != b"0\r\n\r\n":
                return
        elif self._received < self._left:
            return
        self._busy = False
        self._tail = b""
        if self._path == b"/late":
            self._loop.call_later(_DELAY, self._reply, b"late")
        elif self._path == b"/echo":
            body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._parts = []
            self._reply(body)
        else:
            self._reply(b"%d" % self._received)

    def _reply(self, body: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(_REPLY % (self._type, len(body)) + body)


async def serve(port: int) -> None:
    """Serve on 127.0.0.1 until the process ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BackEnd(loop), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
