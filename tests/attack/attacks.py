"""The attacks: each gives the statuses it got, and says which it should."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from tests.attack.idle import idle
from tests.attack.wire import answers, connected, post, send, status_of

MILLION = 1_000_000
Statuses = list[int]


@dataclass(frozen=True, slots=True)
class Target:
    """What is attacked, by how large a crowd, and what there is to tell about it besides the answers."""

    port: int
    pid: int
    crowd: int = 10_000
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack; `expected` are the answers it must get."""

    name: str
    run: Callable[[Target], Awaitable[Statuses]]
    expected: Statuses


ATTACKS: list[Attack] = []
Run = Callable[[Target], Awaitable[Statuses]]


def attack(*expected: int) -> Callable[[Run], Run]:
    """Register an attack with the answers it must get."""

    def add(run: Run) -> Run:
        ATTACKS.append(Attack(run.__name__, run, list(expected)))
        return run

    return add


def _sends(name: str, expected: Statuses, make: Callable[[], bytes | Iterator[bytes]]) -> None:
    async def run(target: Target) -> Statuses:
        return await status_of(target.port, make())

    ATTACKS.append(Attack(name, run, expected))


async def _drip(port: int, start: bytes, drops: bytes) -> Statuses:
    """Send a byte now and then until an answer comes."""
    async with connected(port) as (reader, writer):
        await send(writer, start)
        listening = asyncio.create_task(answers(reader))
        while not listening.done():
            await send(writer, drops)
            await asyncio.wait([listening], timeout=0.05)
        return listening.result()


@attack(408)
async def slow_head(target: Target) -> Statuses:
    """A head that never ends."""
    return await _drip(target.port, b"POST /attacked/json HTTP/1.1\r\nHost: a\r\nX-Slow: ", b"x")


@attack(408)
async def slow_body(target: Target) -> Statuses:
    """A body that drips."""
    return await _drip(target.port, post("/attacked/json", "application/json", b"x" * 5000)[:-5000], b" ")


@attack(200)
async def idle_connections(target: Target) -> Statuses:
    """A crowd of connections that say nothing more; the others are served, and all of them dropped in the end."""
    statuses, told = await idle(target.port, target.pid, target.crowd)
    target.notes.append(told)
    return statuses


@attack(*[200] * 1000)
async def pipelining(target: Target) -> Statuses:
    """A thousand requests sent ahead of their answers: answered, all of them."""
    request = b"GET /attacked/ping HTTP/1.1\r\nHost: a\r\n\r\n"
    last = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    return await status_of(target.port, [request * 999 + last])


@attack(200)
async def aborted_uploads(target: Target) -> Statuses:
    """Uploads broken off half-way."""
    for path in ("json", "untouched") * 20:
        async with connected(target.port) as (_, writer):
            await send(writer, post(f"/attacked/{path}", "application/json", b"x" * 300_000)[:-100_000])
    return await status_of(target.port, b"GET /attacked/ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")


@attack(200)
async def unread_reply(target: Target) -> Statuses:
    """A client that never reads what it asked for, a hundred times; the others are served."""
    async with connected(target.port) as (_, writer):
        writer.write(b"GET /attacked/ping HTTP/1.1\r\nHost: a\r\n\r\n" * 100_000)
        return await status_of(target.port, b"GET /attacked/ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")


def _smuggled(*lines: str, body: str = "0\r\n\r\n") -> Callable[[], bytes]:
    inner = "GET /attacked/ping HTTP/1.1\r\nHost: a\r\n\r\n"
    return lambda: (
        "\r\n".join(("POST /attacked/untouched HTTP/1.1", "Host: a", *lines, "", "")) + body + inner
    ).encode()


