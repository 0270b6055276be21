"""Starts and drains listeners: several uvicorn servers in one event loop, none of which takes the signals.

uvicorn's own life is for one server that owns its process: it installs signal handlers, ends the process
when a port is taken, and looks every tenth of a second whether it should stop. Here the process belongs
to somebody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import ssl
from collections.abc import Generator, Iterable, Iterator
from typing import Any

from uvicorn import Config, Server

from engine.errors import ConfigError
from engine.transports.http_listener.asgi import AsgiFace
from engine.transports.http_listener.protocol import HttpProtocol

logger = logging.getLogger(__name__)

_TICK = 1.0
_LOOK = 0.02
_OTHER_FILES = 256
"""Open files besides connections: flows, spilled bodies, logs."""


class _EmbeddedServer(Server):
    """A uvicorn server that leaves signals alone, stops when told and drains with a deadline."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.stopping = asyncio.Event()
        self.ready = asyncio.Event()
        self.deadline = 0.0

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take no signal."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.ready.set()

    async def run_embedded(self, sockets: list[socket.socket]) -> None:
        """Serve until stopped; a failed start is an error of this server, not the end of the process."""
        try:
            await self.serve(sockets)
        except SystemExit as exit_:
            raise ConfigError("the application failed to start, its log says why") from exit_
        finally:
            self.ready.set()

    async def main_loop(self) -> None:
        """Renew the default headers each second until told to stop."""
        while not self.stopping.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK):
                    await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, let what runs finish until the deadline, then break off the rest."""
        for server in self.servers:
            server.close()
        for bound in sockets or ():
            bound.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        loop = asyncio.get_running_loop()
        while self._open() and loop.time() < self.deadline:
            await asyncio.sleep(min(_LOOK, max(self.deadline - loop.time(), 0.0)))
        if self._open():
            await self._break_off()
        await self.lifespan.shutdown()

    def _open(self) -> bool:
        return bool(self.server_state.connections or self.server_state.tasks)

    async def _break_off(self) -> None:
        """End what outlived the deadline."""
        tasks = list(self.server_state.tasks)
        connections = list(self.server_state.connections)
        logger.warning("stopping with %d requests unfinished and %d connections open", len(tasks), len(connections))
        for task in tasks:
            task.cancel("the server is shutting down")
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        for connection in list(self.server_state.connections):
            transport = connection.transport
            if transport is not None:
                transport.abort()
        await asyncio.sleep(0)


class Listener:
    """One listening address that serves; made by start_listener."""

    __slots__ = ("_server", "_task", "host", "port", "scheme")

    def __init__(self, server: _EmbeddedServer, task: asyncio.Task[None], host: str, port: int, scheme: str) -> None:
        self._server = server
        self._task = task
        self.host = host
        self.port = port
        self.scheme = scheme

    @property
    def url(self) -> str:
        """Where clients reach it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def connections(self) -> int:
        """Connections open now."""
        return len(self._server.server_state.connections)

    @property
    def requests(self) -> int:
        """Requests taken in since the start."""
        return self._server.server_state.total_requests

    def stop_accepting(self) -> None:
        """Refuse new connections; what is open goes on."""
        for server in self._server.servers:
            server.close()

    async def stop(self, seconds: float = 30.0) -> None:
        """Stop accepting, close idle connections, give running requests `seconds`, break off the rest."""
        self._server.deadline = asyncio.get_running_loop().time() + seconds
        self._server.stopping.set()
        await self._task


