"""Raw exchanges: what is sent is what the attack says, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

PATIENCE = 60.0
Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Pair]:
    """A connection, closed in the end however the other side behaves."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def send(writer: asyncio.StreamWriter, data: bytes | Iterable[bytes]) -> None:
    """Send all of it, or as much as the other side takes before it hangs up."""
    try:
        for piece in [data] if isinstance(data, bytes) else data:
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass  # refused before it was all sent; the answer is still to be read


async def answers(reader: asyncio.StreamReader) -> list[int]:
    """The statuses of everything that is answered until the other side closes."""
    data = b""
    async with asyncio.timeout(PATIENCE):
        try:
            while piece := await reader.read(1 << 16):
                data += piece
        except ConnectionError:
            pass  # closed hard; what was answered before counts
    return [int(part[2:5]) for part in data.split(b"HTTP/1.")[1:]]


def post(path: str, content_type: str, body: bytes, *more: str) -> bytes:
    """A whole request that asks for the connection to be closed."""
    lines = [f"POST {path} HTTP/1.1", "Host: a", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join((*lines, "Connection: close", "", "")).encode() + body


async def status_of(port: int, request: bytes | Iterable[bytes]) -> list[int]:
    """Send a request and give the statuses of all answers."""
    async with connected(port) as (reader, writer):
        sending = asyncio.create_task(send(writer, request))
        try:
            return await answers(reader)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
