"""The same client under httpx."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from engine.transports.http_client import HttpClient
from engine.transports.http_client.httpx_transport import ClientTransport

OK = b"HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nX-A: 1\r\nX-A: 2\r\n\r\nok"


def answering(answer: bytes, seen: list[Any], *, close: bool = False) -> Any:
    async def script(line: Any) -> None:
        while (request := await line.request())[0]:
            seen.append(request)
            await line.send(answer)
            if close:
                return

    return script


async def test_request_and_response(client: HttpClient, start_peer: Any) -> None:
    seen: list[Any] = []
    peer = await start_peer(answering(OK, seen))
    async with httpx.AsyncClient(transport=ClientTransport(client)) as http:
        response = await http.post(str(peer.target("/a?b=c d")), json={"k": 1}, headers={"X-One": "1"})
        again = await http.get(str(peer.target("/b")))
    assert (response.status_code, response.reason_phrase, response.text) == (200, "Fine", "ok")
    assert response.http_version == "HTTP/1.1"
    assert response.headers.get_list("x-a") == ["1", "2"]
    assert again.status_code == 200
    head, body = seen[0]
    assert head.startswith(b"POST /a?b=c%20d HTTP/1.1\r\nHost: 127.0.0.1:")
    assert json.loads(body) == {"k": 1}
    assert head.lower().count(b"content-length:") == 1
    assert head.lower().count(b"host:") == 1
    assert b"onnection" not in head
    assert b"X-One: 1\r\n" in head
    assert (client.created, client.reused, client.closed) == (1, 1, False)


async def test_streams_both_ways(client: HttpClient, start_peer: Any) -> None:
    async def script(line: Any) -> None:
        _, body = await line.request()
        await line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (body[:3], body[3:]):
            await line.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        await line.send(b"0\r\n\r\n")
        await line.ended()

    async def source() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"defg"

    peer = await start_peer(script)
    async with (
        httpx.AsyncClient(transport=ClientTransport(client)) as http,
        http.stream("POST", str(peer.target()), content=source()) as response,
    ):
        assert b"".join([chunk async for chunk in response.aiter_raw()]) == b"abcdefg"


async def test_stream_of_known_length(client: HttpClient, start_peer: Any) -> None:
    seen: list[Any] = []
    peer = await start_peer(answering(OK, seen))

    async def source() -> AsyncIterator[bytes]:
        yield b"abc"

    async with httpx.AsyncClient(transport=ClientTransport(client)) as http:
        await http.post(str(peer.target()), content=source(), headers={"Content-Length": "3"})
    assert b"Content-Length: 3\r\n" in seen[0][0]
    assert b"chunked" not in seen[0][0]


async def test_response_left_half_read_frees_its_connection(
    client: HttpClient, start_peer: Any, wait_until: Any
) -> None:
    async def script(line: Any) -> None:
        await line.request()
        await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\nabc")
        await line.ended()

    peer = await start_peer(script)
    async with (
        httpx.AsyncClient(transport=ClientTransport(client)) as http,
        http.stream("GET", str(peer.target())) as response,
    ):
        assert response.status_code == 200
    await wait_until(lambda: client.open == 0)


async def test_connection_close_is_honoured(client: HttpClient, start_peer: Any, wait_until: Any) -> None:
    seen: list[Any] = []
    peer = await start_peer(answering(OK, seen))
    async with httpx.AsyncClient(transport=ClientTransport(client)) as http:
        await http.get(str(peer.target()), headers={"Connection": "close"})
    assert seen[0][0].count(b"onnection: close") == 1
    await wait_until(lambda: client.open == 0)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"nonsense\r\n\r\n", httpx.RemoteProtocolError),
        (b"", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\nab", httpx.RemoteProtocolError),
    ],
)
async def test_failures_are_those_of_httpx(
    client: HttpClient, start_peer: Any, answer: bytes, kind: type[Exception]
) -> None:
    peer = await start_peer(answering(answer, [], close=True))
    async with httpx.AsyncClient(transport=ClientTransport(client)) as http:
        with pytest.raises(kind, match=f"127.0.0.1:{peer.port}: "):
            await http.get(str(peer.target()))


async def test_time_limits_are_those_of_httpx(client: HttpClient, start_peer: Any) -> None:
    peer = await start_peer(lambda line: line.ended())
    async with httpx.AsyncClient(transport=ClientTransport(client), timeout=0.03) as http:
        with pytest.raises(httpx.ReadTimeout, match=r"silent for 0\.03 s"):
            await http.get(str(peer.target()))


async def test_refused_connection_and_bad_url(client: HttpClient) -> None:
    async with httpx.AsyncClient(transport=ClientTransport(client)) as http:
        with pytest.raises(httpx.ConnectError, match=r"127\.0\.0\.1:1: connection refused"):
            await http.get("http://127.0.0.1:1/")
        with pytest.raises(httpx.UnsupportedProtocol, match="ftp"):
            await http.get("ftp://127.0.0.1/")
        with pytest.raises(httpx.LocalProtocolError, match="line break"):
            await http.get("http://127.0.0.1:1/", headers={b"x": b"a\r\nb: c"})


async def test_own_client_is_closed_with_the_transport(echo: Any) -> None:
    transport = ClientTransport()
    async with httpx.AsyncClient(transport=transport) as http:
        await http.get(str(echo.target()))
        assert transport.client.open == 1
    assert transport.client.closed
    assert transport.client.open == 0


def test_client_does_not_import_httpx() -> None:
    code = "import sys, engine.transports.http_client; print(sorted({'httpx', 'aiohttp'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
