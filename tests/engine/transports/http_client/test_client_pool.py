"""Which connection a call gets, how long connections live, and what a cancelled call leaves behind."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

from engine.errors import ErrorCode, TransportError
from engine.transports.http_client import HttpClient, Timeouts, parse_target

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Gate:
    """A script that tells which connection served a request, and answers when told to."""

    def __init__(self, answer: bytes = OK) -> None:
        self.answer = answer
        self.served: list[tuple[int, str]] = []
        self.arrived = 0
        self._allowed = asyncio.Semaphore(0)

    def allow(self, count: int = 1) -> None:
        for _ in range(count):
            self._allowed.release()

    async def __call__(self, line: Any) -> None:
        while True:
            head, _ = await line.request()
            if not head:
                return
            self.arrived += 1
            await self._allowed.acquire()
            self.served.append((line.number, head.split()[1].decode()))
            await line.send(self.answer)


async def test_connection_that_became_idle_last_is_used_first(
    client: HttpClient, start_peer: Any, wait_until: Any
) -> None:
    gate = Gate()
    peer = await start_peer(gate)
    calls = []
    for count in (1, 2, 3):
        calls.append(asyncio.create_task(client.request("GET", peer.target("/first"), [])))
        await wait_until(lambda count=count: gate.arrived == count)
    for call in calls:
        gate.allow()
        await call
    last = gate.served[-1][0]
    gate.allow(5)
    for _ in range(5):
        await client.request("GET", peer.target("/next"), [])
    assert {number for number, path in gate.served if path == "/next"} == {last}
    assert (client.open, client.idle, client.created, client.reused) == (3, 3, 3, 5)


async def test_calls_beyond_the_limit_are_served_in_order(make_client: Any, start_peer: Any, wait_until: Any) -> None:
    client = make_client(max_connections_per_origin=2)
    gate = Gate()
    peer = await start_peer(gate)
    calls = []
    for number in range(8):
        calls.append(asyncio.create_task(client.request("GET", peer.target(f"/{number}"), [])))
        await wait_until(lambda n=number: gate.arrived + client.waiting == n + 1)
    assert client.waiting == 6
    for number in range(8):
        gate.allow()
        await wait_until(lambda n=number: len(gate.served) == n + 1)
    await asyncio.gather(*calls)
    assert [path for _, path in gate.served] == [f"/{number}" for number in range(8)]
    assert (peer.accepted, client.open, client.waiting) == (2, 2, 0)


async def test_slot_of_a_lost_connection_goes_to_the_queue(make_client: Any, start_peer: Any, wait_until: Any) -> None:
    client = make_client(max_connections_per_origin=1)

    async def script(line: Any) -> None:
        while (await line.request())[0] and line.number > 1:
            await line.send(OK)

    peer = await start_peer(script)
    results = await asyncio.gather(
        *(client.request("GET", peer.target(), []) for _ in range(3)), return_exceptions=True
    )
    assert isinstance(results[0], TransportError)
    assert [result.status for result in results[1:]] == [200, 200]
    assert peer.accepted == 2


async def test_failed_connect_does_not_use_up_its_slot(make_client: Any) -> None:
    client = make_client(max_connections_per_origin=1)
    results = await asyncio.gather(
        *(client.request("GET", parse_target("http://127.0.0.1:1/"), []) for _ in range(4)),
        return_exceptions=True,
    )
    assert [result.base_code for result in results] == [ErrorCode.CONNECTION_FAILED] * 4


async def test_full_queue_refuses_the_call(make_client: Any, start_peer: Any, wait_until: Any) -> None:
    client = make_client(max_connections_per_origin=1, max_waiting_per_origin=1)
    gate = Gate()
    peer = await start_peer(gate)
    calls = [asyncio.create_task(client.request("GET", peer.target(), [])) for _ in range(2)]
    await wait_until(lambda: gate.arrived == 1 and client.waiting == 1)
    with pytest.raises(TransportError) as caught:
        await client.request("GET", peer.target(), [])
    assert caught.value.base_code == ErrorCode.TIMEOUT
    assert caught.value.message == "Number of queued messages exceeds the limit"
    gate.allow(2)
    await asyncio.gather(*calls)


@pytest.mark.parametrize("limits", [Timeouts(total=0.03), Timeouts(reply=0.03)])
async def test_waiting_counts_as_time_of_the_call(
    make_client: Any, start_peer: Any, wait_until: Any, limits: Timeouts
) -> None:
    client = make_client(max_connections_per_origin=1)
    gate = Gate()
    peer = await start_peer(gate)
    first = asyncio.create_task(client.request("GET", peer.target(), []))
    await wait_until(lambda: gate.arrived == 1)
    with pytest.raises(TransportError) as caught:
        await client.request("GET", peer.target(), [], timeouts=limits)
    assert (caught.value.base_code, caught.value.message) == (ErrorCode.TIMEOUT, "Send timeout")
    assert not caught.value.sent
    assert client.waiting == 0
    gate.allow()
    await first


async def test_idle_connection_expires(make_client: Any, echo: Any, wait_until: Any) -> None:
    client = make_client(idle_seconds=0.2)
    await asyncio.gather(*(client.request("GET", echo.target(), []) for _ in range(3)))
    assert client.open == 3
    await wait_until(lambda: client.open == 0 and echo.open == 0)
    await client.request("GET", echo.target(), [])
    assert client.created == 4


async def test_connection_is_not_used_after_its_time_even_if_it_is_still_open(make_client: Any, echo: Any) -> None:
    client = make_client(idle_seconds=0.001)
    await client.request("GET", echo.target(), [])
    loop = asyncio.get_running_loop()
    end = loop.time() + 0.01
    while loop.time() < end:
        if not hasattr(loop, "_ready"):  # uvloop keeps its time until the next turn
            await asyncio.sleep(0)
    await client.request("GET", echo.target(), [])
    assert (client.created, client.reused) == (2, 0)


@pytest.mark.parametrize(
    ("hint", "kept"),
    [
        (b"Keep-Alive: timeout=1", 0),
        (b"Keep-Alive: max=5, timeout=1", 0),
        (b"Keep-Alive: timeout=60, max=100", 1),
        (b"Keep-Alive: max=5", 1),
    ],
)
async def test_peer_may_say_how_long_it_keeps_connections(
    client: HttpClient, start_peer: Any, wait_until: Any, hint: bytes, kept: int
) -> None:
    gate = Gate(b"HTTP/1.1 200 OK\r\n" + hint + b"\r\nContent-Length: 0\r\n\r\n")
    peer = await start_peer(gate)
    gate.allow()
    await client.request("GET", peer.target(), [])
    assert client.idle == kept


async def test_number_of_idle_connections_is_limited(make_client: Any, start_peer: Any, wait_until: Any) -> None:
    client = make_client(max_idle_per_origin=2)
    gate = Gate()
    peer = await start_peer(gate)
    calls = [asyncio.create_task(client.request("GET", peer.target(), [])) for _ in range(5)]
    await wait_until(lambda: gate.arrived == 5)
    gate.allow(5)
    await asyncio.gather(*calls)
    await wait_until(lambda: client.open == 2 and peer.open == 2)
    assert client.idle == 2


async def test_origins_do_not_share_connections(client: HttpClient, start_peer: Any) -> None:
    gates = [Gate(), Gate()]
    for gate in gates:
        peer = await start_peer(gate)
        gate.allow(2)
        await client.request("GET", peer.target(), [])
        await client.request("GET", peer.target(), [])
    assert [len(gate.served) for gate in gates] == [2, 2]
    assert (client.created, client.idle) == (2, 2)


async def operations(client: HttpClient, peer: Any, calls: int) -> float:
    """Python function calls in our client for each of so many concurrent requests."""
    counted = 0

    def count(frame: FrameType, event: str, _: Any) -> None:
        nonlocal counted
        if event in ("call", "c_call") and "engine/transports/http_client/" in frame.f_code.co_filename:
            counted += "/tests/" not in frame.f_code.co_filename

    target = peer.target()
    requests = [client.request("GET", target, []) for _ in range(calls)]
    sys.setprofile(count)
    try:
        results = await asyncio.gather(*requests)
    finally:
        sys.setprofile(None)
    assert {result.status for result in results} == {200}
    return counted / calls


@pytest.mark.parametrize("limit", [1024, 16], ids=["all-at-once", "queued"])
async def test_work_for_a_call_does_not_grow_with_the_number_of_calls(make_client: Any, echo: Any, limit: int) -> None:
    client = make_client(max_connections_per_origin=limit, max_idle_per_origin=1024)
    few = await operations(client, echo, 50)
    many = await operations(client, echo, 1000)
    again = await operations(client, echo, 1000)
    assert many < few * 1.3
    assert again < few * 1.3
    assert client.open == min(limit, 1000)


@pytest.mark.parametrize("body", ["bytes", "stream"])
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\nab",
    ],
)
async def test_cancelled_call_closes_its_connection(
    client: HttpClient, start_peer: Any, wait_until: Any, answer: bytes, body: str
) -> None:
    arrived = asyncio.Event()
    ended = []

    async def source() -> AsyncIterator[bytes]:
        try:
            yield b"x"
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def script(line: Any) -> None:
        await line.head()
        await line.send(answer)
        arrived.set()
        await line.ended()

    async def call() -> bytes:
        content = source() if body == "stream" else b"x"
        response = await client.request("POST", peer.target(), [], content)
        return await response.read()

    peer = await start_peer(script)
    task = asyncio.create_task(call())
    await arrived.wait()
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await wait_until(lambda: client.open == 0 and peer.open == 0)
    assert ended == ([True] if body == "stream" else [])


async def test_call_cancelled_in_the_turn_in_which_its_reply_came(
    client: HttpClient, start_peer: Any, wait_until: Any
) -> None:
    """Whatever the order of events, the connection is either idle or closed."""
    gate = Gate(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
    peer = await start_peer(gate)
    for turns in range(40):
        gate.allow()
        task = asyncio.create_task(client.request("GET", peer.target(), []))
        await wait_until(lambda turns=turns: gate.arrived == turns + 1)
        for _ in range(turns % 8):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            await task.result().aclose()
    del task
    await wait_until(lambda: client.open == 0 and peer.open == 0)


async def test_call_cancelled_in_the_queue_leaves_its_place(make_client: Any, start_peer: Any, wait_until: Any) -> None:
    client = make_client(max_connections_per_origin=1)
    gate = Gate()
    peer = await start_peer(gate)
    calls = []
    for number in range(4):
        calls.append(asyncio.create_task(client.request("GET", peer.target(f"/{number}"), [])))
        await wait_until(lambda n=number: gate.arrived + client.waiting == n + 1)
    calls[1].cancel()
    await asyncio.wait([calls[1]])
    assert client.waiting == 2
    gate.allow(3)
    await asyncio.gather(calls[0], calls[2], calls[3])
    assert [path for _, path in gate.served] == ["/0", "/2", "/3"]


@pytest.mark.parametrize("keep", [True, False])
async def test_call_cancelled_when_it_has_just_been_given_a_connection(
    make_client: Any, start_peer: Any, wait_until: Any, keep: bool
) -> None:
    """The connection, or the free slot, goes on to the next in the queue."""
    client = make_client(max_connections_per_origin=1)
    gate = Gate(OK if keep else OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    peer = await start_peer(gate)
    second: asyncio.Task[Any] | None = None

    async def first() -> None:
        await client.request("GET", peer.target("/0"), [])
        assert second is not None
        if keep:
            second.cancel()

    calls = [asyncio.create_task(first())]
    await wait_until(lambda: gate.arrived == 1)
    second = asyncio.create_task(client.request("GET", peer.target("/1"), []))
    third = asyncio.create_task(client.request("GET", peer.target("/2"), []))
    await wait_until(lambda: client.waiting == 2)
    gate.allow(3)
    await asyncio.gather(*calls, third)
    await asyncio.wait([second])
    assert third.result().status == 200
    assert client.waiting == 0


async def test_call_cancelled_while_connecting(client: HttpClient, echo: Any, wait_until: Any) -> None:
    for turns in range(12):
        task = asyncio.create_task(client.request("GET", echo.target(), [], keep_alive=False))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    await wait_until(lambda: client.open == 0 and echo.open == 0)
    assert (await client.request("GET", echo.target(), [])).status == 200


async def test_reply_that_is_dropped_unread_closes_its_connection(
    client: HttpClient, start_peer: Any, wait_until: Any
) -> None:
    gate = Gate(b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\nab")
    peer = await start_peer(gate)
    gate.allow(2)
    response = await client.request("GET", peer.target(), [])
    assert client.open == 1
    del response
    gc.collect()
    await wait_until(lambda: client.open == 0 and peer.open == 0)


async def test_closing_a_reply_closes_its_connection_and_ends_the_upload(
    client: HttpClient, start_peer: Any, wait_until: Any
) -> None:
    ended = []

    async def source() -> AsyncIterator[bytes]:
        try:
            yield b"x"
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def script(line: Any) -> None:
        await line.head()
        await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\nab")
        await line.ended()

    peer = await start_peer(script)
    response = await client.request("POST", peer.target(), [], source())
    await response.aclose()
    assert ended == [True]
    await response.aclose()
    with pytest.raises(RuntimeError, match="closed before its end"):
        await response.read()
    await wait_until(lambda: client.open == 0 and peer.open == 0)


async def test_closing_the_client_fails_what_runs_and_waits(make_client: Any, start_peer: Any, wait_until: Any) -> None:
    client = make_client(max_connections_per_origin=1)
    gate = Gate()
    peer = await start_peer(gate)
    calls = [asyncio.create_task(client.request("GET", peer.target(), [])) for _ in range(3)]
    await wait_until(lambda: gate.arrived == 1 and client.waiting == 2)
    await client.aclose()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [result.base_code for result in results] == [ErrorCode.CONNECTION_CLOSED] * 3
    assert "the client was closed" in results[0].detail


async def test_thousands_of_mixed_calls_leave_no_task_and_no_connection(
    make_client: Any, start_peer: Any, wait_until: Any
) -> None:
    client = make_client(max_connections_per_origin=32)

    async def script(line: Any) -> None:
        while (request := await line.request())[0]:
            kind = request[0].split()[1]
            if kind == b"/ok":
                await line.send(OK)
            elif kind == b"/broken":
                await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")
                return
            elif kind == b"/bad":
                await line.send(b"nonsense\r\n\r\n")
            elif kind == b"/stream":
                await line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
                await line.send(b"0\r\n\r\n")
            else:
                await line.ended()

    async def source() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.sleep(0)
        yield b"b"

    peer = await start_peer(script)
    quick = Timeouts(read=0.01)
    before = asyncio.all_tasks()

    async def call(number: int) -> str:
        kind = ("ok", "broken", "bad", "stream", "silent", "cancelled")[number % 6]
        body: Any = source() if number % 4 == 0 else b"x"
        limits = quick if kind == "silent" else None
        request = client.request("POST", peer.target(f"/{kind}"), [], body, timeouts=limits)
        if kind in ("silent", "cancelled"):
            task = asyncio.create_task(request)
            if kind == "cancelled":
                await asyncio.sleep(0)
                task.cancel()
            (result,) = await asyncio.gather(task, return_exceptions=True)
            return type(result).__name__
        try:
            return (await (await request).read()).decode()
        except TransportError as error:
            return ErrorCode(error.base_code).name

    outcomes = []
    for start in range(0, 3000, 60):
        outcomes += await asyncio.gather(*(call(number) for number in range(start, start + 60)))
    assert Counter(outcomes) == {
        "ok": 1000,
        "CONNECTION_CLOSED": 500,
        "PROTOCOL_VIOLATION": 500,
        "TransportError": 500,
        "CancelledError": 500,
    }
    assert client.open == client.idle
    assert client.waiting == 0
    await client.aclose()
    await wait_until(lambda: peer.open == 0)
    await wait_until(lambda: asyncio.all_tasks() <= before)


async def test_closing_the_client_ends_connecting(make_client: Any, start_peer: Any) -> None:
    client = make_client()
    peer = await start_peer(lambda line: line.ended())
    calls = [
        asyncio.create_task(client.request("GET", parse_target(f"https://127.0.0.1:{peer.port}/"), []))
        for _ in range(3)
    ]
    while peer.accepted < 3:
        await asyncio.sleep(0)
    await client.aclose()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [result.detail for result in results] == [f"127.0.0.1:{peer.port}: the client was closed"] * 3


async def test_source_that_swallows_its_cancellation_is_ended_all_the_same(
    client: HttpClient, start_peer: Any, wait_until: Any
) -> None:
    started = asyncio.Event()
    ended = []

    async def source() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x"
                started.set()
                with suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
        finally:
            ended.append(True)

    peer = await start_peer(lambda line: line.ended())
    call = asyncio.create_task(client.request("POST", peer.target(), [], source()))
    await started.wait()
    call.cancel()
    await asyncio.wait([call])
    assert call.cancelled()
    assert ended == [True]
    await wait_until(lambda: client.open == 0)