async def start_listener(
    app: AsgiFace | Any,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ssl_context: ssl.SSLContext | None = None,
    option: str = "--port",
    reuse_port: bool = False,
    backlog: int = 2048,
) -> Listener:
    """Serve `app` and return once connections are accepted.

    An AsgiFace is served by HttpProtocol, any other ASGI application by uvicorn's own HTTP class. Port 0
    takes a free one, see Listener.port. With `reuse_port` several processes share the port. `option`
    names what the user would change to choose another port. For an AsgiFace the process's limit of open
    files is raised to what `max_connections` needs, as far as the system allows it.
    Raises ConfigError when the address cannot be listened on.
    """
    lean = isinstance(app, AsgiFace)
    if isinstance(app, AsgiFace):
        _raise_file_limit(2 * app.limits.max_connections + _OTHER_FILES)
    sockets = _bind(host, port, option, reuse_port, backlog)
    config = Config(
        app,
        http=HttpProtocol if lean else "httptools",
        ws="none",
        interface="asgi3",
        lifespan="off" if lean else "auto",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=backlog,
        ssl_context_factory=None if ssl_context is None else lambda _config, _default: ssl_context,
    )
    server = _EmbeddedServer(config)
    task = asyncio.get_running_loop().create_task(server.run_embedded(sockets), name=f"listener {host}:{port}")
    try:
        await server.ready.wait()
        if task.done() or not server.started:
            await task
    except BaseException:
        task.cancel()
        for bound in sockets:
            bound.close()
        raise
    return Listener(server, task, host, sockets[0].getsockname()[1], "http" if ssl_context is None else "https")


@contextlib.contextmanager
def reserved_port(host: str, port: int, option: str = "--port") -> Iterator[int]:
    """The port, or for 0 a free one, after making sure that nobody listens there; only listeners that reuse it get it.

    Sockets with reuse_port would not say. Raises ConfigError when the address cannot be listened on.
    """
    asking = _bind(host, port, option, reuse_port=False, backlog=1)
    number: int = asking[0].getsockname()[1]
    for bound in asking:
        bound.close()
    # Bound, but not listening: no connection comes here, and the system gives the port to nobody else meanwhile.
    holding = _bind(host, number, option, reuse_port=True, backlog=None)
    try:
        yield number
    finally:
        for bound in holding:
            bound.close()


def _raise_file_limit(wanted: int) -> None:
    """Let this process open as many files as its connections and their back ends need, as far as it may."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= allowed:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError) as error:
        logger.warning("only %d files can be open at once, %d are needed: %s", soft, wanted, error)


def _bind(host: str, port: int, option: str, reuse_port: bool, backlog: int | None) -> list[socket.socket]:
    """Open a listening socket for each address that `host` stands for, all on one port; without backlog only bound."""
    try:
        # As bytes, where that is possible: text would have the codec of international names loaded.
        name = host.encode() if host.isascii() else host
        found = socket.getaddrinfo(name or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{host!r} is not an address of this machine: {error}") from error
    sockets: list[socket.socket] = []
    try:
        for family, address in dict.fromkeys((entry[0], entry[4]) for entry in found):
            chosen = sockets[0].getsockname()[1] if sockets else port
            sockets.append(_open(family, (address[0], chosen, *address[2:]), reuse_port, backlog))
    except OSError as error:
        for bound in sockets:
            bound.close()
        raise ConfigError(_why_not(error, host, port, option)) from error
    return sockets


def _open(family: int, address: tuple[Any, ...], reuse_port: bool, backlog: int | None) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.setblocking(False)
        bound.bind(address)
        # Listen here and now: two sockets may be bound to one port, only listening tells that it is taken.
        if backlog is not None:
            bound.listen(backlog)
    except BaseException:
        bound.close()
        raise
    return bound


def _why_not(error: OSError, host: str, port: int, option: str) -> str:
    """Say why an address cannot be listened on and what to do about it."""
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use on {host}; stop the program that listens there, or choose another with {option}"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this user has; choose one above 1023 with {option}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine; choose another host"
    return f"cannot listen on {host}:{port}: {error.strerror or error}"


async def stop_listeners(listeners: Iterable[Listener], seconds: float = 30.0) -> None:
    """Drain several listeners side by side under one deadline."""
    await asyncio.gather(*(listener.stop(seconds) for listener in listeners))
