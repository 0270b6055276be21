"""The clients of the soak, each asking for one kind of request after the other."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable

BIG = 1_500_000
"""Bytes of a body that goes to a temporary file."""

Answer = tuple[int, bytes]


class Connection:
    """A connection kept from one request to the next; opened anew when it has gone."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._pair: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes, content_type: str = "application/json") -> Answer:
        """One whole exchange."""
        reader, _ = await self.begin(path, body, len(body), content_type)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        lower = head.lower()
        if b"content-length: " in lower:
            content = await reader.readexactly(int(lower.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        elif b"transfer-encoding: chunked" in lower:
            content = b""
            while size := int((await reader.readline()).strip(), 16):
                content += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        else:
            content = b""
        if b"connection: close" in lower:
            self.drop()
        return status, content

    async def begin(
        self, path: str, body: bytes, length: int, content_type: str = "application/json"
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Send the head, announcing `length` bytes, and `body`."""
        if self._pair is None:
            self._pair = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._pair
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {length}\r\n\r\n".encode()
        )
        writer.write(body)
        await writer.drain()
        return reader, writer

    def drop(self) -> None:
        """Close without a word."""
        if self._pair is not None:
            self._pair[1].transport.abort()
            self._pair = None


async def _good(connection: Connection, number: int) -> str:
    status, body = await connection.post("/soak/good", b'{"id":%d}' % number)
    return "good" if (status, json.loads(body)) == (200, {"id": number, "seen": True}) else f"good: {status} {body!r}"


async def _spilled(connection: Connection, number: int) -> str:
    sent = b'{"id":%d,"filler":"' % number + b"x" * BIG + b'"}'
    status, body = await connection.post("/soak/spilled", sent, "text/plain")
    return "spilled" if (status, body) == (200, sent) else f"spilled: {status} {body[:100]!r}"


def _faulting(name: str, code: str) -> Kind:
    async def ask(connection: Connection, number: int) -> str:
        status, body = await connection.post(f"/soak/{name}", b'{"id":%d}' % number)
        return name if (status, json.loads(body)) == (502, {"code": code}) else f"{name}: {status} {body!r}"

    return ask


async def _malformed(connection: Connection, number: int) -> str:
    status, body = await connection.post("/soak/faulted", b'{"id":%d' % number)
    return "malformed" if status == 502 else f"malformed: {status} {body!r}"


async def _half(connection: Connection, number: int) -> str:
    """The back end breaks off in its reply: so must the engine, it has no other way to tell."""
    try:
        status, body = await connection.post("/soak/half", b'{"id":%d}' % number)
    except (asyncio.IncompleteReadError, ConnectionError):
        connection.drop()
        return "half"
    return "half" if status == 502 else f"half: {status} {body!r}"


async def _gone_waiting(connection: Connection, number: int) -> str:
    """The client goes while the back end thinks."""
    await connection.begin("/soak/waiting", b'{"id":%d}' % number, len(b'{"id":%d}' % number))
    await asyncio.sleep(0)
    connection.drop()
    return "gone while waiting"


async def _gone_sending(connection: Connection, number: int) -> str:
    """The client goes in the middle of its body."""
    await connection.begin("/soak/spilled", b"x" * 300_000, BIG, "text/plain")
    connection.drop()
    return "gone while sending"


Kind = Callable[[Connection, int], Awaitable[str]]
_FAULTED = _faulting("faulted", "SOAK")
_SILENT = _faulting("silent", "101504")
_DEAD = _faulting("dead", "101503")
_ROUND: tuple[Kind, ...] = (
    *[_good] * 9,
    _FAULTED,
    _FAULTED,
    _malformed,
    _DEAD,
    _DEAD,
    _half,
    _gone_waiting,
    _gone_sending,
    _SILENT,
    _good,
    _spilled,
)


async def ask(port: int, count: int, *, first: int = 0, at_once: int = 16) -> Counter[str]:
    """`count` requests over `at_once` connections; what became of them by kind; a wrong answer is a kind too."""
    numbers = iter(range(first, first + count))
    outcomes: Counter[str] = Counter()

    async def client() -> None:
        connection = Connection(port)
        try:
            for number in numbers:
                outcomes[await _ROUND[number % len(_ROUND)](connection, number)] += 1
        finally:
            connection.drop()

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(client())
    return outcomes


KINDS = frozenset(
    ("good", "spilled", "faulted", "malformed", "silent", "dead", "half", "gone while waiting", "gone while sending")
)
