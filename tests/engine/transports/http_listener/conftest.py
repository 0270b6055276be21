"""A listener on a real socket and a client that sees every byte."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.message.inbound import Handler, Inbound
from engine.transports.http_listener.asgi import AsgiFace
from engine.transports.http_listener.limits import DEFAULT_LIMITS, ListenerLimits
from engine.transports.http_listener.protocol import HttpProtocol
from engine.transports.http_listener.server import Listener, start_listener

DEADLINE = 20.0


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


@dataclass
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    head: bytes = b""
    names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = {name.lower(): value for name, value in self.headers}


class Client:
    """Writes raw bytes, reads responses strictly; every wait has a deadline."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        async with asyncio.timeout(DEADLINE):
            await self.writer.drain()

    async def head(self) -> Reply:
        async with asyncio.timeout(DEADLINE):
            head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head[:-4].decode("latin-1").split("\r\n")
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines[1:])]
        return Reply(int(lines[0].split(" ")[1]), headers, head=head)

    async def reply(self, *, bodyless: bool = False) -> Reply:
        reply = await self.head()
        if bodyless or reply.status in (204, 304) or reply.status < 200:
            return reply
        async with asyncio.timeout(DEADLINE):
            if reply.names.get("transfer-encoding") == "chunked":
                assert "content-length" not in reply.names
                reply.body = await self.chunked()
            elif "content-length" in reply.names:
                reply.body = await self.reader.readexactly(int(reply.names["content-length"]))
            else:
                reply.body = await self.reader.read()
        return reply

    async def chunked(self) -> bytes:
        pieces = []
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            pieces.append(await self.reader.readexactly(size))
            assert await self.reader.readexactly(2) == b"\r\n"
        assert await self.reader.readexactly(2) == b"\r\n"
        return b"".join(pieces)

    async def rest(self) -> bytes:
        """Everything up to the end of the connection."""
        async with asyncio.timeout(DEADLINE):
            return await self.reader.read()

    async def ends(self) -> bool:
        """Whether the server closes now, by end or by reset, with no byte more."""
        try:
            return await self.rest() == b""
        except ConnectionError:
            return True

    async def ask(self, data: bytes, *, bodyless: bool = False) -> Reply:
        await self.send(data)
        return await self.reply(bodyless=bodyless)

    def reset(self) -> None:
        """Vanish as a crashed machine does: no orderly end."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except (ConnectionError, ssl.SSLError):
            return


async def echo(inbound: Inbound) -> None:
    """Answer with the body, streamed if it comes as a stream, and with what was understood of the request."""
    facts = [
        (b"X-Method", inbound.method.encode()),
        (b"X-Target", inbound.target.encode()),
        (b"X-Version", inbound.http_version.encode()),
        (b"X-Whole", b"no" if inbound.body.complete is None else b"yes"),
    ]
    whole = inbound.body.complete
    await inbound.respond(200, facts, inbound.body if whole is None else whole)


class Rig:
    """Starts listeners and clients for one test and ends them after it."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.clients: list[Client] = []
        self.errors: list[str] = []

    async def serve(
        self,
        handler: Handler = echo,
        limits: ListenerLimits = DEFAULT_LIMITS,
        ssl_context: ssl.SSLContext | None = None,
    ) -> Listener:
        listener = await start_listener(AsgiFace(handler, limits), ssl_context=ssl_context)
        self.listeners.append(listener)
        return listener

    async def connect(self, listener: Listener | None = None, **options: Any) -> Client:
        listener = listener or self.listeners[-1]
        async with asyncio.timeout(DEADLINE):
            streams = await asyncio.open_connection(listener.host, listener.port, **options)
        client = Client(*streams)
        self.clients.append(client)
        return client

    async def ask(self, data: bytes, *, bodyless: bool = False) -> Reply:
        return await (await self.connect()).ask(data, bodyless=bodyless)

    def connections(self, listener: Listener | None = None) -> list[HttpProtocol]:
        listener = listener or self.listeners[-1]
        return list(listener._server.server_state.connections)  # type: ignore[arg-type]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds that no event announces."""
        async with asyncio.timeout(DEADLINE):
            while not condition():
                await asyncio.sleep(0.005)

    async def close(self) -> None:
        for client in self.clients:
            await client.close()
        for listener in self.listeners:
            await listener.stop(DEADLINE)


@pytest.fixture
async def rig(anyio_backend: object) -> AsyncIterator[Rig]:
    rig = Rig()
    yield rig
    await rig.close()


Within = Callable[[Awaitable[Any]], Awaitable[Any]]


@pytest.fixture
def within() -> Within:
    """Await with the deadline of the tests."""

    async def wait(awaitable: Awaitable[Any]) -> Any:
        async with asyncio.timeout(DEADLINE):
            return await awaitable

    return wait