_PING = b"GET /attacked/ping HTTP/1.1\r\nHost: a\r\n"
_sends("long_header", [431], lambda: _PING + b"X-Long: " + b"x" * MILLION + b"\r\n\r\n")
_sends("many_headers", [431], lambda: _PING + b"X: y\r\n" * 5000 + b"\r\n")
_sends("long_target", [414], lambda: b"GET /" + b"a" * MILLION + b" HTTP/1.1\r\nHost: a\r\n\r\n")
_sends("both_lengths", [400], _smuggled("Content-Length: 5", "Transfer-Encoding: chunked"))
_sends("two_lengths", [400], _smuggled("Content-Length: 5", "Content-Length: 0"))
_sends("folded_coding", [400], _smuggled("Transfer-Encoding:", " chunked"))
_sends("blank_before_colon", [400], _smuggled("Transfer-Encoding : chunked"))
_sends("odd_coding", [400], _smuggled("Transfer-Encoding: chunked, identity"))
_sends("bare_line_feed", [400], lambda: b"GET /attacked/ping HTTP/1.1\nHost: a\n\n" + _PING + b"\r\n")
_sends("bare_line_feed_in_chunks", [400], _smuggled("Transfer-Encoding: chunked", body="1\nx\n0\n\n"))
_sends("negative_length", [400], _smuggled("Content-Length: -1"))
_sends("signed_chunk", [400], _smuggled("Transfer-Encoding: chunked", body="+1\r\nx\r\n0\r\n\r\n"))


def _json(body: bytes) -> bytes:
    return post("/attacked/json", "application/json", body)


def _xml(body: bytes) -> bytes:
    return post("/attacked/xml", "application/xml", body)


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return _xml(f'<!DOCTYPE a [<!ENTITY l0 "lol">{entities}]><a>&l9;</a>'.encode())


def _parts() -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'
    return post("/attacked/xml", "multipart/form-data; boundary=b", part * 100_000 + b"--b--\r\n")


def _gzip() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    packed = b'{"a":"' + b"0" * 0
    pieces = [packer.compress(packed)] + [packer.compress(bytes(MILLION)) for _ in range(1000)] + [packer.flush()]
    return post("/attacked/json", "application/json", b"".join(pieces), "Content-Encoding: gzip")


_sends("million_arrays", [500], lambda: _json(b"[" * MILLION + b"]" * MILLION))
_sends("million_arrays_inside", [500], lambda: _json(b'{"a":' + b"[" * MILLION + b"]" * MILLION + b"}"))
_sends("million_objects", [500], lambda: _json(b'{"a":' * MILLION + b"1" + b"}" * MILLION))
_sends("open_arrays", [500], lambda: _json(b"[" * MILLION))
_sends("huge_json", [200], lambda: _json(b'{"a":1,"b":[' + b'{"c":"d","e":[1,2,3]},' * 500_000 + b"0]}"))
_sends("huge_json_cut_off", [500], lambda: _json(b'{"b":[' + b'{"c":"d","e":[1,2,3]},' * 500_000))
_sends("deep_elements", [200], lambda: _json(b'{"a":1,"b":[' + (b"[" * 30 + b"]" * 30 + b",") * 50_000 + b"0]}"))
_sends("ten_million_digits", [500], lambda: _json(b'{"a":' + b"9" * (10 * MILLION) + b"}"))
_sends("ten_million_digits_elsewhere", [200], lambda: _json(b'{"b":1.' + b"9" * (10 * MILLION) + b',"a":1}'))
_sends("huge_exponent", [200], lambda: _json(b'{"a":1E' + b"9" * 1000 + b"}"))
_sends("million_keys", [200], lambda: _json(b'{"a":1' + b"".join(b',"k%d":0' % n for n in range(MILLION)) + b"}"))
_sends("deep_xml", [500], lambda: _xml(b"<a>" * MILLION + b"</a>" * MILLION))
_sends("huge_xml", [200], lambda: _xml(b"<r><a>1</a>" + b"<b c='d'>e</b>" * MILLION + b"</r>"))
_sends("many_attributes", [200], lambda: _xml(b"<a " + b"".join(b"a%d='1' " % n for n in range(50_000)) + b"/>"))
_sends("billion_laughs", [500], _laughs)
_sends("outer_entity", [500], lambda: _xml(b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>"))
_sends("many_parts", [500], _parts)
_sends("gzip_bomb", [500], _gzip)
