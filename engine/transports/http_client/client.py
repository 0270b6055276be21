"""The client: takes a request, picks a connection, gives the reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from math import inf

from engine.errors import ErrorCode, TransportError
from engine.message.body import HeaderPairs
from engine.transports.http_client import failures
from engine.transports.http_client.call import Call
from engine.transports.http_client.connection import Connection
from engine.transports.http_client.pool import OriginPool
from engine.transports.http_client.request_head import request_head
from engine.transports.http_client.response import ClientResponse
from engine.transports.http_client.settings import ClientSettings, Timeouts
from engine.transports.http_client.target import Origin, Target
from engine.transports.http_client.upload import Upload

_DEFAULTS = ClientSettings()
_IDEMPOTENT = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"))
_CLOSED_BEFORE_USE_AT_MOST = 3


class HttpClient:
    """HTTP/1.1 over pooled connections; belongs to the event loop of its first request.

    Transparent: no redirects, cookies, decompression or proxies from the environment. `created`, `reused` and
    `retried` count since the start; `open`, `idle` and `waiting` tell how things stand.
    """

    def __init__(self, settings: ClientSettings = _DEFAULTS) -> None:
        self.settings = settings
        self.closed = False
        self.created = 0
        self.reused = 0
        self.retried = 0
        self._pools: dict[Origin, OriginPool] = {}
        self._emptied: asyncio.Future[None] | None = None

    @property
    def open(self) -> int:
        """Connections that are established."""
        return sum(len(pool.connections) for pool in self._pools.values())

    @property
    def idle(self) -> int:
        """Connections that wait for a request."""
        return sum(len(pool.idle) for pool in self._pools.values())

    @property
    def waiting(self) -> int:
        """Requests that wait for a connection."""
        return sum(pool.waiting for pool in self._pools.values())

    async def request(
        self,
        method: str,
        target: Target,
        headers: HeaderPairs,
        body: bytes | AsyncIterable[bytes] = b"",
        *,
        content_length: int | None = None,
        timeouts: Timeouts | None = None,
        http10: bool = False,
        absolute_form: bool = False,
        keep_alive: bool = True,
    ) -> ClientResponse:
        """Send a request and return when the head of the reply is here (small replies: when all of it is).

        `body` as bytes, or as anything with `complete` bytes, goes out with Content-Length; other iterables
        go out chunked, or with `content_length` when that is given. Hop-by-hop fields are the caller's to
        drop; Content-Length and Transfer-Encoding in `headers` are ignored. An `Expect: 100-continue` is
        honoured.

        Raises TransportError for everything the network or the peer does wrong, ValueError for a request
        that cannot be written, and what iterating `body` raises, unchanged. Cancelling breaks the exchange
        off.
        """
        if self.closed:
            raise RuntimeError("this HTTP client is closed")
        now = asyncio.get_running_loop().time()
        limits = self.settings.timeouts if timeouts is None else timeouts
        call = _prepare(method, target, headers, body, content_length, http10, absolute_form, keep_alive, limits, now)
        pool = self._pools.get(target.origin)
        connection = None if pool is None else pool.take(now)
        may_repeat = method in _IDEMPOTENT and call.source is None
        while True:
            if connection is None:
                connection = await self._connect(target.origin, limits.connect, call.head_by)
            kept = connection.served > 0
            if kept:
                self.reused += 1
            waiter, upload = connection.start(call)
            try:
                return await waiter
            except TransportError as error:
                del waiter  # it holds the error, whose traceback holds this frame: nothing would let go of them at once
                await _ended(upload)
                if not (kept and may_repeat and not connection.replied and _is_stale(error)):
                    raise
                may_repeat = False
                self.retried += 1
                connection = None
            except BaseException:
                await self._break_off(connection, waiter, upload)
                raise

    async def _connect(self, origin: Origin, seconds: float | None, deadline: float) -> Connection:
        """A connection nobody else uses; one that closes before it can be used does not count."""
        for _ in range(_CLOSED_BEFORE_USE_AT_MOST):
            pool = self._pools.get(origin)
            if pool is None:
                pool = OriginPool(origin, self.settings, self, asyncio.get_running_loop())
                self._pools[origin] = pool
            connection = await pool.acquire(seconds, deadline)
            if connection.fit:
                return connection
        raise failures.closed(origin, failures.REQUEST_READY, None, sent=False)

    async def _break_off(
        self,
        connection: Connection,
        waiter: asyncio.Future[ClientResponse],
        upload: Upload | None,
    ) -> None:
        """The caller is cancelled, or its body failed: leave nothing behind."""
        connection.abandon(waiter)
        if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            await waiter.result().aclose()
        await _ended(upload)

    def pool_empty(self, pool: OriginPool) -> None:
        """A pool has nothing left to keep."""
        if self._pools.get(pool.origin) is pool:
            del self._pools[pool.origin]
        if self.closed and not self._pools and self._emptied is not None and not self._emptied.done():
            self._emptied.set_result(None)

    async def aclose(self) -> None:
        """Break off what runs, close every connection, and return when all are closed. Safe to call again."""
        self.closed = True
        if not self._pools:
            return
        if self._emptied is None:
            self._emptied = asyncio.get_running_loop().create_future()
        for pool in tuple(self._pools.values()):
            pool.close()
        await asyncio.shield(self._emptied)


def _prepare(
    method: str,
    target: Target,
    headers: HeaderPairs,
    body: bytes | AsyncIterable[bytes],
    content_length: int | None,
    http10: bool,
    absolute_form: bool,
    keep_alive: bool,
    limits: Timeouts,
    now: float,
) -> Call:
    source: AsyncIterator[bytes] | None = None
    if isinstance(body, bytes):
        content = body
    else:
        complete: bytes | None = getattr(body, "complete", None)
        content = b"" if complete is None else complete
        if complete is None:
            source = _iterator(body)
    length = content_length if source is not None else len(content)
    if source is None and content_length is not None and content_length != length:
        raise ValueError(f"content_length is {content_length}, the body has {length} bytes")
    head, expects = request_head(
        method,
        target,
        headers,
        length=length,
        http10=http10,
        absolute_form=absolute_form,
        keep_alive=keep_alive,
    )
    if expects and content:
        source = _pieces(content)
    due = inf if limits.total is None else now + limits.total
    head_by = due if limits.reply is None else min(due, now + limits.reply)
    return Call(
        head,
        content,
        source=source,
        length=length,
        no_body=method == "HEAD",
        expects=expects,
        keep_alive=keep_alive,
        read=inf if limits.read is None else limits.read,
        head_by=head_by,
        due=due,
    )


def _iterator(body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    try:
        return aiter(body)
    except TypeError as cause:
        kind = type(body).__name__
        raise TypeError(f"a request body is bytes or gives bytes asynchronously, not {kind}") from cause


def _is_stale(error: TransportError) -> bool:
    return error.base_code == ErrorCode.CONNECTION_CLOSED


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _ended(upload: Upload | None) -> None:
    """Wait for an upload that was told to end."""
    if upload is not None and not upload.task.done():
        await asyncio.wait((upload.task,))
