"""The connections to one origin: newest idle one first, a queue when all are busy."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from math import inf
from typing import Any, Protocol

from engine.errors import TransportError
from engine.transports.http_client import failures
from engine.transports.http_client.connection import Connection
from engine.transports.http_client.settings import ClientSettings
from engine.transports.http_client.target import Origin
from engine.transports.http_client.tls import client_context

_TLS_GOODBYE_SECONDS = 1.0


class Registry(Protocol):
    """What a pool needs of its client."""

    closed: bool
    created: int

    def pool_empty(self, pool: OriginPool) -> None:
        """The pool has no connection, open or coming, and nobody waiting."""
        ...


class OriginPool:
    """Every operation is O(1): no call looks at other calls' connections.

    `size` counts slots: connections that are open, and those being made. A slot that becomes free goes to
    the call that waits longest. `idle` keeps connections in the order in which they became idle, with the
    time they expire.
    """

    __slots__ = (
        "_connecting",
        "_context",
        "_loop",
        "_registry",
        "_settings",
        "_sweeper",
        "_waiting",
        "connections",
        "idle",
        "origin",
        "size",
    )

    def __init__(
        self, origin: Origin, settings: ClientSettings, registry: Registry, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.origin = origin
        self._settings = settings
        self._registry = registry
        self._loop = loop
        self._connecting: set[asyncio.Timeout] = set()
        self._context: ssl.SSLContext | None = None
        self.size = 0
        self.connections: set[Connection] = set()
        self.idle: OrderedDict[Connection, float] = OrderedDict()
        self._waiting: OrderedDict[asyncio.Future[Connection | None], None] = OrderedDict()
        self._sweeper: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Calls that wait for a connection."""
        return len(self._waiting)

    def take(self, now: float) -> Connection | None:
        """The connection that became idle last, if it is still fit; no waiting."""
        idle = self.idle
        while idle:
            connection, expires = idle.popitem()
            if now < expires and connection.fit:
                return connection
            connection.close()
        return None

    async def acquire(self, connect_seconds: float | None, deadline: float) -> Connection:
        """A new connection, or, when the limit is reached, the next one that becomes free.

        Raises TransportError when it cannot be made in time or at all, or too many calls wait.
        """
        if self.size >= self._settings.max_connections_per_origin:
            connection = await self._wait(deadline)
            if connection is not None:
                return connection
        else:
            self.size += 1
        return await self._connect(connect_seconds, deadline)

    async def _wait(self, deadline: float) -> Connection | None:
        """Stand in the queue; None means a free slot, counted already."""
        if len(self._waiting) >= self._settings.max_waiting_per_origin:
            raise failures.queue_full(self.origin, self._settings.max_waiting_per_origin)
        future: asyncio.Future[Connection | None] = self._loop.create_future()
        self._waiting[future] = None
        handle = self._loop.call_at(deadline, self._waited_too_long, future) if deadline < inf else None
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                connection = future.result()
                if connection is None:
                    self._free_slot()
                elif not connection.closed:
                    self.release(connection)
            raise
        finally:
            self._waiting.pop(future, None)
            if handle is not None:
                handle.cancel()

    def _waited_too_long(self, future: asyncio.Future[Connection | None]) -> None:
        if not future.done():
            future.set_exception(failures.send_timeout(self.origin, failures.REQUEST_READY, sent=False))

    async def _connect(self, seconds: float | None, deadline: float) -> Connection:
        """Make a connection for the slot that is counted already."""
        connection = Connection(self, self._settings, self._loop)
        left = deadline - self._loop.time()
        limit = left if seconds is None or left < seconds else seconds
        scope = asyncio.timeout(None if limit == inf else limit)
        scheme, host, port = self.origin
        try:
            async with scope:
                self._connecting.add(scope)
                tls = await self._tls() if scheme == "https" else {}
                await self._loop.create_connection(lambda: connection, host, port, **tls)
        except BaseException as cause:
            if connection.made:
                # Given up in the very turn in which it was made; uvloop closes it without telling us.
                connection.abort()
                self.forget(connection)
            else:
                connection.never_made()
                self._free_slot()
            if self._registry.closed and not isinstance(cause, asyncio.CancelledError):
                raise self._closed() from cause
            if isinstance(cause, TimeoutError) and scope.expired():
                raise self._late(limit, left) from None
            if isinstance(cause, (OSError, UnicodeError)):
                raise failures.connect_failed(self.origin, cause) from cause
            raise
        finally:
            self._connecting.discard(scope)
        if self._registry.closed:
            connection.abort()
            raise self._closed()
        return connection

    def _closed(self) -> TransportError:
        return failures.given_up(self.origin, "the client was closed")

    def _late(self, limit: float, left: float) -> TransportError:
        if limit == left:
            return failures.send_timeout(self.origin, failures.REQUEST_READY, sent=False)
        return failures.connect_timeout(self.origin, limit)

    async def _tls(self) -> dict[str, Any]:
        if self._context is None:  # reading the authorities takes too long for the event loop
            self._context = await self._loop.run_in_executor(None, client_context, self._settings)
        return {
            "ssl": self._context,
            "server_hostname": self.origin[1],
            "ssl_shutdown_timeout": _TLS_GOODBYE_SECONDS,
        }

    # What connections report

    def seat(self, connection: Connection) -> None:
        """A connection is established."""
        self.connections.add(connection)
        self._registry.created += 1

    def release(self, connection: Connection, idle_hint: int | None = None) -> None:
        """A connection is fit for another exchange: give it to the call that waits longest, or keep it.

        `idle_hint` is how long the peer says it keeps idle connections; ours ends a little earlier.
        """
        if self._registry.closed:
            connection.abort()
            return
        waiter = self._next_waiter()
        if waiter is not None:
            waiter.set_result(connection)
            return
        seconds = self._settings.idle_seconds
        if idle_hint is not None and idle_hint - 1 < seconds:
            seconds = idle_hint - 1
        if seconds <= 0 or not self._settings.max_idle_per_origin:
            connection.close()
            return
        if len(self.idle) >= self._settings.max_idle_per_origin:
            self.idle.popitem(last=False)[0].close()
        expires = self._loop.time() + seconds
        self.idle[connection] = expires
        if self._sweeper is None:
            self._sweeper = self._loop.call_at(expires, self._sweep)

    def retire(self, connection: Connection) -> None:
        """An idle connection turned out to be unfit."""
        self.idle.pop(connection, None)

    def forget(self, connection: Connection) -> None:
        """A connection is closed; its slot is free. Safe to call again."""
        if connection not in self.connections:
            return
        self.connections.remove(connection)
        self.idle.pop(connection, None)
        self._free_slot()

    def _free_slot(self) -> None:
        waiter = self._next_waiter()
        if waiter is not None:
            waiter.set_result(None)
            return
        self.size -= 1
        if not self.size:
            self._stop_sweeper()
            self._registry.pool_empty(self)

    def _next_waiter(self) -> asyncio.Future[Connection | None] | None:
        while self._waiting:
            waiter, _ = self._waiting.popitem(last=False)
            if not waiter.done():
                return waiter
        return None

    def _sweep(self) -> None:
        """Close the connections that were idle too long; the oldest come first."""
        self._sweeper = None
        now = self._loop.time()
        while self.idle:
            connection, expires = next(iter(self.idle.items()))
            if now < expires:
                self._sweeper = self._loop.call_at(expires, self._sweep)
                return
            del self.idle[connection]
            connection.close()

    def _stop_sweeper(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None

    def close(self) -> None:
        """Close every connection; calls that run or wait fail."""
        self._stop_sweeper()
        while (waiter := self._next_waiter()) is not None:
            waiter.set_exception(self._closed())
        for scope in tuple(self._connecting):
            if not scope.expired():
                scope.reschedule(self._loop.time())
        for connection in tuple(self.connections):
            connection.shut()
