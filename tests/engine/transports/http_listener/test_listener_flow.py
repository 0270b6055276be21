"""Large bodies keep memory bounded in both directions; any split of the bytes gives the same answers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn import Config
from uvicorn.server import ServerState

from engine.message.inbound import Inbound
from engine.transports.http_listener.asgi import AsgiFace
from engine.transports.http_listener.limits import DEFAULT_LIMITS
from engine.transports.http_listener.protocol import HttpProtocol

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
ONE_READ = 262_144
"""The most that an event loop hands over at once."""


async def test_upload_never_piles_up_before_a_slow_reader(rig: Any) -> None:
    peak = 0

    async def handler(inbound: Inbound) -> None:
        nonlocal peak
        digest = hashlib.sha256()
        async for chunk in inbound.body:
            digest.update(chunk)
            for _ in range(5):
                await asyncio.sleep(0)
            peak = max(peak, len(chunk), inbound.body.buffered)  # type: ignore[attr-defined]
        await inbound.respond(200, [], digest.digest())

    await rig.serve(handler)
    client = await rig.connect()
    body = bytes(range(251)) * 150_000
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body)
    client.writer.write(head)
    reply, _ = await asyncio.gather(client.reply(), client.send(body))
    assert reply.body == hashlib.sha256(body).digest()
    assert 0 < peak <= DEFAULT_LIMITS.stream_window_bytes + ONE_READ


async def test_download_waits_for_a_slow_reader(rig: Any) -> None:
    produced = 0
    peak = 0
    size, count = 65_536, 1_000

    async def stream() -> AsyncIterator[bytes]:
        nonlocal produced, peak
        for _ in range(count):
            yield b"x" * size
            produced += 1
            peak = max(peak, rig.connections()[0].transport.get_write_buffer_size())

    async def handler(inbound: Inbound) -> None:
        await inbound.respond(200, [(b"content-length", b"%d" % (size * count))], stream())

    await rig.serve(handler)
    client = await rig.connect()
    await client.send(GET)
    await rig.until(lambda: bool(rig.connections()) and rig.connections()[0].write_paused)
    assert produced < count
    assert len((await client.reply()).body) == size * count
    assert peak <= 65_536 + 2 * size


async def test_large_whole_answers_do_not_pile_up_behind_each_other(rig: Any) -> None:
    answered = 0

    async def handler(inbound: Inbound) -> None:
        nonlocal answered
        await inbound.respond(200, [], b"x" * 10_000_000)
        answered += 1

    await rig.serve(handler)
    client = await rig.connect()
    await client.send(GET * 20)
    await rig.until(lambda: bool(rig.connections()) and rig.connections()[0].write_paused)
    assert answered < 20
    assert rig.connections()[0].transport.get_write_buffer_size() <= 10_100_000
    for _ in range(20):
        assert len((await client.reply()).body) == 10_000_000


class Wire(asyncio.Transport):
    """A transport that keeps what was written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.written = bytearray()
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    abort = close

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.closing = True

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        return

    def resume_reading(self) -> None:
        return


async def digest(inbound: Inbound) -> None:
    body = b"".join([chunk async for chunk in inbound.body])
    await inbound.respond(200, [], b"%b %b %b\n" % (inbound.method.encode(), inbound.target.encode(), body))


async def wire_of(pieces: list[bytes], pauses: bool) -> bytes:
    """What a connection answers when the bytes come in these pieces."""
    protocol = HttpProtocol(Config(AsgiFace(digest), log_config=None), ServerState(), {})
    wire = Wire()
    protocol.connection_made(wire)
    for piece in pieces:
        protocol.data_received(piece)
        if pauses:
            await asyncio.sleep(0)
    for _ in range(200):
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    lines = bytes(wire.written).split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith(b"date: "))


FRAGMENTS = st.lists(
    st.one_of(
        st.binary(max_size=8),
        st.sampled_from(
            [
                b"GET ", b"POST ", b"/", b" HTTP/1.1", b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"Host: h\r\n",
                b":",
                b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n",
                b"Connection: close\r\n", b"5\r\nhello\r\n", b"0\r\n\r\n", b" ", b"\t", b"\0", b"\xff", b";",
                b"http://h", b"HTTP/1.0\r\n", GET, b"POST / HTTP/1.1\r\nHost: h\r\n",
            ]
        ),
    ),
    min_size=1,
    max_size=25,
)  # fmt: skip


REQUESTS = st.sampled_from(
    [
        GET,
        b"HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n",
        b"POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world",
        b"PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;x\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n",
        b"\r\nPOST /empty HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
        b"BAD REQUEST\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(REQUESTS, min_size=1, max_size=6), st.lists(st.integers(1, 600), max_size=12), st.booleans())
def test_any_split_of_the_bytes_gives_the_same_answers(requests: list[bytes], cuts: list[int], pauses: bool) -> None:
    stream = b"".join(requests)
    edges = [0, *sorted({cut for cut in cuts if cut < len(stream)}), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]

    async def both() -> tuple[bytes, bytes]:
        return await wire_of([stream], False), await wire_of(pieces, pauses)

    whole, split = asyncio.run(both())
    assert split == whole
    assert whole.startswith(b"HTTP/1.1 ")


@settings(max_examples=400, deadline=None)
@given(FRAGMENTS, st.booleans())
def test_garbage_is_refused_in_good_order_whatever_it_is(fragments: list[bytes], pauses: bool) -> None:
    stream = b"".join(fragments)

    async def both() -> tuple[bytes, bytes]:
        return await wire_of([stream], False), await wire_of([bytes([byte]) for byte in stream], pauses)

    whole, split = asyncio.run(both())
    assert whole == b"" or whole.startswith(b"HTTP/1.1 ")
    assert not {line for line in status_lines(whole) if line.startswith(b"HTTP/1.1 500")}
    assert status_lines(split) == status_lines(whole)


def status_lines(wire: bytes) -> list[bytes]:
    """The answers' statuses; whether 100-continue is needed depends on how soon the body comes."""
    statuses = [line[:12] for line in wire.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    return [status for status in statuses if status != b"HTTP/1.1 100"]
