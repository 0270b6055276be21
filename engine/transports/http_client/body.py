"""The body of a reply while it still arrives."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

HIGH_WATER = 131_072
"""Bytes that may wait for the reader before the peer is told to pause."""
LOW_WATER = 32_768


class Feeder(Protocol):
    """What a body needs of the connection that feeds it."""

    def resume_body(self) -> None:
        """The reader caught up; let the peer go on."""
        ...

    def give_up_body(self) -> asyncio.Task[None] | None:
        """Nobody wants the rest; break the connection. Returns the upload that ends with it, if any."""
        ...


class StreamedBody:
    """Satisfies `engine.message.body.Body`; readable once, by one reader.

    What arrived before an error is given out first, then the error is raised. Cancelling a read gives the
    body up.
    """

    __slots__ = (
        "__weakref__",
        "_chunks",
        "_ended",
        "_error",
        "_feeder",
        "_paused",
        "_size",
        "_waiter",
        "complete",
        "length",
    )

    def __init__(self, feeder: Feeder, length: int | None) -> None:
        self.complete: bytes | None = None
        self.length = length
        self._feeder: Feeder | None = feeder
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._paused = False
        self._ended = False
        self._error: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None

    def push(self, chunk: bytes) -> bool:
        """Take a piece from the connection; False asks it to pause the peer until `resume_body`."""
        if chunk:
            self._chunks.append(chunk)
            self._size += len(chunk)
            self._wake()
        self._paused = self._size > HIGH_WATER
        return not self._paused

    def end(self, error: BaseException | None = None) -> None:
        """Nothing more will come; with `error`, because something went wrong."""
        self._ended = True
        self._error = error
        self._feeder = None
        self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def __aiter__(self) -> StreamedBody:
        return self

    async def __anext__(self) -> bytes:
        while not self._chunks:
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            await self._wait()
        chunk = self._chunks.popleft()
        self._size -= len(chunk)
        if self._paused and self._size <= LOW_WATER:
            self._paused = False
            if self._feeder is not None:
                self._feeder.resume_body()
        return chunk

    async def _wait(self) -> None:
        if self._waiter is not None:
            raise RuntimeError("this body is being read already")
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        except asyncio.CancelledError:
            self._abandon()
            raise
        finally:
            self._waiter = None

    def _abandon(self) -> asyncio.Task[None] | None:
        feeder = self._feeder
        if feeder is not None or self._chunks:
            self._chunks.clear()
            self._size = 0
            self.end(RuntimeError("this body was closed before its end"))
        return feeder.give_up_body() if feeder is not None else None

    async def aclose(self) -> None:
        """Give up the rest: the connection is broken off, a running upload ended. Safe to call again."""
        upload = self._abandon()
        if upload is not None:
            await asyncio.wait((upload,))
