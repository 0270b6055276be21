"""A back end written on bare sockets, so that a test can let it do anything wrong."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from engine.transports.http_client import ClientSettings, HttpClient, Target, parse_target

DEADLINE = 10.0


@pytest.fixture(
    params=[
        pytest.param(("asyncio", {"use_uvloop": False}), id="asyncio"),
        pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop"),
    ]
)
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    return request.param


class Line:
    """The server's side of one accepted connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self.reader = reader
        self.writer = writer
        self.number = number

    async def head(self) -> bytes:
        """The next request head, b"" when the client closed instead."""
        try:
            return await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise
            return b""

    async def request(self) -> tuple[bytes, bytes]:
        """The next request with its body, read by Content-Length or chunks."""
        head = await self.head()
        try:
            return head, await self._body(head.lower())
        except asyncio.IncompleteReadError as cut:
            raise ConnectionResetError("the client broke its request off") from cut

    async def _body(self, lower: bytes) -> bytes:
        body = b""
        if b"transfer-encoding: chunked" in lower:
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                body += await self.reader.readexactly(size)
                assert await self.reader.readexactly(2) == b"\r\n"
            assert await self.reader.readexactly(2) == b"\r\n"
        elif b"content-length:" in lower:
            length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
            body = await self.reader.readexactly(length)
        return body

    async def send(self, data: bytes) -> None:
        if self.writer.transport.is_closing():
            raise ConnectionResetError("the client has gone")
        self.writer.write(data)
        await self.writer.drain()

    async def drip(self, data: bytes) -> None:
        """One byte in one packet after the other."""
        for index in range(len(data)):
            await self.send(data[index : index + 1])
            await asyncio.sleep(0)

    async def ended(self) -> None:
        """Return when the client has closed or reset the connection."""
        with suppress(ConnectionError):
            while await self.reader.read(65_536):
                pass

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


Script = Callable[[Line], Awaitable[None]]


class Peer:
    """A listening server that runs `script` for each connection; what goes wrong in it fails the test."""

    def __init__(self, script: Script, ssl_context: Any = None) -> None:
        self._script = script
        self._ssl = ssl_context
        self._tasks: set[asyncio.Task[None]] = set()
        self.accepted = 0
        self.open = 0
        self.errors: list[BaseException] = []

    async def start(self) -> Peer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._ssl)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.accepted += 1
        self.open += 1
        line = Line(reader, writer, self.accepted)
        try:
            await self._script(line)
        except (ConnectionError, asyncio.CancelledError):
            return
        except BaseException as error:
            self.errors.append(error)
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.close()

    def target(self, path: str = "/") -> Target:
        scheme = "https" if self._ssl else "http"
        return parse_target(f"{scheme}://127.0.0.1:{self.port}{path}")

    async def stop(self) -> None:
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await until(lambda: not self.open)
        assert not self.errors, self.errors


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; fail when it does not come true."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + DEADLINE
    while not condition():
        assert loop.time() < deadline, "the condition did not come true"
        await asyncio.sleep(0.001)


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    return until


StartPeer = Callable[..., Awaitable[Peer]]
MakeClient = Callable[..., HttpClient]


@pytest.fixture
async def start_peer(anyio_backend: Any) -> AsyncIterator[StartPeer]:
    peers: list[Peer] = []

    async def start(script: Script, ssl_context: Any = None) -> Peer:
        peer = await Peer(script, ssl_context).start()
        peers.append(peer)
        return peer

    yield start
    for peer in peers:
        await peer.stop()


@pytest.fixture
async def make_client(anyio_backend: Any) -> AsyncIterator[MakeClient]:
    """Clients that must have nothing open or running when they are closed at the end."""
    clients: list[HttpClient] = []

    def make(**settings: Any) -> HttpClient:
        client = HttpClient(ClientSettings(**settings))
        clients.append(client)
        return client

    before = asyncio.all_tasks()
    yield make
    for client in clients:
        await client.aclose()
        assert (client.open, client.idle, client.waiting) == (0, 0, 0)

    def uploads() -> list[Any]:
        running = asyncio.all_tasks() - before
        return [task for task in running if "Upload" in repr(task.get_coro())]

    await until(lambda: not uploads())


@pytest.fixture
async def client(make_client: MakeClient) -> HttpClient:
    return make_client()


@pytest.fixture
async def echo(start_peer: StartPeer) -> Peer:
    """Answers every request with its method, target and body; keeps connections."""

    async def script(line: Line) -> None:
        while True:
            head, body = await line.request()
            if not head:
                return
            content = head.split(b" HTTP/")[0] + b"|" + body
            extra = b"" if head.startswith(b"HEAD") else content
            await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(content), extra))

    peer: Peer = await start_peer(script)
    return peer
