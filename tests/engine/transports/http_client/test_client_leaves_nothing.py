"""Calls that failed are let go at once, without the cyclic collector: they hold payloads and connections."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from engine.errors import TransportError
from engine.transports.http_client import HttpClient, Timeouts, parse_target
from engine.transports.http_client.connection import Connection

pytestmark = pytest.mark.anyio
DEADLINE = 20.0


@pytest.fixture
async def breaking_port() -> AsyncIterator[int]:
    """A back end that hangs up on every request."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


def connections() -> int:
    return sum(type(each) is Connection for each in gc.get_objects())


@pytest.mark.parametrize("kind", ["refused", "broken off"])
@pytest.mark.usefixtures("no_collector")
async def test_connection_of_a_failed_call_is_let_go(kind: str, breaking_port: int, free_tcp_port: int) -> None:
    port = breaking_port if kind == "broken off" else free_tcp_port
    client, target = HttpClient(), parse_target(f"http://127.0.0.1:{port}/")
    for _ in range(3):
        with pytest.raises(TransportError):
            await client.request("POST", target, [], b"x", timeouts=Timeouts(read=DEADLINE))
    async with asyncio.timeout(DEADLINE):
        while connections():
            await asyncio.sleep(0.005)
    assert client.open == 0
    await client.aclose()
