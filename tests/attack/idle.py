"""A crowd of clients that ask once and then say nothing more."""

from __future__ import annotations

import asyncio
import resource

from tests.attack.wire import PATIENCE, Pair, status_of
from tests.fakes.process import memory

PING = b"GET /attacked/ping HTTP/1.1\r\nHost: a\r\n\r\n"
LAST_PING = PING.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
_AT_ONCE = 50
_OTHER_FILES = 200


def possible(wanted: int) -> int:
    """How many connections this process, and an engine with the same limit, can have open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted + _OTHER_FILES if hard == resource.RLIM_INFINITY else min(wanted + _OTHER_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed - _OTHER_FILES


async def idle(port: int, pid: int, wanted: int) -> tuple[list[int], str]:
    """The status of another client's request while `wanted` connections idle, with a 0 for each that went wrong; what
    it took. Returns when all of them are dropped."""
    count = possible(wanted)
    before = memory(pid)
    pairs: list[Pair] = []
    try:
        for start in range(0, count, _AT_ONCE):
            pairs += await asyncio.gather(*(_opened(port) for _ in range(start, min(start + _AT_ONCE, count))))
        statuses = await status_of(port, LAST_PING)
        taken = memory(pid) - before
        early = sum(reader.at_eof() for reader, _ in pairs)
        async with asyncio.timeout(PATIENCE):
            left = await asyncio.gather(*(reader.read() for reader, _ in pairs))
    finally:
        for _, writer in pairs:
            writer.transport.abort()
    wrong = early + sum(rest != b"" for rest in left)
    told = f"{count} connections, {taken * 1024 / count:.1f} KB each"
    if count < wanted:
        told += f" (not {wanted}: the limit of open files is {count + _OTHER_FILES})"
    if early:
        told += f"; {early} were dropped before all were there"
    return statuses + [0] * wrong, told


async def _opened(port: int) -> Pair:
    """A connection whose one request is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 12)
    writer.write(PING)
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
    return reader, writer
