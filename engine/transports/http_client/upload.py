"""Sends a streamed request body, while the reply may already be arriving."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

from engine.errors import TransportError
from engine.transports.http_client import failures
from engine.transports.http_client.target import Origin

_BURST = 262_144
"""Bytes after which an upload that never has to wait lets others run."""


class Outlet(Protocol):
    """What an upload needs of its connection."""

    @property
    def origin(self) -> Origin:
        """Whom the connection leads to."""
        ...

    def write(self, *pieces: bytes) -> bool:
        """Write; False when the next piece must wait for `Upload.drained`."""
        ...

    def peer_turn(self) -> None:
        """From here the peer's silence counts anew."""
        ...

    def upload_failed(self, upload: Upload, error: BaseException) -> None:
        """The body cannot be completed."""
        ...


class Upload:
    """One request body on its way, in a task of its own.

    `length` None sends chunks. With `permission_within` the body waits for 100 Continue, at most so many
    seconds. `done` once all of it is written; the source may still have an end to come to. `caller_busy`
    while its next piece is awaited. An error of the source is reported unchanged; a generator is closed in
    any case.
    """

    __slots__ = (
        "_burst",
        "_cancelled",
        "_drained",
        "_go",
        "_length",
        "_loop",
        "_outlet",
        "_permission_within",
        "_source",
        "caller_busy",
        "done",
        "task",
    )

    def __init__(
        self,
        outlet: Outlet,
        source: AsyncIterator[bytes],
        length: int | None,
        loop: asyncio.AbstractEventLoop,
        permission_within: float | None = None,
    ) -> None:
        self._outlet = outlet
        self._source = source
        self._length = length
        self._loop = loop
        self._permission_within = permission_within
        self._go: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._burst = 0
        self._cancelled = False
        self.caller_busy = False
        self.done = False
        if permission_within is not None:
            self._go = loop.create_future()
        self.task = loop.create_task(self._run())

    @property
    def held_back(self) -> bool:
        """Whether the body still waits for 100 Continue."""
        return self._go is not None

    def go_on(self) -> None:
        """The peer said 100 Continue, or has said nothing for long enough."""
        if self._go is not None and not self._go.done():
            self._go.set_result(None)

    def drained(self) -> None:
        """The peer caught up."""
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    def cancel(self) -> None:
        """Nobody wants the rest. May be called out of the upload's own report of a failure."""
        self._cancelled = True
        if self.task is not asyncio.current_task(self._loop):
            self.task.cancel()

    async def _run(self) -> None:
        source = self._source
        try:
            if self._go is not None:
                await self._permission(self._go)
            if self._length is None:
                await self._send_chunked(source)
            else:
                await self._send_counted(source, self._length)
        except asyncio.CancelledError:
            if not self._cancelled:
                broken = failures.upload_broken(self._outlet.origin, "the request body was cancelled")
                self._outlet.upload_failed(self, broken)
            raise
        except Exception as error:
            self._outlet.upload_failed(self, error)
        finally:
            if isinstance(source, AsyncGenerator):
                await source.aclose()

    async def _permission(self, go: asyncio.Future[None]) -> None:
        assert self._permission_within is not None
        handle = self._loop.call_later(self._permission_within, self.go_on)
        try:
            await go
        finally:
            handle.cancel()
        self._go = None

    async def _send_chunked(self, source: AsyncIterator[bytes]) -> None:
        while (piece := await self._next(source)) is not None:
            if piece:
                await self._send(b"%x\r\n" % len(piece), piece, b"\r\n")
        await self._send(b"0\r\n\r\n")
        self._finish()

    async def _send_counted(self, source: AsyncIterator[bytes], length: int) -> None:
        """Send exactly `length` bytes; the request is sent with the last of them, before the source ends."""
        left = length
        while (piece := await self._next(source)) is not None:
            if len(piece) > left:
                raise self._wrong_length(f"the request body is longer than the {length} bytes announced")
            if piece:
                left -= len(piece)
                await self._send(piece)
            if not left and not self.done:
                self._finish()
        if left:
            raise self._wrong_length(f"the request body ended {left} bytes short of the {length} announced")
        self._finish()

    def _wrong_length(self, text: str) -> TransportError:
        return failures.upload_broken(self._outlet.origin, text)

    async def _next(self, source: AsyncIterator[bytes]) -> bytes | None:
        if self.done:
            return await anext(source, None)
        self.caller_busy = True
        piece = await anext(source, None)
        self.caller_busy = False
        self._outlet.peer_turn()
        return piece

    async def _send(self, *pieces: bytes) -> None:
        if self._cancelled:  # and the source has swallowed it
            raise asyncio.CancelledError
        self._burst += sum(map(len, pieces))
        if not self._outlet.write(*pieces):
            self._drained = self._loop.create_future()
            await self._drained
            self._drained = None
        elif self._burst >= _BURST:
            self._burst = 0
            await asyncio.sleep(0)

    def _finish(self) -> None:
        if not self.done:
            self.done = True
            self._outlet.peer_turn()
