"""The load generator: orders as JSON lines on standard input, results as JSON lines on standard output.

Orders: `{"do": "load", port, path, body, type, connections, seconds, warm}` keeps each connection busy with one request
after the other (with `warm`, the replies of so many seconds at the beginning do not count, nor those after the end);
`{"do": "burst", port, path, count}` sends that many requests at once over as many connections;
`{"do": "upload", port, path, type, file, size, parallel}` streams bodies of `size` bytes out of a file.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import sys
import time
from collections.abc import Callable
from typing import Any, cast

import uvloop

_LENGTH = re.compile(rb"\ncontent-length: *(\d+)", re.IGNORECASE)
_PIECE = 262_144
_LIMIT = 120.0


class Client(asyncio.Protocol):
    """One connection with one request at a time; `done` is called with status and seconds of each."""

    def __init__(self, loop: asyncio.AbstractEventLoop, done: Callable[[Client, int, float], None]) -> None:
        self._loop = loop
        self._done = done
        self._head = b""
        self._left = -1
        self._chunked = False
        self._tail = b""
        self._status = 0
        self._began = 0.0
        self._busy = False
        self.transport: asyncio.Transport
        self.writable = asyncio.Event()
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes) -> None:
        """Start an exchange."""
        self._busy = True
        self._began = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            data = self._head + data if self._head else data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._head = data
                return
            head, data = data[:end], data[end + 4 :]
            self._head = b""
            self._status = int(head[9:12])
            length = _LENGTH.search(head)
            self._chunked = length is None and self._status not in (204, 304)
            self._left = int(length[1]) if length is not None else 0
        if self._chunked:
            self._tail = (self._tail + data)[-5:]
            if self._tail != b"0\r\n\r\n":
                return
            self._tail = b""
        else:
            self._left -= len(data)
            if self._left > 0:
                return
        self._finish(self._status)

    def _finish(self, status: int) -> None:
        self._left = -1
        if self._busy:
            self._busy = False
            self._done(self, status, time.perf_counter() - self._began)

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.writable.set()
        self._finish(0)


def request_of(order: dict[str, Any], length: int) -> bytes:
    """The head of a request as a usual client writes it."""
    method = order.get("method", "POST")
    lines = [
        f"{method} {order['path']} HTTP/1.1",
        f"Host: 127.0.0.1:{order['port']}",
        "User-Agent: bench/1.0",
        "Accept: */*",
    ]
    if method != "GET":
        lines += [f"Content-Type: {order.get('type', 'application/json')}", f"Content-Length: {length}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def summary(taken: list[float], bad: int, seconds: float) -> dict[str, float]:
    """Counts and percentiles of one order, times in milliseconds."""
    taken.sort()
    count = len(taken)
    return {
        "requests": count,
        "bad": bad,
        "seconds": seconds,
        "rate": count / seconds,
        "mean": sum(taken) / count * 1e3 if count else 0.0,
        "p50": taken[count // 2] * 1e3 if count else 0.0,
        "p99": taken[min(count - 1, int(count * 0.99))] * 1e3 if count else 0.0,
        "max": taken[-1] * 1e3 if count else 0.0,
    }


async def load(order: dict[str, Any]) -> dict[str, float]:
    """Keep `connections` busy for `seconds`."""
    loop = asyncio.get_running_loop()
    body = base64.b64decode(order.get("body", ""))
    request = request_of(order, len(body)) + body
    taken: list[float] = []
    bad = 0
    running = int(order["connections"])
    over = loop.create_future()
    warm = float(order.get("warm", 0))
    counted = end = 0.0

    def done(client: Client, status: int, seconds: float) -> None:
        nonlocal bad, running
        now = time.perf_counter()
        if not warm or counted <= now <= end:
            taken.append(seconds)
        if not 200 <= status < 300:
            bad += 1
        if now < end and status:
            client.send(request)
            return
        running -= 1
        if not running and not over.done():
            over.set_result(None)

    clients = [await connected(order["port"], done) for _ in range(running)]
    began = time.perf_counter()
    counted, end = began + warm, began + order["seconds"]
    for client in clients:
        client.send(request)
    async with asyncio.timeout(order["seconds"] + _LIMIT):
        await over
    spent = end - counted if warm else time.perf_counter() - began
    for client in clients:
        client.transport.close()
    return summary(taken, bad, spent)


async def burst(order: dict[str, Any]) -> dict[str, float]:
    """`count` requests at once, each on a connection of its own."""
    loop = asyncio.get_running_loop()
    request = request_of({**order, "method": "GET"}, 0)
    taken: list[float] = []
    bad = 0
    over = loop.create_future()
    count = int(order["count"])

    def done(client: Client, status: int, seconds: float) -> None:
        nonlocal bad
        taken.append(seconds)
        bad += not 200 <= status < 300
        if len(taken) == count and not over.done():
            over.set_result(None)

    clients = [await connected(order["port"], done) for _ in range(count)]
    began = time.perf_counter()
    for client in clients:
        client.send(request)
    async with asyncio.timeout(_LIMIT):
        await over
    spent = time.perf_counter() - began
    for client in clients:
        client.transport.close()
    return summary(taken, bad, spent)


async def upload(order: dict[str, Any]) -> dict[str, float]:
    """`parallel` streamed uploads at once."""
    began = time.perf_counter()
    results = await asyncio.gather(*(one_upload(order) for _ in range(order.get("parallel", 1))))
    spent = time.perf_counter() - began
    return summary([seconds for _, seconds in results], sum(not 200 <= each < 300 for each, _ in results), spent)


async def one_upload(order: dict[str, Any]) -> tuple[int, float]:
    """One streamed upload; status and seconds."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[tuple[int, float]] = loop.create_future()

    def done(client: Client, status: int, seconds: float) -> None:
        if not answer.done():
            answer.set_result((status, seconds))

    client = await connected(order["port"], done)
    size = int(order["size"])
    client.send(request_of(order, size))
    left = size
    with open(order["file"], "rb") as opened:
        while left and not answer.done():
            piece = opened.read(min(_PIECE, left))
            if not piece:
                opened.seek(0)
                continue
            left -= len(piece)
            client.transport.write(piece)
            await client.writable.wait()
    async with asyncio.timeout(_LIMIT):
        status, seconds = await answer
    client.transport.close()
    return status, seconds


async def connected(port: int, done: Callable[[Client, int, float], None]) -> Client:
    """A new connection."""
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: Client(loop, done), "127.0.0.1", port)
    return client


def main() -> None:
    """Obey until standard input ends."""
    orders = {"load": load, "burst": burst, "upload": upload}
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in sys.stdin:
            order = json.loads(line)
            result = runner.run(orders[order["do"]](order))
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
