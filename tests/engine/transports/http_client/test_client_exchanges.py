"""Exchanges with back ends that keep to the protocol, in all the ways it allows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.errors import ErrorCode, TransportError
from engine.message.body import Body, BytesBody
from engine.transports.http_client import HttpClient, Timeouts, parse_target

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def answering(*answers: bytes, seen: list[Any] | None = None, close: bool = False) -> Any:
    """A script that gives one answer to each request."""

    async def script(line: Any) -> None:
        for answer in answers:
            request = await line.request()
            if not request[0]:
                return
            if seen is not None:
                seen.append(request)
            await line.send(answer)
        if not close:
            await line.ended()

    return script


async def test_small_reply_is_complete_at_once(client: HttpClient, echo: Any) -> None:
    response = await client.request("POST", echo.target("/a?b=c"), [(b"X-One", b"1")], b"hello")
    assert response.status == 200
    assert response.reason == b"OK"
    assert response.http_version == "1.1"
    assert response.headers == [(b"content-length", b"17")]
    assert response.body.complete == b"POST /a?b=c|hello"
    assert isinstance(response.body, Body)
    assert [chunk async for chunk in response.body] == [b"POST /a?b=c|hello"]


async def test_connection_is_used_again(client: HttpClient, echo: Any) -> None:
    for _ in range(5):
        assert (await client.request("GET", echo.target(), [])).status == 200
    assert (client.created, client.reused, client.open, client.idle) == (1, 4, 1, 1)


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("GET", b"", None),
        ("DELETE", b"", None),
        ("OPTIONS", b"", None),
        ("POST", b"", b"Content-Length: 0"),
        ("PUT", b"", b"Content-Length: 0"),
        ("QUERY", b"", b"Content-Length: 0"),
        ("DELETE", b"x", b"Content-Length: 1"),
        ("GET", b"xy", b"Content-Length: 2"),
    ],
)
async def test_length_is_announced_where_a_body_is_expected(
    client: HttpClient, start_peer: Any, method: str, body: bytes, expected: bytes | None
) -> None:
    seen: list[Any] = []
    peer = await start_peer(answering(OK, seen=seen))
    await client.request(method, peer.target(), [], body)
    head, content = seen[0]
    assert content == body
    if expected is None:
        assert b"ength" not in head
    else:
        assert expected + b"\r\n" in head


async def test_framing_fields_of_the_caller_are_left_out(client: HttpClient, start_peer: Any) -> None:
    seen: list[Any] = []
    peer = await start_peer(answering(OK, seen=seen))
    framing = [(b"CONTENT-length", b"99"), (b"Transfer-Encoding", b"chunked")]
    headers = [*framing, (b"hOST", b"other"), (b"A", b"b")]
    await client.request("POST", peer.target(), headers, b"abc")
    assert seen == [(b"POST / HTTP/1.1\r\nHost: other\r\nA: b\r\nContent-Length: 3\r\n\r\n", b"abc")]


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "in-pieces"])
@pytest.mark.parametrize(
    ("answer", "content"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding:chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n", b"abcde"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\nA\r\n0123456789\r\n000\r\nX-T: 1\r\n\r\n",
            b"0123456789",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\ncontent-length: 3\r\n\r\nabc", b"abc"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: \t 3 \r\nX:\r\n\r\nabc", b"abc"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304\r\nContent-Length: 500\r\n\r\n", b""),
        (
            b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            b"x",
        ),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", b"x"),
    ],
)
async def test_every_framing_leaves_the_connection_usable(
    client: HttpClient, start_peer: Any, answer: bytes, content: bytes, whole: bool
) -> None:
    async def script(line: Any) -> None:
        while (await line.request())[0]:
            await (line.send(answer) if whole else line.drip(answer))

    peer = await start_peer(script)
    for _ in range(2):
        response = await client.request("GET", peer.target(), [])
        assert await response.read() == content
    assert (client.created, client.idle, peer.accepted) == (1, 1, 1)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
async def test_head_reply_has_no_body(client: HttpClient, start_peer: Any, answer: bytes) -> None:
    peer = await start_peer(answering(answer, OK))
    response = await client.request("HEAD", peer.target(), [])
    assert response.body.complete == b""
    assert await (await client.request("GET", peer.target(), [])).read() == b"ok"
    assert peer.accepted == 1


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
async def test_reply_without_length_ends_with_the_connection(
    client: HttpClient, start_peer: Any, version: bytes
) -> None:
    peer = await start_peer(answering(b"HTTP/%b 200 OK\r\n\r\nuntil the end" % version, close=True))
    response = await client.request("GET", peer.target(), [])
    assert response.body.length is None
    assert await response.read() == b"until the end"
    assert client.idle == 0


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_connection_the_peer_wants_closed_is_not_kept(
    client: HttpClient, start_peer: Any, answer: bytes, wait_until: Any
) -> None:
    peer = await start_peer(answering(answer))
    assert await (await client.request("GET", peer.target(), [])).read() == b"ok"
    await wait_until(lambda: client.open == 0)


async def test_caller_can_refuse_to_keep_the_connection(client: HttpClient, start_peer: Any, wait_until: Any) -> None:
    seen: list[Any] = []
    peer = await start_peer(answering(OK, seen=seen))
    await client.request("GET", peer.target(), [], keep_alive=False)
    assert b"\r\nConnection: close\r\n" in seen[0][0]
    await wait_until(lambda: client.open == 0)


async def test_http10_and_absolute_form(client: HttpClient, start_peer: Any) -> None:
    seen: list[Any] = []
    peer = await start_peer(answering(OK, OK, seen=seen))
    await client.request("POST", peer.target("/a"), [], b"x", http10=True)
    await client.request("GET", peer.target("/a?b"), [], absolute_form=True)
    assert seen[0][0].startswith(b"POST /a HTTP/1.0\r\n")
    assert seen[1][0].startswith(b"GET http://127.0.0.1:%d/a?b HTTP/1.1\r\n" % peer.port)
    with pytest.raises(ValueError, match="known length"):
        await client.request("POST", peer.target("/a"), [], pieces(b"x"), http10=True)


async def test_body_with_complete_bytes_goes_out_with_its_length(client: HttpClient, start_peer: Any) -> None:
    seen: list[Any] = []
    peer = await start_peer(answering(OK, seen=seen))
    await client.request("POST", peer.target(), [], BytesBody(b"abc"))
    assert b"Content-Length: 3\r\n" in seen[0][0]
    assert seen[0][1] == b"abc"


async def test_streamed_body_is_chunked(client: HttpClient, start_peer: Any) -> None:
    seen: list[Any] = []
    peer = await start_peer(answering(OK, OK, seen=seen))
    response = await client.request("POST", peer.target(), [], pieces(b"ab", b"", b"c" * 70_000))
    assert await response.read() == b"ok"
    assert b"\r\nTransfer-Encoding: chunked\r\n" in seen[0][0]
    assert b"ontent-" not in seen[0][0]
    assert seen[0][1] == b"ab" + b"c" * 70_000
    assert (await client.request("GET", peer.target(), [])).status == 200
    assert peer.accepted == 1


async def test_streamed_body_of_known_length(client: HttpClient, start_peer: Any) -> None:
    seen: list[Any] = []
    peer = await start_peer(answering(OK, OK, seen=seen))
    await client.request("POST", peer.target(), [], pieces(b"ab", b"cd"), content_length=4)
    await client.request("GET", peer.target(), [], pieces(), content_length=0)
    assert b"\r\nContent-Length: 4\r\n" in seen[0][0]
    assert [content for _, content in seen] == [b"abcd", b""]
    assert peer.accepted == 1


async def test_large_body_in_memory_is_sent_whole(client: HttpClient, echo: Any) -> None:
    body = bytes(range(256)) * 40_000
    response = await client.request("POST", echo.target(), [], body)
    assert response.body.complete is None
    assert response.body.length == len(body) + 7
    assert await response.read() == b"POST /|" + body
    assert client.idle == 1


async def test_content_length_must_fit_bytes(client: HttpClient, echo: Any) -> None:
    with pytest.raises(ValueError, match="content_length is 4, the body has 3 bytes"):
        await client.request("POST", echo.target(), [], b"abc", content_length=4)


async def test_source_that_is_too_short_breaks_the_request_off(client: HttpClient, start_peer: Any) -> None:
    async def script(line: Any) -> None:
        await line.head()
        await line.ended()

    peer = await start_peer(script)
    with pytest.raises(TransportError) as caught:
        await client.request("POST", peer.target(), [], pieces(b"abc"), content_length=5)
    assert caught.value.base_code == ErrorCode.SENDER_IO_ERROR_SENDING
    assert "2 bytes short of the 5 announced" in caught.value.detail
    with pytest.raises(TransportError, match="Error in Sender") as caught:
        await client.request("POST", peer.target(), [], pieces(b"abc"), content_length=2)
    assert "longer than the 2 bytes announced" in caught.value.detail
    assert client.idle == 0


async def test_error_of_the_source_reaches_the_caller_unchanged(client: HttpClient, start_peer: Any) -> None:
    closed = []

    async def source() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            raise LookupError("no more")
        finally:
            closed.append(True)

    async def script(line: Any) -> None:
        await line.head()
        await line.ended()

    peer = await start_peer(script)
    with pytest.raises(LookupError, match="no more"):
        await client.request("POST", peer.target(), [], source())
    assert closed == [True]
    assert client.idle == 0


async def test_waits_for_100_continue_before_the_body(client: HttpClient, start_peer: Any) -> None:
    async def script(line: Any) -> None:
        for _ in range(2):
            head = await line.head()
            assert b"\r\nExpect: 100-Continue\r\n" in head
            await line.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            assert await line.reader.readexactly(4) == b"body"
            await line.send(OK)
        await line.ended()

    peer = await start_peer(script)
    expect = [(b"Expect", b"100-Continue")]
    slow = Timeouts(read=None)
    assert await (await client.request("POST", peer.target(), expect, b"body", timeouts=slow)).read() == b"ok"
    streamed = await client.request("POST", peer.target(), expect, pieces(b"bo", b"dy"), content_length=4)
    assert streamed.status == 200
    assert peer.accepted == 1


async def test_body_is_sent_when_100_continue_does_not_come(make_client: Any, start_peer: Any) -> None:
    client = make_client(expect_seconds=0.01)

    async def script(line: Any) -> None:
        _, body = await line.request()
        assert body == b"body"
        await line.send(OK)
        await line.ended()

    peer = await start_peer(script)
    response = await client.request("POST", peer.target(), [(b"expect", b"100-continue")], b"body")
    assert response.status == 200


@pytest.mark.parametrize("whole", [True, False])
async def test_body_is_not_sent_when_the_reply_comes_instead_of_100(
    make_client: Any, start_peer: Any, wait_until: Any, whole: bool
) -> None:
    client = make_client(expect_seconds=60.0)
    rest = []

    async def script(line: Any) -> None:
        await line.head()
        await line.send(b"HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\n")
        await (line.send(b"no") if whole else line.drip(b"no"))
        rest.append(await line.reader.read())

    peer = await start_peer(script)
    response = await client.request("POST", peer.target(), [(b"Expect", b"100-continue")], b"body")
    assert (response.status, await response.read()) == (417, b"no")
    assert client.idle == 0
    await wait_until(lambda: rest == [b""])


async def test_reply_may_stream_while_the_request_still_does(client: HttpClient, start_peer: Any) -> None:
    async def script(line: Any) -> None:
        await line.head()
        await line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while (size := int(await line.reader.readline(), 16)) > 0:
            chunk = await line.reader.readexactly(size + 2)
            await line.send(b"%x\r\n%b" % (size, chunk))
        await line.reader.readexactly(2)
        await line.send(b"0\r\n\r\n")
        await line.ended()

    peer = await start_peer(script)
    turn: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def source() -> AsyncIterator[bytes]:
        while (item := await turn.get()) is not None:
            yield item

    response = await client.request("POST", peer.target(), [], source())
    received = aiter(response.body)
    for word in (b"one", b"two", b"three"):
        turn.put_nowait(word)
        assert await anext(received) == word
    turn.put_nowait(None)
    assert await anext(received, None) is None
    assert client.idle == 1


async def test_reply_before_the_body_is_sent_ends_the_upload(
    client: HttpClient, start_peer: Any, wait_until: Any
) -> None:
    ended = []

    async def source() -> AsyncIterator[bytes]:
        try:
            yield b"start"
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def script(line: Any) -> None:
        await line.head()
        await line.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        await line.ended()

    peer = await start_peer(script)
    response = await client.request("POST", peer.target(), [], source())
    assert (response.status, await response.read()) == (413, b"big")
    await wait_until(lambda: ended == [True])
    await wait_until(lambda: client.open == 0)


async def test_source_comes_to_its_end_although_the_reply_is_already_here(
    client: HttpClient, start_peer: Any, wait_until: Any
) -> None:
    replied = asyncio.Event()
    ended = []

    async def source() -> AsyncIterator[bytes]:
        yield b"abcd"
        await replied.wait()
        ended.append(True)

    peer = await start_peer(answering(OK, OK))
    await client.request("POST", peer.target(), [], source(), content_length=4)
    assert client.idle == 1
    assert (await client.request("GET", peer.target(), [])).status == 200
    replied.set()
    await wait_until(lambda: ended == [True])
    assert peer.accepted == 1


async def test_credentials_of_the_url_are_sent_unless_given(client: HttpClient, start_peer: Any) -> None:
    seen: list[Any] = []
    peer = await start_peer(answering(OK, OK, seen=seen))
    target = parse_target(f"http://us%3Aer:p%40ss@127.0.0.1:{peer.port}/")
    await client.request("GET", target, [])
    await client.request("GET", target, [(b"authorization", b"Bearer t")])
    assert b"\r\nAuthorization: Basic dXM6ZXI6cEBzcw==\r\n" in seen[0][0]
    assert b"Basic" not in seen[1][0]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", [(b"a", b"x\r\ny: z")]),
        ("GET", [(b"a", b"x\ny")]),
        ("GET", [(b"a", b"x\ry")]),
        ("GET", [(b"a", b"x\0")]),
        ("GET", [(b"a b", b"x")]),
        ("GET", [(b"a:", b"x")]),
        ("GET", [(b"", b"x")]),
        ("GET", [(b"host", b"x\r\n\r\n")]),
        ("G T", []),
        ("", []),
        ("GÉT", []),
        ("CONNECT", []),
    ],
)
async def test_request_that_would_change_its_own_framing_is_refused(
    client: HttpClient, echo: Any, method: str, headers: Any
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        await client.request(method, echo.target(), headers)
    assert client.created == 0


async def test_closed_client_refuses_requests(client: HttpClient, echo: Any) -> None:
    await client.request("GET", echo.target(), [])
    await client.aclose()
    await client.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await client.request("GET", echo.target(), [])


async def test_body_that_is_not_bytes_is_refused_before_anything_is_sent(client: HttpClient, echo: Any) -> None:
    for body in ("text", [b"list"], iter((b"a",))):
        wrong: Any = body
        with pytest.raises(TypeError, match="request body"):
            await client.request("POST", echo.target(), [], wrong)
    assert client.created == 0


async def test_source_that_gives_something_else_than_bytes_fails_the_call(client: HttpClient, echo: Any) -> None:
    async def source() -> AsyncIterator[Any]:
        yield b"a"
        yield "b"

    with pytest.raises(TypeError):
        await client.request("POST", echo.target(), [], source())
    assert client.idle == 0


async def test_source_that_is_cancelled_fails_the_call(client: HttpClient, echo: Any) -> None:
    async def source() -> AsyncIterator[bytes]:
        yield b"a"
        raise asyncio.CancelledError

    with pytest.raises(TransportError) as caught:
        await client.request("POST", echo.target(), [], source())
    assert caught.value.base_code == ErrorCode.SENDER_IO_ERROR_SENDING
    assert "the request body was cancelled" in caught.value.detail
