"""Back ends that break off, stall, lie about lengths or try to smuggle."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.errors import ErrorCode, TransportError
from engine.transports.http_client import HttpClient, Timeouts, parse_target

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def sending(data: bytes, then: str = "wait") -> Any:
    """Read one request, send bytes, then wait for the client, close, or reset."""

    async def script(line: Any) -> None:
        await line.request()
        if data:
            await line.send(data)
        if then == "wait":
            await line.ended()
        elif then == "reset":
            line.reset()

    return script


async def failure(client: HttpClient, peer: Any, method: str = "GET", **options: Any) -> TransportError:
    """The error of a request, or of reading its reply."""

    async def call() -> None:
        response = await client.request(method, peer.target(), [], **options)
        await response.read()

    with pytest.raises(TransportError) as caught:
        await call()
    return caught.value


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize(
    ("sent", "state"),
    [
        (b"", 3),
        (b"HTTP/1.1 200 OK\r\nContent-Le", 3),
        (b"HTTP/1.1 100 Continue\r\n\r\n", 3),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 5),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", 5),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\nabc", 5),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 5),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", 5),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n", 5),
    ],
)
async def test_reply_that_breaks_off_is_an_error(
    client: HttpClient, start_peer: Any, sent: bytes, state: int, how: str
) -> None:
    peer = await start_peer(sending(sent, then=how))
    error = await failure(client, peer)
    assert error.base_code == ErrorCode.CONNECTION_CLOSED
    assert error.message == "Error in Sender"
    assert (error.state, error.sent) == (state, True)
    assert f"127.0.0.1:{peer.port}" in error.detail
    assert client.idle == 0


async def test_reply_without_length_that_is_reset_is_not_taken_for_whole(client: HttpClient, start_peer: Any) -> None:
    arrived = asyncio.Event()

    async def script(line: Any) -> None:
        await line.request()
        await line.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await arrived.wait()
        line.reset()

    peer = await start_peer(script)
    response = await client.request("GET", peer.target(), [])
    body = aiter(response.body)
    assert await anext(body) == b"half"
    arrived.set()
    with pytest.raises(TransportError) as caught:
        await anext(body)
    assert caught.value.base_code == ErrorCode.CONNECTION_CLOSED
    assert "reset" in caught.value.detail


async def test_what_arrived_before_the_break_is_given_out_first(client: HttpClient, start_peer: Any) -> None:
    peer = await start_peer(sending(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc", then="close"))
    response = await client.request("GET", peer.target(), [])
    assert await anext(aiter(response.body)) == b"abc"
    with pytest.raises(TransportError):
        await anext(aiter(response.body))


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
REFUSED = {
    "both lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both, other order": CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
    "length list": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nabc",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nab",
    "signed length": b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nab",
    "hex length": b"HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nab",
    "empty length": b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nab",
    "underscore length": b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n0123456789",
    "huge length": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nab",
    "unknown coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab",
    "coding before chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunked twice": CHUNKED + b"Transfer-Encoding: chunked\r\n\r\n",
    "coding with tail": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n",
    "identity coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nab",
    "coding in 1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "folded line": b"HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "folded length": b"HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nab",
    "leading blank": b"HTTP/1.1 200 OK\r\n Content-Length: 2\r\n\r\nab",
    "bare line feed": b"HTTP/1.1 200 OK\r\nX-A: b\nContent-Length: 2\r\n\r\nab",
    "only line feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nab",
    "line feed at the end": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\nab",
    "bare carriage return": b"HTTP/1.1 200 OK\r\nX-A: b\rContent-Length: 2\r\n\r\nab",
    "NUL in a value": b"HTTP/1.1 200 OK\r\nX-A: b\0\r\nContent-Length: 0\r\n\r\n",
    "NUL in a name": b"HTTP/1.1 200 OK\r\nX\0A: b\r\nContent-Length: 0\r\n\r\n",
    "control in a value": b"HTTP/1.1 200 OK\r\nX-A: \x1b[31m\r\nContent-Length: 0\r\n\r\n",
    "blank before colon": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nab",
    "no name": b"HTTP/1.1 200 OK\r\n: 2\r\nContent-Length: 0\r\n\r\n",
    "no colon": b"HTTP/1.1 200 OK\r\nContent-Length 2\r\n\r\n",
    "bad name": b"HTTP/1.1 200 OK\r\nX(A): 2\r\nContent-Length: 0\r\n\r\n",
    "not HTTP": b"SSH-2.0-OpenSSH_9.9\r\n",
    "HTTP/0.9": b"<html>",
    "HTTP/2 preface": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
    "HTTP/2.0": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.2": b"HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n",
    "leading empty line": b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "status too short": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "status too long": b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n",
    "two blanks": b"HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
    "switching": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "endless interim": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 40,
    "bad interim": b"HTTP/1.1 103 Early Hints\r\nX\r\n\r\n",
    "chunk size sign": CHUNKED + b"\r\n+2\r\nab\r\n0\r\n\r\n",
    "chunk size 0x": CHUNKED + b"\r\n0x2\r\nab\r\n0\r\n\r\n",
    "chunk size _": CHUNKED + b"\r\n1_0\r\n0123456789abcdef\r\n0\r\n\r\n",
    "chunk size blank": CHUNKED + b"\r\n 2\r\nab\r\n0\r\n\r\n",
    "chunk size trailing blank": CHUNKED + b"\r\n2 \r\nab\r\n0\r\n\r\n",
    "chunk size missing": CHUNKED + b"\r\n\r\nab\r\n0\r\n\r\n",
    "chunk size huge": CHUNKED + b"\r\nfffffffffffffffff\r\nab",
    "chunk bare line feed": CHUNKED + b"\r\n2\nab\r\n0\r\n\r\n",
    "chunk extension bare feed": CHUNKED + b"\r\n2;a\nab\r\n0\r\n\r\n",
    "chunk extension long": CHUNKED + b"\r\n2;" + b"a" * 600,
    "chunk too long": CHUNKED + b"\r\n2\r\nabc\r\n0\r\n\r\n",
    "chunk end bare feed": CHUNKED + b"\r\n2\r\nab\n0\r\n\r\n",
    "trailer folded": CHUNKED + b"\r\n0\r\nA: b\r\n c\r\n\r\n",
    "trailer bare feed": CHUNKED + b"\r\n0\r\nA: b\n\n",
    "trailer huge": CHUNKED + b"\r\n0\r\nA: " + b"b" * 80_000,
    "head huge": b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 80_000,
    "head huge and complete": b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 66_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "many fields": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 201 + b"\r\n",
}


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "in-pieces"])
@pytest.mark.parametrize("kind", REFUSED)
async def test_ambiguous_or_broken_http_is_refused_and_the_connection_dropped(
    client: HttpClient, start_peer: Any, wait_until: Any, kind: str, whole: bool
) -> None:
    data = REFUSED[kind]
    closed = []

    async def script(line: Any) -> None:
        await line.request()
        try:
            if whole:
                await line.send(data)
            else:
                half = len(data) // 2
                await line.send(data[:half])
                await asyncio.sleep(0)
                await line.send(data[half:])
            await line.ended()
        finally:
            closed.append(True)

    peer = await start_peer(script)
    error = await failure(client, peer, timeouts=Timeouts(read=5.0))
    assert error.base_code == ErrorCode.PROTOCOL_VIOLATION, error.detail
    assert error.message == "Error in Sender"
    assert "bad HTTP: " in error.detail
    await wait_until(lambda: closed == [True])
    assert client.open == 0


@pytest.mark.parametrize(
    ("answer", "method", "status"),
    [
        (OK + b"more", "GET", 200),
        (OK + OK, "GET", 200),
        (b"HTTP/1.1 204 No Content\r\n\r\nbody", "GET", 204),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", "HEAD", 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n", "GET", 200),
    ],
)
async def test_bytes_after_the_reply_end_the_connection(
    client: HttpClient, start_peer: Any, wait_until: Any, answer: bytes, method: str, status: int
) -> None:
    peer = await start_peer(sending(answer))
    response = await client.request(method, peer.target(), [])
    assert response.status == status
    assert await response.read() in (b"ok", b"")
    await wait_until(lambda: client.open == 0)


async def test_bytes_nobody_asked_for_end_an_idle_connection(
    client: HttpClient, start_peer: Any, wait_until: Any
) -> None:
    answered = asyncio.Event()

    async def script(line: Any) -> None:
        await line.request()
        await line.send(OK)
        await answered.wait()
        await line.send(OK)
        await line.ended()

    peer = await start_peer(script)
    await client.request("GET", peer.target(), [])
    assert client.idle == 1
    answered.set()
    await wait_until(lambda: client.open == 0)
    assert client.idle == 0


async def test_peer_that_says_nothing_times_out(client: HttpClient, start_peer: Any) -> None:
    peer = await start_peer(sending(b""))
    error = await failure(client, peer, timeouts=Timeouts(read=0.02))
    assert (error.base_code, error.state, error.sent) == (ErrorCode.TIMEOUT, 3, True)
    assert error.message == "Error in Sender"
    assert "silent for 0.02 s before the reply came" in error.detail


@pytest.mark.parametrize("length", [b"5", b"500000"])
async def test_peer_that_stalls_in_the_body_times_out(client: HttpClient, start_peer: Any, length: bytes) -> None:
    peer = await start_peer(sending(b"HTTP/1.1 200 OK\r\nContent-Length: " + length + b"\r\n\r\nabc"))
    error = await failure(client, peer, timeouts=Timeouts(read=0.3))
    assert (error.base_code, error.state) == (ErrorCode.TIMEOUT, 5)
    assert "within the body of the reply" in error.detail


@pytest.mark.parametrize("limits", [Timeouts(total=0.05), Timeouts(reply=0.05)])
async def test_time_of_the_call_runs_out_although_the_peer_keeps_sending(
    client: HttpClient, start_peer: Any, limits: Timeouts
) -> None:
    async def script(line: Any) -> None:
        await line.request()
        await line.send(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(60_000):
            await line.drip(b"x")
            await asyncio.sleep(0.001)

    peer = await start_peer(script)
    error = await failure(client, peer, timeouts=limits)
    assert (error.base_code, error.state, error.message) == (ErrorCode.TIMEOUT, 0, "Send timeout")
    assert error.sent


async def test_total_limit_ends_a_dripping_body(client: HttpClient, start_peer: Any) -> None:
    async def script(line: Any) -> None:
        await line.request()
        await line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            await line.drip(b"1\r\nx\r\n")

    peer = await start_peer(script)
    error = await failure(client, peer, timeouts=Timeouts(read=5.0, total=0.1))
    assert (error.base_code, error.message) == (ErrorCode.TIMEOUT, "Send timeout")


async def test_reply_limit_does_not_end_a_reply_that_has_begun(
    client: HttpClient, start_peer: Any, wait_until: Any
) -> None:
    go_on = asyncio.Event()

    async def script(line: Any) -> None:
        await line.request()
        await line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
        await go_on.wait()
        await line.send(b"0\r\n\r\n")
        await line.ended()

    peer = await start_peer(script)
    loop = asyncio.get_running_loop()
    end = loop.time() + 0.5
    response = await client.request("GET", peer.target(), [], timeouts=Timeouts(reply=0.5))
    await wait_until(lambda: loop.time() > end)
    go_on.set()
    assert await response.read() == b"x"


async def test_drip_within_the_limit_is_read_to_the_end(client: HttpClient, start_peer: Any) -> None:
    async def script(line: Any) -> None:
        await line.request()
        await line.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + b"z" * 200)
        await line.ended()

    peer = await start_peer(script)
    response = await client.request("GET", peer.target(), [], timeouts=Timeouts(read=5.0))
    assert await response.read() == b"z" * 200


async def test_refused_connection(client: HttpClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(TransportError) as caught:
            await client.request("GET", parse_target(f"http://127.0.0.1:{port}/"), [])
    error = caught.value
    assert error.base_code == ErrorCode.CONNECTION_FAILED
    assert error.message == "Error connecting to the back end"
    assert error.detail == f"127.0.0.1:{port}: connection refused; nothing listens there"
    assert (error.state, error.sent) == (0, False)


async def test_unknown_host(client: HttpClient) -> None:
    with pytest.raises(TransportError) as caught:
        await client.request("GET", parse_target("http://no-such-host.invalid/"), [])
    assert caught.value.base_code == ErrorCode.CONNECTION_FAILED
    assert "no-such-host.invalid:80: unknown host" in caught.value.detail


@pytest.fixture
def full_backlog() -> Any:
    """A listening socket that takes no more connections: the next one hangs in its handshake."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(8):
        waiting.append(socket.socket())
        waiting[-1].setblocking(False)
        waiting[-1].connect_ex(listener.getsockname())
    yield parse_target(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    for one in (*waiting, listener):
        one.close()


async def test_connect_limit(client: HttpClient, full_backlog: Any) -> None:
    with pytest.raises(TransportError) as caught:
        await client.request("GET", full_backlog, [], timeouts=Timeouts(connect=0.05))
    error = caught.value
    assert (error.base_code, error.state, error.sent) == (ErrorCode.CONNECT_TIMEOUT, 0, False)
    assert error.message == "Error connecting to the back end"
    assert "no connection within 0.05 s" in error.detail


async def test_time_of_the_call_runs_out_while_connecting(client: HttpClient, full_backlog: Any) -> None:
    with pytest.raises(TransportError) as caught:
        await client.request("GET", full_backlog, [], timeouts=Timeouts(connect=5.0, total=0.05))
    assert (caught.value.base_code, caught.value.message) == (ErrorCode.TIMEOUT, "Send timeout")
    assert not caught.value.sent


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("how", ["close", "reset"])
async def test_stale_connection_is_replaced_for_methods_that_may_be_repeated(
    client: HttpClient, start_peer: Any, method: str, how: str
) -> None:
    bodies = []

    async def script(line: Any) -> None:
        bodies.append((await line.request())[1])
        await line.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        bodies.append((await line.request())[1])
        if how == "reset":
            line.reset()

    peer = await start_peer(script)
    await client.request(method, peer.target(), [], b"body")
    assert (await client.request(method, peer.target(), [], b"body")).status == 204
    assert (client.retried, client.created, peer.accepted) == (1, 2, 2)
    assert bodies == [b"body"] * 3


async def test_request_is_repeated_once_only(client: HttpClient, start_peer: Any) -> None:
    async def script(line: Any) -> None:
        await line.request()
        if line.number == 1:
            await line.send(OK)
            await line.request()

    peer = await start_peer(script)
    await client.request("GET", peer.target(), [])
    error = await failure(client, peer)
    assert error.base_code == ErrorCode.CONNECTION_CLOSED
    assert (client.retried, peer.accepted) == (1, 2)


@pytest.mark.parametrize(
    ("method", "body", "answer"),
    [
        ("POST", "bytes", b""),
        ("PATCH", "bytes", b""),
        ("PUT", "stream", b""),
        ("GET", "bytes", b"HTTP/1.1 2"),
        ("GET", "bytes", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
async def test_request_is_not_repeated_when_it_may_have_been_carried_out(
    client: HttpClient, start_peer: Any, method: str, body: str, answer: bytes
) -> None:
    async def script(line: Any) -> None:
        await line.request()
        await line.send(OK)
        await line.request()
        if answer:
            await line.send(answer)

    async def source() -> AsyncIterator[bytes]:
        yield b"x"

    peer = await start_peer(script)
    await client.request("GET", peer.target(), [])
    error = await failure(client, peer, method, body=b"x" if body == "bytes" else source())
    assert (error.base_code, error.state) == (ErrorCode.CONNECTION_CLOSED, 3)
    assert (client.retried, peer.accepted) == (0, 1)


async def test_connection_closed_while_idle_is_never_used(client: HttpClient, start_peer: Any, wait_until: Any) -> None:
    async def script(line: Any) -> None:
        await line.request()
        await line.send(OK)

    peer = await start_peer(script)
    for _ in range(3):
        assert (await client.request("POST", peer.target(), [], b"x")).status == 200
        await wait_until(lambda: client.open == 0)
    assert (client.retried, client.reused, client.idle) == (0, 0, 0)


@pytest.mark.parametrize("answered", [True, False])
async def test_answer_that_waits_in_the_socket_when_a_write_fails_is_read(client: HttpClient, answered: bool) -> None:
    """The server answers and closes with our bytes unread; the loop writes before it can see that."""
    closed = threading.Event()

    def serve() -> None:
        accepted, _ = listener.accept()
        with accepted:
            accepted.recv(10)
            if answered:
                accepted.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        closed.set()

    async def source() -> AsyncIterator[bytes]:
        yield b"x" * 1000
        assert closed.wait(10)
        while True:
            yield b"x" * 1000

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve)
        server.start()
        target = parse_target(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        if answered:
            response = await client.request("POST", target, [], source())
            assert (response.status, await response.read()) == (413, b"big")
        else:
            with pytest.raises(TransportError) as caught:
                await client.request("POST", target, [], source())
            assert (caught.value.base_code, caught.value.state) == (ErrorCode.CONNECTION_CLOSED, 2)
        server.join()


async def test_peer_that_closes_during_the_upload(client: HttpClient, start_peer: Any) -> None:
    ended = []

    async def source() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 65_536
        finally:
            ended.append(True)

    async def script(line: Any) -> None:
        await line.head()
        line.reset()

    peer = await start_peer(script)
    with pytest.raises(TransportError) as caught:
        await client.request("POST", peer.target(), [], source())
    assert (caught.value.base_code, caught.value.state) == (ErrorCode.CONNECTION_CLOSED, 2)
    assert ended == [True]


async def test_source_that_fails_after_the_reply_began_breaks_the_reply(client: HttpClient, start_peer: Any) -> None:
    fail = asyncio.Event()

    async def source() -> AsyncIterator[bytes]:
        yield b"x"
        await fail.wait()
        raise LookupError("gone")

    async def script(line: Any) -> None:
        await line.head()
        await line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
        await line.ended()

    peer = await start_peer(script)
    response = await client.request("POST", peer.target(), [], source())
    fail.set()
    with pytest.raises(TransportError) as caught:
        await response.read()
    assert caught.value.base_code == ErrorCode.SENDER_IO_ERROR_SENDING
    assert isinstance(caught.value.__cause__, LookupError)


async def test_peer_that_ends_its_side_during_the_upload_is_noticed_at_once(
    client: HttpClient, start_peer: Any
) -> None:
    async def source() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    async def script(line: Any) -> None:
        await line.head()
        line.writer.transport.pause_reading()
        line.writer.write_eof()
        await asyncio.Event().wait()

    peer = await start_peer(script)
    with pytest.raises(TransportError) as caught:
        await client.request("POST", peer.target(), [], source())
    assert (caught.value.base_code, caught.value.state) == (ErrorCode.CONNECTION_CLOSED, 2)
